// Runs a Worker in workerd.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { program } from './harness.mjs';

const configOf = (networks) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ${JSON.stringify(networks)}, tlsOptions = (trustBrowserCas = true))),
  ],
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

/**
 * Runs `worker.js` of a folder, with `engine.wasm` beside it, while `work(url)` goes on. workerd listens on a port of its own choice,
 * which it tells on the control pipe. With `local` the worker reaches servers of this machine, else only the public network.
 */
export async function serve(folder, work, { local = false } = {}) {
  const networks = local ? ['public', 'local'] : ['public'];
  writeFileSync(path.join(folder, 'config.capnp'), configOf(networks));
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
