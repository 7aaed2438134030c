// The policy vectors through the API: one subtest a vector, one line of counts a topic. What is expected: overruled, else strict,
// else the specification, else the reference; where a rule outweighs that, exceptions.json names the rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { fieldWithoutCounterpart, run } from '../vectors/run.mjs';
import { contraryOfRequest } from '../vectors/run_projects.mjs';
import { contraryOfWrite } from '../vectors/run_writes.mjs';
import { exceptions, expectedOf, expectsRefusal, vectorsOf } from '../vectors/vectors.mjs';

const engine = await createEngine();
const kExceptions = exceptions();

// `least`: a vector set that shrinks is an error.
const kTopics = [
  { topic: 'ip', least: 18 },
  { topic: 'interactions', least: 64 },
  { topic: 'hidden-fields', least: 26 },
  { topic: 'parameters', least: 32 },
  { topic: 'criteria-match', least: 277 },
  { topic: 'smart-scopes', least: 50 },
  { topic: 'project-admin', least: 25 },
  { topic: 'on-behalf-of', least: 17 },
  { topic: 'binary', least: 16 },
  { topic: 'compartments', least: 56 },
  { topic: 'readonly-fields', least: 17 },
  { topic: 'write-constraints', least: 44 },
  { topic: 'write-flow', least: 46 },
];

// The parameters and modifiers of SPEC 5.2 that this version refuses at compile time, as the vectors use them.
const kRefusedForms = [
  /\b_(?:text|content|list)=/,
  /\b[a-z-]+:Patient\./, // a chain
];
const isRefusedForm = ({ op, when }) =>
  op === 'search.match' && kRefusedForms.some((form) => form.test(when.criteria ?? ''));

function check(vector) {
  const expected = expectedOf(vector);
  const { verdict, detail } = run(engine, vector, expected);
  const exception = kExceptions.get(vector.id);
  const said = `${verdict}: ${detail}; expected ${JSON.stringify(expected)}`;
  assert.equal(fieldWithoutCounterpart(vector), exception?.field);
  if (exception?.instead !== undefined) {
    assert.notEqual(verdict, 'agrees', `no exception any more (SPEC ${exception.rule})`);
    assert.equal(detail, exception.instead);
    return 'listed';
  }
  if (verdict === 'none') {
    assert.ok(exception, said);
    return 'listed';
  }
  if (verdict === 'unsupported') {
    assert.ok(isRefusedForm(vector), said);
    return verdict;
  }
  assert.ok(verdict === 'agrees' || verdict === 'refused', said);
  assert.ok(
    !isRefusedForm(vector) || expectsRefusal(expected),
    'supported now: take it off the list',
  );
  return verdict;
}

for (const { topic, least } of kTopics) {
  test(`vectors: ${topic}`, async (t) => {
    const vectors = vectorsOf(topic);
    assert.ok(vectors.length >= least, `${vectors.length} vectors`);
    assert.equal(new Set(vectors.map(({ id }) => id)).size, vectors.length, 'ids repeat');
    const counts = { agrees: 0, refused: 0, unsupported: 0, listed: 0 };
    const unsupported = [];
    for (const vector of vectors) {
      await t.test(`${vector.id} ${vector.title}`, () => {
        const verdict = check(vector);
        counts[verdict] += 1;
        if (verdict === 'unsupported') unsupported.push(vector.id);
      });
    }
    t.diagnostic(
      `${topic}: ${vectors.length} vectors, ${counts.agrees} as expected, ` +
        `${counts.refused} denied by refusing the policy, ` +
        `${counts.unsupported} of a parameter or modifier that is refused, ` +
        `${counts.listed} by another rule (exceptions.json)`,
    );
    if (unsupported.length > 0) t.diagnostic(`${topic}: refused are ${unsupported.join(' ')}`);
  });
}

const all = kTopics.flatMap(({ topic }) => vectorsOf(topic));

test('every vector is run, or listed with the field that has no counterpart', (t) => {
  const verdicts = { agrees: 0, refused: 0, unsupported: 0, none: 0, instead: 0 };
  for (const vector of all) {
    const expected = expectedOf(vector);
    const instead = kExceptions.get(vector.id)?.instead !== undefined;
    verdicts[instead ? 'instead' : run(engine, vector, expected).verdict] += 1;
  }
  t.diagnostic(
    `${all.length} vectors: ${verdicts.agrees} as expected, ${verdicts.refused} denied by refusing the policy, ` +
      `${verdicts.unsupported} of a refused parameter, ${verdicts.instead} by another rule, ` +
      `${verdicts.none} without a counterpart`,
  );
  assert.ok(all.length >= 688, `${all.length} vectors`);
  assert.ok(verdicts.none <= 20, `${verdicts.none} without a counterpart`);
});

test('every exception names a vector, a rule and a reason', () => {
  const ids = new Set(all.map(({ id }) => id));
  for (const { id, rule, why, field, instead, ...rest } of kExceptions.values()) {
    assert.ok(ids.has(id), id);
    assert.match(rule, /^\d{1,2}\.\d{1,2}$/, id);
    assert.ok(why.length > 10, id);
    assert.ok(field !== undefined || instead !== undefined, id);
    assert.deepEqual(rest, {}, id);
  }
});

test('the vectors without a counterpart are exactly those that are listed', () => {
  const fieldsOf = (rows) => Object.fromEntries(rows.filter(([, field]) => field !== undefined));
  assert.deepEqual(
    fieldsOf(all.map((vector) => [vector.id, fieldWithoutCounterpart(vector)])),
    fieldsOf([...kExceptions.values()].map(({ id, field }) => [id, field])),
  );
});

test('a vectors file that is missing, or has none of the operations, is an error', () => {
  assert.throws(() => vectorsOf('no-such-topic'), { code: 'ENOENT' });
  assert.throws(() => vectorsOf('ip', ['no.such']), /no vectors/);
  assert.throws(() => expectedOf({ id: 'x', spec_expected: { note: 'a remark' } }), /nothing/);
});

// Something else than what is expected of this vector.
function contraryOf(vector, expected) {
  const ofRequest = contraryOfWrite(vector, expected) ?? contraryOfRequest(vector, expected);
  if (ofRequest && !expectsRefusal(expected)) return ofRequest;
  if (expectsRefusal(expected)) {
    const granted = { allowed: true, match: true, outcome: 'allow', resource: {}, valid: true };
    return { ...granted, accessPolicy: { resource: [] } };
  }
  if (expected.allowed !== undefined) return { allowed: !expected.allowed };
  if (expected.url) return { url: `${expected.url}x` };
  if (expected.match !== undefined) return { match: !expected.match };
  if (expected.outcome) return { outcome: expected.outcome === 'block' ? 'allow' : 'block' };
  if (expected.resource) return { resource: { ...expected.resource, more: true } };
  if (expected.hidden) return { hidden: expected.hidden.slice(1) };
  if (expected.denied) return { resource: vector.given.resource };
  if (expected.deny) return { accessPolicy: { resource: [{ resourceType: '*' }] } };
  if (expected.resourceCriteria) return { resourceCriteria: `${expected.resourceCriteria}x` };
  if (expected.scopes) {
    const more = { permissionType: 'user', resourceType: 'Basic', scope: 'd' };
    return { scopes: [...expected.scopes, more] };
  }
  if (expected.accepted !== undefined) return { accepted: !expected.accepted };
  const [first, ...rest] = expected.accessPolicy.resource;
  return { accessPolicy: { resource: first ? rest : [{ resourceType: '*' }] } };
}

test('the runner sees a wrong answer: no vector agrees with the contrary of what is expected', () => {
  for (const vector of all) {
    const expected = expectedOf(vector);
    const before = run(engine, vector, expected);
    const contrary = run(engine, vector, contraryOf(vector, expected));
    if (before.verdict !== 'differs') assert.notEqual(contrary.verdict, 'agrees', vector.id);
    if (before.verdict === 'agrees' && !expectsRefusal(expected)) {
      assert.equal(contrary.verdict, 'differs', vector.id);
      const refusal = run(engine, vector, { reject_policy: true });
      assert.deepEqual(refusal, { verdict: 'differs', detail: 'not refused' }, vector.id);
    }
  }
});
