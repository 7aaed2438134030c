// Every fault has its status, releases nothing and tells nothing (SPEC 14, P1, P6).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { gatewayTo, json, kCanary, kUpstream, patient, searchset, textOf } from './fake.mjs';

const kSecret = { secret: kCanary, resourceType: 'Patient', id: '1', active: true };
const kHtml = `<html>${kCanary} at 10.0.0.1</html>`;
const html = (status) => new Response(kHtml, { status, headers: { 'content-type': 'text/html' } });
const encoded = (bytes, encoding, type = 'application/fhir+json') =>
  new Response(bytes, { headers: { 'content-type': type, 'content-encoding': encoding } });
const typed = (type) =>
  new Response(JSON.stringify(patient('1')), { headers: { 'content-type': type } });
const broken = (text) =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(text));
        controller.error(new Error(`connection to ${kCanary} lost`));
      },
    }),
    { headers: { 'content-type': 'application/fhir+json', 'content-length': '5000' } },
  );
const never = () => new Promise(() => undefined);
const silent = () =>
  new Response(new ReadableStream({ pull: never }), {
    headers: { 'content-type': 'application/fhir+json' },
  });
const down = () => Promise.reject(new TypeError(`connect ECONNREFUSED ${kCanary}`));

// What the upstream does, and what the client gets: status and code, of a read and of a search.
const kFaults = [
  ['down', down, 502, 'processing'],
  [
    'throws',
    () => {
      throw new Error(kCanary);
    },
    502,
    'processing',
  ],
  ['no headers in time', never, 504, 'timeout'],
  ['no body in time', silent, 504, 'timeout'],
  ['truncated', () => broken('{"resourceType":'), 502, 'processing'],
  [
    'truncated without an error',
    () => json('{"resourceType":"Bundle","type":"searchset","id":"1"'),
    502,
    'processing',
  ],
  ['empty', () => json(''), 502, 'processing'],
  [
    'no body',
    () => new Response(null, { status: 200, headers: { 'content-type': 'application/fhir+json' } }),
    502,
    'processing',
  ],
  ['no JSON', () => json(`<${kCanary}>`), 502, 'processing'],
  ['an array', () => json(`["${kCanary}"]`), 502, 'processing'],
  [
    'a repeated key',
    () => json(`{"resourceType":"Patient","id":"1","id":"${kCanary}"}`),
    502,
    'processing',
  ],
  ['a BOM', () => json(`\ufeff${JSON.stringify(kSecret)}`), 502, 'processing'],
  [
    'UTF-16',
    () => json(Buffer.from(JSON.stringify(kSecret), 'utf16le').toString('latin1')),
    502,
    'processing',
  ],
  ['HTML', () => html(200), 502, 'processing'],
  ['plain text', () => typed('text/plain'), 502, 'processing'],
  [
    'no content type',
    () => {
      const response = typed('a/b');
      response.headers.delete('content-type');
      return response;
    },
    502,
    'processing',
  ],
  ['XML', () => typed('application/fhir+xml'), 502, 'processing'],
  ['another charset', () => typed('application/fhir+json; charset=iso-8859-1'), 502, 'processing'],
  [
    'brotli that nobody decoded',
    () => encoded(brotliCompressSync(JSON.stringify(kSecret)), 'br'),
    502,
    'processing',
  ],
  [
    'broken gzip',
    () => encoded(gzipSync(JSON.stringify(patient('1'))).subarray(0, 30), 'gzip'),
    502,
    'processing',
  ],
  ['created', () => json(kSecret, {}, 201), 502, 'processing'],
  ['no content', () => new Response(null, { status: 204 }), 502, 'processing'],
  ['not modified', () => new Response(null, { status: 304 }), 502, 'processing'],
  [
    'moved',
    () => new Response(null, { status: 302, headers: { location: `https://storage/${kCanary}` } }),
    502,
    'processing',
  ],
  [
    'moved for good',
    () => new Response(kHtml, { status: 308, headers: { location: '/' } }),
    502,
    'processing',
  ],
  ['bad request', () => json(kSecret, {}, 400), 400, 'invalid'],
  ['unauthorized', () => json(kSecret, { 'www-authenticate': kCanary }, 401), 502, 'processing'],
  ['forbidden', () => json(kSecret, {}, 403), 502, 'processing'],
  ['missing', () => html(404), 404, 'not-found'],
  ['not allowed', () => json(kSecret, { allow: kCanary }, 405), 502, 'processing'],
  ['conflict', () => json(kSecret, {}, 409), 409, 'conflict'],
  ['gone', () => json(kSecret, {}, 410), 404, 'not-found'],
  ['precondition failed', () => json(kSecret, {}, 412), 412, 'conflict'],
  ['unprocessable', () => json(kSecret, {}, 422), 422, 'processing'],
  ['too many requests', () => json(kSecret, { 'retry-after': '7' }, 429), 429, 'throttled'],
  ['HTML of an error', () => html(500), 502, 'processing'],
  ['JSON of an error', () => json(kSecret, {}, 500), 502, 'processing'],
  ['not available', () => json(kSecret, {}, 503), 502, 'processing'],
];

for (const url of ['Patient/1', 'Patient', 'Patient/1/$everything']) {
  test(`faults of the upstream: ${url}`, async () => {
    for (const [name, fault, status, code] of kFaults) {
      const { get, records } = gatewayTo(
        url === 'Patient/1/$everything'
          ? { 'Patient/1': patient('1'), '*': fault }
          : { '*': fault },
        {
          upstream: { timeout: status === 504 ? 40 : 10_000 },
          operations: { $everything: { result: 'searchset', methods: ['GET'] } },
        },
      );
      const response = await get(url);
      assert.equal(response.status, status, name);
      const text = await textOf(response);
      const body = text.slice(text.indexOf('\n\n') + 2);
      assert.equal(JSON.parse(body).issue[0].code, code, name);
      for (const word of [kCanary, 'ECONN', 'internal', '10.0.0.1', 'storage']) {
        assert.ok(!text.includes(word), name);
        assert.ok(!JSON.stringify(records).includes(word), name);
      }
      assert.equal(response.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
      assert.equal(response.headers.get('retry-after'), status === 429 ? '7' : null, name);
      assert.deepEqual([records[0].status, records[0].allowed], [status, false], name);
    }
  });
}

test('a body that is still encoded is decoded', async () => {
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['gzip', (bytes) => bytes], // decoded already, by a fetch that leaves the header
    ['br', (bytes) => bytes],
  ]) {
    const { get } = gatewayTo({
      'Patient/1': () => encoded(compress(Buffer.from(JSON.stringify(patient('1')))), encoding),
      Patient: () =>
        encoded(compress(Buffer.from(JSON.stringify(searchset([patient('1')])))), encoding),
    });
    assert.equal((await (await get('Patient/1')).json()).id, '1');
    assert.equal((await (await get('Patient')).json()).entry.length, 1);
  }
});

test('answers and bodies beyond their limits', async () => {
  const long = patient('1', { extension: [{ url: 'x'.repeat(5000) }] });
  const { get, calls } = gatewayTo(
    { 'Patient/1': long },
    { maxResponseBytes: 4000, maxRequestBytes: 1000 },
  );
  const answered = await get('Patient/1');
  assert.deepEqual([answered.status, (await answered.json()).issue[0].code], [413, 'too-long']);
  const before = calls.length;
  const body = 'a'.repeat(1001);
  const chunked = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(body));
      controller.close();
    },
  });
  for (const init of [{ body }, { body: chunked, duplex: 'half' }]) {
    const headers = { 'content-type': 'application/fhir+json' };
    const response = await get('Patient/1', { method: 'PUT', headers, ...init });
    assert.deepEqual([response.status, (await response.json()).issue[0].code], [413, 'too-long']);
  }
  assert.equal(calls.length, before);
});

const kRefusals = [
  ['nobody', {}, null, 401, 'login'],
  [
    'a failing authentication',
    { auth: () => Promise.reject(new Error(kCanary)) },
    'a',
    503,
    'transient',
  ],
  [
    'a failing policy source',
    { policies: { load: () => Promise.reject(new Error(kCanary)) } },
    'a',
    503,
    'transient',
  ],
  [
    'a policy source that throws',
    {
      policies: {
        load() {
          throw new Error(kCanary);
        },
      },
    },
    'a',
    503,
    'transient',
  ],
  [
    'a policy that does not compile',
    { policies: { load: async () => ({ policies: [{ resource: kCanary }] }) } },
    'a',
    503,
    'transient',
  ],
  ['an unknown caller', { policies: { load: async () => undefined } }, 'a', 403, 'forbidden'],
  ['no engine', { engine: Promise.reject(new Error(kCanary)) }, 'a', 503, 'transient'],
  [
    'an address that is blocked',
    {
      policy: {
        resourceType: 'AccessPolicy',
        resource: [{ resourceType: '*' }],
        ipAccessRule: [{ value: '10.0.0.1', action: 'allow' }],
      },
    },
    'a',
    403,
    'security',
  ],
  [
    'a type that is not granted',
    { policy: { resourceType: 'AccessPolicy', resource: [{ resourceType: 'Basic' }] } },
    'a',
    403,
    'forbidden',
  ],
];
for (const [, { engine }] of kRefusals) engine?.catch(() => undefined);

test('whoever is refused is so before the upstream is called', async () => {
  for (const [name, options, user, status, code] of kRefusals) {
    for (const url of ['Patient/1', 'Patient', 'Patient/1/_history/1', '?_page=AAAA']) {
      if (url === '?_page=AAAA' && name === 'a type that is not granted') continue;
      const { get, calls, records } = gatewayTo({ '*': patient('1') }, options);
      const response = await get(url, {}, user);
      assert.equal(response.status, status, `${name} ${url}`);
      assert.equal(response.headers.has('www-authenticate'), status === 401);
      const text = await textOf(response);
      assert.ok(text.includes(`"code":"${code}"`), name);
      assert.ok(!text.includes(kCanary) && !JSON.stringify(records).includes(kCanary), name);
      assert.equal(calls.length, 0, name);
      assert.deepEqual([records[0].status, records[0].allowed], [status, false], name);
    }
  }
});

test('what nobody foresaw says nothing, and a log that fails changes no answer', async () => {
  const { get } = gatewayTo({
    '*': () => ({
      get status() {
        throw new Error(kCanary);
      },
    }),
  });
  const response = await get('Patient/1');
  assert.equal(response.status, 500);
  const text = await textOf(response);
  assert.ok(text.includes('"code":"exception"') && !text.includes(kCanary));
  const log = () => {
    throw new Error(kCanary);
  };
  const logged = await gatewayTo({ '*': patient('1') }, { log }).get('Patient/1');
  assert.equal(logged.status, 200);
});

test('a client that leaves takes the upstream call with it', async () => {
  let aborted = false;
  const { get } = gatewayTo({
    '*': ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  });
  const controller = new AbortController();
  const answer = get('Patient/1', { signal: controller.signal });
  await wait(10);
  controller.abort();
  assert.equal((await answer).status, 499);
  assert.ok(aborted);
});

/** A searchset that goes on as long as somebody pulls; `gate` is awaited before entry `at`. */
function endless({ entries = Infinity, at = Infinity, gate, fail = false } = {}) {
  const state = { sent: 0, cancelled: false };
  const encoder = new TextEncoder();
  const body = new ReadableStream(
    {
      start(controller) {
        controller.enqueue(encoder.encode('{"resourceType":"Bundle","type":"searchset","entry":['));
      },
      async pull(controller) {
        const index = state.sent++;
        if (index === at) await gate;
        if (index >= entries) {
          if (fail) return controller.error(new Error(kCanary));
          controller.enqueue(encoder.encode(']}'));
          return controller.close();
        }
        const [{ resource }] = searchset([
          patient(String(index), { implicitRules: 'x'.repeat(10_000) }),
        ]).entry;
        const entry = { fullUrl: `${kUpstream}/Patient/${index}`, resource };
        controller.enqueue(encoder.encode(`${index > 0 ? ',' : ''}${JSON.stringify(entry)}`));
      },
      cancel() {
        state.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'application/fhir+json' };
  return { state, response: () => new Response(body, { headers }) };
}

test('the first entry leaves before the upstream has ended', async () => {
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  const { response } = endless({ entries: 5, at: 2, gate });
  const { get, records } = gatewayTo({ '*': response });
  const answer = await get('Patient');
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('"id":"0"')) text += decoder.decode((await reader.read()).value);
  assert.equal(records.length, 0); // it is counted at its end
  open();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += decoder.decode(next.value);
  }
  assert.equal(JSON.parse(text).entry.length, 5);
  await wait(0);
  assert.deepEqual([records[0].released, records[0].status], [5, 200]);
});

test('a slow client slows the upstream down, and one that leaves ends it', async () => {
  const { state, response } = endless();
  const { get, records } = gatewayTo({ '*': response });
  const reader = (await get('Patient')).body.getReader();
  for (let index = 0; index < 3; ++index) await reader.read();
  await wait(50);
  const sent = state.sent;
  assert.ok(sent < 20, String(sent));
  await wait(50);
  assert.equal(state.sent, sent);
  await reader.cancel();
  await wait(10);
  assert.ok(state.cancelled);
  assert.equal(records[0].reason, 'disconnected');
});

test('a body that breaks off is broken off, and says nothing of why', async () => {
  const { response } = endless({ entries: 20, fail: true });
  const { get, records } = gatewayTo({ '*': response });
  const answer = await get('Patient');
  assert.equal(answer.status, 200);
  const error = await answer.text().then(
    () => undefined,
    (caught) => caught,
  );
  assert.ok(error instanceof Error && !String(error.stack).includes(kCanary));
  await wait(0);
  assert.equal(records[0].reason, 'truncated');
});
