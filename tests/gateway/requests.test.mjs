// Requests from a grammar of how clients and attackers write them: whatever reaches the server is read there, by its own router, as
// the gateway read it, and stays within what was asked for; everything else is refused. FHIRWALL_SEED chooses other requests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine, open } from './harness.mjs';

const kSeed = Number(process.env.FHIRWALL_SEED ?? 20_260_731);
const kRequests = Number(process.env.FHIRWALL_REQUESTS ?? 1500);

// mulberry32
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function generator(seed) {
  const random = randomOf(seed);
  const pick = (...list) => list[Math.floor(random() * list.length)];
  const maybe = (chance, text) => (random() < chance ? text() : '');
  const some = (most, text) => Array.from({ length: Math.floor(random() * (most + 1)) }, text);

  const hex = (byte) => `%${byte.toString(16)[pick('toUpperCase', 'toLowerCase')]()}`;
  const written = (text) =>
    [...text]
      .map((letter) => (random() < 0.008 ? hex(letter.charCodeAt(0)) : letter))
      .map((letter) => (random() < 0.004 ? letter.toUpperCase() : letter))
      .join('');
  const type = () =>
    pick(
      'Patient',
      'Patient',
      'Patient',
      'Observation',
      'Observation',
      'Task',
      'patient',
      'Nothing',
    );
  const id = () =>
    pick(
      'ana',
      'ana',
      'bo',
      'cora',
      'o-ana-1',
      'o-bo-1',
      'nobody',
      'x'.repeat(65),
      '_history',
      '$x',
      '.',
    );
  const odd = () =>
    pick('/', '//', ';a=b', '%2F', '%00', '/.', '/..', '%2e%2e', '\\', '%5C', '%3F');
  const path = () =>
    pick(
      () => '',
      ...Array.from({ length: 6 }, () => type),
      ...Array.from({ length: 8 }, () => () => `${type()}/${id()}`),
      () => `${type()}/${id()}/_history`,
      () => `${type()}/${id()}/_history/${pick('1', 'v-ana', '', '../2')}`,
      () => `${type()}/_search`,
      () => `${type()}/_history`,
      () => `${type()}/${id()}/${type()}`,
      () => `${type()}/${id()}/$everything`,
      () => pick('metadata', '_history', '_search', '$graphql', '$export', '.well-known/x'),
    )();
  const name = () =>
    pick(
      '_id',
      'gender',
      '_count',

      '_id',
      'gender',
      '_count',
      'name',
      'subject',
      'patient',
      '_sort',
      '_include',
      '_has:x',
      'X',
    );
  const value = () =>
    pick(
      'ana',
      'female',
      '1',
      '2',
      'male',
      'Patient/bo',
      'a,b',
      'Patient/ana',
      'a%2Cb',
      'a+b',
      '%E4',
      '%',
      '',
      'a|b',
      'a;b',
    );
  const pair = () => `${written(name())}${pick('', '', ':exact', ':not')}=${value()}`;
  const query = () => some(3, pair).join(pick('&', '&', '&', '&', '&', ';', '&&', '?'));
  return () => {
    const method = pick('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS');
    const question = maybe(0.5, () => `?${query()}`);
    const url = `${written(path())}${maybe(0.1, odd)}${question}`;
    const headers = {};
    if (random() < 0.08) {
      const override = pick('x-http-method-override', 'x-http-method', 'x-method-override');
      headers[override] = pick('DELETE', 'GET', 'put');
    }
    if (random() < 0.1) headers['if-none-exist'] = query();
    let body;
    if (!['GET', 'HEAD'].includes(method) && random() < 0.7) {
      const form = /_search/.test(url);
      body = form ? query() : pick('{}', '{"resourceType":"Patient","id":"ana"}', '[]');
      headers['content-type'] = pick(
        form ? 'application/x-www-form-urlencoded' : 'application/fhir+json',
        'text/plain',
      );
    }
    return { method, url, headers, body };
  };
}

const policies = { resourceType: 'AccessPolicy', resource: [{ resourceType: '*' }] };
const kKinds = { read: 'read', vread: 'vread', history: 'history-instance', delete: 'delete' };
const kSearches = ['search-type', 'search-system'];

test('what the gateway classifies, the router of the server reads in the same way', async (t) => {
  t.diagnostic(`FHIRWALL_SEED=${kSeed}`);
  const { server } = await open();
  const policy = engine.compilePolicy({ policies });
  const next = generator(kSeed);
  const counts = { allowed: 0, refused: 0, routed: 0 };
  for (let index = 0; index < kRequests; ++index) {
    const request = next();
    const where = `seed ${kSeed}, ${index}: ${JSON.stringify(request)}`;
    const check = policy.checkRequest(request);
    if (!check.allowed) {
      counts.refused += 1;
      assert.ok([400, 403, 413, 415].includes(check.status), `${where}: ${check.status}`);
      continue;
    }
    counts.allowed += 1;
    if (check.url === null) continue; // a batch, or a conditional form: never sent as it is
    assert.match(check.url, /^[!$-~]*$/, where);
    const [path] = check.url.split('?');
    assert.ok(!/(^|\/)\.{1,2}(\/|$)|\/\/|%|;|\\/.test(path), `${where}: ${check.url}`);
    const found = server.router.find(check.head ? 'GET' : request.method, check.url);
    const kind = kKinds[check.interaction];
    if (check.kind === 'instance' && kind !== undefined) {
      counts.routed += 1;
      assert.equal(found?.data.interaction, kind, where);
      const { resourceType, id, vid } = found.params;
      const expected = [check.resourceType, check.id, check.version];
      assert.deepEqual([resourceType, id, vid ?? null], expected, where);
    } else if (check.kind === 'type' && check.interaction === 'search') {
      counts.routed += 1;
      assert.ok(kSearches.includes(found?.data.interaction), where);
      assert.equal(found.params.resourceType, check.resourceType, where);
    }
  }
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.routed > kRequests / 20 && counts.refused > kRequests / 5);
  policy.free?.();
});

test('what reaches the server is what was asked for, or the request is refused', async (t) => {
  t.diagnostic(`FHIRWALL_SEED=${kSeed}`);
  const world = await open();
  const next = generator(kSeed + 1);
  let sent = 0;
  for (let index = 0; index < kRequests / 5; ++index) {
    const request = next();
    if (/%0|\\/.test(request.url)) continue; // the URL standard rewrites these before anybody sees them
    const { method, url, headers, body } = request;
    const where = `seed ${kSeed}, ${index}: ${JSON.stringify(request)}`;
    world.server.calls.length = 0;
    // `ask` fails where a byte of another patient gets out.
    const { status } = await world.ask('ana', url, { method, headers, body });
    assert.ok(status !== 500 && status !== 502, `${where}: ${status}`);
    for (const call of world.server.calls) {
      sent += 1;
      const overridden = Object.keys(headers).some((name) => name.startsWith('x-'));
      assert.ok(!overridden, `${where}: reached the server`);
      assert.ok(!('x-http-method-override' in call.headers), where);
      const changes = !['GET', 'HEAD', 'POST'].includes(call.method) || !/_search$/.test(call.url);
      if (changes && call.method !== 'GET' && call.method !== 'HEAD') {
        assert.equal(call.method, method === 'PATCH' ? 'PUT' : method, where);
      }
      assert.match(call.url, /^(Patient|Observation|Condition|Practitioner|_history|\?|$)/, where);
    }
  }
  t.diagnostic(`${sent} calls of the server`);
  assert.ok(sent > 10, `${sent} calls`);
});
