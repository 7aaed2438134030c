// npm run mutants -- [--seed S] [--count N] [--file glob]: flips comparisons, negations, junctions and early returns of the
// layers that decide, one at a time, in a copy of the tree, and shows that the tests notice.
//
//   --seed 7                 which mutants, in which order; printed, another one each time unless given
//   --count 60               how many to try; those that do not compile are not counted
//   --file 'core/net/*'      of these files only
//   --lines 123,124          of these lines only
//   --jobs 2                 copies of the tree that are worked on side by side
//   --without test_engine    leaves out programs that are known to fail
//   --list                   prints what would be tried, and stops
//   --json out.json          the result as JSON as well
//
// What is left alive is listed and fails the run. tests/checks/mutants_equivalent.json names, with a reason each, mutants that
// no test can tell from the program; they are not tried.
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {
  buildFolder,
  fail,
  has,
  header,
  main,
  mustRun,
  parseOptions,
  root,
  run,
  seconds,
} from './lib.mjs';
import { applied, changeOf, check, codeOf, findMutants, shuffled } from './mutation.mjs';
import { setup } from './setup.mjs';

// In the direction of includes. What is wrong in one is looked for in its own tests first, then in those above.
const kLayers = ['net', 'redact', 'policy', 'decide', 'filter'];
const kAbove = { net: ['net', 'policy', 'decide'] }; // others: every layer from their own on
const kReplay = 'replay'; // answers the policy vectors
const kMemoryKilobytes = 4_000_000; // a loop that a mutant leaves open must not take the machine along
const kSlack = 5; // a program that takes this many times as long as usual hangs

const folder = path.join(buildFolder, 'mutants');
// What the vectors ask and how the untouched engine answers; tests/js/replay.test.mjs writes it.
const transcript = path.join(buildFolder, 'replay.jsonl');

const matches = (glob) =>
  new RegExp(`^${glob.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*')}$`);

/** All mutants of the layers, each with `file`, `code` and `change`, in the order of files and lines. */
function allMutants(tree) {
  return kLayers
    .flatMap((layer) => {
      const names = readdirSync(path.join(tree, 'core', layer), { recursive: true }).sort();
      return names.map((name) => path.posix.join('core', layer, name));
    })
    .filter((file) => /\.[ch]pp$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(path.join(tree, file), 'utf8');
      return findMutants(text).map((mutant) => ({
        ...mutant,
        file,
        code: codeOf(text, mutant),
        change: changeOf(mutant),
      }));
    });
}

const equivalents = () =>
  JSON.parse(readFileSync(path.join(root, 'tests/checks/mutants_equivalent.json'), 'utf8'));
const isAmong = (list) => (mutant) =>
  list.some(
    (one) => one.file === mutant.file && one.code === mutant.code && one.change === mutant.change,
  );

// A copy of what the native tests need, hardly optimised: compiling and running take about the same time then.
class Workshop {
  constructor(number) {
    this.place = path.join(folder, String(number));
    this.tree = path.join(this.place, 'tree');
    this.build = path.join(this.place, 'build');
    this.dirty = path.join(this.place, 'flipped'); // names the files that objects in `build` may hold flipped
    this.usual = new Map(); // seconds that each program takes when nothing is wrong
    this.flipped = undefined; // the file that holds a mutant
    // Copies share what the compiler cache holds.
    this.env = { CCACHE_BASEDIR: this.place, CCACHE_NOHASHDIR: '1' };
  }

  copy(from) {
    rmSync(this.tree, { recursive: true, force: true });
    mkdirSync(this.tree, { recursive: true });
    for (const name of ['CMakeLists.txt', 'core', 'grammar', 'tests']) {
      cpSync(path.join(from, name), path.join(this.tree, name), {
        recursive: true,
        preserveTimestamps: true,
      });
    }
    // Those time stamps are older than what was made of a mutant.
    const dirty = existsSync(this.dirty) ? readFileSync(this.dirty, 'utf8').split('\n') : [];
    const now = new Date();
    for (const file of new Set(dirty.filter(Boolean).map((name) => path.join(this.tree, name)))) {
      if (existsSync(file)) utimesSync(file, now, now);
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(this.tree, 'node_modules'));
    const shared = path.join(root, '..', 'shared');
    const link = path.join(this.place, 'shared');
    if (existsSync(shared) && !existsSync(link)) symlinkSync(shared, link);
  }

  // Everything has to pass before anything is flipped.
  async start(programs) {
    const launcher = has('ccache') ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : [];
    await mustRun(
      'cmake',
      [
        ...['-S', this.tree, '-B', this.build, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=None'],
        ...['-DCMAKE_CXX_COMPILER=clang++-14', '-DCMAKE_CXX_FLAGS=-O1 -w', ...launcher],
      ],
      { quiet: true, env: this.env },
    );
    await mustRun('ninja', ['-C', this.build, '-j2', ...programs], { quiet: true, env: this.env });
    for (const program of programs) {
      const { ok, seconds: taken } = await this.#passes(program, 1200);
      if (ok) this.usual.set(program, taken);
      // A transcript of another state of the tree says nothing; without it the tests have to do.
      else if (program === kReplay) console.log(`${program}: not up to date, left out`);
      else fail(`${program} fails on the tree as it is`);
    }
  }

  async judge(mutant, original, programs) {
    if (this.flipped && this.flipped.file !== mutant.file) this.restore();
    if (!this.flipped) appendFileSync(this.dirty, `${mutant.file}\n`);
    this.flipped = { file: mutant.file, original };
    writeFileSync(path.join(this.tree, mutant.file), applied(original, mutant));
    for (const program of programs.filter((one) => this.usual.has(one))) {
      if (!(await this.#builds(program))) return 'invalid';
      const limit = Math.ceil(20 + kSlack * this.usual.get(program));
      if (!(await this.#passes(program, limit)).ok) return 'killed';
    }
    return 'survived';
  }

  restore() {
    if (this.flipped) writeFileSync(path.join(this.tree, this.flipped.file), this.flipped.original);
    this.flipped = undefined;
  }

  // `script` with the rest as its arguments, in silence: that things fail is the rule here.
  #bash(script, args, timeoutSeconds) {
    return run('bash', ['-c', `exec >/dev/null 2>&1; ${script}`, ...args], {
      cwd: this.build,
      env: this.env,
      quiet: true,
      timeoutSeconds,
    });
  }

  async #builds(program) {
    const { code } = await this.#bash('exec ninja -j2 "$0"', [program], 1800);
    return code === 0;
  }

  async #passes(program, limit) {
    const args = program === kReplay ? [transcript] : ['--gtest_fail_fast', '--gtest_brief=1'];
    const script = `ulimit -c 0 -v ${kMemoryKilobytes}; exec "$0" "$@"`;
    const result = await this.#bash(script, [path.join('tests', program), ...args], limit);
    return { ok: result.code === 0, seconds: result.seconds };
  }
}

await main(async (argv) => {
  const options = parseOptions(argv, {
    seed: Math.floor(Math.random() * 1e9),
    count: 60,
    file: '*',
    lines: '',
    jobs: 1,
    without: '',
    list: false,
    json: '',
  });
  const shops = Array.from({ length: Math.max(1, options.jobs) }, (_, number) => {
    return new Workshop(number);
  });
  const [first] = shops;
  if (!options.list) shops.forEach((shop, number) => shop.copy(number === 0 ? root : first.tree));
  const tree = options.list ? root : first.tree;

  const lines = new Set(options.lines.split(',').filter(Boolean).map(Number));
  const isEquivalent = isAmong(equivalents());
  const every = allMutants(tree);
  const among = every.filter(
    (mutant) =>
      matches(options.file).test(mutant.file) &&
      (lines.size === 0 || lines.has(mutant.line)) &&
      !isEquivalent(mutant),
  );
  const order = shuffled(among, options.seed);
  console.log(
    `${every.length} mutants found, ${among.length} to choose from, seed ${options.seed}`,
  );
  if (options.list) {
    for (const { file, line, change } of order.slice(0, options.count)) {
      console.log(`${file}:${line}: ${change}`);
    }
    return;
  }

  await setup(['build', 'test']);
  const started = performance.now();
  header('the untouched tree');
  const without = new Set(options.without.split(','));
  const replays = existsSync(transcript);
  if (!replays) console.log('without the vectors: `npm test -- --only native,js` records them');
  const programsFor = (file) => {
    const layer = file.split('/')[1];
    const layers = kAbove[layer] ?? kLayers.slice(kLayers.indexOf(layer));
    const tests = layers.map((one) => `test_core_${one}`);
    const all = [...tests, 'test_engine', ...(replays ? [kReplay] : [])];
    return all.filter((program) => !without.has(program));
  };
  const originals = new Map(
    among.map(({ file }) => [file, readFileSync(path.join(tree, file), 'utf8')]),
  );
  const programs = [...new Set([...originals.keys()].flatMap(programsFor))];
  for (const shop of shops) await shop.start(programs);
  for (const [program, taken] of first.usual) {
    console.log(`${program.padEnd(20)} passes, ${taken.toFixed(1)} s`);
  }
  console.log(`ready after ${seconds(started)}`);

  header(`up to ${options.count} mutants`);
  const judges = shops.map(
    (shop) => (mutant) => shop.judge(mutant, originals.get(mutant.file), programsFor(mutant.file)),
  );
  let last = performance.now();
  const { tried, killed, survivors } = await check(
    order,
    options.count,
    judges,
    ({ file, line, change }, verdict) => {
      console.log(`${verdict.padEnd(8)} ${seconds(last).padStart(8)}  ${file}:${line}: ${change}`);
      last = performance.now();
    },
  );
  for (const shop of shops) shop.restore();

  header('summary');
  for (const { file, line, change, code } of survivors) {
    console.log(`survived ${file}:${line}: ${change}\n         ${code}`);
  }
  console.log(
    `found ${every.length}, tried ${tried}, killed ${killed}, survived ${survivors.length}; ` +
      `seed ${options.seed}, ${seconds(started)}`,
  );
  if (options.json) {
    const report = { seed: options.seed, found: every.length, tried, killed, survivors };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (tried === 0) fail('no mutant was tried');
  if (survivors.length > 0) fail(`${survivors.length} of ${tried} mutants survived`);
});
