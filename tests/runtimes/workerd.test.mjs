import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { expected } from './expected.mjs';
import { bundle, workFolder } from './harness.mjs';
import { serve } from './workerd.mjs';

test('workerd, with the imported module, over HTTP', async () => {
  const folder = workFolder('workerd');
  await bundle('worker.mjs', path.join(folder, 'worker.js'), 'workerd');
  await serve(folder, async (url) => {
    for (let request = 0; request < 2; ++request) {
      const response = await fetch(url);
      assert.equal(response.status, 200, await response.clone().text());
      assert.deepEqual(await response.json(), await expected());
    }
  });
});
