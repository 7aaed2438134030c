// The gateway behind its adapter in Node, Deno, Bun and an edge runtime: the same answers, the address of the connection, and a write
// whose body goes all the way.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EdgeVM } from '@edge-runtime/vm';
import { nodeServer } from 'fhirwall/adapters/node';
import { bundle, program, root, workFolder } from '../runtimes/harness.mjs';
import { gatewayFor } from './gateway.mjs';
import { listening, until } from './harness.mjs';
import { withUpstream } from './upstream.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** `ask(path, init)` is a request of the gateway from 127.0.0.1. */
async function exercise(ask, { calls, stored }) {
  const as = (user, more) => ({ headers: { authorization: `Bearer ${user}`, ...more } });
  const expect = async (response, status, code) => {
    const body = await response.json();
    assert.equal(response.status, status, JSON.stringify(body));
    assert.equal(body.issue?.[0].code, code);
    return body;
  };
  await expect(await ask('/fhir/Patient/ana', {}), 401, 'login');
  await expect(await ask('/fhir/Patient/ana', as('nobody')), 401, 'login');
  for (const more of [{}, { 'x-forwarded-for': '10.0.0.1' }, { 'cf-connecting-ip': '10.0.0.1' }]) {
    await expect(await ask('/fhir/Patient/ana', as('elsewhere', more)), 403, 'security');
  }
  assert.deepEqual(calls, [], 'nothing was asked of the FHIR server');

  const response = await ask('/fhir/Patient/ana', as('here'));
  assert.equal(response.headers.get('cache-control'), 'private, no-store');
  const ana = await expect(response, 200);
  assert.deepEqual([ana.id, ana.birthDate, ana.name[0].family], ['ana', undefined, 'Ruiz']);
  await expect(await ask('/fhir/Patient/cora', as('here')), 404, 'not-found');
  const { entry, total } = await expect(await ask('/fhir/Patient', as('here')), 200);
  assert.deepEqual([entry.map((one) => one.resource.id), total], [['ana'], undefined]);

  const update = await ask('/fhir/Patient/ana', {
    method: 'PUT',
    headers: { ...as('here').headers, 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ ...ana, active: false }),
  });
  const updated = await expect(update, 200);
  assert.deepEqual([updated.active, updated.birthDate], [false, undefined]);
  const { active, birthDate } = stored.get('ana');
  assert.deepEqual([active, birthDate], [false, '1984-03-02'], 'what is hidden was kept');
}

/** Runs a program that prints its port. */
async function served(command, args, work, env = {}) {
  const child = spawn(command, args, {
    cwd: here,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const closed = once(child, 'close');
  try {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more) => (text += more));
    await until('the port', () => {
      if (child.exitCode !== null) throw new Error(`${path.basename(command)} ended`);
      return text.includes('\n');
    });
    const { port } = JSON.parse(text);
    await work((place, init) => fetch(`http://127.0.0.1:${port}${place}`, init));
  } finally {
    child.kill();
    await closed;
  }
}

test('Node', () =>
  withUpstream((upstream) =>
    listening(nodeServer(gatewayFor(upstream.url)), (port) =>
      exercise((place, init) => fetch(`http://127.0.0.1:${port}${place}`, init), upstream),
    ),
  ));

test('Deno', () =>
  withUpstream((upstream) => {
    const flags = ['--no-config', '--node-modules-dir=manual', '--no-prompt', '--allow-net'];
    return served(
      program('deno'),
      ['run', ...flags, `--allow-read=${root}`, 'serve_deno.mjs', upstream.url],
      (ask) => exercise(ask, upstream),
      { DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' },
    );
  }));

test('Bun', () =>
  withUpstream((upstream) =>
    served(program('bun'), ['run', 'serve_bun.mjs', upstream.url], (ask) =>
      exercise(ask, upstream),
    ),
  ));

test('@edge-runtime/vm, with the address that Vercel sets', async () => {
  const folder = workFolder('edge-gateway');
  const file = path.join(folder, 'edge.js');
  await bundle('../adapters/serve_vercel.mjs', file, 'edge-light', {
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
  const engineModule = await WebAssembly.compile(readFileSync(path.join(folder, 'engine.wasm')));
  const vm = new EdgeVM({
    codeGeneration: { strings: false, wasm: false },
    extend: (context) => Object.assign(context, { engineModule }),
  });
  vm.evaluate(readFileSync(file, 'utf8'));
  await withUpstream((upstream) => {
    const handler = vm.evaluate('globalThis.handlerFor')(upstream.url);
    const kept = [];
    const context = { waitUntil: (work) => kept.push(work) };
    const ask = (place, { headers, ...init }) => {
      const address = { 'x-real-ip': '127.0.0.1', 'x-vercel-forwarded-for': '127.0.0.1' };
      const all = { ...headers, ...address };
      return handler(
        new vm.context.Request(`https://edge.test${place}`, { ...init, headers: all }),
        context,
      );
    };
    return exercise(ask, upstream);
  });
});
