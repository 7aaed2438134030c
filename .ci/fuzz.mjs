// npm run fuzz -- [--minutes N]: every fuzz target for N minutes, with ASan and UBSan, then a summary.
//
//   --minutes 30             for each target
//   --target name            this one, or several with commas
//   --jobs 2                 targets that run side by side
//   --json out.json          the summary as JSON as well
//   --merge                  adds the smallest inputs that reach something new to tests/fuzz/corpus
//
// What the search finds stays in build/fuzz, and the next run goes on from there. An input that fails is in
// build/fuzz/artifacts; put it into tests/fuzz/regressions/<target>, where every run replays it.
import { writeFileSync } from 'node:fs';
import { fail, header, main, parseOptions } from './lib.mjs';
import { buildPreset, fuzz, fuzzTargets, mergeCorpus } from './native.mjs';
import { setup } from './setup.mjs';

const kMergedInputs = 40; // of one target in one run: the corpora are read by people, too

const kColumns = [
  ['target', -20, (one) => one.target],
  ['', -6, (one) => (one.ok ? 'ok' : 'FAILED')],
  ['seeds', 6, (one) => one.seeds],
  ['runs', 11, (one) => one.runs],
  ['runs/s', 8, (one) => one.speed],
  ['edges', 7, (one) => one.coverage],
  ['new', 7, (one) => one.units],
  ['seconds', 8, (one) => one.seconds],
];
const row = (textOf) =>
  kColumns
    .map(([name, width, value]) => {
      const text = String(textOf(name, value));
      return width < 0 ? text.padEnd(-width) : text.padStart(width);
    })
    .join(' ');

await main(async (argv) => {
  const options = parseOptions(argv, { minutes: 1, target: '', jobs: 1, json: '', merge: false });
  const known = fuzzTargets();
  const chosen = options.target.split(',').filter(Boolean);
  const unknown = chosen.filter((target) => !known.includes(target));
  if (unknown.length > 0)
    fail(`no such target: ${unknown.join(' ')}; known are ${known.join(' ')}`);
  const targets = chosen.length > 0 ? chosen : known;
  await setup(['build', 'test']);
  header('building the fuzz targets');
  await buildPreset('fuzz');

  header(`${targets.length} targets, ${options.minutes} min each, ${options.jobs} at a time`);
  const seconds = Math.max(1, Math.round(options.minutes * 60));
  const queue = [...targets];
  const results = [];
  const work = async () => {
    while (queue.length > 0) {
      const result = await fuzz('fuzz', queue.shift(), seconds);
      console.log(`${result.target}: ${result.ok ? `${result.runs} runs` : result.error}`);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, work));
  results.sort((a, b) => targets.indexOf(a.target) - targets.indexOf(b.target));

  if (options.merge) {
    header('corpus');
    for (const { target } of results.filter((one) => one.ok)) {
      console.log(`${target}: ${await mergeCorpus('fuzz', target, kMergedInputs)} new`);
    }
  }
  header('summary');
  console.log(row((name) => name));
  for (const one of results) console.log(row((_, value) => value(one)));
  const sum = (key) => results.reduce((total, one) => total + one[key], 0);
  const failed = results.filter((one) => !one.ok);
  console.log(`${sum('runs')} runs in ${sum('seconds')} s, ${failed.length} failures`);
  if (options.json) {
    const report = { minutes: options.minutes, targets: results };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (failed.length > 0) fail(`${failed.length} of ${results.length} targets failed`);
});
