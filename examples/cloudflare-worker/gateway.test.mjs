// The gateway with the real engine and a FHIR server of this test's own: each row of the README's table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { createEngine } from 'fhirwall';
import { searchParameters, users } from './src/access.mjs';
import { createGateway } from './src/gateway.mjs';

const clinic = JSON.parse(readFileSync(new URL('demo/clinic.json', import.meta.url), 'utf8'));
let engine;
before(async () => {
  engine = await createEngine();
});

const fhirJson = (body, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/fhir+json' },
  });

const searchset = (type) =>
  fhirJson({
    resourceType: 'Bundle',
    type: 'searchset',
    total: clinic.filter((one) => one.resourceType === type).length,
    entry: clinic
      .filter((one) => one.resourceType === type)
      .map((resource) => ({ resource, search: { mode: 'match' } })),
  });

// The FHIR server: everything by id or by type, no access control.
function serve(url) {
  const [type, id] = new URL(url).pathname.slice('/r4/'.length).split('/');
  if (id === undefined) return searchset(type);
  const found = clinic.find((one) => one.resourceType === type && one.id === id);
  return found ? fhirJson(found) : fhirJson({ resourceType: 'OperationOutcome' }, 404);
}

function gatewayWith(changes = {}) {
  const calls = [];
  const gateway = createGateway({
    compile: (documents) => engine.compilePolicy(documents),
    users,
    searchParameters,
    upstream: 'https://upstream.test/r4',
    fetch: async (url) => {
      calls.push(url);
      return serve(url);
    },
    clientIp: () => '127.0.0.1',
    ...changes,
  });
  const get = (path, token = 'demo-physician', init = {}) =>
    gateway(
      new Request(`https://edge.test${path}`, {
        ...init,
        headers: { ...(token && { authorization: `Bearer ${token}` }), ...init.headers },
      }),
    );
  return { get, calls };
}

async function expectOutcome(response, status, code) {
  const body = await response.json();
  assert.equal(response.status, status);
  assert.equal(body.resourceType, 'OperationOutcome');
  assert.equal(body.issue[0].code, code);
  return body;
}

const idsOf = async (response) =>
  (await response.json()).entry?.map((one) => one.resource.id) ?? [];

test('no token, an unknown one and a name from Object.prototype are 401', async () => {
  const { get, calls } = gatewayWith();
  for (const token of ['', 'nobody', 'constructor', '__proto__']) {
    const response = await get('/fhir/Patient', token);
    await expectOutcome(response, 401, 'login');
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
  }
  assert.deepEqual(calls, [], 'nothing was asked upstream');
});

test('an address outside the list is 403, whatever the client sends; inside it is served', async () => {
  const blocked = gatewayWith();
  const headers = { 'x-forwarded-for': '10.20.0.1', 'cf-connecting-ip': '10.20.0.1' };
  await expectOutcome(
    await blocked.get('/fhir/Patient', 'demo-front-desk', { headers }),
    403,
    'security',
  );
  assert.deepEqual(blocked.calls, []);
  for (const address of [undefined, '', 'nonsense', '10.200.0.1', '110.20.0.1']) {
    const { get } = gatewayWith({ clientIp: () => address });
    await expectOutcome(await get('/fhir/Patient', 'demo-front-desk'), 403, 'security');
  }
  const { get } = gatewayWith({ clientIp: () => '10.20.7.7' });
  assert.deepEqual(await idsOf(await get('/fhir/Patient', 'demo-front-desk')), [
    'ana',
    'ben',
    'cora',
  ]);
});

test('a patient sees the own record only', async () => {
  const { get } = gatewayWith();
  assert.deepEqual(await idsOf(await get('/fhir/Patient', 'demo-patient')), ['ana']);
  assert.deepEqual(await idsOf(await get('/fhir/Observation', 'demo-patient')), ['a1c-ana']);
  assert.deepEqual(await idsOf(await get('/fhir/Encounter', 'demo-patient')), ['visit-1']);
});

test('a physician sees the own patients, without what the policy hides', async () => {
  const { get } = gatewayWith();
  const response = await get('/fhir/Patient');
  const text = await response.text();
  const { entry, total } = JSON.parse(text);
  assert.deepEqual(
    entry.map((one) => one.resource.id),
    ['ana', 'ben'],
  );
  assert.equal(total, undefined, 'the total would count what is hidden');
  for (const { resource } of entry) {
    assert.ok(resource.name);
    for (const hidden of ['identifier', 'telecom', 'address', 'birthDate', '_birthDate', 'text']) {
      assert.equal(resource[hidden], undefined, hidden);
    }
  }
  for (const trace of ['1984', '999-12', 'Mission', 'Cora', 'example.org', 'Lindqvist']) {
    assert.ok(!text.includes(trace), trace);
  }
  assert.equal(response.headers.get('cache-control'), 'private, no-store');
  const observation = await (await get('/fhir/Observation/a1c-ana')).json();
  assert.equal(observation.valueQuantity.value, 6.5);
  assert.equal(observation.note, undefined);
});

test('missing, deleted and unreadable instances look the same', async () => {
  const { get } = gatewayWith();
  const missing = await get('/fhir/Patient/nobody');
  const hidden = await get('/fhir/Patient/cora');
  const { get: getGone } = gatewayWith({ fetch: async () => fhirJson({}, 410) });
  const gone = await getGone('/fhir/Patient/ana');
  const bodies = [];
  for (const response of [missing, hidden, gone]) {
    assert.equal(response.status, 404);
    bodies.push(JSON.stringify([await response.text(), [...response.headers]]));
  }
  assert.equal(new Set(bodies).size, 1);
});

test('types, methods, paths and parameters that are not offered are refused before the upstream is asked', async () => {
  const { get, calls } = gatewayWith();
  await expectOutcome(await get('/fhir/Condition'), 403, 'forbidden');
  await expectOutcome(await get('/fhir/Condition/diabetes-ana'), 403, 'forbidden');
  await expectOutcome(await get('/fhir/Nonsense'), 403, 'forbidden');
  for (const query of [
    'birthdate=1984-03-02',
    'address-state=CA',
    '_include=Patient:x',
    '_sort=name',
  ]) {
    await expectOutcome(await get(`/fhir/Patient?${query}`), 403, 'forbidden');
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    await expectOutcome(
      await get('/fhir/Patient/ana', 'demo-physician', { method }),
      403,
      'forbidden',
    );
  }
  for (const path of [
    '/fhir/',
    '/fhir/patient',
    '/fhir/Patient/',
    '/fhir/Patient/ana/',
    '/fhir/Patient/ana/_history',
    '/fhir/Patient/ana/_history/1',
    '/fhir/Patient/$everything',
    '/fhir/Patient/a%2fb',
    '/fhir/Patient/ana?_elements=birthDate',
    '/fhir//Patient',
  ]) {
    await expectOutcome(await get(path), 400, 'invalid');
  }
  assert.deepEqual(calls, []);
});

test('the upstream URL is built from what was understood', async () => {
  const { get, calls } = gatewayWith();
  await get('/fhir/Observation?patient=Patient/ana&status=final');
  await get('/fhir/Patient/x/../ana');
  assert.deepEqual(calls, [
    'https://upstream.test/r4/Observation?patient=Patient%2Fana&status=final&_count=200',
    'https://upstream.test/r4/Patient/ana',
  ]);
});

test('an upstream that fails, is slow, or does not answer with FHIR JSON gives an error of our own', async () => {
  const secret = 'Whitfield';
  const answers = [
    [502, 'processing', async () => Promise.reject(new Error(secret))],
    [504, 'timeout', async () => Promise.reject(new DOMException(secret, 'TimeoutError'))],
    [502, 'processing', async () => fhirJson({ resourceType: 'OperationOutcome', secret }, 500)],
    [502, 'processing', async () => fhirJson({ resourceType: 'OperationOutcome', secret }, 404)],
    [
      502,
      'processing',
      async () => new Response(secret, { headers: { 'content-type': 'text/html' } }),
    ],
    [
      502,
      'processing',
      async () =>
        new Response(`{"resourceType":"Bundle","x":"${secret}`, {
          headers: { 'content-type': 'application/fhir+json' },
        }),
    ],
    // A Bundle that answers no search is a resource, which no rule grants.
    [
      403,
      'forbidden',
      async () =>
        fhirJson({
          resourceType: 'Bundle',
          type: 'collection',
          entry: [{ resource: { resourceType: 'Patient', id: secret } }],
        }),
    ],
    [
      502,
      'processing',
      async () =>
        new Response(`<Patient>${secret}</Patient>`, {
          headers: { 'content-type': 'application/fhir+xml' },
        }),
    ],
  ];
  for (const [status, code, fetch] of answers) {
    const { get } = gatewayWith({ fetch });
    const body = await expectOutcome(await get('/fhir/Patient'), status, code);
    assert.ok(!JSON.stringify(body).includes(secret));
  }
});

test('a policy that does not compile is 503, and stays so', async () => {
  const broken = {
    'demo-physician': {
      policies: [
        {
          resourceType: 'AccessPolicy',
          resource: [{ resourceType: 'Patient', criteria: 'Patient?no-such=1' }],
        },
      ],
    },
  };
  const { get, calls } = gatewayWith({ users: broken });
  await expectOutcome(await get('/fhir/Patient'), 503, 'transient');
  await expectOutcome(await get('/fhir/Patient'), 503, 'transient');
  assert.deepEqual(calls, []);
});

test('no search parameter reads an element that a policy hides', () => {
  const reads = { _id: 'id', patient: 'subject', status: 'status', category: 'category' };
  for (const { policies } of Object.values(users)) {
    for (const rule of policies.flatMap((policy) => policy.resource)) {
      for (const name of searchParameters[rule.resourceType]) {
        assert.ok(reads[name], `${name} is listed with the element it reads`);
        assert.ok(!rule.hiddenFields?.includes(reads[name]), `${rule.resourceType} ${name}`);
      }
    }
  }
});
