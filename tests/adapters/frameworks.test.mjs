// The gateway inside of Express, Hono and the middleware of Next.js.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import express from 'express';
import { Hono } from 'hono';
import { expressMiddleware } from 'fhirwall/adapters/express';
import { honoMiddleware } from 'fhirwall/adapters/hono';
import { nextMiddleware } from 'fhirwall/adapters/next';
import { head, listening, raw, standIn, statusOf } from './harness.mjs';

const echo = () => standIn(async (request) => new Response(await request.text()));
const put = (port, headers = {}) =>
  fetch(`http://127.0.0.1:${port}/fhir/Patient/1?a=b`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"a":1.50}',
  });

test('Express: the whole path and the body as sent; the application keeps its other paths', async () => {
  const gateway = echo();
  const app = express();
  app.set('trust proxy', true);
  app.use('/fhir', expressMiddleware(gateway, { env: 'e' }));
  app.use((request, response) => void response.status(418).end('application'));
  await listening(createServer(app), async (port) => {
    const response = await put(port, { 'x-forwarded-for': '10.0.0.1' });
    assert.equal(await response.text(), '{"a":1.50}');
    const { request, env, peer } = gateway.seen.pop();
    assert.equal(request.url, `http://127.0.0.1:${port}/fhir/Patient/1?a=b`);
    assert.equal(env, 'e');
    assert.deepEqual(peer, { remoteAddress: '127.0.0.1' });
    assert.equal(statusOf(await raw(port, head('GET', '/fhir/x/../admin'))), 400);
    assert.equal((await fetch(`http://127.0.0.1:${port}/other`)).status, 418);
    assert.deepEqual(gateway.seen, []);
  });
});

test('Express: a body that a parser has read is refused, and said', async () => {
  const gateway = echo();
  const app = express();
  app.use(express.json());
  app.use('/fhir', expressMiddleware(gateway));
  await listening(createServer(app), async (port) => {
    const response = await put(port);
    assert.equal(response.status, 500);
    const { resourceType, issue } = await response.json();
    assert.equal(resourceType, 'OperationOutcome');
    assert.equal(issue[0].details.text, 'a body parser stands before the gateway');
    assert.deepEqual(gateway.seen, []);
    assert.equal((await fetch(`http://127.0.0.1:${port}/fhir/Patient/1`)).status, 200);
  });
});

test('Hono: request, bindings, address and what outlives the answer', async () => {
  const gateway = standIn(async (request, env, peer) => {
    peer.waitUntil?.(Promise.resolve('later'));
    return new Response(await request.text());
  });
  const app = new Hono();
  const connInfo = (context) => ({ remote: { address: context.env.address } });
  app.use('/fhir/*', honoMiddleware(gateway, { connInfo }));
  app.all('*', (context) => context.text('application'));
  const kept = [];
  const execution = { waitUntil: (work) => kept.push(work), passThroughOnException() {} };
  const ask = (path, init, ...rest) => app.request(`https://h.test${path}`, init, ...rest);

  const init = { method: 'PUT', body: '{"a":1.50}' };
  const response = await ask('/fhir/Patient/1?a=b', init, { address: '192.0.2.1' }, execution);
  assert.equal(await response.text(), '{"a":1.50}');
  const { request, env, peer } = gateway.seen.pop();
  assert.equal(request.url, 'https://h.test/fhir/Patient/1?a=b');
  assert.deepEqual(env, { address: '192.0.2.1' });
  assert.equal(peer.remoteAddress, '192.0.2.1');
  assert.deepEqual(await Promise.all(kept), ['later']);

  // A runtime without an execution context, and an application that does not say the address.
  const bare = new Hono().use('/fhir/*', honoMiddleware(gateway));
  assert.equal((await bare.request('https://h.test/fhir')).status, 200);
  assert.deepEqual(gateway.seen.pop().peer, { remoteAddress: undefined, waitUntil: undefined });
  assert.equal(await (await ask('/other', {}, {})).text(), 'application');
  assert.deepEqual(gateway.seen, []);
});

test('Next.js: answers what is below its path, and leaves the rest to the application', async () => {
  const gateway = echo();
  const ask = (middleware, path) => {
    const kept = [];
    const event = { waitUntil: (work) => kept.push(work) };
    return middleware(new Request(`https://next.test${path}`), event);
  };
  const middleware = nextMiddleware(gateway, { env: 'e' });
  for (const path of ['/fhir', '/fhir/', '/fhir/Patient/1', '/fhir?_type=Patient', '/fhir//x']) {
    assert.equal((await ask(middleware, path))?.status, 200, path);
    const { request, env } = gateway.seen.pop();
    assert.equal(request.url, `https://next.test${path}`);
    assert.equal(env, 'e');
  }
  for (const path of ['/', '/fhirs', '/fhi', '/FHIR/Patient', '/x/fhir', '/%66hir/Patient']) {
    assert.equal(await ask(middleware, path), undefined, path);
  }
  const other = nextMiddleware(gateway, { path: '/api/r4' });
  assert.equal((await ask(other, '/api/r4/Patient'))?.status, 200);
  assert.equal(await ask(other, '/fhir/Patient'), undefined);
  assert.equal(gateway.seen.length, 1);
});
