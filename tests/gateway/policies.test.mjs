// Compiled policies: for whom, for how long, and what becomes of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine, gatewayTo, patient } from './fake.mjs';
import { later, seconds, stopClock } from './asking.mjs';

const kAll = { resourceType: 'AccessPolicy', id: 'all', resource: [{ resourceType: 'Patient' }] };
const kNone = { resourceType: 'AccessPolicy', id: 'none', resource: [] };
const kWrong = { resourceType: 'AccessPolicy', resource: [{ resourceType: 'Nonsense' }] };

/** The real engine, counting what is compiled and freed; used after free it fails by itself. */
function counted() {
  const counts = { compiled: 0, freed: 0 };
  const made = Object.create(engine);
  made.compilePolicy = (input) => {
    const policy = engine.compilePolicy(input);
    counts.compiled += 1;
    const free = policy.free.bind(policy);
    policy.free = () => {
      counts.freed += 1;
      free();
    };
    return policy;
  };
  return { counts, engine: made };
}

/** A gateway whose callers and policies are as the test says. `as(principal)` gives the status of a read. */
function cached(load, options = {}) {
  const { fetchPatient = () => undefined, onBehalfOf, ...others } = options;
  const source = { load, loads: [], onBehalfOf };
  const { counts, engine: counting } = counted();
  let caller;
  const made = gatewayTo(
    {
      'Patient/1': async () => {
        await fetchPatient();
        return new Response(JSON.stringify(patient('1')), {
          headers: { 'content-type': 'application/fhir+json' },
        });
      },
    },
    {
      auth: () => caller,
      engine: counting,
      policies: {
        load(principal, signal) {
          source.loads.push({ principal, signal });
          return source.load(principal, signal);
        },
        ...(source.onBehalfOf ? { onBehalfOf: (...all) => source.onBehalfOf(...all) } : {}),
      },
      ...others,
    },
  );
  const ask = async (principal, headers = {}) => {
    caller = typeof principal === 'string' ? { subject: principal } : principal;
    const response = await made.get('Patient/1', { headers }, null);
    const text = await response.text();
    return { status: response.status, text, code: JSON.parse(text).issue?.[0].code };
  };
  const as = async (principal, headers) => (await ask(principal, headers)).status;
  return Object.assign(source, made, { ask, as, counts });
}

const granting = async () => ({ policies: kAll });

/** Until everything that is under way without a timer has come to its end. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('a policy is compiled once for a principal, and for nobody else', async (t) => {
  stopClock(t);
  const one = {
    subject: 'ann',
    issuer: 'https://a.example',
    profile: 'Patient/1',
    scopes: 'user/*.rs',
    launchPatient: 'Patient/1',
    claims: { tenant: 'x', iat: 1, exp: 2, jti: 'q', nbf: 0 },
  };
  const store = cached(granting);
  const others = [
    { subject: 'bob' },
    { issuer: 'https://b.example' },
    { issuer: undefined },
    { profile: 'Patient/2' },
    { scopes: 'user/Patient.rs' },
    { launchPatient: 'Patient/2' },
    { claims: { tenant: 'y' } },
  ];
  for (const changed of [{}, ...others]) {
    const before = store.loads.length;
    for (const claims of [{}, { iat: 5, exp: 6, jti: 'r', nbf: 1 }]) {
      const principal = { ...one, ...changed };
      principal.claims = { ...principal.claims, ...claims };
      assert.equal(await store.as(principal), 200, JSON.stringify(changed));
    }
    assert.equal(store.loads.length, before + 1, JSON.stringify(changed));
  }
  assert.deepEqual(store.counts, { compiled: others.length + 1, freed: 0 });
  store.gateway.free();
  assert.equal(store.counts.freed, others.length + 1);
  assert.equal(await store.as(one), 200);
});

test('it is refreshed ahead of its end, and never used beyond it', async (t) => {
  const clock = stopClock(t);
  const store = cached(granting, { policyCache: { ttl: 60, refresh: 20 } });
  await store.as('ann');
  clock.pass(39);
  await store.as('ann');
  assert.equal(store.loads.length, 1);
  // From here on the new one says no; it comes in the background, while the old one still serves.
  const gate = later();
  store.load = () => gate.promise;
  clock.pass(1);
  assert.deepEqual(await Promise.all([store.as('ann'), store.as('ann')]), [200, 200]);
  assert.equal(store.loads.length, 2, 'one at a time');
  gate.resolve({ policies: kNone });
  await settled();
  assert.equal(await store.as('ann'), 403);
  assert.equal(store.loads.length, 2);
  assert.deepEqual(store.counts, { compiled: 2, freed: 1 });
});

test('a refresh that fails leaves the old one to its end, and not longer', async (t) => {
  const clock = stopClock(t);
  const store = cached(granting, { policyCache: { ttl: 60, refresh: 20 } });
  await store.as('ann');
  store.load = async () => Promise.reject(new Error('down'));
  clock.pass(59);
  assert.equal(await store.as('ann'), 200);
  await settled();
  assert.equal(await store.as('ann'), 200);
  clock.pass(1);
  assert.equal(await store.as('ann'), 503);
  assert.equal(store.counts.freed, 1);
});

test('a refresh that finds nobody, or nonsense, ends the old one at once', async (t) => {
  for (const [documents, status] of [
    [undefined, 403],
    [{ policies: kWrong }, 503],
  ]) {
    await t.test(`${status}`, async (inner) => {
      stopClock(inner);
      const store = cached(granting, { policyCache: { ttl: 60, refresh: 60 } });
      await store.as('ann');
      store.load = async () => documents;
      assert.equal(await store.as('ann'), 200);
      await settled();
      assert.equal(await store.as('ann'), status);
      assert.equal(store.counts.freed, 1);
    });
  }
});

test('nothing made for a principal outlives its token', async (t) => {
  const clock = stopClock(t);
  const store = cached(granting);
  const expires = seconds() + 10;
  assert.equal(await store.as({ subject: 'ann', expires }), 200);
  clock.pass(10);
  assert.equal(await store.as({ subject: 'ann', expires }), 401);
  assert.equal(await store.as({ subject: 'ann', expires: expires + 100 }), 200);
  assert.equal(store.loads.length, 2);
});

test('what is asked at once is loaded once', async () => {
  const gate = later();
  const store = cached(async () => {
    await gate.promise;
    return { policies: kAll };
  });
  const all = Array.from({ length: 20 }, () => store.as('ann'));
  await settled();
  gate.resolve();
  assert.deepEqual(new Set(await Promise.all(all)), new Set([200]));
  assert.equal(store.loads.length, 1);
  assert.deepEqual(store.counts, { compiled: 1, freed: 0 });
});

test('with a `ttl` of 0 each request loads, and frees', async () => {
  const store = cached(granting, { policyCache: { ttl: 0 } });
  assert.deepEqual(await Promise.all([store.as('ann'), store.as('ann')]), [200, 200]);
  assert.equal(await store.as('ann'), 200);
  assert.deepEqual(store.counts, { compiled: 3, freed: 3 });
});

test('the one not used for longest goes, and is freed when nobody uses it', async () => {
  const gate = later();
  let isHeld = true;
  const store = cached(granting, {
    policyCache: { max: 2 },
    fetchPatient: () => (isHeld ? gate.promise : undefined),
  });
  const slow = store.as('ann'); // holds its policy while the server thinks
  await settled();
  isHeld = false;
  for (const name of ['bob', 'cat', 'bob', 'dan', 'bob']) assert.equal(await store.as(name), 200);
  assert.equal(store.loads.length, 4, 'bob stayed');
  assert.deepEqual(store.counts, { compiled: 4, freed: 1 }, 'cat is gone, ann is in use');
  gate.resolve();
  assert.equal(await slow, 200);
  assert.equal(store.counts.freed, 2);
  store.gateway.free();
  assert.equal(store.counts.freed, 4);
});

test('many callers in a small cache each get their own policy', async () => {
  const store = cached(
    async ({ subject }) => {
      await new Promise((resolve) => setTimeout(resolve, Number(subject) % 7));
      return { policies: Number(subject) % 2 ? kAll : kNone };
    },
    { policyCache: { max: 3, ttl: 0.02, refresh: 0.01 } },
  );
  const { gateway } = gatewayTo(
    { 'Patient/1': patient('1') },
    { auth: (request) => ({ subject: request.headers.get('x-user') }), policies: store },
  );
  for (let round = 0; round < 10; round += 1) {
    const all = Array.from({ length: 40 }, async (_, n) => {
      const url = 'https://edge.example/fhir/Patient/1';
      const request = new Request(url, { headers: { 'x-user': `${n % 10}` } });
      const { status } = await gateway.fetch(request, {});
      assert.equal(status, n % 2 ? 200 : 403, `user ${n % 10}`);
    });
    await Promise.all(all);
  }
});

test('a failure is not kept beyond a second', async (t) => {
  const clock = stopClock(t);
  const cases = [
    [async () => undefined, 403, 'forbidden'],
    [async () => null, 403, 'forbidden'],
    [async () => Promise.reject(new Error('CANARY')), 503, 'transient'],
    [
      () => {
        throw new Error('CANARY');
      },
      503,
      'transient',
    ],
    [async () => ({ policies: kWrong }), 503, 'transient'],
    [async () => ({ policies: [kAll], options: { allowUnrestricted: true } }), 503, 'transient'],
    [async () => 'CANARY', 503, 'transient'],
    [async () => [kAll], 503, 'transient'],
  ];
  for (const [load, status, code] of cases) {
    const store = cached(load);
    const answer = await store.ask('ann');
    assert.deepEqual([answer.status, answer.code], [status, code]);
    assert.doesNotMatch(answer.text, /CANARY|Nonsense/);
    store.load = granting;
    clock.pass(0.9);
    assert.equal(await store.as('ann'), status);
    assert.equal(store.loads.length, 1);
    assert.equal(store.calls.length, 0);
    clock.pass(0.1);
    assert.equal(await store.as('ann'), 200);
  }
});

test('documents that grant nothing are no allowance', async () => {
  for (const documents of [{}, { policies: [] }, { policies: kNone }, { policies: null }]) {
    assert.equal(await cached(async () => documents).as('ann'), 403, JSON.stringify(documents));
  }
});

test('a source that hangs is given up, and told so', async (t) => {
  const store = cached((_principal, signal) => new Promise(() => void (store.signal = signal)));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked = store.as('ann');
  for (let n = 0; n < 200; n += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(store.loads.length, 1);
  t.mock.timers.tick(12_000);
  assert.equal(await asked, 503);
  assert.equal(store.signal.aborted, true);
});

test('a client that goes away frees nothing that others wait for', async () => {
  const gate = later();
  let loads = 0;
  const policies = {
    async load() {
      loads += 1;
      await gate.promise;
      return { policies: kAll };
    },
  };
  const { gateway } = gatewayTo(
    { 'Patient/1': patient('1') },
    { auth: () => ({ subject: 'ann' }), policies },
  );
  const controller = new AbortController();
  const url = 'https://edge.example/fhir/Patient/1';
  const leaving = gateway.fetch(new Request(url, { signal: controller.signal }), {});
  const staying = gateway.fetch(new Request(url), {});
  await settled();
  controller.abort();
  assert.ok((await leaving).status >= 400);
  gate.resolve();
  assert.equal((await staying).status, 200);
  assert.equal(loads, 1);
});

test('what the token brings is filled in, and what it brings wrongly is a 403', async () => {
  const own = {
    resourceType: 'AccessPolicy',
    id: 'own',
    resource: [{ resourceType: 'Patient', criteria: 'Patient?_id=%profile.id' }],
  };
  const documents = async () => ({ policies: own });
  const membership = {
    resourceType: 'ProjectMembership',
    profile: { reference: 'Patient/1' },
    accessPolicy: { reference: 'AccessPolicy/own' },
  };
  const withMembership = async () => ({ policies: own, membership });
  const cases = [
    [documents, { profile: 'Patient/1' }, 200],
    [documents, { profile: 'Patient/2' }, 404],
    [documents, {}, 503], // the policy needs a profile, and nobody gave one
    [documents, { profile: 'Patient/1', scopes: 'patient/Observation.rs' }, 403],
    [documents, { profile: 'Patient/1', scopes: 'patient/Patient.rs' }, 200],
    [documents, { profile: 'Patient/1', scopes: 'patient/Patient' }, 403],
    [documents, { profile: 'Practitioner/1', scopes: 'patient/Patient.rs' }, 403],
    [documents, { profile: 'Patient/1', launchPatient: 'Group/1' }, 403],
    [withMembership, {}, 200],
    [withMembership, { profile: 'Patient/1' }, 200],
    [withMembership, { profile: 'Patient/2' }, 403], // the token speaks of somebody else
  ];
  for (const [load, brought, status] of cases) {
    const store = cached(load);
    assert.equal(await store.as({ subject: 'ann', ...brought }), status, JSON.stringify(brought));
  }
});

const kBehalf = 'x-medplum-on-behalf-of';

test('acting for somebody else works for admins, and fails always the same', async () => {
  const project = { reference: 'Project/1' };
  const member = (id, profile, more) => ({
    ...{ resourceType: 'ProjectMembership', id, project, profile: { reference: profile } },
    ...{ accessPolicy: { reference: 'AccessPolicy/none' }, ...more },
  });
  const admin = member('admin', 'Practitioner/1', { admin: true, active: true });
  const target = member('target', 'Practitioner/2', {
    active: true,
    accessPolicy: { reference: 'AccessPolicy/all' },
  });
  const load = (membership) => async () => ({ policies: [kNone], membership });
  const find = (membership) => async () => ({ membership, policies: [kAll, kNone] });
  const header = { [kBehalf]: 'ProjectMembership/target' };

  const good = cached(load(admin), { onBehalfOf: find(target) });
  assert.equal(await good.as('ann'), 403, 'by herself she may nothing');
  assert.equal(await good.as('ann', header), 200);
  assert.equal(await good.as('ann'), 403);

  const down = async () => Promise.reject(new Error('CANARY'));
  assert.equal(await cached(load(admin), { onBehalfOf: down }).as('ann', header), 503);

  const refusals = new Set();
  const failing = [
    [load(admin), undefined],
    [load(admin), async () => undefined],
    [load(admin), find({ ...target, active: false })],
    [load(admin), find({ ...target, project: { reference: 'Project/2' } })],
    [load(admin), async () => ({})],
    [load(member('ann', 'Practitioner/1')), find(target)],
    [load(member('ann', 'Practitioner/1')), down],
    [load({ ...admin, active: false }), find(target)],
    [async () => ({ policies: [kAll] }), find(target)],
    [load(admin), find(target), ''],
    [load(admin), find(target), 'target'],
    [load(admin), find(target), 'ProjectMembership/target, ProjectMembership/target'],
    [load(admin), find(target), 'ProjectMembership/../x'],
  ];
  for (const [loading, onBehalfOf, reference = header[kBehalf]] of failing) {
    const store = cached(loading, { onBehalfOf });
    const { status, text } = await store.ask('ann', { [kBehalf]: reference });
    refusals.add(`${status} ${text}`);
    assert.equal(store.calls.length, 0);
  }
  assert.equal(refusals.size, 1, [...refusals].join('\n'));
  assert.match([...refusals][0], /^403 .*"forbidden"/);
});

test('with options without sense nothing is allowed', async () => {
  for (const policyCache of [{ ttl: -1 }, { ttl: '60' }, { max: 0 }, { refresh: -1 }]) {
    let status = 500;
    try {
      status = await cached(granting, { policyCache }).as('ann');
    } catch (error) {
      assert.ok(error instanceof TypeError);
    }
    assert.equal(status, 500, JSON.stringify(policyCache));
  }
});
