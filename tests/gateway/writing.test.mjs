// Writing through the gateway: update, patch, delete, create (SPEC 9, 13.4, 14; LEAKS 53-58, 64-66).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kCanary, kEdge, kUpstream, outcomeOf, textOf } from './fake.mjs';
import { kSecret, person, shown, writingTo } from './store.mjs';

const kJsonPatch = { 'content-type': 'application/json-patch+json' };
const fhirPatch = (...operations) => ({
  resourceType: 'Parameters',
  parameter: operations.map((part) => ({ name: 'operation', part })),
});

test('an update from a redacted copy keeps what is hidden, byte for byte, on the version that was checked', async () => {
  const { send, get, writes, textOf: stored } = writingTo([person('1')]);
  const copy = await (await get('Patient/1')).json();
  assert.equal(JSON.stringify(copy).includes(kCanary), false);
  const response = await send('PUT', 'Patient/1', { ...copy, name: [{ family: 'New' }] });
  const text = await textOf(response);
  assert.match(text, /^200\n/);
  assert.equal(text.includes(kCanary), false);
  assert.match(text, /"family":"New"/);
  assert.equal(response.headers.get('etag'), 'W/"4"');
  assert.equal(response.headers.get('location'), `${kEdge}/Patient/1/_history/4`);
  assert.equal(response.headers.get('cache-control'), 'private, no-store');
  const [put] = writes();
  assert.equal(put.headers['if-match'], 'W/"3"');
  assert.equal(put.method, 'PUT');
  assert.equal(put.url, `${kUpstream}/Patient/1`);
  assert.match(put.text, new RegExp(`"birthDate":"${kSecret}"`));
  assert.match(stored('Patient/1'), /"birthDate":"1970-CANARY7"/);
});

test('numbers keep their digits', async () => {
  const observation = { resourceType: 'Observation', id: 'o', status: 'final' };
  const { send, writes } = writingTo([observation]);
  const body =
    '{"resourceType":"Observation","id":"o","status":"final","valueQuantity":{"value":1.10}}';
  const response = await send('PUT', 'Observation/o', body);
  assert.match(await response.text(), /"value":1\.10/);
  assert.match(writes()[0].text, /"value":1\.10/);
});

test('missing and hidden are one answer to every write, byte for byte', async () => {
  const { send, writes } = writingTo([person('2', { active: false })]);
  const answers = [];
  for (const id of ['2', '3']) {
    for (const match of [{}, { 'if-match': 'W/"3"' }, { 'if-match': '*' }, { 'if-match': '"1"' }]) {
      const operations = [{ op: 'test', path: '/active', value: false }];
      answers.push(await textOf(await send('PUT', `Patient/${id}`, shown(id), match)));
      answers.push(
        await textOf(await send('PATCH', `Patient/${id}`, operations, { ...match, ...kJsonPatch })),
      );
      answers.push(await textOf(await send('DELETE', `Patient/${id}`, undefined, match)));
    }
  }
  assert.equal(new Set(answers).size, 1);
  assert.match(answers[0], /^404\n/);
  assert.deepEqual(writes(), []);
});

test('a guess at what is hidden is refused whatever is stored', async () => {
  const guesses = [kSecret, '1971-01-01'];
  const patches = (value) => [
    [{ op: 'test', path: '/birthDate', value }],
    [{ op: 'add', path: '/birthDate', value }],
    [{ op: 'copy', from: '/birthDate', path: '/language' }],
  ];
  const { send, writes } = writingTo([person('1'), person('4', { birthDate: '1971-01-01' })]);
  const answers = [];
  for (const id of ['1', '4']) {
    for (const birthDate of guesses) {
      answers.push(await textOf(await send('PUT', `Patient/${id}`, { ...shown(id), birthDate })));
      for (const patch of patches(birthDate)) {
        answers.push(await textOf(await send('PATCH', `Patient/${id}`, patch, kJsonPatch)));
      }
    }
  }
  assert.equal(new Set(answers).size, 1);
  assert.match(answers[0], /^403\n/);
  assert.equal(answers[0].includes(kCanary), false);
  assert.deepEqual(writes(), []);
});

const kPatches = [
  ['JSON Patch', [{ op: 'add', path: '/language', value: 'de' }], kJsonPatch],
  [
    'FHIRPath Patch',
    fhirPatch([
      { name: 'type', valueCode: 'add' },
      { name: 'path', valueString: 'Patient' },
      { name: 'name', valueString: 'language' },
      { name: 'value', valueCode: 'de' },
    ]),
    {},
  ],
];

for (const [what, body, headers] of kPatches) {
  test(`${what} becomes an update with If-Match`, async () => {
    const { send, writes } = writingTo([person('1')]);
    const response = await send('PATCH', 'Patient/1', body, headers);
    assert.equal(response.status, 200);
    const text = await response.text();
    assert.match(text, /"language":"de"/);
    assert.equal(text.includes(kCanary), false);
    const [put, ...more] = writes();
    assert.equal(more.length, 0);
    assert.equal(put.method, 'PUT');
    assert.equal(put.headers['if-match'], 'W/"3"');
    assert.equal(put.headers['content-type'], 'application/fhir+json');
    assert.ok(put.text.includes(kSecret));
  });
}

test('what changes between the check and the write is a conflict, and not tried again', async () => {
  for (const [method, body, headers] of [
    ['PUT', shown('1', { language: 'de' }), {}],
    ['PATCH', [{ op: 'add', path: '/language', value: 'de' }], kJsonPatch],
    ['DELETE', undefined, {}],
  ]) {
    const found = writingTo([person('1')], {
      before: () => void found.put(person('1', { language: 'fr' }), 4),
    });
    const response = await found.send(method, 'Patient/1', body, headers);
    assert.equal(response.status, 412, method);
    assert.equal(await outcomeOf(response), 'conflict');
    assert.equal(found.writes().length, 1);
    assert.match(found.textOf('Patient/1'), /"language":"fr"/);
  }
});

const change = shown('1', { language: 'de' });
const kRows = [
  // [what, method, url, body, headers, status, code]
  ['the version the client saw', 'PUT', 'Patient/1', change, { 'if-match': 'W/"3"' }, 200],
  ['any version', 'PUT', 'Patient/1', change, { 'if-match': '*' }, 200],
  ['an older version', 'PUT', 'Patient/1', change, { 'if-match': 'W/"2"' }, 412, 'conflict'],
  ['an older version', 'DELETE', 'Patient/1', undefined, { 'if-match': '"2"' }, 412, 'conflict'],
  ['only if there is none', 'PUT', 'Patient/1', change, { 'if-none-match': '*' }, 412, 'conflict'],
  [
    'XML',
    'PUT',
    'Patient/1',
    change,
    { 'content-type': 'application/fhir+xml' },
    415,
    'not-supported',
  ],
  [
    'Latin 1',
    'PUT',
    'Patient/1',
    change,
    { 'content-type': 'application/json; charset=latin1' },
    415,
    'not-supported',
  ],
  [
    'plain JSON',
    'PUT',
    'Patient/1',
    change,
    { 'content-type': 'application/json; charset=utf-8' },
    200,
  ],
  [
    'no type that is taken back',
    'PUT',
    'Patient/1',
    change,
    { accept: 'text/html' },
    415,
    'not-supported',
  ],
  ['no JSON', 'PUT', 'Patient/1', '{"resourceType":"Patient",', {}, 400, 'invalid'],
  [
    'a repeated key',
    'PUT',
    'Patient/1',
    '{"resourceType":"Patient","id":"1","id":"1"}',
    {},
    400,
    'invalid',
  ],
  [
    'another type',
    'PUT',
    'Patient/1',
    { resourceType: 'Observation', id: '1' },
    {},
    400,
    'invalid',
  ],
  ['another id', 'PUT', 'Patient/1', { ...change, id: '2' }, {}, 400, 'invalid'],
  ['no id', 'PUT', 'Patient/1', { ...change, id: undefined }, {}, 400, 'invalid'],
  [
    'a patch with the type of another',
    'PATCH',
    'Patient/1',
    fhirPatch(),
    kJsonPatch,
    400,
    'invalid',
  ],
  ['a patch as a resource', 'PATCH', 'Patient/1', [], {}, 400, 'invalid'],
  [
    'a patch of what is not there',
    'PATCH',
    'Patient/1',
    [{ op: 'remove', path: '/photo' }],
    kJsonPatch,
    422,
    'processing',
  ],
  ['what is read-only', 'PUT', 'Patient/1', { ...change, gender: 'male' }, {}, 403, 'forbidden'],
  [
    'a result outside of the criteria',
    'PUT',
    'Patient/1',
    { ...change, active: false },
    {},
    403,
    'forbidden',
  ],
  ['a constraint', 'POST', 'Device', { resourceType: 'Device' }, {}, 403, 'business-rule'],
  [
    'a constraint that holds',
    'POST',
    'Device',
    { resourceType: 'Device', lotNumber: '1' },
    {},
    201,
  ],
  [
    'a type that may be read',
    'POST',
    'Practitioner',
    { resourceType: 'Practitioner' },
    {},
    403,
    'forbidden',
  ],
  ['a type without a rule', 'POST', 'Claim', { resourceType: 'Claim' }, {}, 403, 'forbidden'],
  [
    'a query as reference',
    'POST',
    'Observation',
    { resourceType: 'Observation', subject: { reference: `Patient?birthdate=${kCanary}` } },
    {},
    403,
    'forbidden',
  ],
  [
    'a query as reference by patch',
    'PATCH',
    'Patient/1',
    [{ op: 'add', path: '/managingOrganization', value: { reference: 'Organization?name=a' } }],
    kJsonPatch,
    403,
    'forbidden',
  ],
];

for (const [what, method, url, body, headers, status, code] of kRows) {
  test(`${method} ${url}, ${what}: ${status}`, async () => {
    const { send, writes, records } = writingTo([person('1')]);
    const response = await send(method, url, body, headers);
    const text = await textOf(response.clone());
    assert.equal(response.status, status, text);
    if (code !== undefined) assert.equal(await outcomeOf(response), code);
    assert.equal(text.includes(kCanary), false);
    assert.equal(writes().length, status < 300 ? 1 : 0);
    assert.equal(records[0].status, status);
    assert.equal(records[0].allowed, status < 300);
    assert.equal(JSON.stringify(records).includes(kCanary), false);
  });
}

test('a create drops the id, and answers with the place at the gateway', async () => {
  const { send, writes } = writingTo([]);
  const response = await send('POST', 'Patient', {
    resourceType: 'Patient',
    id: 'mine',
    active: true,
  });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('location'), `${kEdge}/Patient/new-1/_history/1`);
  assert.equal(response.headers.get('x-secret'), null);
  assert.equal((await response.json()).id, 'new-1');
  assert.equal(JSON.parse(writes()[0].text).id, undefined);
});

test('where nothing grants to read there is no body, and no version', async () => {
  const { send } = writingTo([]);
  const response = await send('POST', 'Group', {
    resourceType: 'Group',
    type: 'person',
    actual: true,
  });
  assert.equal(response.status, 201);
  assert.equal(await response.text(), '');
  assert.equal(response.headers.get('etag'), null);
  assert.equal(response.headers.get('location'), `${kEdge}/Group/new-1`);
});

test('Prefer says what comes back', async () => {
  for (const [prefer, expected] of [
    ['return=minimal', ''],
    ['respond-async, return=minimal', ''],
    ['return=OperationOutcome', 'OperationOutcome'],
    ['return=representation', 'Patient'],
  ]) {
    const { send } = writingTo([person('1')]);
    const response = await send('PUT', 'Patient/1', change, { prefer });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('etag'), 'W/"4"', prefer);
    const text = await response.text();
    assert.equal(text && JSON.parse(text).resourceType, expected);
    assert.equal(text.includes(kCanary), false);
  }
});

test('what the server says against a write is its status and nothing else', async () => {
  for (const [status, expected] of [
    [400, 400],
    [409, 409],
    [422, 422],
    [401, 502],
    [500, 502],
  ]) {
    const found = writingTo([person('1')], { before: () => found.failed(status) });
    for (const [method, url, body] of [
      ['PUT', 'Patient/1', change],
      ['POST', 'Observation', { resourceType: 'Observation' }],
    ]) {
      const text = await textOf(await found.send(method, url, body));
      assert.ok(text.startsWith(`${expected}\n`), text);
      assert.equal(text.includes(kCanary), false);
    }
  }
});

test('without a version nothing is updated, and what may be deleted is', async () => {
  const { send, writes } = writingTo([person('1')], { versions: false });
  const response = await send('PUT', 'Patient/1', change);
  assert.equal(response.status, 409);
  assert.equal(await outcomeOf(response), 'conflict');
  assert.deepEqual(writes(), []);
  assert.equal((await send('DELETE', 'Patient/1')).status, 204);
  assert.equal(writes()[0].headers['if-match'], undefined);
});

test('a delete is of the version that was checked', async () => {
  const { send, writes, stored } = writingTo([person('1')]);
  const response = await send('DELETE', 'Patient/1');
  assert.equal(response.status, 204);
  assert.equal(await response.text(), '');
  assert.equal(writes()[0].headers['if-match'], 'W/"3"');
  assert.equal(stored.size, 0);
});

test('an echo that cannot be read leaves the write done, and without a body', async () => {
  for (const echo of ['<html>', '{"resourceType":"Patient","id":"other"}']) {
    const { send } = writingTo([person('1')], {
      before: () => new Response(echo, { headers: { 'content-type': 'application/fhir+json' } }),
    });
    const response = await send('PUT', 'Patient/1', change);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '');
    assert.equal(response.headers.get('location'), `${kEdge}/Patient/1`);
  }
});

test('criteria that look at other resources find them', async () => {
  const policy = {
    resourceType: 'AccessPolicy',
    resource: [
      { resourceType: 'Patient' },
      { resourceType: 'Observation', criteria: 'Observation?patient.active=true' },
    ],
  };
  const of = (id) => ({ resourceType: 'Observation', subject: { reference: `Patient/${id}` } });
  for (const [maxReferences, id, status] of [
    [4, '1', 201],
    [4, '2', 403],
    [4, '3', 403],
  ]) {
    const { send, writes } = writingTo([person('1'), person('2', { active: false })], {
      policy,
      maxReferences,
    });
    assert.equal((await send('POST', 'Observation', of(id))).status, status, id);
    assert.equal(writes().length, status === 201 ? 1 : 0);
  }
  const { send, writes } = writingTo([person('1'), { ...of('1'), id: 'o' }], {
    policy,
    maxReferences: 4,
  });
  assert.equal((await send('PUT', 'Observation/o', { ...of('1'), id: 'o' })).status, 200);
  assert.equal((await send('PUT', 'Observation/o', { ...of('2'), id: 'o' })).status, 403);
  assert.equal(writes().length, 1);
});

test('what was restored instead of refused is named in an OperationOutcome', async () => {
  const { send, writes } = writingTo([person('1')], {
    policyOptions: { readonlyConflict: 'restore' },
  });
  const prefer = { prefer: 'return=OperationOutcome' };
  const response = await send('PUT', 'Patient/1', { ...change, gender: 'male' }, prefer);
  assert.equal(response.status, 200);
  const { issue } = await response.json();
  assert.deepEqual(
    issue.map(({ severity, expression }) => [severity, expression]),
    [
      ['information', undefined],
      ['warning', ['gender']],
    ],
  );
  assert.equal(JSON.parse(writes()[0].text).gender, 'female');
});

test('a later version that may not be read any more is stored, and not shown', async () => {
  const policy = {
    resourceType: 'AccessPolicy',
    resource: [
      { resourceType: 'Patient', criteria: 'Patient?active=true', interaction: ['read'] },
      { resourceType: 'Patient', interaction: ['update'] },
    ],
  };
  const { send, writes } = writingTo([person('1')], { policy });
  const response = await send('PUT', 'Patient/1', person('1', { active: false }));
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '');
  assert.equal(response.headers.get('etag'), null);
  assert.equal(writes().length, 1);
});
