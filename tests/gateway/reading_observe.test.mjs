// `audit-only`: decides and records, and changes nothing (SPEC 15.6). What every mode records.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayTo, json, kCanary, patient, searchset } from './fake.mjs';

const mode = 'audit-only';

const kObserved = [
  // [request, what the client gets, what it would have got]
  ['Patient/1', 200, 200],
  ['Patient/2', 200, 404],
  ['Patient/3', 404, 404],
  ['Encounter/1', 200, 403],
  ['Patient?birthdate=1970', 200, 403],
  ['Patient', 200, 200],
  ['Patient/$match', 200, 403],
];

test('what would have been answered is recorded, and the answer is the one of the upstream', async () => {
  const routes = {
    'Patient/1': patient('1'),
    'Patient/2': patient('2', { active: false }),
    'Encounter/1': { resourceType: 'Encounter', id: '1', text: kCanary },
    Patient: searchset([patient('1')]),
    'Patient?birthdate=1970': searchset([patient('1')]),
    'Patient/$match': patient('1'),
  };
  for (const [url, status, wouldBe] of kObserved) {
    const { get, records } = gatewayTo(routes, { mode });
    const response = await get(url);
    assert.equal(response.status, status, url);
    if (status === 200) assert.deepEqual(await response.json(), routes[url], url);
    assert.deepEqual(
      [records[0].mode, records[0].status, records[0].wouldBe],
      [mode, status, wouldBe],
    );
  }
});

test('a write is carried out once', async () => {
  const { get, calls, records } = gatewayTo(
    { 'DELETE Patient/1': () => new Response(null, { status: 204 }), 'Patient/1': patient('1') },
    { mode },
  );
  assert.equal((await get('Patient/1', { method: 'DELETE' })).status, 204);
  assert.equal(calls.filter(({ method }) => method === 'DELETE').length, 1);
  assert.equal(typeof records[0].wouldBe, 'number');
});

test('who nobody knows is refused in every mode, and policies that fail are recorded', async () => {
  const load = () => Promise.reject(new Error(kCanary));
  const { get, records, calls } = gatewayTo({ '*': patient('1') }, { mode, policies: { load } });
  assert.equal((await get('Patient/1', {}, null)).status, 401);
  assert.equal(calls.length, 0);
  assert.equal((await get('Patient/1')).status, 200);
  assert.equal(records[1].wouldBe, 503);
});

test('a record names no value, and says who with a key only', async () => {
  const routes = { '*': () => json(searchset([patient('secret-id')])) };
  const plain = gatewayTo(routes);
  const keyed = gatewayTo(routes, { hashKey: 'h'.repeat(32) });
  for (const { get } of [plain, keyed]) {
    await (await get('Patient?active=true&_id=secret-id', {}, 'secret-subject')).text();
    await get('Patient/secret-id', {}, 'secret-subject');
  }
  assert.equal(plain.records[0].subject, undefined);
  assert.equal(plain.records[0].query, undefined);
  assert.match(keyed.records[0].subject, /^[0-9a-f]{64}$/);
  assert.match(keyed.records[0].query, /^[0-9a-f]{64}$/);
  assert.match(keyed.records[1].instance, /^[0-9a-f]{64}$/);
  for (const { records } of [plain, keyed]) {
    assert.equal(records.length, 2);
    assert.ok(!JSON.stringify(records).includes('secret'));
  }
});

test('options that are wrong do not start', () => {
  for (const options of [
    { mode: 'off' },
    { auth: null },
    { policies: {} },
    { maxRequestBytes: 'many' },
    { maxReferences: -1 },
    { operations: { everything: { result: 'searchset' } } },
  ]) {
    assert.throws(() => gatewayTo({}, options), TypeError, JSON.stringify(options));
  }
});
