// The decision log and the trace: one line for each request, and nothing in it that anybody could read somebody out of.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { engine, gatewayTo, patient } from './fake.mjs';

const kHashKey = 'a key of more than sixteen bytes';
const kHash = /^[0-9a-f]{64}$/;

/** What must be nowhere in a log. */
const kPlanted = {
  subject: 'SUBJECT-CANARY-1',
  token: 'TOKEN-CANARY-2',
  query: 'QUERY-CANARY-3',
  id: 'ID-CANARY-4',
  address: '203.0.113.77',
  claim: 'CLAIM-CANARY-5',
  profile: 'Practitioner/PROFILE-CANARY-6',
  method: 'METHODCANARY',
  header: 'HEADER-CANARY-7',
  upstream: 'UPSTREAM-CANARY-8',
  type: 'TypeCanary',
};

const caller = () => ({
  ...{ subject: kPlanted.subject, issuer: 'https://issuer.example', profile: kPlanted.profile },
  claims: { email: kPlanted.claim },
});

const kRequests = [
  ['GET', `Patient/${kPlanted.id}`],
  ['GET', `Patient?name=${kPlanted.query}`],
  ['GET', `Patient?${kPlanted.query}=1`],
  ['GET', `${kPlanted.type}/1`],
  ['GET', `Patient/1/_history/${kPlanted.id}`],
  ['GET', `$${kPlanted.id}`],
  ['GET', `%2e%2e/${kPlanted.id}`],
  ['GET', `metadata?x=${kPlanted.query}`],
  [kPlanted.method, 'Patient/1'],
  ['POST', 'Patient', JSON.stringify({ resourceType: 'Patient', id: kPlanted.id })],
  ['DELETE', `Patient/${kPlanted.id}`],
  ['GET', 'Patient/broken'],
];

/** Sends all of it to a gateway; gives what its sinks took. */
async function planted(options) {
  const lines = [];
  const events = [];
  const made = gatewayTo(
    {
      [`Patient/${kPlanted.id}`]: patient(kPlanted.id, { name: [{ family: kPlanted.upstream }] }),
      'Patient/broken': () => new Response(kPlanted.upstream, { status: 500 }),
    },
    {
      auth: caller,
      log: (record) => lines.push(JSON.stringify(record)),
      audit: { sink: (event) => void events.push(event) },
      ...options,
    },
  );
  const statuses = [];
  for (const [method, url, body] of kRequests) {
    const headers = {
      authorization: `Bearer ${kPlanted.token}`,
      'x-forwarded-for': kPlanted.address,
      'user-agent': kPlanted.header,
      traceparent: kPlanted.header,
      'content-type': 'application/fhir+json',
    };
    const request = new Request(`https://edge.example/fhir/${url}`, { method, headers, body });
    const work = [];
    const peer = { remoteAddress: kPlanted.address, waitUntil: (one) => work.push(one) };
    const response = await made.gateway.handle(request, {}, peer);
    await response.text();
    await Promise.all(work);
    statuses.push(response.status);
  }
  return { lines, events, statuses };
}

test('no line and no event holds anything that was planted', async () => {
  for (const hashKey of [undefined, kHashKey]) {
    const { lines, events, statuses } = await planted({ hashKey });
    assert.equal(lines.length, kRequests.length);
    assert.equal(events.length, kRequests.length);
    assert.ok(statuses.includes(200) && statuses.some((status) => status >= 400));
    const text = (JSON.stringify(lines) + JSON.stringify(events)).toLowerCase();
    for (const [name, value] of Object.entries(kPlanted)) {
      assert.ok(!text.includes(value.toLowerCase()), `${name}: ${text}`);
      const bare = value.replace('Practitioner/', '');
      assert.ok(!text.includes(btoa(bare).replace(/=+$/, '').toLowerCase()), name);
    }
    assert.equal(text.includes('subject'), hashKey !== undefined);
  }
});

test('a line says what was decided', async () => {
  const records = [];
  const { get } = gatewayTo(
    { 'Patient/1': patient('1') },
    { log: (record) => records.push(record) },
  );
  await (await get('Patient/1')).text();
  await (await get('Encounter/1')).text();
  const [read, refused] = records;
  assert.deepEqual(
    { ...read, released: 1, time: 0, traceId: 0, policy: 0, duration: 0, rule: 0 },
    {
      ...{ time: 0, mode: 'enforce', traceId: 0, method: 'GET', kind: 'instance' },
      ...{ interaction: 'read', resourceType: 'Patient', status: 200, allowed: true },
      ...{ reason: read.reason, rule: 0, policy: 0, duration: 0 },
      released: 1,
    },
  );
  assert.match(read.time, /^\d{4}-\d\d-\d\dT/);
  assert.match(read.traceId, /^[0-9a-f]{32}$/);
  assert.match(read.policy, kHash);
  assert.deepEqual([refused.status, refused.allowed, refused.reason], [403, false, 'no-rule']);
});

test('a hash is keyed: the same for one key, another for another', async () => {
  const records = [];
  const log = (record) => records.push(record);
  const auth = () => ({ subject: 'ann', issuer: 'https://issuer.example' });
  const keys = [kHashKey, new TextEncoder().encode(kHashKey), `${kHashKey}.`];
  for (const hashKey of keys) {
    const { get } = gatewayTo({ 'Patient/1': patient('1') }, { hashKey, log, auth });
    await (await get('Patient?gender=male')).text();
  }
  const [text, bytes, other] = records;
  const expected = (value) => createHmac('sha256', kHashKey).update(value).digest('hex');
  assert.equal(text.subject, expected('["https://issuer.example","ann"]'));
  assert.equal(text.query, expected('gender=male'));
  assert.equal(bytes.subject, text.subject);
  assert.match(other.subject, kHash);
  assert.notEqual(other.subject, text.subject);
  assert.notEqual(other.query, text.query);
});

test('a key that can be guessed is none', () => {
  for (const hashKey of ['', 'short', new Uint8Array(15)]) {
    assert.throws(() => gatewayTo({}, { hashKey }), TypeError);
  }
  assert.throws(() => gatewayTo({}, { log: 'console' }), TypeError);
});

test('a log that fails changes no answer', async () => {
  const failing = [
    () => {
      throw new Error('full');
    },
    async () => Promise.reject(new Error('full')),
    null,
  ];
  for (const log of failing) {
    const { get } = gatewayTo({ 'Patient/1': patient('1') }, { log });
    assert.equal((await get('Patient/1')).status, 200);
  }
});

test('a log takes one JSON line on the console by default', async (t) => {
  const lines = [];
  t.mock.method(console, 'log', (...all) => lines.push(all));
  const { get } = gatewayTo({ 'Patient/1': patient('1') }, { log: undefined });
  await (await get('Patient/1')).text();
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(lines.length, 1);
  assert.equal(lines[0].length, 1);
  assert.doesNotMatch(lines[0][0], /\n/);
  assert.equal(JSON.parse(lines[0][0]).status, 200);
});

test('a trace goes on to the server as another span', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const span = 'b7ad6b7169203331';
  const cases = [
    [`00-${trace}-${span}-01`, true, '01'],
    [`00-${trace}-${span}-00`, true, '00'],
    [`00-${trace}-${span}-ff`, true, '01'],
    [`cc-${trace}-${span}-01-what-comes-later`, true, '01'],
    [undefined, false, '01'],
    ['', false, '01'],
    [`ff-${trace}-${span}-01`, false, '01'],
    [`00-${trace}-${span}-01-more`, false, '01'],
    [`00-${trace.toUpperCase()}-${span}-01`, false, '01'],
    [`00-${'0'.repeat(32)}-${span}-01`, false, '01'],
    [`00-${trace}-${'0'.repeat(16)}-01`, false, '01'],
    [`00-${trace}-${span}`, false, '01'],
    [`00-${trace}-${span}-01, 00-${trace}-${span}-01`, false, '01'],
  ];
  for (const [given, isKept, flags] of cases) {
    const { get, calls, records } = gatewayTo({ 'Patient/1': patient('1') }, { engine });
    await (
      await get('Patient/1', { headers: given === undefined ? {} : { traceparent: given } })
    ).text();
    const sent = new Headers(calls[0].headers).get('traceparent');
    const [, traceId, spanId, sentFlags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-(\d\d)$/.exec(sent);
    assert.equal(traceId === trace, isKept, given);
    assert.notEqual(spanId, span);
    assert.doesNotMatch(spanId, /^0+$/);
    assert.equal(sentFlags, flags, given);
    assert.equal(records[0].traceId, traceId);
  }
});
