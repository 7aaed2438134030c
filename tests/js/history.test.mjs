// Histories, Bundles that answer nothing, and the options that concern Bundles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { chunksOf, decode, encode, fails, kSeed, policyOf, randomFrom } from './support.mjs';

const engine = await createEngine();
const rules = [
  { resourceType: 'Patient', criteria: 'Patient?active=true', hiddenFields: ['name'] },
  { resourceType: 'Observation' },
];
const policy = engine.compilePolicy({ policies: policyOf(...rules) });

const bundle = (type, ...entry) => ({
  resourceType: 'Bundle',
  type,
  ...(entry.length > 0 && { entry }),
});
const redact = (interaction, body, by = policy) => {
  const out = by.redact(interaction, body);
  return out && JSON.parse(decode(out));
};
async function streamed(body, size, options = { format: 'bundle', interaction: 'history' }) {
  const stream = chunksOf(encode(body), size).pipeThrough(policy.filterStream(options));
  return new Response(stream).text();
}

const patient = (id, active) => ({ resourceType: 'Patient', id, active });
const version = {
  fullUrl: 'https://a.test/Patient/1',
  resource: patient('1', true),
  request: { method: 'PUT', url: 'Patient/1' },
  response: { status: '200', etag: 'W/"2"', lastModified: '2024-01-01T00:00:00Z' },
};
const deletion = {
  request: { method: 'DELETE', url: 'Observation/1' },
  response: { status: '204' },
};
const kKept = [version, deletion, { resource: { resourceType: 'Observation', id: '1' } }];
const kRefused = [
  { ...version, resource: patient('1', false) },
  { request: { method: 'DELETE', url: 'Patient/1' }, response: { status: '204' } },
  { resource: { resourceType: 'Group', id: 'g' } },
  { resource: { resourceType: 'Patient', id: '1', contained: [patient('2', true)] } },
];

test('versions by `history`, deletions by type', () => {
  const dressed = {
    ...version,
    resource: { ...version.resource, name: [{ family: 'Secret' }] },
    request: { ...version.request, url: 'Patient/1?name=Secret', ifNoneExist: 'name=Secret' },
    response: {
      ...version.response,
      outcome: { resourceType: 'OperationOutcome', issue: [{ diagnostics: 'Secret' }] },
    },
    search: { mode: 'match' },
  };
  const body = { ...bundle('history', dressed, ...kRefused, deletion), total: 6 };
  assert.deepEqual(redact('history', body), bundle('history', version, deletion));
  assert.deepEqual(redact('history', bundle('history', ...kRefused)), bundle('history'));
});

test('P3: refused versions leave no trace, whole or streamed', async () => {
  const pick = randomFrom(kSeed);
  const indent = [undefined, 1, 2, '\t'];
  for (let round = 0; round < 40; ++round) {
    const entry = [];
    for (const kept of [...kKept, undefined]) {
      for (let i = pick(3); i > 0; --i) entry.push(kRefused[pick(kRefused.length)]);
      if (kept) entry.push(kept);
    }
    const space = indent[round % 4];
    const expected = JSON.stringify(bundle('history', ...kKept), null, space);
    const text = JSON.stringify({ ...bundle('history', ...entry) }, null, space);
    const what = `seed ${kSeed}, round ${round}`;
    assert.equal(decode(policy.redact('history', text)), expected, what);
    assert.equal(await streamed(text, 1 + pick(60)), expected, what);
    if (round < 4) assert.equal(await streamed(text, 1), expected, what);
  }
});

test('a Bundle that does not answer what was asked is a resource', async () => {
  const entry = { resource: { ...patient('1', true), name: [{ family: 'Secret' }] } };
  const refused = { resource: patient('2', false) };
  const open = engine.compilePolicy({ policies: policyOf(...rules, { resourceType: 'Bundle' }) });
  for (const [interaction, type] of [
    ['read', 'collection'],
    ['read', 'searchset'],
    ['read', 'history'],
    ['search', 'history'],
    ['history', 'searchset'],
    ['search', 'batch-response'],
  ]) {
    const body = bundle(type, entry, refused);
    assert.equal(policy.redact(interaction, body), undefined, `${interaction} ${type}`);
    const left = bundle(type, { resource: patient('1', true) });
    assert.deepEqual(redact(interaction, body, open), left, `${interaction} ${type}`);
    const wrong = JSON.stringify(body);
    if (interaction === 'read') continue;
    await assert.rejects(
      streamed(wrong, 7, { format: 'bundle', interaction }),
      ({ name, code, offset }) =>
        name === 'ResourceError' && code === 'unsupported-bundle' && offset === 0,
    );
  }
  // SPEC 8.2: a document stands or falls with its first entry.
  const composition = { resource: { resourceType: 'Composition', id: 'c' } };
  assert.equal(redact('read', bundle('document', composition, entry), open), undefined);
  const more = engine.compilePolicy({
    policies: policyOf(...rules, { resourceType: 'Bundle' }, { resourceType: 'Composition' }),
  });
  assert.deepEqual(
    redact('read', bundle('document', composition, entry), more),
    bundle('document', composition, { resource: patient('1', true) }),
  );
});

test('`exactTotals` keeps the total of what was filtered', () => {
  const exact = engine.compilePolicy({
    policies: policyOf(...rules),
    options: { exactTotals: true },
  });
  for (const [interaction, type] of [
    ['search', 'searchset'],
    ['history', 'history'],
  ]) {
    const body = { ...bundle(type), total: 3, _total: { id: 'x' } };
    assert.deepEqual(redact(interaction, body, exact), { ...bundle(type), total: 3 });
    assert.deepEqual(redact(interaction, body), bundle(type));
  }
});

test('options of closure: accepted values, and what they do to what is inside', () => {
  const person = { resourceType: 'Practitioner', id: 'p' };
  const body = {
    resourceType: 'Observation',
    contained: [person],
    subject: { reference: 'Patient/1', display: 'Secret' },
    performer: [{ reference: '#p' }],
  };
  const by = (options) =>
    redact('read', body, engine.compilePolicy({ policies: policyOf(...rules), options }));
  const subject = { reference: 'Patient/1' };
  assert.deepEqual(by({}), { resourceType: 'Observation', subject });
  assert.deepEqual(by({ contained: 'keep' }), { ...body, subject });
  assert.deepEqual(by({ displays: 'keep' }).subject, body.subject);
  assert.deepEqual(by({ contained: 'keep', displays: 'keep' }), body);
  assert.deepEqual(by({ mark: 'none', absent: 'remove' }), {
    resourceType: 'Observation',
    subject,
  });
  const marked = engine.compilePolicy({
    policies: policyOf(...rules),
    options: { mark: 'subsetted' },
  });
  assert.match(JSON.stringify(redact('read', patient('1', true), marked).meta), /SUBSETTED/);
  for (const options of [
    { contained: 'x' },
    { displays: true },
    { mark: 'x' },
    { absent: 'x' },
    { exactTotals: 'yes' },
  ]) {
    fails(() => by(options), 'PolicyCompileError');
  }
});
