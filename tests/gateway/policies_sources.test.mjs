// Where policies come from: documents, Medplum, key-value stores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyValuePolicies, medplumPolicies, staticPolicies } from 'fhirwall/gateway';
import { gatewayTo, patient } from './fake.mjs';
import { reply, silent } from './asking.mjs';

const kSignal = new AbortController().signal;
const load = (source, principal) => source.load({ subject: 'ann', ...principal }, kSignal);

const policy = (id) => ({
  ...{ resourceType: 'AccessPolicy', id, name: id, meta: { versionId: '1', project: 'p' } },
  resource: [{ resourceType: 'Patient' }],
});
const member = (id, more = {}) => ({
  ...{ resourceType: 'ProjectMembership', id, meta: { versionId: '1' } },
  ...{
    project: { reference: 'Project/p' },
    accessPolicy: { reference: 'AccessPolicy/a' },
    ...more,
  },
});
const ann = member('ann', {
  profile: { reference: 'Practitioner/1', display: 'Ann' },
  user: { reference: 'User/u1' },
  externalId: 'auth0|ann,1',
  userName: 'ann@a.example',
});
const bob = member('bob', {
  profile: { reference: 'Practitioner/2' },
  user: { reference: 'User/u2' },
  externalId: 'bob',
  userName: 'bob@a.example',
});

/** Who is found, by how they are looked for. */
const kMatches = [
  [undefined, { profile: 'Practitioner/1' }, 'ann'],
  ['profile', { profile: 'Practitioner/2' }, 'bob'],
  ['profile', { profile: 'Practitioner/3' }, undefined],
  ['profile', {}, undefined],
  ['profile', { profile: '' }, undefined],
  ['user', { subject: 'u1' }, 'ann'],
  ['user', { subject: 'User/u1' }, 'ann'],
  ['user', { subject: 'u3' }, undefined],
  ['externalId', { subject: 'auth0|ann,1' }, 'ann'],
  ['externalId', { subject: 'AUTH0|ann,1' }, undefined],
  ['externalId', { subject: 'bo' }, undefined],
  ['email', { claims: { email: 'Ann@A.example', email_verified: true } }, 'ann'],
  ['email', { claims: { email: 'ann@a.example', email_verified: false } }, undefined],
  ['email', { claims: { email: 'ann@a.example', email_verified: 'true' } }, undefined],
  ['email', { claims: { email: 'ann@a.example' } }, undefined],
  ['email', { claims: { email: ['ann@a.example'], email_verified: true } }, undefined],
  ['email', {}, undefined],
  [({ subject }) => ({ externalId: subject, user: 'User/u2' }), { subject: 'bob' }, 'bob'],
  [({ subject }) => ({ externalId: subject, user: 'User/u1' }), { subject: 'bob' }, undefined],
  [() => undefined, {}, undefined],
  [() => ({}), {}, undefined],
  [() => ({ profile: '', externalId: 'bob' }), {}, undefined],
];

test('static documents: the membership that is the principal`s, or nobody', async () => {
  for (const [match, principal, expected] of kMatches) {
    const source = staticPolicies({ policies: [policy('a')], memberships: [ann, bob], match });
    const found = await load(source, principal);
    assert.equal(found?.membership.id, expected, `${match} ${JSON.stringify(principal)}`);
    if (found) assert.deepEqual(Object.keys(found).sort(), ['membership', 'policies']);
  }
});

test('static documents: two that match are none', async () => {
  const twice = { ...ann, id: 'again' };
  const source = staticPolicies({ policies: [policy('a')], memberships: [ann, twice] });
  assert.equal(await load(source, { profile: 'Practitioner/1' }), undefined);
  assert.equal(await source.onBehalfOf('Practitioner/1', {}, kSignal), undefined);
});

test('static documents without memberships are for everybody', async () => {
  const source = staticPolicies({ policies: policy('a') });
  assert.deepEqual(await load(source), { policies: policy('a') });
  assert.equal(source.onBehalfOf, undefined);
});

test('static documents: on whose behalf', async () => {
  const project = { reference: 'Project/p' };
  const source = staticPolicies({ policies: [policy('a')], memberships: [ann, bob], project });
  const found = async (reference) =>
    (await source.onBehalfOf(reference, {}, kSignal))?.membership.id;
  assert.equal(await found('ProjectMembership/bob'), 'bob');
  assert.equal(await found('Practitioner/2'), 'bob');
  assert.equal(await found('ProjectMembership/x'), undefined);
  assert.equal(await found('Practitioner/x'), undefined);
  assert.deepEqual((await source.onBehalfOf('Practitioner/2', {}, kSignal)).project, project);
});

test('static documents that contradict themselves are none', () => {
  for (const given of [
    { match: 'profile' },
    { memberships: [], match: 'name' },
    { memberships: [], match: 'toString' },
    { memberships: {}, match: 'profile' },
    { memberships: [], membership: ann },
    { memberships: [], profile: 'Practitioner/1' },
  ]) {
    assert.throws(() => staticPolicies({ policies: [], ...given }), TypeError);
  }
});

const kBase = 'https://medplum.example/fhir/R4';

/** A Medplum server of few resources; `change` replaces answers by path. */
function medplum(resources, change = {}, options = {}) {
  const calls = [];
  const json = (value) => reply(value, 200, { 'content-type': 'application/fhir+json' });
  const fetch = async (url, init) => {
    assert.ok(url.startsWith(`${kBase}/`), url);
    const path = url.slice(kBase.length + 1);
    calls.push({ path, ...init });
    if (Object.hasOwn(change, path)) return change[path](url, init);
    const found = resources.find(({ resourceType, id }) => path === `${resourceType}/${id}`);
    if (found) return json(found);
    if (!path.startsWith('ProjectMembership?')) return reply('{}', 404);
    const entry = resources
      .filter(({ resourceType }) => resourceType === 'ProjectMembership')
      .map((resource) => ({ resource, search: { mode: 'match' } }));
    return json({ resourceType: 'Bundle', type: 'searchset', entry });
  };
  const headers = { authorization: 'Basic gateway' };
  const source = medplumPolicies({ baseUrl: `${kBase}/`, headers, fetch, ...options });
  return { source, calls };
}

const project = { resourceType: 'Project', id: 'p', name: 'P', meta: { versionId: '1' } };
const kStored = [ann, bob, project, policy('a'), policy('b'), policy('c')];
const kSearch = 'ProjectMembership?profile=Practitioner%2F1&_count=20';

test('Medplum: the membership that is the principal`s, whatever the search answers', async () => {
  for (const [match, principal, expected] of kMatches) {
    const { source } = medplum(kStored, {}, { match });
    const found = await load(source, principal);
    assert.equal(found?.membership.id, expected, `${match} ${JSON.stringify(principal)}`);
  }
});

test('Medplum: what is asked for', async () => {
  const cases = [
    ['profile', { profile: 'Practitioner/1' }, 'profile=Practitioner%2F1'],
    ['user', { subject: 'u1' }, 'user=User%2Fu1'],
    ['externalId', { subject: 'auth0|ann,1' }, 'external-id:exact=auth0%7Cann%5C%2C1'],
    ['externalId', { subject: 'x&_count=9' }, 'external-id:exact=x%26_count%3D9'],
    [
      'email',
      { claims: { email: 'ann@a.example', email_verified: true } },
      'user-name:exact=ann%40a.example',
    ],
  ];
  for (const [match, principal, query] of cases) {
    const { source, calls } = medplum(kStored, {}, { match });
    await load(source, principal);
    assert.equal(calls[0].path, `ProjectMembership?${query}&_count=20`);
    for (const { headers, redirect } of calls) {
      assert.deepEqual(headers, {
        authorization: 'Basic gateway',
        accept: 'application/fhir+json',
      });
      assert.equal(redirect, 'manual');
    }
  }
});

test('Medplum: every policy and project that is referenced comes along, once', async () => {
  const linked = { ...project, id: 'q' };
  const own = { ...project, link: [{ project: { reference: 'Project/q' } }] };
  const access = ['b', 'c', 'a'].map((id) => ({ policy: { reference: `AccessPolicy/${id}` } }));
  const { source, calls } = medplum([{ ...ann, access }, own, linked, ...kStored.slice(3)]);
  const found = await load(source, { profile: 'Practitioner/1' });
  assert.deepEqual(
    found.policies.map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(found.project, own);
  assert.deepEqual(found.linkedProjects, [linked]);
  assert.equal(calls.length, 6);
  const without = await load(medplum(kStored, {}, { checkProject: false }).source, {
    profile: 'Practitioner/1',
  });
  assert.equal(without.project, undefined);
});

test('Medplum: two that match, or more pages, are none', async () => {
  const principal = { profile: 'Practitioner/1' };
  const twice = medplum([...kStored, { ...ann, id: 'again' }]);
  assert.equal(await load(twice.source, principal), undefined);
  const link = [{ relation: 'next', url: 'x' }];
  const bundle = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: ann }], link };
  const more = medplum(kStored, { [kSearch]: async () => reply(bundle) });
  assert.equal(await load(more.source, principal), undefined);
});

test('Medplum: what cannot be had is a failure, and never fewer rules', async () => {
  const down = async () => Promise.reject(new TypeError('CANARY'));
  const principal = { profile: 'Practitioner/1' };
  const faults = [
    { [kSearch]: down },
    { [kSearch]: silent },
    { [kSearch]: async () => reply('<html>') },
    { [kSearch]: async () => reply({ resourceType: 'OperationOutcome' }) },
    { [kSearch]: async () => reply({ resourceType: 'Bundle', entry: {} }) },
    { [kSearch]: async () => reply({}, 401) },
    { [kSearch]: async () => reply({}, 302, { location: 'https://evil.example' }) },
    { 'AccessPolicy/a': down },
    { 'AccessPolicy/a': async () => reply({}, 404) },
    { 'AccessPolicy/a': async () => reply(policy('b')) },
    { 'AccessPolicy/a': async () => reply({ ...policy('a'), resourceType: 'Basic' }) },
    { 'Project/p': down },
    { 'Project/p': async () => reply({}, 410) },
  ];
  for (const change of faults) {
    const { source } = medplum(kStored, change, { timeout: 50 });
    await assert.rejects(load(source, principal), (error) => !/CANARY|evil/.test(error.message));
  }
  const broken = [
    { accessPolicy: { reference: 'Basic/a' } },
    { accessPolicy: { reference: 'AccessPolicy/../Project/p' } },
    { accessPolicy: { reference: 'https://evil.example/AccessPolicy/a' } },
    { access: {} },
    { access: [{ policy: { reference: 'AccessPolicy/gone' } }] },
    {
      access: Array.from({ length: 51 }, (_, n) => ({
        policy: { reference: `AccessPolicy/${n}` },
      })),
    },
    { project: undefined },
  ];
  for (const more of broken) {
    const { source } = medplum([{ ...ann, ...more }, project, policy('a')]);
    await assert.rejects(load(source, principal), Error, JSON.stringify(more));
  }
});

test('Medplum: an entry that names no policy is no policy', async () => {
  const { source } = medplum([
    { ...ann, access: [{ policy: { display: 'x' } }] },
    ...kStored.slice(2),
  ]);
  const { auth, engine, ...rest } = { auth: () => ({ subject: 'a', profile: 'Practitioner/1' }) };
  const made = gatewayTo({ 'Patient/1': patient('1') }, { auth, policies: source, ...rest });
  const { status } = await made.get('Patient/1', {}, null);
  assert.equal(engine, undefined);
  assert.equal(status, 503);
});

test('Medplum: on whose behalf', async () => {
  const find = async (reference, resources = kStored) => {
    const made = medplum(resources);
    return [await made.source.onBehalfOf(reference, { subject: 'x' }, kSignal), made.calls];
  };
  for (const reference of ['ProjectMembership/bob', 'Practitioner/2']) {
    const [found] = await find(reference);
    assert.equal(found.membership.id, 'bob');
    assert.deepEqual(
      found.policies.map(({ id }) => id),
      ['a'],
    );
    assert.equal(found.project.id, 'p');
  }
  for (const reference of ['ProjectMembership/gone', 'Practitioner/3']) {
    assert.equal((await find(reference))[0], undefined);
  }
  for (const reference of ['ProjectMembership/..', '../x', 'x', 'ProjectMembership/bob/_history']) {
    const [found, calls] = await find(reference);
    assert.equal(found, undefined);
    assert.equal(calls.length, 0, reference);
  }
});

test('Medplum: what is stored there compiles as it is, and decides', async () => {
  const { source } = medplum(kStored, {}, { match: 'profile' });
  const stored = { ...patient('1'), meta: { versionId: '3', project: 'p' } };
  const other = { ...patient('2'), meta: { versionId: '3', project: 'q' } };
  const auth = () => ({ subject: 'a', profile: 'Practitioner/1' });
  const routes = { 'Patient/1': stored, 'Patient/2': other };
  const made = gatewayTo(routes, { auth, policies: source });
  assert.equal((await made.get('Patient/1', {}, null)).status, 200);
  assert.equal((await made.get('Patient/2', {}, null)).status, 404);
});

test('Medplum: headers may be made for each principal', async () => {
  const headers = async ({ subject }) => ({ authorization: `for ${subject}` });
  const { source, calls } = medplum(kStored, {}, { headers });
  await load(source, { profile: 'Practitioner/1' });
  assert.deepEqual(new Set(calls.map((call) => call.headers.authorization)), new Set(['for ann']));
});

test('Medplum: a place that is none is no option', () => {
  for (const baseUrl of ['nonsense', 'ftp://a.example', 'https://a.example/?x', undefined]) {
    assert.throws(() => medplumPolicies({ baseUrl }), TypeError);
  }
});

test('a key-value store: documents by key', async () => {
  const asked = [];
  const values = {
    'p:ann': JSON.stringify({ policies: policy('a') }),
    'p:bad': '{',
    'p:list': '[]',
  };
  const namespace = {
    async get(key, options) {
      asked.push([key, options]);
      return values[key] ?? null;
    },
  };
  const key = ({ subject }) => (subject === 'nobody' ? undefined : `p:${subject}`);
  const sources = [
    keyValuePolicies({ namespace, key, cacheTtl: 60 }),
    keyValuePolicies({ get: (name) => namespace.get(name), key }),
  ];
  for (const source of sources) {
    assert.deepEqual(await load(source), { policies: policy('a') });
    assert.equal(await load(source, { subject: 'bob' }), undefined);
    assert.equal(await load(source, { subject: 'nobody' }), undefined);
    await assert.rejects(load(source, { subject: 'bad' }));
    await assert.rejects(load(source, { subject: 'list' }));
  }
  assert.deepEqual(asked[0], ['p:ann', { type: 'text', cacheTtl: 60 }]);
  assert.equal(asked.length, 8);
  for (const given of [{ key }, { namespace, get: namespace.get, key }, { namespace }]) {
    assert.throws(() => keyValuePolicies(given), TypeError);
  }
});
