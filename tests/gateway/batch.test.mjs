// Batches entry by entry, transactions as a whole (SPEC 8.2, 9, 13.1; LEAKS 34, 36, 52, 61).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kCanary, kEdge, kUpstream, outcomeOf, textOf } from './fake.mjs';
import { kSecret, person, shown, writingTo } from './store.mjs';

const bundle = (type, ...entry) => ({ resourceType: 'Bundle', type, entry });
const entry = (method, url, resource, more = {}) => {
  const { fullUrl, ...request } = more;
  return {
    ...(fullUrl && { fullUrl }),
    ...(resource && { resource }),
    request: { method, url, ...request },
  };
};
const group = { resourceType: 'Group', type: 'person', actual: true };
const hidden = person('2', { active: false });
const change = shown('1', { language: 'de' });
const binary = (value, contentType = 'application/json-patch+json') => ({
  resourceType: 'Binary',
  contentType,
  data: Buffer.from(JSON.stringify(value)).toString('base64'),
});
const kSubject = 'urn:uuid:6f1c1e0e-7d3a-4f0c-9a1f-000000000001';

async function ask(found, type, ...entries) {
  const response = await found.send('POST', '', bundle(type, ...entries));
  const text = await textOf(response.clone());
  assert.equal(text.includes(kCanary), false);
  assert.equal(text.includes('upstream.internal'), false);
  return response;
}

test('a batch is answered in the order of the request', async () => {
  const found = writingTo([person('1'), hidden, person('5')]);
  const response = await ask(
    found,
    'batch',
    entry('GET', 'Patient/1'),
    entry('GET', 'Patient/2'),
    entry('PUT', 'Patient/1', change),
    entry('POST', 'Group', group),
    entry('DELETE', 'Patient/5'),
    entry('PATCH', 'Patient/1', binary([{ op: 'test', path: '/birthDate', value: kSecret }])),
    entry('GET', 'Patient/3'),
    entry('GET', `${kEdge}/Patient/1`),
  );
  assert.equal(response.status, 200);
  const { resourceType, type, entry: results } = await response.json();
  assert.deepEqual([resourceType, type, results.length], ['Bundle', 'batch-response', 8]);
  assert.deepEqual(
    results.map((one) => one.response.status),
    ['200', '404', '200', '201', '204', '403', '404', '200'],
  );
  // FHIR's order: reads come last.
  assert.equal(results[0].resource.language, 'de');
  assert.equal(results[0].response.etag, 'W/"4"');
  assert.equal(results[2].response.location, `${kEdge}/Patient/1/_history/4`);
  assert.equal(results[3].response.location, `${kEdge}/Group/new-1`);
  assert.equal(results[3].resource, undefined);
  assert.deepEqual(results[1], results[6]);
  assert.equal(results[1].response.outcome.resourceType, 'OperationOutcome');
  assert.deepEqual(results[7], results[0]);
  assert.deepEqual(
    found.writes().map(({ method }) => method),
    ['DELETE', 'POST', 'PUT'],
  );
});

const kBatchRows = [
  ['elsewhere', entry('GET', 'https://other.example/fhir/Patient/1'), '400'],
  ['at the server behind', entry('GET', `${kUpstream}/Patient/1`), '400'],
  ['dots', entry('GET', 'Patient/../Group/1'), '400'],
  ['a slash in front', entry('GET', '/Patient/1'), '400'],
  ['no request', { resource: group }, '400'],
  ['another method', entry('TRACE', 'Patient/1'), '400'],
  ['a batch', entry('POST', '', bundle('batch')), '400'],
  ['an operation', entry('GET', 'Patient/1/$everything'), '403'],
  ['a type without a rule', entry('POST', 'Claim', { resourceType: 'Claim' }), '403'],
  ['an older version', entry('PUT', 'Patient/1', change, { ifMatch: 'W/"1"' }), '412'],
  ['the version', entry('PUT', 'Patient/1', change, { ifMatch: 'W/"3"' }), '200'],
  ['what the client has', entry('GET', 'Patient/1', undefined, { ifNoneMatch: 'W/"3"' }), '304'],
  [
    'a conditional create',
    entry('POST', 'Patient', shown('1'), { ifNoneExist: 'identifier=a' }),
    '200',
  ],
  [
    'a condition on what is hidden',
    entry('POST', 'Patient', shown('1'), { ifNoneExist: 'birthdate=1970' }),
    '403',
  ],
  [
    'a patch',
    entry('PATCH', 'Patient/1', binary([{ op: 'add', path: '/language', value: 'de' }])),
    '200',
  ],
  ['a patch of XML', entry('PATCH', 'Patient/1', binary('', 'application/xml-patch+xml')), '415'],
];

for (const [what, given, status] of kBatchRows) {
  test(`an entry of a batch, ${what}: ${status}`, async () => {
    const found = writingTo([person('1')]);
    const response = await ask(found, 'batch', given, entry('GET', 'Patient/1'));
    const { entry: results } = await response.json();
    assert.equal(results[0].response.status, status);
    assert.equal(results[1].response.status, '200');
  });
}

test('numbers keep their digits through batches and transactions', async () => {
  const text = '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.10}}';
  for (const type of ['batch', 'transaction']) {
    const found = writingTo([]);
    const body = `{"resourceType":"Bundle","type":"${type}","entry":[{"resource":${text},"request":{"method":"POST","url":"Observation"}}]}`;
    assert.equal((await found.send('POST', '', body)).status, 200);
    assert.match(found.writes()[0].text, /"value":1\.10/);
  }
});

test('a Bundle that cannot be taken as a whole', async () => {
  const many = Array.from({ length: 101 }, () => entry('GET', 'Patient/1'));
  for (const [body, headers, status] of [
    [bundle('batch', ...many), {}, 413],
    [bundle('batch-response'), {}, 400],
    [{ resourceType: 'Patient' }, {}, 400],
    ['{"resourceType":"Bundle","type":"batch","type":"transaction"}', {}, 400],
    ['[', {}, 400],
    [bundle('batch'), { 'content-type': 'application/fhir+xml' }, 415],
  ]) {
    const { send, calls } = writingTo([person('1')]);
    assert.equal((await send('POST', '', body, headers)).status, status, JSON.stringify(body));
    assert.deepEqual(calls, []);
  }
});

test('a transaction is sent once, with what was checked and on the versions that were', async () => {
  const found = writingTo([person('1'), hidden]);
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    subject: { reference: kSubject },
  };
  const response = await ask(
    found,
    'transaction',
    entry('POST', 'Observation', observation, {
      fullUrl: 'urn:uuid:6f1c1e0e-7d3a-4f0c-9a1f-000000000002',
    }),
    entry('PUT', 'Patient/1', change, { fullUrl: kSubject }),
    entry('GET', 'Patient/1'),
    entry('GET', 'Patient?active=true'),
    entry('POST', 'Group', group),
  );
  assert.equal(response.status, 200);
  const [sent, ...more] = found.writes();
  assert.equal(more.length, 0);
  const { type, entry: entries } = JSON.parse(sent.text);
  assert.equal(type, 'transaction');
  // What names the entry that updates is checked as what it will be.
  assert.deepEqual(entries[0].resource.subject, { reference: 'Patient/1' });
  assert.match(entries[0].fullUrl, /^urn:uuid:/);
  assert.equal(entries[1].resource.birthDate, kSecret);
  assert.deepEqual(entries[1].request, { method: 'PUT', url: 'Patient/1', ifMatch: 'W/"3"' });
  const { type: kind, entry: results } = await response.json();
  assert.equal(kind, 'transaction-response');
  assert.deepEqual(
    results.map((one) => one.response.status),
    ['201', '200', '200', '200', '201'],
  );
  assert.equal(results[0].response.location, `${kEdge}/Observation/new-1/_history/1`);
  assert.equal(results[1].resource.language, 'de');
  assert.equal(results[1].response.etag, 'W/"4"');
  assert.equal(results[2].resource.language, 'de');
  assert.deepEqual(
    results[3].resource.entry.map(({ fullUrl }) => fullUrl),
    [`${kEdge}/Patient/1`],
  );
  assert.equal(results[3].resource.link, undefined);
  assert.equal(results[4].resource, undefined);
});

const kObservation = { resourceType: 'Observation', status: 'final' };
const kTransactionRows = [
  ['a hidden one', entry('PUT', 'Patient/2', shown('2')), 404],
  ['a missing one', entry('PUT', 'Patient/3', shown('3')), 404],
  ['a read of a hidden one', entry('GET', 'Patient/2'), 404],
  ['a read of a missing one', entry('GET', 'Patient/3'), 404],
  ['a guess at what is hidden', entry('PUT', 'Patient/1', { ...change, birthDate: kSecret }), 403],
  ['no rule', entry('POST', 'Claim', { resourceType: 'Claim' }), 403],
  ['a condition', entry('POST', 'Observation', kObservation, { ifNoneExist: 'code=a' }), 403],
  ['an update by a query', entry('PUT', 'Observation?code=a', kObservation), 403],
  ['a delete by a query', entry('DELETE', 'Observation?code=a'), 403],
  ['a patch', entry('PATCH', 'Patient/1', binary([])), 403],
  [
    'a query as reference',
    entry('POST', 'Observation', { ...kObservation, subject: { reference: 'Patient?name=a' } }),
    403,
  ],
  ['an operation', entry('GET', 'Patient/1/$everything'), 403],
  ['an older version', entry('PUT', 'Patient/1', change, { ifMatch: 'W/"1"' }), 412],
  ['a URL elsewhere', entry('GET', 'https://other.example/Patient/1'), 400],
  ['the same twice', entry('DELETE', 'Observation/o'), 400],
  ['the same in other words', entry('DELETE', 'Observation/o?_format=json'), 400],
  [
    'a create with a name that references could hide behind',
    entry('POST', 'Observation', kObservation, { fullUrl: `${kEdge}/Observation/x` }),
    400,
  ],
  ['an older state', entry('GET', 'Patient/1/_history/1'), 403],
];

for (const [what, given, status] of kTransactionRows) {
  test(`a transaction with ${what}: ${status}, and nothing is sent`, async () => {
    const found = writingTo([person('1'), hidden, { ...kObservation, id: 'o' }]);
    const response = await ask(found, 'transaction', entry('DELETE', 'Observation/o'), given);
    assert.equal(response.status, status);
    assert.notEqual(await outcomeOf(response), undefined);
    assert.deepEqual(found.writes(), []);
  });
}

test('hidden and missing are one answer to a transaction', async () => {
  const answers = [];
  for (const [id, method] of [
    ['2', 'PUT'],
    ['3', 'PUT'],
    ['2', 'GET'],
    ['3', 'GET'],
  ]) {
    const found = writingTo([hidden]);
    answers.push(
      await textOf(
        await ask(
          found,
          'transaction',
          entry(method, `Patient/${id}`, method === 'PUT' && shown(id)),
        ),
      ),
    );
  }
  assert.equal(new Set(answers).size, 1);
});

test('a race refuses the transaction; what the server says of it is not passed on', async () => {
  const raced = writingTo([person('1')], { before: () => void raced.put(person('1'), 4) });
  const response = await ask(raced, 'transaction', entry('PUT', 'Patient/1', change));
  assert.equal(response.status, 412);
  for (const [status, expected] of [
    [400, 400],
    [422, 422],
    [500, 502],
  ]) {
    const found = writingTo([person('1')], { before: () => found.failed(status) });
    assert.equal(
      (await ask(found, 'transaction', entry('PUT', 'Patient/1', change))).status,
      expected,
    );
  }
});

test('Prefer is that of each entry', async () => {
  for (const type of ['batch', 'transaction']) {
    const found = writingTo([person('1')]);
    const headers = { prefer: 'return=minimal' };
    const body = bundle(type, entry('PUT', 'Patient/1', change), entry('GET', 'Patient/1'));
    const { entry: results } = await (await found.send('POST', '', body, headers)).json();
    assert.equal(results[0].resource, undefined);
    assert.equal(results[0].response.etag, 'W/"4"');
    assert.equal(results[1].resource.id, '1');
  }
});
