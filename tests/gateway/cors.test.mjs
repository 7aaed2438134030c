// Pages of other origins (CORS): what is listed is let in, what is not gets no header, and nobody gets in without a token.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayTo, json, patient, searchset } from './fake.mjs';

const kApp = 'https://app.example';
const kRoutes = {
  'Patient/1': patient('1'),
  Patient: () => json(searchset([patient('1')])),
  'Patient/500': () => new Response('', { status: 500 }),
};
const corsTo = (cors, more = {}) => gatewayTo(kRoutes, { cors, ...more });
const preflight = (origin, more = {}) => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'authorization,x-anything',
    ...more,
  },
});
const corsHeaders = (response) =>
  [...response.headers].filter(([name]) => name.startsWith('access-control-'));

test('a preflight of a listed origin is answered without a token and without the server', async () => {
  const { get, calls, records } = corsTo({ origins: ['http://localhost:3000', kApp], maxAge: 600 });
  const response = await get('Patient/1', preflight(kApp), null);
  assert.equal(response.status, 204);
  assert.equal(await response.text(), '');
  assert.deepEqual(corsHeaders(response), [
    [
      'access-control-allow-headers',
      'authorization, content-type, accept, prefer, traceparent, if-match, if-none-match, if-none-exist, if-modified-since, x-medplum-on-behalf-of',
    ],
    ['access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
    ['access-control-allow-origin', kApp],
    ['access-control-max-age', '600'],
  ]);
  assert.equal(response.headers.get('vary'), 'Authorization, Origin');
  assert.equal(calls.length, 0);
  assert.equal(records.length, 1);
  assert.deepEqual(
    [records[0].method, records[0].kind, records[0].reason, records[0].status, records[0].allowed],
    ['OPTIONS', 'preflight', 'origin', 204, true],
  );
});

test('a preflight says the same wherever it goes', async () => {
  const { get } = corsTo({ origins: [kApp] });
  const texts = [];
  for (const url of ['Patient/1', 'Patient/secret', 'Nothing/..%2f', '$export', '?_page=x', '']) {
    const response = await get(url, preflight(kApp), null);
    texts.push(JSON.stringify([response.status, [...response.headers]]));
  }
  assert.equal(new Set(texts).size, 1);
  assert.doesNotMatch(texts[0], /max-age|credentials/);
});

test('beside the base there is nothing, for no origin', async () => {
  const { get } = corsTo({ origins: [kApp] });
  const response = await get('https://edge.example/other', preflight(kApp), null);
  assert.equal(response.status, 404);
});

test('what is no preflight of a listed origin is answered as without the option', async () => {
  const plain = gatewayTo(kRoutes);
  const { get } = corsTo({ origins: [kApp] });
  const kOthers = [
    preflight('https://evil.example'),
    preflight('null'),
    preflight(`${kApp}.evil.example`),
    preflight(`${kApp}:444`),
    preflight(kApp.toUpperCase()),
    preflight('http://app.example'),
    { method: 'OPTIONS', headers: { origin: kApp } }, // asks for no method
    { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } }, // no origin
  ];
  for (const init of kOthers) {
    for (const user of [null, 'someone']) {
      const [given, without] = [
        await get('Patient/1', init, user),
        await plain.get('Patient/1', init, user),
      ];
      assert.equal(given.status, without.status);
      assert.equal(given.status, user === null ? 401 : 400);
      assert.equal(await given.text(), await without.text());
      if (init.headers.origin !== kApp) assert.deepEqual(corsHeaders(given), []);
      assert.equal(without.headers.get('vary'), 'Authorization');
    }
  }
});

test('answers and errors to a listed origin can be read by its page', async () => {
  const { get } = corsTo({ origins: [kApp] });
  const kAsked = [
    ['Patient/1', {}, 'someone', 200],
    ['Patient?active=true', {}, 'someone', 200],
    ['Patient/1', { method: 'HEAD' }, 'someone', 200],
    ['Patient/1', { headers: { 'if-none-match': 'W/"3"' } }, 'someone', 304],
    ['Patient/1', {}, null, 401],
    ['Practitioner/1', {}, 'someone', 403],
    ['Patient/2', {}, 'someone', 404],
    ['Patient/500', {}, 'someone', 502],
    ['metadata', {}, null, 200],
    ['https://edge.example/other', {}, null, 404],
  ];
  for (const [url, init, user, status] of kAsked) {
    const ask = (origin) => get(url, { ...init, headers: { ...init.headers, origin } }, user);
    const [own, other, none] = [
      await ask(kApp),
      await ask('https://evil.example'),
      await get(url, init, user),
    ];
    assert.equal(own.status, status, url);
    assert.deepEqual(corsHeaders(own), [
      ['access-control-allow-origin', kApp],
      [
        'access-control-expose-headers',
        'ETag, Location, Content-Location, Last-Modified, Retry-After',
      ],
    ]);
    for (const response of [own, other, none]) {
      assert.equal(response.status, status);
      assert.equal(response.headers.get('vary'), 'Authorization, Origin');
      assert.equal(response.headers.get('cache-control'), 'private, no-store');
    }
    assert.deepEqual(corsHeaders(other), []);
    assert.deepEqual(corsHeaders(none), []);
    const body = await own.text();
    assert.equal(await other.text(), body);
    assert.equal(await none.text(), body);
  }
});

test('all origins, with tokens of their own and never with cookies', async () => {
  const { get } = corsTo({ origins: '*' });
  for (const origin of [kApp, 'null', 'https://else.example']) {
    for (const response of [
      await get('Patient/1', preflight(origin), null),
      await get('Patient/1', { headers: { origin } }),
      await get('Patient/1', { headers: { origin } }, null),
    ]) {
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.equal(response.headers.get('access-control-allow-credentials'), null);
    }
  }
});

test('without the option no header speaks of origins', async () => {
  const { get } = gatewayTo(kRoutes);
  const response = await get('Patient/1', { headers: { origin: kApp } });
  assert.deepEqual(corsHeaders(response), []);
  assert.equal(response.headers.get('vary'), 'Authorization');
  assert.equal((await get('Patient/1', preflight(kApp), null)).status, 401);
});

test('headers of the server about origins do not pass', async () => {
  const allowing = () =>
    json(patient('1'), {
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
    });
  for (const mode of ['enforce', 'audit-only']) {
    for (const cors of [undefined, { origins: [kApp] }]) {
      const { get } = gatewayTo({ 'Patient/1': allowing }, { mode, ...(cors && { cors }) });
      const response = await get('Patient/1', { headers: { origin: 'https://evil.example' } });
      assert.equal(response.status, 200);
      assert.deepEqual(corsHeaders(response), []);
    }
  }
});

test('origins that are none do not start', () => {
  const kWrong = [
    [],
    [''],
    ['*'],
    ['null'],
    ['app.example'],
    [`${kApp}/`],
    [`${kApp}/app`],
    ['https://*.example'.replace('*', ' ')],
    ['https://App.example'],
    ['https://app.example:443'],
    ['https://user@app.example'],
    ['ftp://app.example'],
    ['javascript:alert(1)'],
    [kApp, 7],
    [undefined],
    kApp,
    undefined,
    null,
    /app/,
  ];
  for (const origins of kWrong) {
    assert.throws(() => corsTo({ origins }), { name: 'TypeError', message: /^`cors\.origins`/ });
  }
  for (const maxAge of [-1, NaN, Infinity, '600', 86_401]) {
    const build = () => corsTo({ origins: [kApp], maxAge });
    assert.throws(build, { name: 'TypeError', message: /^`cors\.maxAge`/ });
  }
  assert.throws(() => corsTo({ origin: [kApp] }), /^TypeError: `cors\.origin` is no option$/);
  for (const cors of [true, [kApp], '*', null]) {
    assert.throws(() => corsTo(cors), { name: 'TypeError', message: /cors/ });
  }
  assert.ok(corsTo({ origins: [kApp, 'http://localhost:3000', 'http://[::1]:8080'] }).gateway);
});
