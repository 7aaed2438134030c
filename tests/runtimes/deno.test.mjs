import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expected } from './expected.mjs';
import { json, program, root } from './harness.mjs';

test('Deno, reading only', async () => {
  const args = [
    'run',
    '--no-config',
    '--node-modules-dir=manual',
    '--no-prompt',
    `--allow-read=${root}`,
  ];
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  assert.deepEqual(await json(program('deno'), [...args, 'run.mjs'], { env }), await expected());
});
