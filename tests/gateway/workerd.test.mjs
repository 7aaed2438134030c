// The gateway in workerd: what a patient and a caregiver see, end to end, and every way in which an address is known.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { found, idsOf } from './harness.mjs';
import { resources } from './people.mjs';
import { fhirServer } from './upstream.mjs';
import { inWorkerd } from './workerd.mjs';

let server;
let base;
let end;

before(async () => {
  server = await fhirServer({ resources });
  ({ base, end } = await inWorkerd('gateway-workerd', '../gateway/worker.mjs', server));
});
after(() => end?.());

async function ask(name, url, { json, ...init } = {}) {
  const response = await fetch(base + url, {
    ...init,
    ...(json && { body: JSON.stringify(json), method: init.method ?? 'POST' }),
    headers: {
      ...(name !== null && { authorization: `Bearer ${name}` }),
      ...(json && { 'content-type': 'application/fhir+json' }),
      ...init.headers,
    },
  });
  const text = await response.text();
  const head = JSON.stringify([...response.headers]);
  assert.deepEqual(found(name, `${head}\n${text}`, server), [], `${name}: ${url}`);
  return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text) };
}

test('a patient sees what is hers, and nothing else', async () => {
  const own = await ask('ana', 'fhir/Patient/ana');
  assert.equal(own.json?.birthDate, '1951-01-17', own.text);
  for (const url of ['Patient', 'Patient?_count=50', 'Patient?_id=ana,bo,cora']) {
    assert.deepEqual(idsOf(await ask('ana', `fhir/${url}`)), ['ana'], url);
  }
  assert.deepEqual(idsOf(await ask('ana', 'fhir/Observation?_sort=date')).sort(), [
    'o-ana-1',
    'o-ana-2',
    'o-ana-3',
  ]);
  for (const url of ['Patient/bo', 'Patient/cora', 'Observation/o-bo-1', 'Patient/nobody']) {
    assert.equal((await ask('ana', `fhir/${url}`)).status, 404, url);
  }
  for (const url of ['Task', 'Task/t-ana', 'RelatedPerson/carer']) {
    assert.equal((await ask('ana', `fhir/${url}`)).status, 403, url);
  }
  assert.equal((await ask(null, 'fhir/Patient/ana')).status, 401);
  assert.equal((await ask('stranger', 'fhir/Patient/ana')).status, 403);
});

test('a patient changes what is hers where she may', async () => {
  const { json } = await ask('ana', 'fhir/Patient/ana');
  const put = (patient) =>
    ask('ana', `fhir/Patient/${patient.id}`, { method: 'PUT', json: patient });
  const moved = { ...json, address: [{ city: 'Basel' }] };
  assert.equal((await put(moved)).status, 200);
  assert.equal((await server.stored('Patient', 'ana')).address[0].city, 'Basel');
  const other = await put({ ...moved, id: 'cora' });
  assert.equal(other.status, 404);
  const active = await put({ ...moved, active: false });
  if (active.status === 200) assert.equal(active.json.active, true);
  else assert.equal(active.status, 403, active.text);
  assert.equal((await server.stored('Patient', 'ana')).active, true);
  const observation = (await ask('ana', 'fhir/Observation/o-ana-1')).json;
  const written = await ask('ana', 'fhir/Observation/o-ana-1', {
    method: 'PUT',
    json: observation,
  });
  assert.equal(written.status, 403);
});

test('a caregiver sees whom they care for', async () => {
  assert.deepEqual(idsOf(await ask('caregiver', 'fhir/Patient')).sort(), ['ana', 'bo']);
  const observations = idsOf(await ask('caregiver', 'fhir/Observation?_count=50'));
  assert.equal(observations.length, 6);
  assert.ok(observations.every((id) => /^o-(ana|bo)-/.test(id)));
  for (const id of ['ana', 'bo']) {
    assert.equal((await ask('caregiver', `fhir/Patient/${id}`)).status, 200, id);
    assert.equal((await ask('caregiver', `fhir/Condition/c-${id}`)).status, 200, id);
  }
  assert.equal((await ask('caregiver', 'fhir/Patient/cora')).status, 404);
  assert.equal((await ask('caregiver', 'fhir/Condition/c-cora')).status, 404);
});

test('addresses are decided on before anything is asked of the server', async () => {
  const forwarded = (list) => ({ headers: { 'x-forwarded-for': list } });
  const platform = (address) => ({ headers: { 'cf-connecting-ip': address } });
  const table = [
    // workerd tells a handler no address of the connection: unknown, whatever the client says of itself.
    ['connection', {}, 403],
    ['connection', forwarded('203.0.113.7'), 403],
    ['connection', platform('203.0.113.7'), 403],
    ['proxy', {}, 403],
    ['proxy', forwarded('203.0.113.7'), 200],
    ['proxy', forwarded('10.0.0.1, 198.51.100.20'), 200],
    ['proxy', forwarded('203.0.113.7, 10.0.0.1'), 403],
    ['proxy', forwarded('203.0.113.7, unknown'), 403],
    ['proxy', forwarded('203.0.113.7,'), 403],
    ['cloudflare', {}, 403],
    ['cloudflare', platform('203.0.113.7'), 200],
    ['cloudflare', platform('10.0.0.1'), 403],
    ['cloudflare', forwarded('203.0.113.7'), 403],
    ['cloudflare', platform('203.0.113.7, 10.0.0.1'), 403],
  ];
  for (const [gateway, init, status] of table) {
    const where = `${gateway} ${JSON.stringify(init)}`;
    for (const url of ['Patient/ana', 'Patient', 'Patient/cora']) {
      server.calls.length = 0;
      const answer = await ask('ana', `${gateway}/${url}`, init);
      if (status === 403) {
        assert.equal(answer.status, 403, where);
        assert.equal(answer.json.issue[0].code, 'security', where);
        assert.deepEqual(server.calls, [], where);
      } else {
        assert.equal(answer.status, url === 'Patient/cora' ? 404 : 200, `${where}: ${answer.text}`);
      }
    }
  }
});
