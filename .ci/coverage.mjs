// npm run coverage: which lines of the layers that decide the native tests and the fuzz corpora reach (clang's source-based
// coverage). Exit status 1 when a folder has less than 95 % of its lines.
//
//   --least 95               the share that each folder must have
//   --missing                names the lines that nothing reaches
//   --json out.json          the table as JSON as well
//
// Needs clang-14, llvm-14 (llvm-cov-14, llvm-profdata-14), libclang-rt-14-dev and libgtest-dev; installed where apt-get may be
// called, else named.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildFolder,
  capture,
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
import { fuzzTargets } from './native.mjs';
import { setup } from './setup.mjs';

const kFolders = ['core/decide', 'core/redact', 'core/policy', 'core/json', 'core/filter'];
const kTests = [...kFolders.map((folder) => `test_${folder.replace('/', '_')}`), 'test_engine'];
const kLayers = new Set([...kFolders, 'engine']); // of fuzz targets
const kProgramSeconds = 1200;

const folder = path.join(buildFolder, 'coverage');
const profiles = path.join(folder, 'profiles');
const merged = path.join(folder, 'all.profdata');

const layerOf = (target) =>
  /^\/\/ layer: (\S+)/.exec(
    readFileSync(path.join(root, 'tests/fuzz', `${target}.cpp`), 'utf8'),
  )?.[1];

const inputsOf = (target) =>
  ['corpus', 'regressions']
    .map((kind) => path.join(root, 'tests/fuzz', kind, target))
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => path.join(place, name)));

async function build(programs) {
  const launcher = has('ccache') ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : [];
  await mustRun(
    'cmake',
    [
      ...['-S', root, '-B', folder, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=None'],
      ...['-DCMAKE_CXX_COMPILER=clang++-14', '-DCMAKE_CXX_FLAGS=-O1', ...launcher],
      ...['-DFHIRWALL_COVERAGE=ON', '-DFHIRWALL_FUZZ=ON'],
    ],
    { quiet: true },
  );
  await mustRun('ninja', ['-C', folder, ...programs], { quiet: true });
}

// Every program leaves a profile; a failing one is no measurement.
async function measure(program, args) {
  const started = performance.now();
  const { code } = await run(path.join(folder, 'tests', program), args, {
    cwd: folder,
    env: { LLVM_PROFILE_FILE: path.join(profiles, `${program}.profraw`) },
    quiet: true,
    timeoutSeconds: kProgramSeconds,
  });
  if (code !== 0) fail(`${program} fails`);
  console.log(`${program.padEnd(28)} ${seconds(started).padStart(8)}`);
}

function llvmCov(command, args, programs) {
  const files = programs.map((program) => path.join(folder, 'tests', program));
  const [first, ...rest] = files;
  const result = capture(
    'llvm-cov-14',
    [command, `-instr-profile=${merged}`, first, ...rest.map((file) => `-object=${file}`), ...args],
    { maxBuffer: 1 << 30 },
  );
  if (result.code !== 0) fail(`llvm-cov-14 ${command} failed: ${result.output.slice(0, 300)}`);
  return result.output;
}

// { file: { count, covered } } of the folders that count.
function lineCounts(programs) {
  const output = llvmCov('export', ['-summary-only', '-skip-expansions'], programs);
  const report = JSON.parse(output.slice(output.indexOf('{')));
  const rows = report.data[0].files
    .map((file) => ({ file: path.relative(root, file.filename), ...file.summary.lines }))
    .filter(({ file }) => kFolders.some((place) => file.startsWith(`${place}/`)));
  return rows.map(({ file, count, covered }) => ({ file, count, covered }));
}

// The lines of one file that nothing reaches, as `12-15,20`.
function missingLines(file, programs) {
  const output = llvmCov('show', ['-use-color=0', path.join(root, file)], programs);
  const reached = new Map();
  // An inline function may stand there once for each program: reached in one is reached.
  for (const [, line, count] of output.matchAll(/^ *(\d+)\| *([\d.]+[kMGTE]?)\|/gm)) {
    reached.set(Number(line), reached.get(Number(line)) || count !== '0');
  }
  const ranges = [];
  for (const [line, is] of [...reached].sort(([a], [b]) => a - b)) {
    const last = ranges.at(-1);
    if (is) continue;
    if (last?.[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

const share = ({ count, covered }) => (count === 0 ? 100 : (100 * covered) / count);
const row = (name, counts) =>
  `${name.padEnd(40)} ${String(counts.count).padStart(6)} ${String(counts.covered).padStart(6)} ${share(counts).toFixed(1).padStart(6)} %`;

await main(async (argv) => {
  const options = parseOptions(argv, { least: 95, missing: false, json: '' });
  await setup(['build', 'test']);
  header('build with coverage');
  const started = performance.now();
  const targets = fuzzTargets().filter((target) => kLayers.has(layerOf(target)));
  const programs = [...kTests, ...targets.map((target) => `fuzz_${target}`)];
  await build(programs);
  console.log(seconds(started));

  header('tests and fuzz corpora');
  rmSync(profiles, { recursive: true, force: true });
  mkdirSync(profiles, { recursive: true });
  for (const program of kTests) await measure(program, ['--gtest_brief=1']);
  for (const target of targets) await measure(`fuzz_${target}`, inputsOf(target));
  await mustRun(
    'llvm-profdata-14',
    [
      ...['merge', '-sparse', '-o', merged],
      ...readdirSync(profiles).map((name) => path.join(profiles, name)),
    ],
    { quiet: true },
  );

  header('lines');
  const files = lineCounts(programs);
  const folders = kFolders.map((place) => {
    const own = files.filter(({ file }) => file.startsWith(`${place}/`));
    const sum = (key) => own.reduce((total, one) => total + one[key], 0);
    return { folder: place, count: sum('count'), covered: sum('covered'), files: own };
  });
  for (const place of folders) {
    for (const one of place.files) {
      console.log(row(one.file, one));
      const missing = options.missing && one.covered < one.count;
      if (missing) console.log(`  ${missingLines(one.file, programs)}`);
    }
  }
  console.log('');
  for (const place of folders) console.log(row(place.folder, place));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(folders, null, 2)}\n`);
  const low = folders.filter((place) => place.count === 0 || share(place) < options.least);
  if (low.length > 0) {
    fail(`less than ${options.least} % of ${low.map(({ folder: place }) => place).join(', ')}`);
  }
});
