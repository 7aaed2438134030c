// Which headers go to the upstream, and which come back (SPEC 13.5, 14; LEAKS 64, 67).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayTo, json, kCanary, kEdge, kUpstream, patient, searchset } from './fake.mjs';

const kTelling = {
  etag: `"${kCanary}"`,
  'last-modified': 'Mon, 01 Jan 2001 00:00:00 GMT',
  location: `${kUpstream}/Patient/${kCanary}`,
  'content-location': `${kUpstream}/Patient/${kCanary}`,
  link: `<${kUpstream}/${kCanary}>; rel="next"`,
  'x-powered-by': kCanary,
  'x-request-id': kCanary,
  server: kCanary,
  'server-timing': `db;dur=${kCanary}`,
  digest: kCanary,
  warning: kCanary,
  'set-cookie': `session=${kCanary}`,
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=60',
  age: '5',
  via: kCanary,
  'content-language': kCanary,
};

const kOwn = [
  ...['cache-control', 'content-type', 'etag', 'last-modified', 'vary', 'x-content-type-options'],
];

test('nothing of the headers of an upstream comes through', async () => {
  const plain = { resourceType: 'Patient', id: '1', active: true };
  const history = { resourceType: 'Bundle', type: 'history', entry: [] };
  const { get } = gatewayTo({
    'Patient/1': () => json(patient('1'), kTelling),
    'Patient/2': () => json({ ...plain, id: '2' }, kTelling),
    Patient: () => json(searchset([patient('1')]), kTelling),
    'Patient/_history': () => json(history, kTelling),
    'Patient/3': () => json({}, kTelling, 404),
    'Patient/4': () => json({}, kTelling, 400),
    'Patient/5': () => json({}, kTelling, 500),
    'Patient/6': () => json({}, { ...kTelling, 'retry-after': kCanary }, 429),
  });
  for (const url of [
    'Patient/1',
    'Patient/2',
    'Patient',
    'Patient/_history',
    ...[3, 4, 5, 6].map((id) => `Patient/${id}`),
  ]) {
    const response = await get(url);
    for (const [name, value] of response.headers) {
      assert.ok(kOwn.includes(name), `${url} ${name}`);
      assert.ok(!value.includes(kCanary) && !value.includes('internal'), `${url} ${name}`);
    }
    assert.equal(response.headers.get('cache-control'), 'private, no-store');
    assert.equal(response.headers.get('vary'), 'Authorization');
    assert.equal(response.headers.get('etag'), url === 'Patient/1' ? 'W/"3"' : null);
    assert.ok(!(await response.text()).includes(kCanary), url);
  }
});

test('nothing of the headers of a client goes on but what is listed', async () => {
  const { get, calls } = gatewayTo(
    { '*': patient('1') },
    { upstream: { headers: { authorization: 'Basic gateway' } } },
  );
  const sent = {
    authorization: `Bearer ${kCanary}`,
    cookie: kCanary,
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-host': kCanary,
    forwarded: kCanary,
    'x-custom': kCanary,
    'x-medplum': 'extended',
    'if-none-match': '"1"',
    'if-modified-since': kCanary,
    'cache-control': 'no-cache',
    'accept-language': kCanary,
    prefer: 'handling=lenient',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  await get('Patient/1', { headers: sent });
  const [{ headers, redirect, method }] = calls;
  assert.deepEqual(Object.keys(headers).sort(), ['accept', 'authorization', 'traceparent']);
  assert.equal(headers.accept, 'application/fhir+json');
  assert.equal(headers.authorization, 'Basic gateway');
  assert.match(headers.traceparent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  assert.ok(!headers.traceparent.includes('b7ad6b7169203331'));
  assert.deepEqual([method, redirect], ['GET', 'manual']);
});

test('credentials of the upstream may depend on the caller, and are asked for once a request', async () => {
  let asked = 0;
  const headers = async ({ subject }) => {
    ++asked;
    return { authorization: `for ${subject}` };
  };
  const { get, calls } = gatewayTo(
    { 'Patient/1': patient('1'), 'Patient/1/_history/3': patient('1') },
    { upstream: { headers } },
  );
  await get('Patient/1/_history/3', {}, 'eve');
  assert.deepEqual(
    calls.map((call) => call.headers.authorization),
    ['for eve', 'for eve'],
  );
  assert.equal(asked, 1);
});

test('credentials that cannot be had reach nobody', async () => {
  const headers = () => Promise.reject(new Error(kCanary));
  const { get, calls } = gatewayTo({ '*': patient('1') }, { upstream: { headers } });
  const response = await get('Patient/1');
  assert.equal(response.status, 502);
  assert.ok(!(await response.text()).includes(kCanary));
  assert.equal(calls.length, 0);
});

const kPlaces = [
  // [baseUrl, request, what goes upstream, or undefined for 404]
  [undefined, 'https://edge.example/fhir/Patient/1', 'Patient/1'],
  [undefined, 'https://edge.example/FHIR/Patient/1', undefined],
  [undefined, 'https://edge.example/fhirx/Patient/1', undefined],
  [undefined, 'https://edge.example/', undefined],
  [undefined, 'https://edge.example/%66hir/Patient/1', undefined],
  [undefined, 'https://edge.example/fhir/../fhir/Patient/1', 'Patient/1'],
  ['/', 'https://edge.example/Patient/1', 'Patient/1'],
  ['/a/b/', 'https://edge.example/a/b/Patient/1', 'Patient/1'],
  ['https://public.example/fhir', 'http://10.0.0.1/fhir/Patient/1', 'Patient/1'],
  ['https://public.example/fhir', 'http://10.0.0.1/Patient/1', undefined],
];

test('only what lies below the base is answered', async () => {
  for (const [baseUrl, url, sent] of kPlaces) {
    const { gateway, calls } = gatewayTo({ '*': patient('1') }, { baseUrl });
    const response = await gateway.fetch(new Request(url, { headers: { 'x-user': 'a' } }), {});
    assert.equal(response.status, sent === undefined ? 404 : 200, url);
    assert.equal(calls[0]?.path, sent, url);
  }
});

test('what is not canonical is refused and goes nowhere', async () => {
  const { get, calls } = gatewayTo({ '*': patient('1') });
  for (const url of [
    ...[
      'Patient//1',
      '/Patient/1',
      'Patient/1/',
      'Patient%2F1',
      'Patient/%2e%2e/Patient/1x/',
      'Patient/1;a=b',
    ],
    ...['Patient/a%2fb', 'patient/1', 'Patient/1/_history/', 'Patient/%31/'],
  ]) {
    const response = await get(url);
    assert.ok([400, 403, 404].includes(response.status), `${url} ${response.status}`);
  }
  assert.deepEqual(
    calls.filter(({ path }) => path !== 'Patient/1x'),
    [],
  );
});

test('links begin with the public address where there is one', async () => {
  const { gateway } = gatewayTo(
    { Patient: searchset([patient('1')]) },
    { baseUrl: 'https://public.example/r4' },
  );
  const request = new Request('http://10.0.0.1:8080/r4/Patient', { headers: { 'x-user': 'a' } });
  const bundle = await (await gateway.fetch(request, {})).json();
  assert.equal(bundle.entry[0].fullUrl, 'https://public.example/r4/Patient/1');
  assert.equal(bundle.link[0].url, 'https://public.example/r4/Patient');
  assert.ok(!JSON.stringify(bundle).includes(kEdge));
});

test('a base that is not written plainly does not start', () => {
  for (const baseUrl of [
    'fhir',
    'ftp://x/fhir',
    '/a/../b',
    '/a?b',
    'https://x/fhir#a',
    '/\u00e4',
  ]) {
    assert.throws(() => gatewayTo({}, { baseUrl }), TypeError, baseUrl);
  }
  for (const upstream of ['ftp://x', 'https://user:secret@x/', 'https://x/?a=b', 'x']) {
    assert.throws(() => gatewayTo({}, { upstream: { baseUrl: upstream } }), TypeError, upstream);
  }
});
