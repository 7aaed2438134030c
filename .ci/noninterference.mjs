// npm run noninterference -- [--pairs N] [--seed S] [--failures M]: pairs of bodies that differ only in what the policy hides must
// be answered alike (tests/properties/noninterference.cpp). Failing pairs become small and stay as files in
// tests/properties/regressions/. The default seed is another one each time; it is printed.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, header, main, mustRun, parseOptions, root, run } from './lib.mjs';
import { presetFolder } from './native.mjs';
import { setup } from './setup.mjs';

export const regressions = path.join(root, 'tests/properties/regressions');
export const program = () => path.join(presetFolder('native'), 'tests', 'noninterference');
const kStubs = ['nothing', 'object', 'input', 'error'];

// What `npm test` asks for: the pairs, and that engines which do nothing right are noticed. Rows are { ok, what }.
export async function shortRun(pairs, seed) {
  const rows = [];
  const one = async (what, args, wanted) => {
    const { code, output, seconds } = await run(program(), args, {
      quiet: true,
      timeoutSeconds: 900,
    });
    if (wanted) console.log(output.trimEnd().split('\n').slice(-2).join('\n'));
    if (wanted && code !== 0) console.log(output);
    rows.push({ ok: wanted ? code === 0 : code === 1, what: `${what}, ${seconds.toFixed(1)} s` });
  };
  const asked = ['--pairs', String(pairs), '--seed', String(seed), '--regressions', regressions];
  await one(`non-interference, ${pairs} pairs, seed ${seed}`, [...asked, '--shrink'], true);
  for (const stub of kStubs) {
    const few = ['--pairs', '500', '--seed', String(seed), '--stub', stub];
    await one(`an engine that answers with ${stub} fails`, few, false);
  }
  return rows;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async (argv) => {
    const defaults = { pairs: 1_000_000, seed: Date.now() % 1_000_000_000, failures: 1 };
    const options = parseOptions(argv, defaults);
    await setup(['build', 'test']);
    header('building');
    await mustRun('cmake', ['--preset', 'native'], { quiet: true });
    const build = ['--build', presetFolder('native'), '--target', 'noninterference'];
    await mustRun('cmake', build, { quiet: true });
    header(`${options.pairs} pairs, seed ${options.seed}`);
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const { code } = await run(program(), [...args, '--shrink', '--regressions', regressions]);
    if (code !== 0) fail('not all pairs hold, or they prove too little');
  });
}
