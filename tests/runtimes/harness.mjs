// What the runtime tests share: finding a program, bundling the script, running a child.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, '../..');

/** A program of node_modules; a missing one is a failure that says what to do. */
export function program(name) {
  const file = path.join(root, 'node_modules/.bin', name);
  if (!existsSync(file)) throw new Error(`${name} is missing: npm ci`);
  return file;
}

/** An empty folder below build/ for one test. */
export function workFolder(name) {
  const folder = path.join(root, 'build/runtimes', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** One ES module with the package as `condition` sees it; `./engine.wasm` stays an import and lies beside it. */
export async function bundle(entry, outfile, condition, options = {}) {
  const folder = path.dirname(outfile);
  copyFileSync(path.join(root, 'npm/dist/engine.wasm'), path.join(folder, 'engine.wasm'));
  await build({
    entryPoints: [path.join(here, entry)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: condition === 'browser' ? 'browser' : 'neutral',
    conditions: [condition],
    logLevel: 'warning',
    plugins: [
      {
        name: 'wasm',
        setup({ onResolve }) {
          onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path: wanted }) => ({
            path: options.wasm ?? wanted,
            external: true,
          }));
        },
      },
    ],
    ...options.esbuild,
  });
}

/** Runs a program to its end and parses the JSON it prints. */
export function json(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: here,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0)
        reject(new Error(`${path.basename(command)} ended with ${code}\n${err}${out}`));
      else resolve(JSON.parse(out));
    });
  });
}
