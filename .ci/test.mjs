// npm test: builds and runs everything, one step after the other, and goes on after a failing step. The last line says
// how many tests passed and failed; the exit status is 0 only if none failed.
//
//   npm test -- --only native,js     run these steps only (names: see kSteps)
//   npm test -- --tidy-all           clang-tidy on all of core and grammar, without a time box
//   npm test -- --fuzz-seconds 60    search longer than the usual few seconds for each fuzz target
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  bin,
  buildFolder,
  capture,
  fail,
  Failure,
  filesBelow,
  header,
  main,
  parseOptions,
  root,
  run,
  seconds,
} from './lib.mjs';
import { shortRun } from './noninterference.mjs';
import { buildPreset, fuzz, fuzzTargets, presetFolder, runTests } from './native.mjs';
import { setup } from './setup.mjs';

const kBudgetMinutes = 50; // on two cores; more is a failure of its own
const kPairs = 20_000; // of bodies that differ only in what is hidden
const kPairsSeed = Number(process.env.FHIRWALL_SEED ?? 20_240_601);
const kTidySeconds = 240; // what clang-tidy may take unless --tidy-all

const none = () => ({ passed: 0, failed: 0, skipped: 0 });
const plus = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});
const verdict = (ok, what) => {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}`);
  return ok ? { ...none(), passed: 1 } : { ...none(), failed: 1 };
};

const isNative = (file) => /\.(cpp|hpp)$/.test(file);
const nativeFiles = () =>
  ['core', 'grammar', 'wasm', 'tests']
    .flatMap((folder) => filesBelow(folder, isNative))
    .filter((file) => !readFileSync(path.join(root, file), 'utf8').startsWith('// GENERATED'));

async function format() {
  let counts = none();
  const tool = async (what, command, args) => {
    const { code } = await run(command, args, { quiet: true });
    counts = plus(counts, verdict(code === 0, what));
  };
  const files = nativeFiles();
  await tool(`clang-format, ${files.length} files`, 'clang-format-14', [
    '--dry-run',
    '-Werror',
    ...files,
  ]);
  await tool('prettier', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
  await tool('eslint', bin('eslint'), ['-c', '.eslint.config.mjs', '.']);
  const projects = ['js', 'examples', 'tests', 'npm'].flatMap((folder) =>
    filesBelow(folder, (file) => /(^|\/)tsconfig[^/]*\.json$/.test(file)),
  );
  for (const project of projects)
    await tool(`tsc ${project}`, bin('tsc'), ['--noEmit', '-p', project]);
  return counts;
}

async function sanitizer(options) {
  await buildPreset('asan');
  let counts = await runTests('asan', { UBSAN_OPTIONS: 'print_stacktrace=1' });
  for (const target of fuzzTargets()) {
    const result = await fuzz('asan', target, options['fuzz-seconds']);
    const what = `fuzz ${target}: ${result.seeds} seeds, ${result.runs} runs`;
    counts = plus(counts, verdict(result.ok, result.error ? `${what}: ${result.error}` : what));
  }
  return counts;
}

// The files that a change touches: everything since the merge base with the upstream branch, or since the last commit's
// parent when there is no such base, and what is not committed.
function changedFiles() {
  const git = (...args) => capture('git', args).output.trim();
  const head = git('rev-parse', 'HEAD');
  const upstream =
    git('merge-base', 'HEAD', '@{upstream}') || git('merge-base', 'HEAD', 'origin/HEAD');
  const base =
    upstream && upstream !== head ? upstream : git('rev-parse', '--verify', '-q', 'HEAD~1');
  return git('diff', '--name-only', ...(base ? [base] : ['HEAD']))
    .split('\n')
    .filter(Boolean);
}

// A few files that were changed last, for when a change touches none.
function recentFiles() {
  const log = ['log', '-n', '40', '--format=', '--name-only', '--', 'core', 'grammar'];
  return [...new Set(capture('git', log).output.split('\n'))]
    .filter((file) => file.endsWith('.cpp'))
    .slice(0, 6);
}

async function tidy(options) {
  const all = ['core', 'grammar'].flatMap((folder) =>
    filesBelow(folder, (file) => file.endsWith('.cpp') && !/tables_r4/.test(file)),
  );
  const changed = new Set(changedFiles());
  let chosen = options['tidy-all'] ? all : all.filter((file) => changed.has(file));
  if (chosen.length === 0) chosen = recentFiles().filter((file) => all.includes(file));
  const database = path.join(presetFolder('asan'), 'compile_commands.json');
  if (!existsSync(database)) await buildPreset('asan');
  const deadline = performance.now() + kTidySeconds * 1000;
  let counts = none();
  let left = 0;
  for (const file of chosen) {
    const remaining = options['tidy-all'] ? 600 : (deadline - performance.now()) / 1000;
    if (remaining < 5) {
      left += 1;
      continue;
    }
    const { code, timedOut } = await run(
      'clang-tidy-14',
      ['--quiet', '-p', path.dirname(database), file],
      { quiet: true, timeoutSeconds: remaining },
    );
    if (timedOut && !options['tidy-all']) left += 1;
    else counts = plus(counts, verdict(code === 0, `clang-tidy ${file}`));
  }
  if (left > 0) console.log(`${left} files left out after ${kTidySeconds} s; --tidy-all takes all`);
  return counts;
}

// node --test over the test files below the given folders; counts from its TAP report.
async function node(name, folders, { serial = false } = {}) {
  const files = folders.flatMap((folder) =>
    filesBelow(folder, (file) => file.endsWith('.test.mjs')),
  );
  if (files.length === 0) {
    console.log('no test files');
    return none();
  }
  const report = path.join(buildFolder, 'reports', `${name}.tap`);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const { code } = await run(
    process.execPath,
    [
      '--test',
      ...(serial ? ['--test-concurrency=1'] : []),
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${report}`,
      ...files,
    ],
    { env: { NODE_OPTIONS: '--no-warnings' }, timeoutSeconds: 1800 },
  );
  const tap = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const count = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  const counts = {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function script(what, file, args = []) {
  const { code } = await run(process.execPath, [path.join('.ci', file), ...args]);
  return verdict(code === 0, what);
}

// In order of what fails soonest. `needs: 'wasm'` builds the npm package first when the step runs alone.
const kSteps = [
  { name: 'format', title: 'format, lint and types', work: format },
  { name: 'native', title: 'native build and tests (g++)', work: native },
  { name: 'asan', title: 'sanitizer build, tests and fuzz targets (clang)', work: sanitizer },
  { name: 'tidy', title: 'clang-tidy on changed files, or a few', work: tidy },
  { name: 'wasm', title: 'npm package build', work: () => script('npm run build', 'build.mjs') },
  {
    name: 'checks',
    title: 'checks of the tree',
    needs: 'wasm',
    work: () => node('checks', ['tests/checks']),
  },
  {
    name: 'js',
    title: 'JavaScript API',
    needs: 'wasm',
    work: () =>
      node('js', [
        'tests/js',
        'tests/conformance',
        'tests/wasm',
        'tests/attacks',
        'tests/properties',
      ]),
  },
  {
    name: 'runtimes',
    title: 'runtimes',
    needs: 'wasm',
    work: () => node('runtimes', ['tests/runtimes']),
  },
  {
    name: 'gateway',
    title: 'gateway and adapters',
    needs: 'wasm',
    work: () => node('gateway', ['tests/gateway', 'tests/adapters']),
  },
  {
    name: 'browser',
    title: 'browser',
    needs: 'wasm',
    work: () => node('browser', ['tests/browser']),
  },
  {
    name: 'examples',
    title: 'examples',
    needs: 'wasm',
    work: () => node('examples', ['examples'], { serial: true }),
  },
  {
    name: 'bench',
    title: 'benchmark, one short round',
    needs: 'wasm',
    work: () => script('npm run bench -- --smoke', 'bench.mjs', ['--smoke']),
  },
];

async function native() {
  await buildPreset('native');
  let counts = await runTests('native');
  for (const { ok, what } of await shortRun(kPairs, kPairsSeed)) {
    counts = plus(counts, verdict(ok, what));
  }
  return counts;
}

await main(async (argv) => {
  const started = performance.now();
  const options = parseOptions(argv, { only: '', 'tidy-all': false, 'fuzz-seconds': 8 });
  const only = options.only.split(',').filter(Boolean);
  const names = kSteps.map((step) => step.name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) fail(`no such step: ${unknown.join(' ')}; steps are ${names.join(' ')}`);

  const chosen = new Set(only.length > 0 ? only : names);
  for (const step of kSteps) if (chosen.has(step.name) && step.needs) chosen.add(step.needs);

  header('set-up');
  await setup(['build', 'test']);
  console.log(`set-up: ${seconds(started)}`);

  const rows = [];
  let total = none();
  for (const step of kSteps.filter((one) => chosen.has(one.name))) {
    header(step.title);
    const begun = performance.now();
    let counts;
    try {
      counts = await step.work(options);
    } catch (error) {
      // A step that cannot be carried out counts as one failure; the others still run.
      console.error(error instanceof Failure ? error.message : error);
      counts = { ...none(), failed: 1 };
    }
    const row = `${step.name.padEnd(10)} ${seconds(begun).padStart(9)}  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    console.log(row);
    rows.push(row);
    total = plus(total, counts);
  }

  header('summary');
  for (const row of rows) console.log(row);
  const minutes = (performance.now() - started) / 60000;
  console.log(`in all ${minutes.toFixed(1)} min`);
  if (minutes > kBudgetMinutes) {
    total = plus(total, verdict(false, `more than ${kBudgetMinutes} min`));
  }
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  if (total.failed > 0) process.exitCode = 1;
});
