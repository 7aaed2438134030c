// The program as it is started, with an issuer and a FHIR server of this test's own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const here = path.dirname(fileURLToPath(import.meta.url));
const kIssuer = 'https://login.test';
const kAudience = 'https://api.test/fhir';

const patient = (id, practitioner) => ({
  resourceType: 'Patient',
  id,
  meta: { versionId: '7' },
  active: true,
  birthDate: '1984-03-02',
  generalPractitioner: [{ reference: `Practitioner/${practitioner}` }],
});
const stored = new Map(
  [patient('ana', 'okafor'), patient('cora', 'lindqvist')].map((one) => [one.id, one]),
);
const calls = [];
const server = createServer(async (request, response) => {
  const { method, url, headers } = request;
  if (url === '/keys') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(keys));
    return;
  }
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  calls.push({ method, url, headers });
  const id = url.split('?')[0].split('/')[3];
  if (method === 'PUT') {
    if (headers['if-match'] !== 'W/"7"') return response.writeHead(412).end();
    stored.set(id, { ...JSON.parse(text), meta: { versionId: '8' } });
  }
  const entry = [...stored.values()].map((resource) => ({ resource, search: { mode: 'match' } }));
  const body =
    id === undefined ? { resourceType: 'Bundle', type: 'searchset', entry } : stored.get(id);
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(body ?? { resourceType: 'OperationOutcome', issue: [] }));
});

let keys;
let sign;
let base;
let child;
let output = '';

const start = (environment) =>
  spawn(process.execPath, ['main.mjs'], {
    cwd: here,
    env: { PATH: process.env.PATH, PORT: '0', ...environment },
  });

const environmentOf = (port) => ({
  UPSTREAM: `http://127.0.0.1:${port}/r4`,
  JWKS_URL: `http://127.0.0.1:${port}/keys`,
  ISSUER: kIssuer,
  AUDIENCE: kAudience,
  POLICIES: 'policies.json',
  UPSTREAM_TOKEN: 'own-token',
});

before(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };
  sign = (claims = {}, { audience = kAudience, expires = '5m' } = {}) =>
    new SignJWT({ fhirUser: 'Practitioner/okafor', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
      .setIssuer(kIssuer)
      .setAudience(audience)
      .setSubject('okafor')
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(privateKey);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  child = start(environmentOf(server.address().port));
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  let text = '';
  for await (const more of child.stderr.setEncoding('utf8')) {
    text += more;
    base = /listens on (\S+)/.exec(text)?.[1];
    if (base) break;
  }
  assert.ok(base, text);
});
after(() => {
  child?.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
});

const ask = async (place, token, init = {}) =>
  fetch(base + place, {
    ...init,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...init.headers },
  });

test('a token that is none, for others, or over is 401; a caller without membership is 403', async () => {
  for (const token of [
    undefined,
    'x.y.z',
    await sign({}, { audience: 'https://other.test' }),
    await sign({}, { expires: '-5m' }),
  ]) {
    assert.equal((await ask('/Patient/ana', token)).status, 401);
  }
  const stranger = await sign({ fhirUser: 'Practitioner/lindqvist' });
  assert.equal((await ask('/Patient/cora', stranger)).status, 403);
  assert.deepEqual(calls, []);
});

test('a caller reads, searches and writes what the policy grants', async () => {
  const token = await sign();
  const ana = await (await ask('/Patient/ana', token)).json();
  assert.deepEqual([ana.id, ana.birthDate], ['ana', undefined]);
  assert.equal((await ask('/Patient/cora', token)).status, 404);
  const { entry } = await (await ask('/Patient', token)).json();
  assert.deepEqual(
    entry.map(({ resource }) => resource.id),
    ['ana'],
  );
  assert.equal((await ask('/Patient?birthdate=1984-03-02', token)).status, 403);
  const update = await ask('/Patient/ana', token, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ ...ana, active: false }),
  });
  assert.equal(update.status, 200);
  const { active, birthDate } = stored.get('ana');
  assert.deepEqual([active, birthDate], [false, '1984-03-02']);
  for (const { headers } of calls) assert.equal(headers.authorization, 'Bearer own-token');
});

test('one decision a line, without token or value', async () => {
  const records = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(records.some(({ status }) => status === 200) && records.some((one) => !one.allowed));
  assert.doesNotMatch(output, /own-token|1984|eyJ/);
});

test('what is missing or wrong ends the start', async () => {
  const good = environmentOf(9);
  const starts = [
    ...['UPSTREAM', 'JWKS_URL', 'ISSUER', 'AUDIENCE', 'POLICIES'].map((name) => [
      { ...good, [name]: '' },
      new RegExp(`${name} is not set`),
    ]),
    [{ ...good, POLICIES: 'package.json' }, /holds no policies/],
    [{ ...good, SEAL_KEY: 'short' }, /SEAL_KEY has fewer than 32 bytes/],
  ];
  await Promise.all(
    starts.map(async ([environment, expected]) => {
      const failing = start(environment);
      let err = '';
      failing.stderr.setEncoding('utf8').on('data', (text) => (err += text));
      const [code] = await once(failing, 'close');
      assert.notEqual(code, 0);
      assert.match(err, expected);
    }),
  );
});
