import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EdgeVM } from '@edge-runtime/vm';
import { expected } from './expected.mjs';
import { bundle, workFolder } from './harness.mjs';

// The runtime evaluates scripts, not modules, so what its bundler does with the import of the module is done here: a global that
// holds it, compiled outside.
test('@edge-runtime/vm, with the imported module', async () => {
  const folder = workFolder('edge-light');
  const file = path.join(folder, 'edge.js');
  await bundle('edge.mjs', file, 'edge-light', {
    esbuild: {
      format: 'iife',
      plugins: [
        {
          name: 'wasm',
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /\.wasm\?module$/ }, () => ({ path: 'engine', namespace: 'wasm' }));
            onLoad({ filter: /.*/, namespace: 'wasm' }, () => ({
              contents: 'export default globalThis.engineModule;',
            }));
          },
        },
      ],
    },
  });
  const module = await WebAssembly.compile(readFileSync(path.join(folder, 'engine.wasm')));
  const vm = new EdgeVM({
    codeGeneration: { strings: false, wasm: false },
    extend: (context) => Object.assign(context, { engineModule: module }),
  });
  vm.evaluate(readFileSync(file, 'utf8'));
  const text = await vm.evaluate('globalThis.result');
  assert.deepEqual(JSON.parse(text), await expected());
});
