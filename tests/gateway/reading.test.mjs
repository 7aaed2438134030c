// Reading through the gateway: instances, searches, histories, operations, Binary, exports (SPEC 8, 9.1, 10.4, 13, 14).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  gatewayTo,
  json,
  kCanary,
  kEdge,
  kPolicy,
  kUpstream,
  outcomeOf,
  patient,
  searchset,
  textOf,
} from './fake.mjs';

const hidden = patient('2', { active: false });

test('what is read is redacted and carries the version that it shows', async () => {
  const { get, records } = gatewayTo({ 'Patient/1': patient('1') });
  const response = await get('Patient/1');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('etag'), 'W/"3"');
  assert.equal(response.headers.get('last-modified'), 'Tue, 02 Jan 2024 03:04:05 GMT');
  const { birthDate, ...shown } = patient('1');
  assert.equal(birthDate, `1970-${kCanary}`);
  assert.deepEqual(await response.json(), shown);
  assert.equal(records[0].status, 200);
  assert.equal(records[0].resourceType, 'Patient');
  assert.equal(records[0].interaction, 'read');
});

test('missing, deleted and denied are one answer, byte for byte', async () => {
  const { get, records } = gatewayTo({
    'Patient/2': hidden,
    'Patient/4': () => json({ resourceType: 'OperationOutcome' }, { etag: 'W/"2"' }, 410),
  });
  const answers = [];
  for (const id of ['2', '3', '4']) {
    for (const headers of [{}, { 'if-none-match': '*' }, { 'if-none-match': 'W/"3"' }]) {
      answers.push(await textOf(await get(`Patient/${id}`, { headers })));
    }
  }
  assert.equal(new Set(answers).size, 1);
  assert.match(answers[0], /^404\n/);
  assert.ok(records.every(({ status, allowed }) => status === 404 && !allowed));
});

test('HEAD is GET without a body', async () => {
  const { get } = gatewayTo({ 'Patient/1': patient('1'), 'Patient/2': hidden });
  for (const url of ['Patient/1', 'Patient/2', 'Patient/3']) {
    const [whole, head] = [await get(url), await get(url, { method: 'HEAD' })];
    assert.equal(head.status, whole.status);
    assert.deepEqual([...head.headers], [...whole.headers]);
    assert.equal(await head.text(), '');
  }
});

const kConditions = [
  ['If-None-Match', 'W/"3"', 304],
  ['If-None-Match', '"3"', 304],
  ['If-None-Match', '"2", W/"3"', 304],
  ['If-None-Match', '*', 304],
  ['If-None-Match', 'W/"2"', 200],
  ['If-Modified-Since', 'Tue, 02 Jan 2024 03:04:05 GMT', 304],
  ['If-Modified-Since', 'Tue, 02 Jan 2024 03:04:04 GMT', 200],
  ['If-Modified-Since', 'yesterday', 200],
];

test('conditions hold on what the caller sees', async () => {
  const { get } = gatewayTo({ 'Patient/1': patient('1') });
  for (const [name, value, status] of kConditions) {
    const response = await get('Patient/1', { headers: { [name]: value } });
    assert.equal(response.status, status, `${name}: ${value}`);
    assert.equal(response.headers.get('etag'), 'W/"3"');
    if (status === 304) assert.equal(await response.text(), '');
  }
});

test('conditions on a hidden `meta` never hold', async () => {
  const policy = {
    resourceType: 'AccessPolicy',
    resource: [{ resourceType: 'Patient', hiddenFields: ['meta'] }],
  };
  const { get } = gatewayTo({ 'Patient/1': patient('1') }, { policy });
  for (const [name, value] of kConditions) {
    const response = await get('Patient/1', { headers: { [name]: value } });
    assert.equal(response.status, 200, `${name}: ${value}`);
    assert.equal(response.headers.get('etag'), null);
    assert.equal(response.headers.get('last-modified'), null);
  }
});

test('a version is shown to who may read it and what is current', async () => {
  const version = (id, active) => ({ ...patient(id, { active }), meta: { versionId: '1' } });
  const { get } = gatewayTo({
    'Patient/1/_history/1': version('1', true),
    'Patient/1': patient('1'),
    'Patient/2/_history/1': version('2', true),
    'Patient/2': hidden,
    'Patient/3/_history/1': version('3', true),
    'Patient/4/_history/1': version('4', false),
    'Patient/4': patient('4'),
  });
  const statuses = [];
  for (const id of '12345') statuses.push((await get(`Patient/${id}/_history/1`)).status);
  assert.deepEqual(statuses, [200, 404, 404, 404, 404]);
});

test('an answer about another resource is none', async () => {
  const { get } = gatewayTo({
    'Patient/1': patient('9'),
    'Patient/2': { resourceType: 'Basic', id: '2' },
  });
  for (const url of ['Patient/1', 'Patient/2']) {
    const response = await get(url);
    assert.equal(response.status, 502);
    assert.equal(await outcomeOf(response), 'processing');
  }
});

test('a searchset is filtered; its links and addresses are those of the gateway', async () => {
  const links = [
    { relation: 'self', url: `${kUpstream}/Patient?active=true&secret=${kCanary}` },
    { relation: 'next', url: `${kUpstream}/Patient?page=2` },
    { relation: 'last', url: `${kUpstream}/Patient?page=9` },
  ];
  const found = searchset([patient('1'), hidden], { link: links });
  found.entry.push({ fullUrl: `http://elsewhere.internal/Patient/5`, resource: patient('5') });
  const { get, records } = gatewayTo({ '*': found });
  const response = await get('Patient?active=true');
  const bundle = await response.json();
  assert.equal(response.status, 200);
  assert.deepEqual(
    bundle.entry.map(({ fullUrl, resource }) => [fullUrl, resource.id]),
    [
      [`${kEdge}/Patient/1`, '1'],
      [undefined, '5'],
    ],
  );
  assert.deepEqual(
    bundle.link.map(({ relation }) => relation),
    ['self', 'next'],
  );
  assert.equal(bundle.link[0].url, `${kEdge}/Patient?active=true`);
  assert.ok(bundle.link[1].url.startsWith(`${kEdge}?_page=`));
  assert.equal(bundle.total, undefined);
  assert.ok(
    !JSON.stringify(bundle).includes(kCanary) && !JSON.stringify(bundle).includes('internal'),
  );
  assert.equal(records[0].released, 2);
  assert.equal(records[0].refused, 1);
});

test('a search by POST sends its form on', async () => {
  const { get, calls } = gatewayTo({ 'POST Patient/_search': searchset([patient('1')]) });
  const response = await get('Patient/_search', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'active=true',
  });
  assert.equal(response.status, 200);
  assert.equal((await response.json()).entry.length, 1);
  const sent = new URLSearchParams(calls[0].body);
  assert.equal(sent.get('active'), 'true');
  assert.equal(calls[0].headers['content-type'], 'application/x-www-form-urlencoded');
});

test('the history of a resource is for who may read what is current', async () => {
  const history = (id) => ({
    resourceType: 'Bundle',
    type: 'history',
    entry: [true, false].map((active, index) => ({
      fullUrl: `${kUpstream}/Patient/${id}`,
      resource: { ...patient(id, { active }), meta: { versionId: `${2 - index}` } },
      request: { method: 'PUT', url: `Patient/${id}` },
      response: { status: '200' },
    })),
  });
  const { get, calls } = gatewayTo({
    'Patient/1': patient('1'),
    'Patient/1/_history': history('1'),
    'Patient/2': hidden,
    'Patient/2/_history': history('2'),
    'Patient/_history': history('1'),
  });
  for (const url of ['Patient/1/_history', 'Patient/_history']) {
    const bundle = await (await get(url)).json();
    assert.deepEqual(
      bundle.entry.map(({ resource }) => resource.meta.versionId),
      ['2'],
      url,
    );
  }
  assert.equal((await get('Patient/2/_history')).status, 404);
  assert.ok(!calls.some(({ path }) => path === 'Patient/2/_history'));
});

const kOperations = {
  'Patient/$everything': { result: 'searchset', methods: ['GET'] },
  $summary: { result: 'resource', methods: ['GET', 'POST'] },
  'Patient/$match': { result: 'parameters' },
  $reindex: { result: 'none' },
};

test('operations are answered as they are listed, and only then', async () => {
  const parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'a', resource: patient('1') },
      { name: 'b', resource: hidden },
    ],
  };
  const routes = {
    'Patient/1': patient('1'),
    'Patient/2': hidden,
    'Patient/1/$everything': searchset([patient('1'), hidden]),
    'Patient/1/$summary': patient('1'),
    'POST Patient/$match': parameters,
    'POST $reindex': () => json({ secret: kCanary }),
  };
  const policy = { ...kPolicy, resource: [...kPolicy.resource, { resourceType: 'Parameters' }] };
  const { get, calls } = gatewayTo(routes, { operations: kOperations, policy });
  const post = { method: 'POST' };
  const everything = await (await get('Patient/1/$everything')).json();
  assert.deepEqual(
    everything.entry.map(({ resource }) => resource.id),
    ['1'],
  );
  const summary = await (await get('Patient/1/$summary?_format=json')).json();
  assert.deepEqual([summary.id, summary.birthDate], ['1', undefined]);
  const matched = await get('Patient/$match', post);
  const text = await matched.text();
  assert.equal(matched.status, 200);
  assert.ok(text.includes('"id":"1"') && !text.includes('"id":"2"') && !text.includes(kCanary));
  const none = await get('$reindex', post);
  assert.deepEqual([none.status, await none.text()], [204, '']);

  const before = calls.length;
  for (const [url, init, status] of [
    ['Patient/1/$everything', post, 403],
    ['Patient/$match', {}, 403],
    ['Patient/1/$lastn', {}, 403],
    ['Patient/1/$summary?_elements=name', {}, 403],
    ['Patient/1/$summary?_format=xml', {}, 415],
  ]) {
    assert.equal((await get(url, init)).status, status, url);
  }
  assert.ok(calls.slice(before).every(({ path }) => path === 'Patient/1'));
  assert.equal((await get('Patient/2/$everything')).status, 404);
});

const binary = (id, context, contentType = 'text/html') => ({
  resourceType: 'Binary',
  id,
  contentType,
  ...(context === undefined ? {} : { securityContext: { reference: context } }),
  data: btoa('<b>hi</b>'),
});

test('a Binary is for who may read its context, as JSON or as bytes', async () => {
  const { get } = gatewayTo(
    {
      'Binary/1': binary('1', 'Patient/1'),
      'Binary/2': binary('2', 'Patient/2'),
      'Binary/3': binary('3'),
      'Patient/1': patient('1'),
      'Patient/2': hidden,
    },
    {
      policy: { ...kPolicy, resource: [...kPolicy.resource, { resourceType: 'Binary' }] },
      maxReferences: 4,
    },
  );
  assert.equal((await (await get('Binary/1')).json()).data, btoa('<b>hi</b>'));
  const raw = await get('Binary/1', { headers: { accept: 'text/html' } });
  assert.equal(raw.headers.get('content-type'), 'text/html');
  assert.equal(raw.headers.get('content-security-policy'), 'sandbox');
  assert.equal(raw.headers.get('content-disposition'), 'attachment');
  assert.equal(await raw.text(), '<b>hi</b>');
  assert.equal((await get('Binary/1', { headers: { accept: 'image/png' } })).status, 415);
  for (const id of ['2', '3', '4']) {
    for (const accept of ['text/html', 'application/fhir+json', '*/*']) {
      assert.equal(
        (await get(`Binary/${id}`, { headers: { accept } })).status,
        404,
        `${id} ${accept}`,
      );
    }
  }
});

test('an export is reached by sealed links, and its lines are decided one by one', async () => {
  const manifest = {
    transactionTime: '2024-01-01T00:00:00Z',
    request: `${kUpstream}/$export?secret=${kCanary}`,
    output: [
      { type: 'Patient', url: `${kUpstream}/files/p.ndjson`, count: 4711 },
      { type: 'Encounter', url: `${kUpstream}/files/e.ndjson` },
      { type: 'Observation', url: 'https://storage.internal/o.ndjson?signature=x' },
    ],
    deleted: [{ type: 'Bundle', url: `${kUpstream}/files/d.ndjson` }],
    error: [{ type: 'OperationOutcome', url: `${kUpstream}/files/x.ndjson` }],
  };
  let polls = 0;
  const { get, calls } = gatewayTo(
    {
      $export: () =>
        new Response(null, {
          status: 202,
          headers: { 'content-location': `${kUpstream}/export/7` },
        }),
      'export/7': () =>
        ++polls === 1
          ? new Response('', {
              status: 202,
              headers: { 'retry-after': '3', 'x-progress': kCanary },
            })
          : json(manifest, { 'content-type': 'application/json' }),
      'files/p.ndjson': () =>
        new Response(
          [patient('1'), hidden, { resourceType: 'Encounter', id: '1' }]
            .map((resource) => `${JSON.stringify(resource)}\n`)
            .join(''),
          { headers: { 'content-type': 'application/fhir+ndjson' } },
        ),
    },
    { operations: { $export: { result: 'none', methods: ['GET'] } } },
  );
  assert.equal((await get('$export')).status, 400);
  const started = await get('$export', { headers: { prefer: 'respond-async' } });
  assert.equal(started.status, 202);
  const state = started.headers.get('content-location');
  assert.ok(state.startsWith(`${kEdge}?_page=`));
  const waiting = await get(state);
  assert.deepEqual([waiting.status, waiting.headers.get('retry-after')], [202, '3']);
  assert.equal(waiting.headers.get('x-progress'), null);
  const done = await (await get(state)).json();
  assert.deepEqual(Object.keys(done), [
    ...['transactionTime', 'request', 'requiresAccessToken', 'output', 'error'],
  ]);
  assert.ok(done.request.startsWith(`${kEdge}?_page=`));
  assert.deepEqual(
    done.output.map(({ type, ...others }) => [type, Object.keys(others).join()]),
    [['Patient', 'url']],
  );
  const file = await get(done.output[0].url);
  assert.equal(file.headers.get('content-type'), 'application/fhir+ndjson');
  const { birthDate: _, ...shown } = patient('1');
  assert.deepEqual((await file.text()).trim().split('\n').map(JSON.parse), [shown]);
  assert.equal(calls.at(-1).headers.accept, 'application/fhir+ndjson');
});

test('metadata says what the policy grants, and nothing without a caller', async () => {
  const { get, calls } = gatewayTo({});
  const known = await (await get('metadata')).json();
  assert.equal(known.fhirVersion, '4.0.1');
  const [{ resource }] = known.rest;
  assert.deepEqual(
    resource.map(({ type }) => type),
    ['Observation', 'Patient'],
  );
  const names = resource[1].searchParam.map(({ name }) => name);
  assert.ok(names.includes('active') && !names.includes('birthdate'));
  const nobody = await (await get('metadata', {}, null)).json();
  assert.equal(nobody.rest[0].resource, undefined);
  assert.equal(calls.length, 0);
});

test('the SMART configuration is what the options say', async () => {
  const url = '.well-known/smart-configuration';
  const smartConfiguration = { token_endpoint: 'https://auth.example/token' };
  const { get } = gatewayTo({}, { smartConfiguration });
  assert.deepEqual(await (await get(url, {}, null)).json(), smartConfiguration);
  assert.equal((await gatewayTo({}).get(url, {}, null)).status, 404);
});

test('only FHIR JSON is answered', async () => {
  const { get, calls } = gatewayTo({ 'Patient/1': patient('1') });
  for (const [accept, status] of [
    ['application/fhir+json', 200],
    ['application/json;q=0.1, application/fhir+xml', 200],
    ['*/*', 200],
    ['application/fhir+xml', 415],
    ['application/fhir+json;q=0, text/html', 415],
  ]) {
    const before = calls.length;
    const response = await get('Patient/1', { headers: { accept } });
    assert.equal(response.status, status, accept);
    if (status === 415) assert.equal(await outcomeOf(response), 'not-supported');
    if (status === 415) assert.equal(calls.length, before);
  }
});
