import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expected } from './expected.mjs';
import { json, program } from './harness.mjs';

test('Bun', async () => {
  assert.deepEqual(await json(program('bun'), ['run', 'run.mjs']), await expected());
});
