// The size of what a user downloads, against size_budget.json. A rise needs an edit of that file in the same change.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import { read, root } from './tree.mjs';

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length;

const over = (sizes, budget) =>
  Object.keys(budget).filter((name) => !(sizes[name] <= budget[name]));

test('wasm and glue are within the budget', (t) => {
  const { files, budget } = JSON.parse(read('tests/checks/size_budget.json'));
  const sizes = { total: 0 };
  for (const [name, file] of Object.entries(files)) {
    const place = path.join(root, file);
    assert.ok(existsSync(place), `${file} is missing: npm run build`);
    sizes[name] = brotli(readFileSync(place));
    sizes.total += sizes[name];
    t.diagnostic(`${name}: ${sizes[name]} bytes brotli of ${budget[name]}`);
  }
  t.diagnostic(`total: ${sizes.total} bytes brotli of ${budget.total}`);
  assert.ok(budget.total <= 300 * 1024, 'the budget itself stays below 300 KB');
  assert.deepEqual(over(sizes, budget), []);
});

test('the check sees a rise', () => {
  assert.deepEqual(over({ wasm: 11, glue: 5, total: 16 }, { wasm: 10, glue: 5, total: 20 }), [
    'wasm',
  ]);
  assert.deepEqual(over({ glue: 5 }, { wasm: 10, glue: 5 }), ['wasm']);
});
