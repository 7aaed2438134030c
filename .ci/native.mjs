// The native builds: configure, build, run the GoogleTest programs, replay and run the fuzz targets.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { buildFolder, filesBelow, mustRun, root, run } from './lib.mjs';

export const presetFolder = (preset) => path.join(buildFolder, preset);

export async function buildPreset(preset) {
  await mustRun('cmake', ['--preset', preset], { quiet: true });
  await mustRun('cmake', ['--build', presetFolder(preset)], { quiet: true });
}

// Runs ctest; counts come from the JSON report that each GoogleTest program writes. A program that ends without its report
// counts as one failure.
export async function runTests(preset, env = {}) {
  const reports = path.join(presetFolder(preset), 'reports');
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const { code, output } = await run(
    'ctest',
    ['--test-dir', presetFolder(preset), '-j2', '--output-on-failure', '--timeout', '600'],
    { env: { ...env, GTEST_OUTPUT: `json:${reports}/` } },
  );
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const programs = [...output.matchAll(/^ *\d+\/\d+ Test +#\d+: (\S+) \.+ *(\*\*\*)?(.*)$/gm)];
  for (const [, program, broken] of programs) {
    const report = path.join(reports, `${program}.json`);
    if (!existsSync(report)) {
      counts.failed += 1;
      continue;
    }
    let failures = 0;
    for (const suite of JSON.parse(readFileSync(report, 'utf8')).testsuites) {
      for (const test of suite.testsuite) {
        if (test.result === 'SKIPPED' || test.status === 'NOTRUN') counts.skipped += 1;
        else if (test.failures) failures += 1;
        else counts.passed += 1;
      }
    }
    counts.failed += broken && failures === 0 ? 1 : failures;
  }
  if (programs.length === 0 || (code !== 0 && counts.failed === 0)) counts.failed += 1;
  return counts;
}

export const fuzzTargets = () =>
  filesBelow('tests/fuzz', (file) => /^tests\/fuzz\/[^/]+\.cpp$/.test(file)).map((file) =>
    path.basename(file, '.cpp'),
  );

const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .map((name) => path.join(folder, name))
        .filter((file) => statSync(file).isFile())
    : [];

const fuzzProgram = (preset, target) => path.join(presetFolder(preset), 'tests', `fuzz_${target}`);
const foundBy = (target) => path.join(buildFolder, 'fuzz', target);
const corpusOf = (target) => path.join(root, 'tests/fuzz/corpus', target);

// Replays corpus and regressions of one target, then lets it search for `seconds`. What it finds on the way stays in the
// build folder; a crash is written to `artifacts` there and fails the run.
export async function fuzz(preset, target, seconds) {
  const program = fuzzProgram(preset, target);
  const corpus = corpusOf(target);
  const regressions = path.join(root, 'tests/fuzz/regressions', target);
  const dictionary = path.join(root, 'tests/fuzz', `${target}.dict`);
  const besideCorpus = path.join(root, 'tests/fuzz/corpus', `${target}.dict`);
  const found = foundBy(target);
  const artifacts = path.join(buildFolder, 'fuzz', 'artifacts', `${target}-`);
  mkdirSync(found, { recursive: true });
  mkdirSync(path.dirname(artifacts), { recursive: true });

  const env = {
    ASAN_OPTIONS: 'detect_leaks=1:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
  const seeds = [...filesIn(corpus), ...filesIn(regressions)];
  const result = {
    ...{ target, seeds: seeds.length, ok: true, seconds: 0 },
    ...{ runs: 0, speed: 0, coverage: 0, units: 0 },
  };
  if (!existsSync(program)) return { ...result, ok: false, error: 'the target was not built' };
  if (seeds.length > 0) {
    const replay = await run(program, [`-artifact_prefix=${artifacts}`, ...seeds], {
      env,
      quiet: true,
      timeoutSeconds: 300,
    });
    if (replay.code !== 0) return { ...result, ok: false, error: 'a replayed input fails' };
  }
  if (seconds <= 0) return result;
  const dictionaries = [dictionary, besideCorpus].filter((file) => existsSync(file)).slice(0, 1);
  const search = await run(
    program,
    [
      `-max_total_time=${seconds}`,
      '-timeout=20',
      '-rss_limit_mb=3000',
      '-print_final_stats=1',
      `-artifact_prefix=${artifacts}`,
      ...dictionaries.map((file) => `-dict=${file}`),
      found,
      ...[corpus, regressions].filter((folder) => existsSync(folder)),
    ],
    { env, quiet: true, timeoutSeconds: seconds + 120 },
  );
  const last = (pattern) => Number([...search.output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  return {
    ...result,
    ok: search.code === 0,
    error: search.code === 0 ? undefined : `failed; see ${path.relative(root, artifacts)}*`,
    runs: last(/stat::number_of_executed_units: (\d+)/g),
    speed: last(/stat::average_exec_per_sec: +(\d+)/g),
    coverage: last(/cov: (\d+)/g),
    units: last(/stat::new_units_added: +(\d+)/g),
    seconds: Math.round(search.seconds),
  };
}

// Adds to the committed corpus what reaches code that it does not: the smallest inputs first, at most `most` of them, none of
// more than `bytes`. Returns how many.
export async function mergeCorpus(preset, target, most, bytes = 2048) {
  const [corpus, found] = [corpusOf(target), foundBy(target)];
  const merged = path.join(buildFolder, 'fuzz', 'merged', target);
  rmSync(merged, { recursive: true, force: true });
  mkdirSync(merged, { recursive: true });
  const known = filesIn(corpus);
  for (const file of known) copyFileSync(file, path.join(merged, path.basename(file)));
  await mustRun(fuzzProgram(preset, target), ['-merge=1', `-max_len=${bytes}`, merged, found], {
    quiet: true,
    timeoutSeconds: 1200,
  });
  const names = new Set(known.map((file) => path.basename(file)));
  const fresh = filesIn(merged)
    .filter((file) => !names.has(path.basename(file)) && statSync(file).size <= bytes)
    .sort((a, b) => statSync(a).size - statSync(b).size)
    .slice(0, most);
  mkdirSync(corpus, { recursive: true });
  for (const file of fresh) copyFileSync(file, path.join(corpus, path.basename(file)));
  return fresh.length;
}
