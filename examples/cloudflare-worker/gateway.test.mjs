// The Worker in workerd, in front of a FHIR server of this test's own: each row of the README's table.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.resolve(here, '../../build/examples/cloudflare-worker');
const clinic = JSON.parse(readFileSync(path.join(here, 'demo/clinic.json'), 'utf8'));
const kOutside = 'outside'; // sockets, by the address that each says its clients have
const kInside = 'inside';

let calls = [];
let answer; // instead of the FHIR server's own
const upstream = createServer((request, response) => {
  calls.push({ url: request.url, headers: request.headers });
  if (answer !== undefined) return answer(response);
  const [type, id] = request.url.split('?')[0].slice('/r4/'.length).split('/');
  const found = clinic.filter((one) => one.resourceType === type);
  const body =
    id === undefined
      ? {
          resourceType: 'Bundle',
          type: 'searchset',
          total: found.length,
          entry: found.map((resource) => ({ resource, search: { mode: 'match' } })),
        }
      : found.find((one) => one.id === id);
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(body ?? { resourceType: 'OperationOutcome', issue: [] }));
});

async function bundle() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [path.join(here, 'src/worker.mjs')],
    outfile: path.join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd'],
    platform: 'neutral',
    external: ['cloudflare:*'],
    plugins: [
      {
        name: 'wasm-beside',
        setup({ onResolve }) {
          onResolve({ filter: /\.wasm$/ }, ({ path: wanted, resolveDir }) => {
            copyFileSync(path.resolve(resolveDir, wanted), path.join(folder, 'engine.wasm'));
            return { path: './engine.wasm', external: true };
          });
        },
      },
    ],
  });
}

const socket = (name, address) => `(name = "${name}", address = "127.0.0.1:0", service = "gateway",
    http = (injectRequestHeaders = [(name = "CF-Connecting-IP", value = "${address}")]))`;
const configuration = (host) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "fhir-server", external = (address = "${host}", http = ())),
  ],
  sockets = [${socket(kOutside, '198.51.100.7')}, ${socket(kInside, '10.20.7.7')}],
);
const gateway :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "engine.wasm", wasm = embed "engine.wasm"),
  ],
  compatibilityDate = "2026-01-01",
  bindings = [(name = "UPSTREAM", text = "http://${host}/r4")],
  globalOutbound = "fhir-server",
);
`;

let workerd;
const ports = new Map();

before(async () => {
  upstream.listen(0, '127.0.0.1');
  await Promise.all([bundle(), once(upstream, 'listening')]);
  writeFileSync(
    path.join(folder, 'config.capnp'),
    configuration(`127.0.0.1:${upstream.address().port}`),
  );
  const { default: program } = createRequire(import.meta.url)('workerd');
  workerd = spawn(program, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  let text = '';
  for await (const more of workerd.stdio[3].setEncoding('utf8')) {
    text += more;
    for (const line of text.split('\n').slice(0, -1)) {
      const { socket: name, port } = JSON.parse(line);
      if (port !== undefined) ports.set(name, port);
    }
    if (ports.size === 2) break;
  }
  assert.equal(ports.size, 2, 'workerd listens');
});
after(() => {
  workerd?.kill();
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  calls = [];
  answer = undefined;
});

const ask = (place, token = 'demo-physician', { from = kOutside, ...init } = {}) =>
  fetch(`http://127.0.0.1:${ports.get(from)}${place}`, {
    ...init,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...init.headers },
  });

async function expectOutcome(response, status, code) {
  const body = await response.json();
  assert.equal(response.status, status, JSON.stringify(body));
  assert.equal(body.resourceType, 'OperationOutcome');
  assert.equal(body.issue[0].code, code);
  return body;
}

const idsOf = async (response) => {
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body.entry?.map((one) => one.resource.id) ?? [];
};

test('no token, an unknown one and a name from Object.prototype are 401', async () => {
  for (const token of ['', 'nobody', 'constructor', '__proto__']) {
    const response = await ask('/fhir/Patient', token);
    assert.match(response.headers.get('www-authenticate'), /^Bearer/);
    await expectOutcome(response, 401, 'login');
  }
  assert.deepEqual(calls, [], 'nothing was asked upstream');
});

test('an address outside the list is 403, whatever the client sends; inside it is served', async () => {
  const headers = { 'x-forwarded-for': '10.20.0.1', 'cf-connecting-ip': '10.20.0.1' };
  for (const init of [{}, { headers }]) {
    await expectOutcome(await ask('/fhir/Patient', 'demo-front-desk', init), 403, 'security');
  }
  assert.deepEqual(calls, []);
  const inside = { from: kInside, headers: { 'x-forwarded-for': '198.51.100.7' } };
  const response = await ask('/fhir/Patient', 'demo-front-desk', inside);
  assert.deepEqual(await idsOf(response), ['ana', 'ben', 'cora']);
});

test('a patient sees the own record only', async () => {
  for (const [type, ids] of Object.entries({
    Patient: ['ana'],
    Observation: ['a1c-ana'],
    Encounter: ['visit-1'],
  })) {
    assert.deepEqual(await idsOf(await ask(`/fhir/${type}`, 'demo-patient')), ids);
  }
});

test('a physician sees the own patients, without what the policy hides', async () => {
  const response = await ask('/fhir/Patient');
  const text = await response.text();
  const { entry, total } = JSON.parse(text);
  assert.deepEqual(
    entry.map((one) => one.resource.id),
    ['ana', 'ben'],
  );
  assert.equal(total, undefined, 'the total would count what is hidden');
  for (const { resource } of entry) {
    assert.ok(resource.name);
    for (const hidden of ['identifier', 'telecom', 'address', 'birthDate', '_birthDate', 'text']) {
      assert.equal(resource[hidden], undefined, hidden);
    }
  }
  for (const trace of ['1984', '999-12', 'Mission', 'Cora', 'example.org', 'Lindqvist']) {
    assert.ok(!text.includes(trace), trace);
  }
  assert.equal(response.headers.get('cache-control'), 'private, no-store');
  const observation = await (await ask('/fhir/Observation/a1c-ana')).json();
  assert.equal(observation.valueQuantity.value, 6.5);
  assert.equal(observation.note, undefined);
});

test('missing, deleted and unreadable instances look the same', async () => {
  const unlike = ['date'];
  const answers = [];
  const take = async (id) => {
    const response = await ask(`/fhir/Patient/${id}`);
    assert.equal(response.status, 404);
    const headers = [...response.headers].filter(([name]) => !unlike.includes(name));
    answers.push(JSON.stringify([await response.text(), headers]));
  };
  await take('nobody');
  await take('cora');
  answer = (response) => response.writeHead(410, { 'x-deleted': 'yes' }).end();
  await take('ana');
  assert.equal(new Set(answers).size, 1);
});

test('a search that touches what is hidden, and what no rule names, is refused before the server is asked', async () => {
  for (const query of [
    ...['birthdate=1984-03-02', 'address-state=CA', 'address=x', 'identifier=a', 'email=a'],
    ...['_sort=birthdate', '_has:Condition:patient:code=1', '_filter=birthdate eq 1984'],
    ...['_elements=birthDate', '_summary=text', '_summary=count', 'no-such=1'],
  ]) {
    await expectOutcome(await ask(`/fhir/Patient?${query}`), 403, 'forbidden');
  }
  await expectOutcome(await ask('/fhir/Observation?subject:Patient.birthdate=1'), 403, 'forbidden');
  for (const place of [
    '/fhir/Condition',
    '/fhir/Patient/ana/_history',
    '/fhir/Patient/$everything',
  ]) {
    await expectOutcome(await ask(place), 403, 'forbidden');
  }
  const body = '{"resourceType":"Patient","id":"ana"}';
  const headers = { 'content-type': 'application/fhir+json' };
  for (const [method, place] of [
    ['POST', '/fhir/Patient'],
    ['PUT', '/fhir/Patient/ana'],
    ['DELETE', '/fhir/Patient/ana'],
  ]) {
    const init = { method, ...(method !== 'DELETE' && { body, headers }) };
    await expectOutcome(await ask(place, 'demo-physician', init), 403, 'forbidden');
  }
  assert.deepEqual(calls, []);
});

test('what a policy does not hide can be searched by; no header of the client goes on', async () => {
  const headers = { 'x-secret': '1', cookie: 'a=b', 'if-none-match': '*' };
  const response = await ask('/fhir/Patient?name=a&_count=5', 'demo-physician', { headers });
  assert.deepEqual(await idsOf(response), ['ana', 'ben']);
  const [{ url, headers: sent }] = calls;
  assert.match(url, /^\/r4\/Patient\?(.*&)?name=a(&|$)/);
  for (const name of ['authorization', ...Object.keys(headers)]) assert.ok(!(name in sent), name);
});

test('a server that does not answer with FHIR JSON gives an error of our own', async () => {
  const secret = 'Whitfield';
  const json = { 'content-type': 'application/fhir+json' };
  for (const [place, work] of [
    ['/fhir/Patient', (response) => response.writeHead(500, json).end(`{"secret":"${secret}"}`)],
    [
      '/fhir/Patient',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(secret),
    ],
    ['/fhir/Patient/ana', (response) => response.writeHead(200, json).end(`{"x":"${secret}`)],
    ['/fhir/Patient/ana', (response) => response.writeHead(302, { location: `/${secret}` }).end()],
    ['/fhir/Patient/ana', (response) => response.destroy()],
  ]) {
    answer = work;
    const body = await expectOutcome(await ask(place), 502, 'processing');
    assert.ok(!JSON.stringify(body).includes(secret));
  }
});

test('the page is served beside it where one is bound', async () => {
  for (const place of ['/', '/fhirs', '/FHIR/Patient']) {
    const response = await ask(place, '');
    assert.deepEqual([response.status, await response.text()], [404, 'not found\n']);
  }
});
