// Conditional forms (SPEC 13.4; LEAKS 52): what the caller may not read neither counts nor shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json, kCanary, kEdge, kUpstream, textOf } from './fake.mjs';
import * as store from './store.mjs';

const { writingTo } = store;
const ungendered = { gender: undefined }; // what is read-only cannot be given to a create
const person = (id, more) => store.person(id, { ...ungendered, ...more });
const shown = (id) => store.shown(id, ungendered);
const kQuery = 'identifier=a';
const kJsonPatch = { 'content-type': 'application/json-patch+json' };
const hidden = (id) => person(id, { active: false });
const body = (more = {}) => ({ resourceType: 'Patient', active: true, ...more });

const operations = {
  create: (send) => send('POST', 'Patient', body(), { 'if-none-exist': kQuery }),
  update: (send) => send('PUT', `Patient?${kQuery}`, body()),
  patch: (send) =>
    send('PATCH', `Patient?${kQuery}`, [{ op: 'add', path: '/language', value: 'de' }], kJsonPatch),
  delete: (send) => send('DELETE', `Patient?${kQuery}`),
};

// [stored, create, update, patch, delete]: status and method that is sent
const kRows = [
  ['nothing', [], [201, 'POST'], [201, 'POST'], [404], [204]],
  ['a hidden one', [hidden('h')], [201, 'POST'], [201, 'POST'], [404], [204]],
  ['one', [person('1')], [200], [200, 'PUT'], [200, 'PUT'], [204, 'DELETE']],
  [
    'one, and a hidden one',
    [hidden('h'), person('1')],
    ...[[200], [200, 'PUT'], [200, 'PUT'], [204, 'DELETE']],
  ],
  ['two', [person('1'), person('2')], [412], [412], [412], [412]],
];

for (const [what, stored, ...expected] of kRows) {
  for (const [index, [name, work]] of Object.entries(operations).entries()) {
    const [status, method] = expected[index];
    test(`conditional ${name}, ${what}: ${status}`, async () => {
      const { send, writes, calls } = writingTo(stored);
      const text = await textOf(await work(send));
      assert.ok(text.startsWith(`${status}\n`), text);
      assert.equal(text.includes(kCanary), false);
      const sent = writes();
      assert.deepEqual(
        sent.map((call) => call.method),
        method === undefined ? [] : [method],
      );
      if (method === 'PUT' || method === 'DELETE') {
        assert.equal(sent[0].headers['if-match'], 'W/"3"');
        assert.equal(sent[0].url, `${kUpstream}/Patient/1`);
      }
      assert.ok(calls[0].path.startsWith('Patient?') && calls[0].method === 'GET');
      assert.ok(calls.every(({ headers }) => headers['if-none-exist'] === undefined));
    });
  }
}

test('a hidden match and no match look the same', async () => {
  for (const work of Object.values(operations)) {
    const answers = [];
    for (const stored of [[], [hidden('h')], [hidden('h'), hidden('i')]]) {
      answers.push(await textOf(await work(writingTo(stored).send)));
    }
    assert.equal(new Set(answers).size, 1);
  }
});

test('a create that finds one answers with what may be read of it', async () => {
  const { send } = writingTo([person('1')]);
  const response = await operations.create(send);
  assert.equal(response.headers.get('location'), `${kEdge}/Patient/1/_history/3`);
  assert.equal(response.headers.get('etag'), 'W/"3"');
  assert.deepEqual(
    await response.json(),
    JSON.parse(JSON.stringify({ ...shown('1'), meta: { versionId: '3' } })),
  );
});

test('an update by a query keeps what is hidden', async () => {
  const { send, writes } = writingTo([person('1')]);
  const response = await send('PUT', `Patient?${kQuery}`, body({ language: 'de' }));
  assert.equal(response.status, 200);
  const stored = JSON.parse(writes()[0].text);
  assert.equal(stored.birthDate, person('1').birthDate);
  assert.equal(stored.id, '1');
  assert.equal(stored.language, 'de');
});

test('an id in the body is that of what is selected', async () => {
  const { send, writes } = writingTo([person('1')]);
  assert.equal((await send('PUT', `Patient?${kQuery}`, body({ id: '2' }))).status, 400);
  assert.deepEqual(writes(), []);
  assert.equal((await send('PUT', `Patient?${kQuery}`, body({ id: '1' }))).status, 200);
  const none = writingTo([hidden('2')]);
  assert.equal((await none.send('PUT', `Patient?${kQuery}`, body({ id: '2' }))).status, 400);
  assert.deepEqual(none.writes(), []);
});

test('hidden matches do not stand in the way of one on a later page', async () => {
  const page = (resources, next) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    ...(next && { link: [{ relation: 'next', url: `${kUpstream}/${next}` }] }),
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  });
  const found = writingTo([person('1')]);
  const serve = found.serve;
  const routed = writingTo([], {
    upstream: {
      fetch: async (url, init) => {
        const path = url.slice(kUpstream.length + 1);
        if (path === 'Patient?page=2') return json(page([person('1')]));
        if (path.startsWith('Patient?')) return json(page([hidden('h')], 'Patient?page=2'));
        return serve({ ...init, url, path });
      },
    },
  });
  assert.equal((await operations.create(routed.send)).status, 200);
});

test('a query on what is hidden is refused, and so is one of a type that may not be searched', async () => {
  for (const [method, url, headers] of [
    ['POST', 'Patient', { 'if-none-exist': 'birthdate=1970-01-01' }],
    ['PUT', 'Patient?birthdate=1970-01-01', {}],
    ['DELETE', 'Patient?birthdate=1970-01-01', {}],
    ['PATCH', 'Patient?birthdate=1970-01-01', kJsonPatch],
  ]) {
    const { send, calls } = writingTo([person('1')]);
    const response = await send(method, url, method === 'DELETE' ? undefined : body(), headers);
    assert.equal(response.status, 403, `${method} ${url}`);
    assert.deepEqual(calls, []);
  }
});

test('media types and bodies are looked at before anything is searched', async () => {
  for (const [method, given, headers, status] of [
    ['PUT', body(), { 'content-type': 'text/plain' }, 415],
    ['PUT', '{', {}, 400],
    ['PUT', { resourceType: 'Group' }, {}, 400],
    ['PATCH', body(), {}, 400],
    ['PUT', body({ managingOrganization: { reference: 'Organization?name=a' } }), {}, 403],
  ]) {
    const { send, calls } = writingTo([person('1')]);
    assert.equal((await send(method, `Patient?${kQuery}`, given, headers)).status, status);
    assert.deepEqual(calls, []);
  }
});
