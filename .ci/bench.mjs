// npm run bench: builds the package and compares it, in one process, with what a JavaScript program does today: policies, then
// FHIRPath; then what one criterion costs.
//
//   npm run bench -- --json out.json   the figures as JSON as well
//   npm run bench -- --check           exit status 1 when a budget is missed
//   npm run bench -- --smoke           one short round, as `npm test` runs it
//   npm run bench -- --native          the Google Benchmark programs of tests/bench instead
import path from 'node:path';
import { existsSync } from 'node:fs';
import { fail, filesBelow, header, main, mustRun, parseOptions, run } from './lib.mjs';
import { buildPreset, presetFolder } from './native.mjs';
import { setup } from './setup.mjs';

async function native() {
  await setup(['build', 'test']);
  await buildPreset('native');
  for (const file of filesBelow('tests/bench', (name) => name.endsWith('.cpp'))) {
    const name = `bench_${path.basename(file, '.cpp')}`;
    const program = path.join(presetFolder('native'), 'tests', name);
    if (!existsSync(program)) fail(`${name} was not built`);
    header(name);
    await mustRun(program, ['--benchmark_counters_tabular=true']);
  }
}

await main(async (argv) => {
  const options = parseOptions(argv, { json: '', smoke: false, check: false, native: false });
  if (options.native) return native();
  await setup(['build']);
  await mustRun(process.execPath, [path.join('.ci', 'build.mjs')], { quiet: true });
  for (const script of ['bench.mjs', 'fhirpath.mjs', 'search_criteria.mjs', 'gateway.mjs']) {
    const file = path.join('tests/bench', script);
    const { code } = await run(process.execPath, ['--no-warnings', file, ...argv]);
    if (code !== 0) process.exitCode = 1;
  }
});
