// What requests, headers and errors could give away (channels 45 to 69 of tests/attacks/README.md), asked of a gateway in front of
// a real FHIR server. `ask` looks through every byte of status, headers and body for what the caller may not see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, idsOf, kEdge, open, wholeOf } from './harness.mjs';
import { kTalk } from './upstream.mjs';

// Front desk: `birthDate`, `identifier` and `text` of patients are hidden. Researcher: names, too, and an observation's subject.
const refusedAs = async (world, name, url, init) => {
  const before = world.server.calls.length;
  const answer = await world.ask(name, url, init);
  assert.equal(answer.status, 403, `${name}: ${url}: ${answer.text}`);
  assert.equal(codeOf(answer), 'forbidden', url);
  assert.equal(world.server.calls.length, before, `${url} reached the server`);
};

const eachRefused = (title, table) =>
  test(title, async () => {
    const world = await open();
    for (const [name, ...urls] of table) for (const url of urls) await refusedAs(world, name, url);
  });

const passes = async (world, name, url, ids) => {
  const answer = await world.ask(name, url);
  assert.equal(answer.status, 200, `${name}: ${url}: ${answer.text}`);
  assert.deepEqual(idsOf(answer).sort(), ids, url);
};

eachRefused('45: a search by what is hidden', [
  ['frontdesk', 'Patient?birthdate=1951-01-17', 'Patient?birthdate=ge1960', 'Patient?identifier=x'],
  ['frontdesk', 'Patient?birthdate:missing=true', 'Patient?identifier:not=urn:ssn|x'],
  ['researcher', 'Patient?name=a', 'Patient?family=a', 'Patient?address-city=Bern'],
  ['researcher', 'Patient?phone=1', 'Patient?telecom=1', 'Observation?subject=Patient/ana'],
  ['researcher', 'Observation?patient=ana'],
]);

test('45: a search by what is shown', async () => {
  const world = await open();
  await passes(world, 'frontdesk', 'Patient?gender=female', ['ana', 'bo', 'cora']);
  await passes(world, 'frontdesk', 'Patient?family=cnry-bo', ['bo']);
  await passes(world, 'researcher', 'Patient?active=true', ['ana', 'bo', 'cora']);
});

eachRefused('46: the order by what is hidden', [
  ['frontdesk', 'Patient?_sort=birthdate', 'Patient?_sort=-birthdate'],
  ['frontdesk', 'Patient?_sort=gender,birthdate'],
  ['researcher', 'Patient?_sort=family', 'Observation?_sort=subject'],
]);

eachRefused('47: chains and `_has` into what is hidden or refused', [
  ['physician', 'Observation?subject:Patient.organization.name=x'],
  [
    'frontdesk',
    'Patient?_has:Observation:subject:code=718-7',
    'Patient?_has:Task:patient:_id=t-ana',
  ],
  ['researcher', 'Observation?subject:Patient.name=a', 'Observation?patient.birthdate=1951-01-17'],
  ['researcher', 'Patient?_has:Observation:subject:code=718-7'],
  ['ana', 'Observation?patient._has:Task:patient:_id=t-ana'],
]);

eachRefused('48: other grammars that ask the same', [
  [
    'frontdesk',
    'Patient?_filter=birthdate%20eq%201951-01-17',
    'Patient?_text=a',
    'Patient?_content=a',
  ],
  ['frontdesk', 'Patient?_query=x', 'Patient?_list=x', 'Patient?birthdate:contains=1951'],
  ['researcher', 'Patient?phonetic=a', 'Patient?name:contains=a', 'Patient?name:exact=a'],
  ['researcher', 'Observation?combo-code-value-quantity=x', 'Patient?_contained=true'],
]);

eachRefused('49: counts', [
  ['frontdesk', 'Patient?_summary=count', 'Patient?_summary=count&gender=female'],
]);

test('49: `total` counts nothing that is not shown', async () => {
  const world = await open();
  for (const url of ['Patient?_total=accurate', 'Patient?_count=0', 'Observation?_count=1']) {
    const { status, json } = await world.ask('ana', url);
    if (status === 200) assert.ok((json.total ?? 0) <= 3, `${url}: ${json.total}`);
    else assert.equal(status, 403, url);
    assert.notEqual(json.total, 9, url);
  }
});

eachRefused('50: parts of resources', [
  ['frontdesk', 'Patient?_elements=name', 'Patient?_summary=text', 'Patient?_summary=true'],
  [
    'frontdesk',
    'Patient/ana?_elements=birthDate',
    'Patient/ana?_summary=text',
    'Patient?_fields=id',
  ],
]);

eachRefused('51: other names of the same element', [
  ['researcher', 'Patient?given=a', 'Patient?name=a', 'Patient?phonetic=a', 'Patient?family=a'],
  ['researcher', 'Patient?email=a', 'Patient?phone=a', 'Patient?telecom=a'],
  ['researcher', 'Patient?address=a', 'Patient?address-state=a', 'Patient?unheard-of=a'],
]);

test('52: conditional writes tell of nothing that the caller cannot find', async () => {
  const world = await open();
  const patient = { resourceType: 'Patient', active: true, name: [{ family: 'new' }] };
  const before = world.server.calls.length;
  for (const query of ['birthdate=1951-01-17', 'identifier=urn:ssn|cnry-ana-number-7a']) {
    const tries = [
      ['Patient', { method: 'POST', headers: { 'if-none-exist': query } }],
      [`Patient?${query}`, { method: 'PUT' }],
      [`Patient?${query}`, { method: 'DELETE' }],
    ];
    for (const [url, init] of tries) {
      const json = init.method === 'DELETE' ? undefined : patient;
      const answer = await world.ask('frontdesk', url, { ...init, json });
      assert.equal(answer.status, 403, `${init.method} ${url}: ${answer.text}`);
    }
  }
  assert.equal(world.server.calls.length, before);
  for (const { method } of world.server.calls) assert.equal(method, 'GET');
});

test('53: conditions are answered after the decision only', async () => {
  const world = await open();
  const missing = await world.ask('ana', 'Patient/nobody');
  for (const headers of [
    { 'if-none-match': 'W/"v-cora"' },
    { 'if-none-match': '*' },
    { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
  ]) {
    const answer = await world.ask('ana', 'Patient/cora', { headers });
    assert.equal(answer.status, 404);
    assert.equal(answer.text, missing.text);
    assert.equal(answer.headers.get('etag'), null);
    const head = await world.ask('ana', 'Patient/cora', { method: 'HEAD', headers });
    assert.equal(head.status, 404);
    for (const { headers: sent } of world.server.calls) {
      assert.equal(sent['if-none-match'] ?? sent['if-modified-since'], undefined);
    }
  }
  const own = await world.ask('ana', 'Patient/ana', { headers: { 'if-none-match': 'W/"v-ana"' } });
  assert.deepEqual([own.status, own.text], [304, '']);
});

test('54: a patch tests what the caller sees, and a guess tells nothing', async () => {
  const world = await open();
  const patch = (value) => ({
    method: 'PATCH',
    headers: { 'content-type': 'application/json-patch+json' },
    json: [
      { op: 'test', path: '/birthDate', value },
      { op: 'replace', path: '/gender', value: 'male' },
    ],
  });
  const right = await world.ask('frontdesk', 'Patient/ana', patch('1951-01-17'));
  const wrong = await world.ask('frontdesk', 'Patient/ana', patch('1999-09-09'));
  assert.ok(right.status >= 400, right.text);
  assert.deepEqual([right.status, right.text], [wrong.status, wrong.text]);
  assert.equal((await world.server.stored('Patient', 'ana')).gender, 'female');
});

test('55: a guess put into a hidden element', async () => {
  const world = await open();
  const { json: shown } = await world.ask('frontdesk', 'Patient/ana');
  const put = (birthDate) =>
    world.ask('frontdesk', 'Patient/ana', { method: 'PUT', json: { ...shown, birthDate } });
  const right = await put('1951-01-17');
  const wrong = await put('1999-09-09');
  assert.deepEqual([right.status, right.text], [wrong.status, wrong.text]);
  const { birthDate } = await world.server.stored('Patient', 'ana');
  assert.equal(birthDate, '1951-01-17');
});

test('57: errors of the server are its class and code', async () => {
  const world = await open();
  for (const status of [400, 409, 412, 422, 500, 503]) {
    const body = JSON.stringify({
      resourceType: 'OperationOutcome',
      text: { div: `<div>${kTalk}</div>` },
      issue: [{ diagnostics: `Reference Patient/9 not found ${kTalk}`, expression: [kTalk] }],
    });
    world.server.fault = { status, body };
    const answer = await world.ask('admin', 'Patient/ana');
    assert.equal(answer.status, status >= 500 ? 502 : status, answer.text);
    assert.deepEqual(Object.keys(answer.json), ['resourceType', 'issue']);
  }
});

test('58: missing, deleted, refused: one answer', async () => {
  const world = await open();
  await world.ask('admin', 'Patient/bo', { method: 'DELETE' });
  const texts = new Set();
  for (const id of ['cora', 'bo', 'nobody']) {
    const { status, headers, text } = await world.ask('ana', `Patient/${id}`);
    const { date: _, ...rest } = Object.fromEntries(headers);
    texts.add(JSON.stringify([status, rest, text]));
  }
  assert.equal(texts.size, 1, [...texts].join('\n'));
  assert.match([...texts][0], /^\[404/);
});

test('60: what two routers read differently goes nowhere', async () => {
  const world = await open();
  const urls = ['Patient//ana', 'Patient%2Fana', 'Patient/ana;x=1', 'patient/ana', 'Patient/ana/'];
  urls.push('Patient/_search/', 'Patient/ana/_history/1/', 'Patient/ana%3Fx', 'Patient\\ana');
  urls.push('Patient/%2e%2e/Observation/o-cora-1', 'Patient/ana%00', 'Patient/ana%252F');
  for (const url of urls) {
    const { status } = await world.ask('admin', url);
    // `%2e%2e` never arrives as such: the URL standard resolves it before the gateway sees the request.
    if (url.includes('%2e')) assert.ok([200, 400, 404].includes(status), `${url}: ${status}`);
    else if (url === 'Patient\\ana') assert.ok([200, 400].includes(status), `${url}: ${status}`);
    else assert.ok([400, 404].includes(status), `${url}: ${status}`);
  }
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
    const answer = await world.ask('admin', 'Patient/ana', { headers: { [name]: 'DELETE' } });
    assert.equal(answer.status, 400, name);
  }
  assert.ok(await world.server.stored('Patient', 'ana'));
  assert.ok(
    world.server.calls.every(({ url }) => /^(Patient\/ana|Observation\/o-cora-1)$/.test(url)),
  );
});

test('61: entries of a batch that lead elsewhere', async () => {
  const world = await open();
  const urls = ['https://other.example/fhir/Patient/cora', '//other.example/Patient/cora'];
  urls.push('../Patient/cora', 'Patient/cora', 'Patient/../Patient/cora', `${kEdge}/Patient/cora`);
  const entry = urls.map((url) => ({ request: { method: 'GET', url } }));
  const answer = await world.ask('ana', '', {
    json: { resourceType: 'Bundle', type: 'batch', entry },
  });
  if (answer.status === 200) {
    for (const one of answer.json.entry) assert.match(one.response.status, /^4/);
  } else assert.ok(answer.status >= 400 && answer.status < 500);
  for (const type of ['batch', 'transaction']) {
    const conditional = await world.ask('ana', '', {
      json: {
        resourceType: 'Bundle',
        type,
        entry: [
          {
            fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001',
            resource: {
              resourceType: 'Observation',
              status: 'final',
              code: { text: 'x' },
              subject: { reference: 'Patient?identifier=cnry-cora-number-7a' },
            },
            request: { method: 'POST', url: 'Observation' },
          },
        ],
      },
    });
    const { status, json } = conditional;
    if (status === 200) assert.match(json.entry[0].response.status, /^4/);
    else assert.ok(status >= 400 && status < 500, type);
  }
  assert.ok(!world.server.calls.some(({ method }) => method === 'POST'));
});

test('62: parameters that are repeated are all looked at', async () => {
  const world = await open();
  await refusedAs(world, 'frontdesk', 'Patient?gender=female&gender=male&birthdate=1951-01-17');
  for (const url of [
    'Observation?subject=Patient/ana&subject=Patient/cora',
    'Observation?subject=Patient/ana,Patient/cora',
    'Observation?subject=Patient/cora&subject=Patient/ana',
  ]) {
    const answer = await world.ask('ana', url);
    assert.equal(answer.status, 200, url);
    for (const id of idsOf(answer)) assert.match(id, /^o-ana-/, url);
  }
});

test('63: the form and the URL of a search are read as one', async () => {
  const world = await open();
  const search = (query, form) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
    url: `Patient/_search${query}`,
  });
  for (const one of [
    search('', 'birthdate=1951-01-17'),
    search('?gender=female', 'birthdate=1951-01-17'),
    search('?birthdate=1951-01-17', 'gender=female'),
    search('?gender=female', 'gender=female&_sort=birthdate'),
  ]) {
    await refusedAs(world, 'frontdesk', one.url, one);
  }
  const { url, ...init } = search('', 'gender=female');
  const answer = await world.ask('frontdesk', url, init);
  assert.deepEqual(idsOf(answer).sort(), ['ana', 'bo', 'cora']);
});

test('64: headers are those of the gateway', async () => {
  const world = await open();
  const allowed = new Set(['cache-control', 'content-type', 'etag', 'last-modified', 'vary']);
  for (const more of ['location', 'www-authenticate', 'x-content-type-options', 'retry-after']) {
    allowed.add(more);
  }
  for (const url of ['Patient/ana', 'Patient', 'Patient/ana/_history', 'Patient/nobody']) {
    const { headers } = await world.ask('admin', url);
    for (const [name] of headers) assert.ok(allowed.has(name), `${url}: ${name}`);
    assert.match(headers.get('cache-control'), /no-store/, url);
    assert.match(headers.get('vary'), /authorization/i, url);
  }
});

test('65: whatever the server says when it fails stays with it', async () => {
  const world = await open();
  const faults = [
    { status: 500, html: true },
    { status: 200, html: true },
    { body: `{"resourceType":"Patient","id":"${kTalk}` },
    { contentType: 'text/plain' },
    { refuse: true },
    { truncate: 40 },
  ];
  for (const fault of faults) {
    world.server.fault = fault;
    for (const url of ['Patient/ana', 'Patient/ana/_history/v-ana']) {
      const answer = await world.ask('admin', url);
      assert.equal(answer.status, 502, JSON.stringify(fault));
      assert.equal(codeOf(answer), 'processing');
    }
  }
});

test('66: the echo of a write is what the writer may see', async () => {
  const world = await open();
  const { json: shown } = await world.ask('frontdesk', 'Patient/ana');
  const echo = await world.ask('frontdesk', 'Patient/ana', {
    method: 'PUT',
    json: { ...shown, gender: 'other' },
    headers: { prefer: 'return=representation' },
  });
  assert.equal(echo.status, 200, echo.text);
  assert.equal(echo.json.gender, 'other');
  assert.equal(echo.json.birthDate, undefined);
  const kept = await world.server.stored('Patient', 'ana');
  assert.deepEqual([kept.gender, kept.birthDate], ['other', '1951-01-17']);
});

test('67: redirects are not followed, nor passed on', async () => {
  const world = await open();
  world.server.fault = { redirect: `https://storage.example/?signature=${kTalk}` };
  for (const url of ['Patient/ana', 'Patient', 'Binary/x']) {
    const answer = await world.ask('admin', url);
    assert.equal(answer.status, 502, url);
    assert.equal(answer.headers.get('location'), null);
  }
});

test('68: nothing is for a cache', async () => {
  const world = await open();
  for (const [name, url] of [
    ['ana', 'Patient/ana'],
    ['ana', 'Patient/cora'],
    ['ana', 'Observation'],
    [null, 'Patient/ana'],
    ['frontdesk', 'Patient?birthdate=1'],
  ]) {
    const { headers } = await world.ask(name, url);
    assert.equal(headers.get('cache-control'), 'private, no-store', `${name} ${url}`);
    assert.equal(headers.get('vary'), 'Authorization', `${name} ${url}`);
  }
});

test('69: subscriptions, and what tells of their events', async () => {
  const world = await open();
  const json = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'x',
    criteria: 'Patient?',
    channel: { type: 'rest-hook', endpoint: 'https://elsewhere.example' },
  };
  const made = await world.ask('admin', 'Subscription', { json });
  assert.equal(made.status, 403);
  const put = await world.ask('admin', 'Subscription/s', {
    method: 'PUT',
    json: { ...json, id: 's' },
  });
  assert.equal(put.status, 403);
  for (const url of ['Subscription/s/$events', 'Subscription/$get-ws-binding-token']) {
    const { status } = await world.ask('admin', url);
    assert.equal(status, 403, url);
  }
  assert.deepEqual(world.server.calls, []);
});

test('the look at an answer sees what must not be in it', async () => {
  const world = await open({ options: { policies: { load: async () => ({ policies: kAll }) } } });
  await assert.rejects(world.ask('ana', 'Patient/cora'), /cora\.name/);
  await assert.rejects(world.ask('frontdesk', 'Patient?_id=ana'), /ana\.birth/);
  const talk = new Response('x', { headers: { 'x-a': kTalk } });
  assert.ok((await wholeOf(talk)).head.includes(kTalk));
});
const kAll = { resourceType: 'AccessPolicy', resource: [{ resourceType: '*' }] };
