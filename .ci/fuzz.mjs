// npm run fuzz -- [--minutes N] [--target name]: every fuzz target (or one) for N minutes each, then a summary.
import { fail, header, main, parseOptions } from './lib.mjs';
import { buildPreset, fuzz, fuzzTargets } from './native.mjs';
import { setup } from './setup.mjs';

await main(async (argv) => {
  const options = parseOptions(argv, { minutes: 1, target: '' });
  const known = fuzzTargets();
  if (options.target && !known.includes(options.target)) {
    fail(`no such target: ${options.target}; known are ${known.join(' ')}`);
  }
  const targets = options.target ? [options.target] : known;
  await setup(['build', 'test']);
  header('building the fuzz targets');
  await buildPreset('fuzz');
  const results = [];
  for (const target of targets) {
    header(`${target}: ${options.minutes} min`);
    const result = await fuzz('fuzz', target, Math.max(1, Math.round(options.minutes * 60)));
    console.log(result.ok ? `${result.runs} runs, no failure` : result.error);
    results.push(result);
  }
  header('summary');
  for (const one of results) {
    console.log(
      `${one.target.padEnd(24)} ${one.ok ? 'ok    ' : 'FAILED'} ${String(one.seeds).padStart(5)} seeds ` +
        `${String(one.runs).padStart(10)} runs ${String(one.speed).padStart(8)}/s cov ${one.coverage}`,
    );
  }
  const failed = results.filter((one) => !one.ok).length;
  if (failed > 0) fail(`${failed} of ${results.length} targets failed`);
});
