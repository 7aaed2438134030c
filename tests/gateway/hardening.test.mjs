// Requests and answers that nobody sends who means well: none of them opens what a rule closes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayTo, json, kCanary, kEdge, kUpstream, patient, searchset } from './fake.mjs';
import { closed, hidden, kJson, post, put, withStatus } from './hostile.mjs';

test('a status that is not the one asked for releases no body', async () => {
  const kStatuses = [
    201, 202, 203, 204, 205, 206, 207, 226, 300, 302, 304, 400, 401, 403, 418, 500,
  ];
  for (const status of kStatuses) {
    for (const [url, body] of [
      ['Patient/1', patient('1')],
      ['Patient/1/_history/3', patient('1')],
      ['Patient?active=true', searchset([patient('1')])],
      ['Patient/_history', { ...searchset([patient('1')]), type: 'history' }],
      ['Patient/$everything', searchset([patient('1')])],
      ['$thing', patient('1')],
    ]) {
      const { get } = gatewayTo(
        { '*': withStatus(status, body, { etag: `W/"${kCanary}"`, location: `${kUpstream}/x` }) },
        {
          operations: {
            $everything: { result: 'searchset', methods: ['GET'] },
            $thing: { result: 'resource', methods: ['GET'] },
          },
        },
      );
      const text = await closed(await get(url), undefined, `${status} ${url}`);
      assert.match(text, /^[45]\d\d\n/, `${status} ${url}`);
      assert.match(text, /\n\n\{"resourceType":"OperationOutcome"/, `${status} ${url}`);
    }
  }
});

test('what a write is answered with, whatever status and body the server chooses', async () => {
  for (const status of [200, 201, 202, 203, 204, 205, 206, 226, 304, 500]) {
    for (const body of [
      hidden,
      patient('1'),
      { resourceType: 'Observation', id: '1', note: kCanary },
      [kCanary],
      kCanary,
    ]) {
      const answer = withStatus(status, body, {
        etag: `W/"${kCanary}"`,
        location: `${kUpstream}/Patient/2/_history/${kCanary}`,
      });
      const { get } = gatewayTo({
        'GET Patient/1': patient('1'),
        'POST Patient': answer,
        'PUT Patient/1': answer,
        'DELETE Patient/1': answer,
      });
      const { birthDate: _, ...shown } = patient('1');
      const { id: __, ...fresh } = shown;
      for (const [url, init] of [
        ['Patient', post(fresh)],
        ['Patient/1', put(shown)],
        ['Patient/1', { method: 'DELETE' }],
      ]) {
        await closed(await get(url, init), undefined, `${status} ${init.method}`);
      }
    }
  }
});

test('another resource than the one asked for is no answer', async () => {
  const kOthers = [
    patient('2'),
    { ...patient('1'), id: undefined },
    { ...patient('1'), id: 1 },
    { ...patient('1'), resourceType: 'Observation' },
    { ...patient('1'), resourceType: 'patient' },
    searchset([patient('1')]),
    { resourceType: 'Bundle', id: '1', type: 'document', entry: [{ resource: patient('1') }] },
    { resourceType: 'Parameters', parameter: [{ name: 'x', resource: patient('1') }] },
    { resourceType: 'OperationOutcome', id: '1', issue: [{ diagnostics: kCanary }] },
    [patient('1')],
    null,
  ];
  for (const other of kOthers) {
    const { get } = gatewayTo({ '*': () => json(JSON.stringify(other)) });
    for (const url of ['Patient/1', 'Patient/1/_history/3', 'Patient/1/_history']) {
      await closed(await get(url), [502], `${url} ${JSON.stringify(other)}`);
    }
    const { birthDate: _, ...shown } = patient('1');
    await closed(await get('Patient/1', put(shown)), [502], 'PUT');
    await closed(await get('Patient/1', { method: 'DELETE' }), [502], 'DELETE');
  }
});

test('a Bundle of another type, or none, is no searchset and no history', async () => {
  const kTypes = [
    ...['document', 'message', 'transaction', 'transaction-response', 'batch', 'batch-response'],
    ...[
      'collection',
      'history',
      'searchset',
      'subscription-notification',
      'Searchset',
      '',
      null,
      7,
    ],
  ];
  const operations = { $everything: { result: 'searchset', methods: ['GET'] } };
  for (const type of kTypes) {
    const bundle = {
      ...{ resourceType: 'Bundle', type, total: 4711 },
      entry: [
        {
          fullUrl: `${kUpstream}/Patient/2`,
          resource: hidden,
          response: { status: '200', etag: kCanary },
        },
        { resource: patient('1'), search: { mode: 'outcome' } },
        { resource: { ...hidden, resourceType: 'Practitioner' }, search: { mode: 'include' } },
        { resource: { ...searchset([hidden]), id: kCanary } },
      ],
    };
    const { get } = gatewayTo({ '*': bundle }, { operations });
    for (const url of [
      'Patient?active=true',
      '?_type=Patient',
      'Patient/_history',
      '_history',
      'Patient/$everything',
    ]) {
      const response = await get(url);
      const text = await closed(response, undefined, `${type} ${url}`);
      assert.ok(!text.includes('4711'), `${type} ${url}: ${text}`);
      const wanted = url.includes('_history') ? 'history' : 'searchset';
      if (type !== wanted) assert.equal(response.status, 502, `${type} ${url}: ${text}`);
    }
  }
});

test('headers that ask for parts, or for later, do not reach the server', async () => {
  const kAsked = {
    range: 'bytes=0-10',
    'if-range': 'W/"3"',
    prefer: 'respond-async, return=representation',
    'x-forwarded-host': 'evil.example',
    'x-http-method-override': undefined,
    cookie: 'session=1',
    te: 'trailers',
    'accept-encoding': 'zstd',
    'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT',
    'if-none-match': 'W/"999"',
  };
  delete kAsked['x-http-method-override'];
  const { get, calls } = gatewayTo({
    'Patient/1': patient('1'),
    Patient: searchset([patient('1')]),
  });
  for (const url of ['Patient/1', 'Patient?active=true']) {
    const response = await get(url, { headers: kAsked });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('accept-ranges'), null);
    await closed(response, [200], url);
  }
  for (const call of calls) {
    assert.deepEqual(Object.keys(call.headers).sort(), ['accept', 'traceparent']);
  }
});

test('a second Authorization header is no token', async () => {
  const asked = [];
  const auth = {
    type: 'introspection',
    url: 'https://issuer.example/introspect',
    clientId: 'a',
    clientSecret: 'b',
    fetch: async (_url, { body }) => {
      asked.push(body);
      return Response.json({ active: true, sub: 'someone' });
    },
  };
  const { gateway, calls } = gatewayTo({ 'Patient/1': patient('1') }, { auth });
  const ask = (...values) => {
    const headers = new Headers();
    for (const value of values) headers.append('authorization', value);
    return gateway.fetch(new Request(`${kEdge}/Patient/1`, { headers }));
  };
  for (const values of [
    ['Bearer one', 'Bearer two'],
    ['Bearer one', 'Basic dHdv'],
    ['Basic dHdv', 'Bearer one'],
    ['Bearer one,Bearer two'],
    ['Bearer one two'],
    ['Bearer'],
    ['Bearer '],
    [''],
    ['Basic dHdv'],
    ['one'],
  ]) {
    await closed(await ask(...values), [401], values.join('|'));
  }
  assert.equal(asked.length, 0);
  assert.equal(calls.length, 0);
  assert.equal((await ask('Bearer one')).status, 200);
});

test('HEAD has the head of GET and no body, also where the answer streams', async () => {
  let cancelled = 0;
  const many = searchset(Array.from({ length: 2000 }, (_, index) => patient(`a${index}`)));
  const text = new TextEncoder().encode(JSON.stringify(many));
  const streamed = () => {
    let at = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (at >= text.length) return controller.close();
          controller.enqueue(text.slice(at, (at += 4096)));
        },
        cancel: () => void (cancelled += 1),
      }),
      { headers: kJson },
    );
  };
  const { get, records } = gatewayTo({
    'Patient/1': patient('1'),
    Patient: streamed,
    'Patient/2': hidden,
  });
  for (const [url, status] of [
    ['Patient/1', 200],
    ['Patient/2', 404],
    ['Patient/9', 404],
    ['Patient?active=true', 200],
  ]) {
    const head = await get(url, { method: 'HEAD' });
    const whole = await get(url);
    assert.equal(head.status, status, url);
    assert.equal(whole.status, status, url);
    assert.deepEqual([...head.headers], [...whole.headers], url);
    assert.equal(await head.text(), '');
    await closed(whole, [status], url);
  }
  for (let turn = 0; turn < 50 && cancelled === 0; ++turn) await new Promise(setImmediate);
  assert.equal(cancelled, 1);
  assert.equal(records.filter(({ method }) => method === 'HEAD').length, 4);
});

test('a policy that is not kept serves the answer that it began, with its links', async () => {
  const many = searchset(
    Array.from({ length: 3000 }, (_, index) => patient(`a${index}`)),
    { link: [{ relation: 'next', url: `${kUpstream}?page=2` }] },
  );
  for (const policyCache of [{ ttl: 0 }, { max: 1 }]) {
    const { get, gateway } = gatewayTo(
      { Patient: many, 'Patient/1': patient('1') },
      { policyCache },
    );
    const response = await get('Patient?active=true');
    await get('Patient/1', {}, 'somebody-else'); // takes the only place
    if (policyCache.ttl === 0) gateway.free();
    const text = await closed(response, [200], 'stream');
    const bundle = JSON.parse(text.slice(text.indexOf('\n\n') + 2));
    assert.equal(bundle.entry.length, 3000);
    assert.deepEqual(
      bundle.link.map(({ relation }) => relation),
      ['self', 'next'],
    );
  }
});

test('who is gone is not served, and the server is told', async () => {
  const controller = new AbortController();
  let given;
  const { get, records } = gatewayTo({
    'Patient/1': (call) => {
      given = call.signal;
      controller.abort();
      return new Promise((_, reject) =>
        call.signal.addEventListener('abort', () => reject(call.signal.reason)),
      );
    },
  });
  const response = await get('Patient/1', { signal: controller.signal });
  assert.equal(given.aborted, true);
  await closed(response, [499], 'gone');
  assert.equal(records[0].reason, 'disconnected');
  const { get: again, calls } = gatewayTo({ 'Patient/1': patient('1') });
  await closed(await again('Patient/1', { signal: AbortSignal.abort() }), undefined, 'gone before');
  assert.equal(calls.length, 0);
});

test('empty bodies write nothing', async () => {
  const { get, calls } = gatewayTo({ 'GET Patient/1': patient('1') });
  for (const method of ['POST', 'PUT', 'PATCH']) {
    for (const body of [undefined, '', ' ', 'null', '[]', '{}', '""', '0']) {
      for (const url of [...(method === 'POST' ? ['Patient', '', 'Patient/$x'] : ['Patient/1'])]) {
        const init = { method, headers: kJson, ...(body === undefined ? {} : { body }) };
        await closed(await get(url, init), [400, 403], `${method} ${url} ${body}`);
      }
    }
  }
  assert.deepEqual(
    calls.filter(({ method }) => method !== 'GET'),
    [],
  );
});

test('an operation is for the methods that the options list', async () => {
  const { get, calls } = gatewayTo(
    { '*': patient('1') },
    { operations: { $thing: { result: 'resource', methods: ['GET'] } } },
  );
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const response = await get('$thing', { method, headers: kJson });
    await closed(response, [400, 403], method);
  }
  assert.equal(calls.length, 0);
  assert.equal((await get('$thing')).status, 200);
  assert.equal((await get('$thing', { method: 'HEAD' })).status, 200);
});

test('a transaction is answered entry for entry, or not at all', async () => {
  const entry = [
    { request: { method: 'GET', url: 'Patient/1' } },
    { request: { method: 'GET', url: 'Patient?active=true' } },
  ];
  const sent = post({ resourceType: 'Bundle', type: 'transaction', entry });
  const ok = (resource) => ({ resource, response: { status: '200 OK', etag: `W/"${kCanary}"` } });
  const kAnswers = [
    [],
    [ok(patient('1'))],
    [ok(patient('1')), ok(searchset([hidden])), ok(hidden)],
    [ok(hidden), ok(hidden)],
    [ok(searchset([hidden])), ok(patient('1'))],
    [
      {
        response: {
          status: '200',
          outcome: { resourceType: 'OperationOutcome', issue: [{ diagnostics: kCanary }] },
        },
      },
    ],
    [kCanary, kCanary],
    [null, null],
  ];
  for (const answer of kAnswers) {
    for (const type of ['transaction-response', 'batch-response', 'searchset']) {
      const { get } = gatewayTo({
        'GET Patient/1': patient('1'),
        'POST ': () => json({ resourceType: 'Bundle', type, entry: answer }),
      });
      await closed(await get('', sent), undefined, `${type} ${JSON.stringify(answer)}`);
    }
  }
});
