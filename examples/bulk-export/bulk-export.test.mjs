// The client through the gateway, with a FHIR server of this test's own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { nodeServer } from 'fhirwall/adapters/node';
import { exportAll } from './export.mjs';
import { analyticsGateway } from './gateway.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'fhirwall-export-'));
const kPatients = 2000;
const patients = Array.from({ length: kPatients }, (_, index) => ({
  resourceType: 'Patient',
  id: `p${index}`,
  gender: 'female',
  name: [{ family: 'Secret' }],
  birthDate: '1984-03-02',
}));
const observation = (id, category) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [{ coding: [{ code: category }] }],
  note: [{ text: 'Secret' }],
});
const files = {
  Patient: patients,
  Observation: [observation('o1', 'laboratory'), observation('o2', 'vital-signs')],
  Condition: [{ resourceType: 'Condition', id: 'c1', note: [{ text: 'Secret' }] }],
};

let looks = 0;
let broken = false;
const listening = async (server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
};
let upstream;
let base;
const fhirServer = createServer((request, response) => {
  const [place] = request.url.slice('/r4/'.length).split('?');
  if (place === '$export') {
    response.writeHead(202, { 'content-location': `${upstream}/r4/state/1` }).end();
  } else if (place === 'state/1' && ++looks === 1) {
    response.writeHead(202, { 'retry-after': '0', 'x-progress': '50 %' }).end();
  } else if (place === 'state/1') {
    const output = Object.entries(files).map(([type, { length }]) => {
      return { type, url: `${upstream}/r4/file/${type}`, count: length };
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ transactionTime: '2026-01-01T00:00:00Z', output, error: [] }));
  } else {
    const text = files[place.split('/')[1]].map((one) => `${JSON.stringify(one)}\n`).join('');
    response.writeHead(200, { 'content-type': 'application/fhir+ndjson' });
    response.end(broken ? `${text}{"resourceType":"Patient",\n${text}` : text);
  }
});
let gatewayServer;

before(async () => {
  upstream = await listening(fhirServer);
  const gateway = analyticsGateway({
    upstream: `${upstream}/r4`,
    auth: (request) =>
      request.headers.get('authorization') === 'Bearer analyst'
        ? { subject: 'analyst' }
        : undefined,
    log: null,
  });
  gatewayServer = nodeServer(gateway);
  base = `${await listening(gatewayServer)}/fhir`;
});
after(() => {
  rmSync(folder, { recursive: true });
  for (const server of [fhirServer, gatewayServer]) {
    server.closeAllConnections();
    server.close();
  }
});

const linesOf = (name) =>
  readFileSync(path.join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('the files hold what the policy shows, and only of types that it grants', async () => {
  const names = await exportAll({ base, token: 'analyst', folder });
  assert.deepEqual(names, ['Patient.1.ndjson', 'Observation.2.ndjson']);
  const shown = linesOf('Patient.1.ndjson');
  assert.equal(shown.length, kPatients);
  assert.deepEqual(shown[7], { resourceType: 'Patient', id: 'p7', gender: 'female' });
  const [only, ...others] = linesOf('Observation.2.ndjson');
  assert.deepEqual([only.id, only.note, others], ['o1', undefined, []]);
  assert.equal(looks, 2);
});

test('a caller without token gets nothing', async () => {
  await assert.rejects(exportAll({ base, token: 'x', folder }), /answered 401/);
});

test('a file with a line that is no FHIR JSON is not taken for a whole one', async () => {
  broken = true;
  const place = path.join(folder, 'broken');
  await assert.rejects(exportAll({ base, token: 'analyst', folder: place }));
  assert.ok(!existsSync(path.join(place, 'Patient.1.ndjson')));
});
