// Answers to batches and transactions: each entry by what it asked for (SPEC 8.2, 9.8).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, dist, encode, fails, kSeed, policyOf, randomFrom } from './support.mjs';

const engine = await createEngine();
const policy = engine.compilePolicy({
  policies: policyOf(
    { resourceType: 'Patient', criteria: 'Patient?active=true', hiddenFields: ['name'] },
    { resourceType: 'Observation' },
    { resourceType: 'Group', interaction: ['create'] },
  ),
  options: { baseUrls: ['https://a.test/fhir'] },
});

const kRefused = { response: { status: '403' } };
const sent = (type, ...requests) => ({
  resourceType: 'Bundle',
  type,
  entry: requests.map(([method, url, more]) => ({ request: { method, url, ...more } })),
});
const answer = (type, ...entry) => ({ resourceType: 'Bundle', type: `${type}-response`, entry });
const redact = (body, extra) => {
  const out = policy.redact('batch', body, extra);
  return out && JSON.parse(decode(out));
};
const searchset = (...entry) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  ...(entry.length > 0 && { entry }),
});

const visible = { resourceType: 'Patient', id: '1', active: true };
const shown = { resource: visible, response: { status: '200', etag: 'W/"1"' } };
const named = { resource: { ...visible, name: [{ family: 'Secret' }] }, response: shown.response };
const hidden = {
  resource: { resourceType: 'Patient', id: '2', active: false },
  response: { status: '200', etag: 'W/"9"', lastModified: '2024-01-01T00:00:00Z' },
};
const missing = {
  response: {
    status: '404',
    outcome: {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'not-found', diagnostics: 'Secret' }],
    },
  },
};
const observation = { resourceType: 'Observation', id: 'o' };

// [what, request, the entry of the answer, what becomes of it]
const kRows = [
  ['a read', ['GET', 'Patient/1'], named, shown],
  ['a read that is refused', ['GET', 'Patient/2'], hidden, kRefused],
  ['a read of what is not there', ['GET', 'Patient/3'], missing, kRefused],
  [
    'a read of what never is refused',
    ['GET', 'Observation/3'],
    missing,
    {
      response: {
        status: '404',
        outcome: {
          resourceType: 'OperationOutcome',
          issue: [{ severity: 'error', code: 'not-found' }],
        },
      },
    },
  ],
  ['a read below a base URL', ['GET', 'https://a.test/fhir/Patient/1'], shown, shown],
  ['a read somewhere else', ['GET', 'https://b.test/Patient/1'], shown, kRefused],
  [
    'a search',
    ['GET', 'Patient?gender=male'],
    {
      resource: { ...searchset({ resource: hidden.resource }, named), total: 2 },
      response: { status: '200', etag: 'e' },
    },
    { resource: searchset({ resource: visible }), response: { status: '200' } },
  ],
  [
    'a history of one, all of it refused',
    ['GET', 'Patient/2/_history'],
    { resource: { resourceType: 'Bundle', type: 'history', entry: [hidden] } },
    kRefused,
  ],
  [
    'a create',
    ['POST', 'Group'],
    { response: { status: '201', location: 'Group/1/_history/1', x: 1 } },
    { response: { status: '201', location: 'Group/1/_history/1' } },
  ],
  [
    'a create that asks whether there is one',
    ['POST', 'Patient', { ifNoneExist: 'name=Secret' }],
    { response: { status: '200' } },
    kRefused,
  ],
  ['an update by a query', ['PUT', 'Patient?name=Secret'], shown, kRefused],
  ['a write without a rule', ['DELETE', 'Group/1'], { response: { status: '204' } }, kRefused],
  ['an operation', ['POST', 'Patient/1/$everything'], { resource: searchset() }, kRefused],
  ['nothing of the kind', ['GET', 'patient/1'], shown, kRefused],
];

test('each entry is decided by its request', () => {
  for (const [what, request, entry, expected] of kRows) {
    const out = redact(answer('batch', entry), { request: sent('batch', request) });
    assert.deepEqual(out, answer('batch', expected), what);
  }
  const all = redact(encode(JSON.stringify(answer('transaction', ...kRows.map((row) => row[2])))), {
    request: JSON.stringify(sent('transaction', ...kRows.map((row) => row[1]))),
  });
  assert.deepEqual(all, answer('transaction', ...kRows.map((row) => row[3])));
});

test('interactions can be listed instead', () => {
  const body = answer('batch', named, missing, { resource: searchset(named) }, shown, shown);
  const entryInteractions = [
    'read',
    { interaction: 'read', resourceType: 'Observation' },
    'search',
    null,
    { interaction: 'read', resourceType: 'Observation' },
  ];
  assert.deepEqual(redact(body, { entryInteractions }), {
    ...answer(
      'batch',
      shown,
      {
        response: {
          status: '404',
          outcome: {
            resourceType: 'OperationOutcome',
            issue: [{ severity: 'error', code: 'not-found' }],
          },
        },
      },
      { resource: searchset({ resource: visible }) },
      kRefused,
      kRefused,
    ),
  });
});

test('what was sent must be said, and fit', () => {
  const body = answer('batch', shown);
  for (const extra of [undefined, null, {}, { request: null }, { resolved: {} }]) {
    fails(() => policy.redact('batch', body, extra), 'ResourceError', 'batch-request', 0);
  }
  const one = sent('batch', ['GET', 'Patient/1']);
  for (const request of [searchset(), { type: 'batch' }, '"batch"', 'null', observation]) {
    fails(() => policy.redact('batch', body, { request }), 'ResourceError', 'batch-request');
  }
  fails(() => policy.redact('batch', body, { request: '{' }), 'ResourceError', 'invalid-json', 1);
  for (const request of [sent('batch'), sent('batch', ['GET', 'a'], ['GET', 'b'])]) {
    fails(() => policy.redact('batch', body, { request }), 'ResourceError', 'batch-entries', 0);
  }
  for (const other of [searchset(), observation, { resourceType: 'Bundle' }]) {
    fails(
      () => policy.redact('batch', other, { request: one }),
      'ResourceError',
      'unsupported-bundle',
    );
  }
  for (const extra of [
    { request: one, entryInteractions: ['read'] },
    { request: [] },
    { request: 7 },
    { entryInteractions: 'read' },
    { entryInteractions: ['reed'] },
    { entryInteractions: [{ interaction: 'read', type: 'Patient' }] },
    { entryInteractions: [{ interaction: 'read', resourceType: 7 }] },
    { entryInteractions: [7] },
    { requests: one },
  ]) {
    fails(() => policy.redact('batch', body, extra), 'TypeError');
  }
  fails(() => policy.redact('read', body, { request: one }), 'TypeError');
  fails(() => policy.filterStream({ format: 'bundle', interaction: 'batch' }), 'TypeError');
  fails(() => policy.can('batch', 'Patient'), 'TypeError');
  // As a Bundle like any other it needs a rule.
  assert.equal(policy.redact('read', body), undefined);
  assert.equal(engine.compilePolicy({}).redact('batch', body, { request: one }), undefined);
  assert.deepEqual(redact(body, { request: one }), body);
});

test('P3: what is refused and what is not there look alike, byte for byte', () => {
  const pick = randomFrom(kSeed);
  const secrets = [hidden, missing, { response: { status: '410' } }, { x: 'Secret' }, 7];
  for (let round = 0; round < 200; ++round) {
    const kinds = Array.from({ length: 1 + pick(6) }, () => pick(2));
    const request = sent('batch', ...kinds.map((kind) => ['GET', `Patient/${kind}`]));
    const indent = [undefined, 2][pick(2)];
    const body = () =>
      JSON.stringify(
        answer('batch', ...kinds.map((kind) => (kind ? named : secrets[pick(secrets.length)]))),
      );
    const [first, second] = [body(), body()].map((text) =>
      decode(policy.redact('batch', text, { request })),
    );
    assert.equal(first, second, `seed ${kSeed}, round ${round}, indent ${indent}`);
    assert.deepEqual(
      JSON.parse(first).entry,
      kinds.map((kind) => (kind ? shown : kRefused)),
    );
    assert.ok(!first.includes('Secret'));
  }
});

test('literals that are longer than what they stand for', () => {
  const body = `{"resourceType":"Bundle","type":"batch-response","entry":[${Array(500).fill('7').join(' , ')}]}`;
  const request = sent('batch', ...Array(500).fill(['GET', 'Patient/1']));
  const literal = JSON.stringify(kRefused);
  assert.equal(decode(policy.redact('batch', body, { request })), body.replaceAll('7', literal));
});

test('the policy asks `resolve` for what the entries need', () => {
  const asked = [];
  const linked = engine.compilePolicy({
    policies: policyOf({
      resourceType: 'Observation',
      criteria: 'Observation?subject:Patient.active=true',
    }),
    options: {
      resolve: (reference) => {
        asked.push(reference);
        return {
          resourceType: 'Patient',
          id: reference.slice(8),
          active: reference === 'Patient/1',
        };
      },
    },
  });
  const of = (id) => ({ ...observation, subject: { reference: `Patient/${id}` } });
  const body = answer('batch', { resource: of(1) }, { resource: of(2) });
  const request = sent('batch', ['GET', 'Observation/o'], ['GET', 'Observation/p']);
  const out = JSON.parse(decode(linked.redact('batch', body, { request })));
  assert.deepEqual(out, answer('batch', { resource: of(1) }, kRefused));
  assert.deepEqual(asked, ['Patient/1', 'Patient/2']);
  assert.deepEqual(linked.references(body, 'batch', { request }), asked);
});

test('command line: `redact --interaction batch --request`', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fhirwall-'));
  try {
    const file = (name, value) => {
      writeFileSync(path.join(folder, name), JSON.stringify(value));
      return path.join(folder, name);
    };
    const rules = file('policy.json', policyOf({ resourceType: 'Patient' }));
    const request = file('request.json', sent('batch', ['GET', 'Patient/1'], ['GET', 'Group/1']));
    const body = file('answer.json', answer('batch', shown, hidden));
    const run = (...args) =>
      execFileSync(
        process.execPath,
        [path.join(dist, 'cli/main.js'), 'redact', '-p', rules, ...args],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
      );
    const out = run('-i', 'batch', '--request', request, body);
    assert.deepEqual(JSON.parse(out), answer('batch', shown, kRefused));
    for (const args of [
      ['-i', 'batch', body],
      ['--request', request, body],
      ['-i', 'batch', '--request', request, '-f', 'bundle', body],
      ['-i', 'batch', '--request', body, body],
    ]) {
      assert.throws(() => run(...args), { status: 2 }, args.join(' '));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
