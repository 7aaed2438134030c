import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { expected } from './expected.mjs';
import { bundle, program, workFolder } from './harness.mjs';

const kConfig = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "engine.wasm", wasm = embed "engine.wasm"),
  ],
  compatibilityDate = "2025-01-01",
);
`;

// Starts workerd on a port of its own choice, which it tells on the control pipe.
async function serve(folder, work) {
  const child = spawn(program('workerd'), ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  try {
    const port = await new Promise((resolve, reject) => {
      let text = '';
      child.stdio[3].setEncoding('utf8').on('data', (more) => {
        text += more;
        const match = /"port":(\d+)/.exec(text);
        if (match) resolve(Number(match[1]));
      });
      child.on('error', reject);
      child.on('close', (code) => reject(new Error(`workerd ended with ${code}`)));
    });
    return await work(`http://127.0.0.1:${port}/`);
  } finally {
    child.kill();
    await ended;
  }
}

test('workerd, with the imported module, over HTTP', async () => {
  const folder = workFolder('workerd');
  await bundle('worker.mjs', path.join(folder, 'worker.js'), 'workerd');
  writeFileSync(path.join(folder, 'config.capnp'), kConfig);
  await serve(folder, async (url) => {
    for (let request = 0; request < 2; ++request) {
      const response = await fetch(url);
      assert.equal(response.status, 200, await response.clone().text());
      assert.deepEqual(await response.json(), await expected());
    }
  });
});
