// Policy sources and principals that are none, and what is recorded of a request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayTo, kCanary, kUpstream, patient, searchset } from './fake.mjs';
import { closed, hidden, post, put } from './hostile.mjs';

test('what a policy source throws, or gives instead of documents, allows nothing', async () => {
  const kSources = [
    () => {
      throw new Error(kCanary);
    },
    async () => {
      throw new TypeError(kCanary);
    },
    () => Promise.reject(new Error(kCanary)),
    () => Promise.reject(undefined),
    () => kCanary,
    () => true,
    () => [],
    () => ({ policies: kCanary }),
    () => ({ policies: [{ resourceType: 'AccessPolicy', resource: [{ resourceType: 7 }] }] }),
    () => null,
    () => undefined,
    () => ({}),
    () => ({ policies: [] }),
    () => ({ policies: null, membership: null }),
  ];
  for (const load of kSources) {
    const { get, calls } = gatewayTo({ '*': patient('1') }, { policies: { load } });
    for (const [url, init] of [['Patient/1'], ['Patient'], ['Patient/1', { method: 'DELETE' }]]) {
      await closed(await get(url, init), [403, 503], `${load} ${url}`);
    }
    assert.equal(calls.length, 0);
  }
});

test('a principal that is none, or whose token is over, gets nothing', async () => {
  const expires = Date.now() / 1000;
  const kPrincipals = [
    ...[undefined, null, false, 0, '', 'someone', {}, [], { subject: '' }, { subject: 7 }],
    { subject: 'a', expires },
    { subject: 'a', expires: NaN },
    { subject: 'a', expires: String(expires + 100) },
    { subject: 'a', profile: {} },
    { subject: 'a', scopes: ['user/*.rs'] },
  ];
  for (const principal of kPrincipals) {
    const { get, calls } = gatewayTo({ '*': patient('1') }, { auth: () => principal });
    await closed(await get('Patient/1'), [401, 503], JSON.stringify(principal));
    assert.equal(calls.length, 0);
  }
});

test('the record says by which rule one resource was read, and nothing of Bundles', async () => {
  const policy = {
    resourceType: 'AccessPolicy',
    id: 'clinic',
    resource: [
      { resourceType: 'Observation' },
      { resourceType: 'Patient', criteria: 'Patient?active=true', hiddenFields: ['birthDate'] },
    ],
  };
  const routes = {
    'GET Patient/1': patient('1'),
    'Patient/2': hidden,
    Patient: searchset([patient('1')]),
  };
  routes['PUT Patient/1'] = patient('1');
  const events = [];
  const audit = { sink: (event) => void events.push(event) };
  const { get, records } = gatewayTo(routes, { policy, audit, hashKey: 'k'.repeat(32) });
  const { birthDate: _, ...shown } = patient('1');
  await get('Patient/1');
  await get('Patient/1/_history/3');
  await get('Patient/1', put(shown));
  await get('Patient/2');
  await (await get('Patient?active=true')).text();
  await get(
    '',
    post({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Patient/1' } }],
    }),
  );
  const rules = records.map(({ rule }) => rule);
  assert.equal(rules.length, 6);
  for (const rule of [rules[0], rules[2]]) {
    assert.deepEqual(Object.keys(rule).sort(), ['index', 'source']);
    assert.equal(rule.index, 1);
  }
  assert.deepEqual(rules[0], rules[2]);
  assert.deepEqual(rules.slice(3), [null, null, null]);
  assert.ok(JSON.stringify(events[0]).includes(`#${rules[0].index}"`) || rules[0].source === '');
  assert.match(records[0].instance, /^[0-9a-f]{64}$/);
  assert.equal(records[0].instance, records[2].instance);
  assert.notEqual(records[0].instance, records[3].instance);
  assert.ok(!JSON.stringify([records, events]).includes(kCanary));
  const quiet = gatewayTo(routes, { policy, log: null });
  assert.equal((await quiet.get('Patient/1')).status, 200);
});

test('a rehearsal starts no export', async () => {
  const { get, calls, records } = gatewayTo(
    {
      $export: () =>
        new Response(null, { status: 202, headers: { 'content-location': `${kUpstream}/jobs/1` } }),
    },
    { mode: 'audit-only', operations: { $export: { result: 'none', methods: ['GET'] } } },
  );
  await get('$export', { headers: { prefer: 'respond-async' } });
  assert.equal(calls.length, 1);
  assert.equal(records[0].wouldBe, 202);
});

test('what of a principal is not part of what policies are kept by reaches no source', async () => {
  const loaded = [];
  let turn = 0;
  const auth = () => ({
    subject: 'someone',
    tenant: `tenant${(turn += 1)}`,
    claims: { groups: new Set([turn]), at: new Date(0), plan: { tier: turn > 2 ? 'b' : 'a' } },
  });
  const load = async (principal) => {
    loaded.push(principal);
    return { policies: { resourceType: 'AccessPolicy', resource: [{ resourceType: 'Patient' }] } };
  };
  const { get } = gatewayTo({ 'Patient/1': patient('1') }, { auth, policies: { load } });
  for (let count = 0; count < 4; ++count) assert.equal((await get('Patient/1')).status, 200);
  const kMembers = ['subject', 'issuer', 'profile', 'scopes', 'launchPatient', 'expires', 'claims'];
  for (const principal of loaded) assert.deepEqual(Object.keys(principal), kMembers);
  assert.deepEqual(
    loaded.map(({ claims }) => claims),
    ['a', 'b'].map((tier) => ({ groups: {}, at: '1970-01-01T00:00:00.000Z', plan: { tier } })),
  );
  const kNone = [() => 1, 'text', [1], { toJSON: () => 7 }, { big: 1n }];
  for (const claims of kNone) {
    const { get: ask, calls } = gatewayTo(
      { '*': patient('1') },
      { auth: () => ({ subject: 'someone', claims }) },
    );
    assert.equal((await ask('Patient/1')).status, 503);
    assert.equal(calls.length, 0);
  }
});
