// Links to pages leave only sealed, for one caller and one policy, and for a short time (SPEC 13.6).
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { gatewayTo, kEdge, kUpstream, outcomeOf, patient, searchset, textOf } from './fake.mjs';

const kSealKey = 'k'.repeat(32);
const paged = (url, relation = 'next') => searchset([patient('1')], { link: [{ relation, url }] });
const kRoutes = {
  Patient: paged(`${kUpstream}?_getpages=opaque&_page=2`),
  '?_getpages=opaque&_page=2': searchset([patient('2'), patient('3', { active: false })], {
    link: [{ relation: 'previous', url: `${kUpstream}/Patient` }],
  }),
};

const linkOf = async (response, relation) =>
  (await response.json()).link.find((link) => link.relation === relation)?.url;

async function refusedPage(response) {
  assert.equal(response.status, 403);
  assert.equal(await outcomeOf(response), 'forbidden');
}

test('a page is reached by its link, filtered, and leads on', async () => {
  const { get, calls, records } = gatewayTo(kRoutes);
  const next = await linkOf(await get('Patient'), 'next');
  assert.match(next, /^https:\/\/edge\.example\/fhir\?_page=[A-Za-z0-9_-]+$/);
  const response = await get(next);
  const page = await response.json();
  assert.deepEqual(
    page.entry.map(({ resource }) => [resource.id, resource.birthDate]),
    [['2', undefined]],
  );
  assert.equal(page.link[0].url, next);
  assert.deepEqual(
    page.link.map(({ relation }) => relation),
    ['self', 'previous'],
  );
  assert.equal(calls.at(-1).url, `${kUpstream}?_getpages=opaque&_page=2`);
  assert.deepEqual([records[1].interaction, records[1].resourceType], ['search', 'Patient']);
  assert.equal((await (await get(page.link[1].url)).json()).entry.length, 1);
});

test('what a link leads to cannot be read from it, and no two are alike', async () => {
  const { get } = gatewayTo(kRoutes);
  const [one, two] = [
    await linkOf(await get('Patient'), 'next'),
    await linkOf(await get('Patient'), 'next'),
  ];
  assert.notEqual(one, two);
  const bytes = Buffer.from(one.split('=')[1], 'base64url').toString('latin1');
  assert.ok(!bytes.includes('opaque') && !bytes.includes('search'));
});

test('a link that was changed in any byte does not work', async () => {
  const { get, calls } = gatewayTo(kRoutes);
  const next = await linkOf(await get('Patient'), 'next');
  const token = Buffer.from(next.split('=')[1], 'base64url');
  const before = calls.length;
  for (let at = 0; at < token.length; ++at) {
    const changed = Buffer.from(token);
    changed[at] ^= 1;
    await refusedPage(await get(`?_page=${changed.toString('base64url')}`));
  }
  for (const other of [
    '',
    'a',
    '!',
    '%41',
    'A'.repeat(40),
    'A'.repeat(14_000),
    `${next.split('=')[1]}&a=b`,
  ]) {
    await refusedPage(await get(`?_page=${other}`));
  }
  assert.equal(calls.length, before);
});

test('a link is for one caller, one policy, one key, and GET', async () => {
  const hidesMore = {
    resourceType: 'AccessPolicy',
    resource: [{ resourceType: 'Patient', hiddenFields: ['birthDate', 'active'] }],
  };
  const mine = gatewayTo(kRoutes, { sealKey: kSealKey });
  const next = await linkOf(await mine.get('Patient'), 'next');
  const same = gatewayTo(kRoutes, { sealKey: new TextEncoder().encode(kSealKey) });
  assert.equal((await same.get(next)).status, 200);

  const others = [
    [mine, 'another'],
    [gatewayTo(kRoutes, { sealKey: kSealKey, policy: hidesMore }), 'someone'],
    [gatewayTo(kRoutes, { sealKey: 'l'.repeat(32) }), 'someone'],
    [gatewayTo(kRoutes), 'someone'],
    [
      gatewayTo(kRoutes, {
        sealKey: kSealKey,
        auth: () => ({ subject: 'someone', issuer: 'https://other.example' }),
      }),
      'someone',
    ],
  ];
  for (const [{ get, calls }, user] of others) {
    const before = calls.length;
    await refusedPage(await get(next, {}, user));
    assert.equal(calls.length, before);
  }
  assert.equal((await mine.get(next, {}, null)).status, 401);
  assert.equal((await mine.get(next, { method: 'POST', body: '{}' })).status, 400);
});

test('a link ends with its time, and with the token that it was made for', async () => {
  mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  try {
    const auth = () => ({ subject: 'a', expires: 1_700_000_000 + 500 });
    const long = gatewayTo(kRoutes, { sealKey: kSealKey, pagingTtl: 60 });
    const bounded = gatewayTo(kRoutes, { sealKey: kSealKey, pagingTtl: 9999, auth });
    const later = gatewayTo(kRoutes, { sealKey: kSealKey, auth: () => ({ subject: 'a' }) });
    const next = await linkOf(await long.get('Patient'), 'next');
    const short = await linkOf(await bounded.get('Patient'), 'next');
    mock.timers.tick(59_000);
    assert.equal((await long.get(next)).status, 200);
    mock.timers.tick(1_000);
    await refusedPage(await long.get(next));
    assert.equal((await later.get(short)).status, 200);
    mock.timers.tick(440_000);
    await refusedPage(await later.get(short));
  } finally {
    mock.timers.reset();
  }
});

test('every reason for which a link does not work looks the same', async () => {
  const { get } = gatewayTo(kRoutes, { sealKey: kSealKey });
  const next = await linkOf(await get('Patient'), 'next');
  const answers = [
    await textOf(await get(next, {}, 'another')),
    await textOf(await get('?_page=AAAA')),
  ];
  assert.equal(answers[0], answers[1]);
});

test('a page elsewhere, and one that says where the end is, have no link', async () => {
  for (const [url, relation] of [
    ['http://elsewhere.internal/r4/Patient?page=2', 'next'],
    ['http://upstream.internal/r44/Patient?page=2', 'next'],
    ['http://upstream.internal.evil.example/r4/Patient', 'next'],
    [`${kUpstream}/../admin/secrets`, 'next'],
    [`${kUpstream}/%2e%2e/admin`, 'next'],
    [`${kUpstream}//evil.example/x`, 'next'],
    [`${kUpstream}/Patient?page=2#x`, 'next'],
    ['Patient?page=2', 'next'],
    [`${kUpstream}/Patient?page=9`, 'last'],
  ]) {
    const { get } = gatewayTo({ Patient: paged(url, relation) });
    const { link } = await (await get('Patient')).json();
    assert.deepEqual(link, [{ relation: 'self', url: `${kEdge}/Patient` }], url);
  }
});

test('a key that is too short does not start', () => {
  assert.throws(() => gatewayTo({}, { sealKey: 'k'.repeat(31) }), TypeError);
  assert.throws(() => gatewayTo({}, { pagingTtl: 0 }), TypeError);
});
