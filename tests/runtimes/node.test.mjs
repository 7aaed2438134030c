import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, expected } from './expected.mjs';
import { json } from './harness.mjs';

test('Node gives what the policy says', async () => {
  check(await expected());
});

for (const flags of [[], ['--disallow-code-generation-from-strings']]) {
  test(`Node ${process.versions.node.split('.')[0]} ${flags.join(' ')}`, async () => {
    assert.deepEqual(await json(process.execPath, [...flags, 'run.mjs']), await expected());
  });
}

test('the flag of the test above forbids what it names', async () => {
  const result = await json(process.execPath, [
    '--disallow-code-generation-from-strings',
    '--input-type=module',
    '-e',
    "let code; try { new Function('return 1'); } catch (error) { code = error.name; } console.log(JSON.stringify({ code }));",
  ]);
  assert.equal(result.code, 'EvalError');
});
