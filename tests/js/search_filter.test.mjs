// `_filter` in criteria, through the package: it says what the parameters say, its laws hold for generated resources, and
// its issues have places.
//
// FHIRWALL_RANDOM_RUNS: how many examples of each law (400).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createEngine } from 'fhirwall';
import { decode, fails, kSeed, policyOf } from './support.mjs';

const engine = await createEngine();
const kRuns = Number(process.env.FHIRWALL_RANDOM_RUNS ?? 400);

const searches = new Map();
function holds(criteria, resource) {
  let search = searches.get(criteria);
  if (search === undefined) {
    search = engine.search(criteria);
    searches.set(criteria, search);
  }
  return search.matches(resource);
}
after(() => searches.forEach((search) => search.free()));

const filter = (expression, resource) =>
  holds(`Patient?_filter=${encodeURIComponent(expression)}`, resource);
const plain = (name, value, resource) =>
  holds(`Patient?${name}=${encodeURIComponent(value.replaceAll(/[\\,$]/g, '\\$&'))}`, resource);

const kWords = [
  'ana',
  'Ana',
  'An',
  'Zo\u00eb',
  'zoe',
  'x,y',
  '50$',
  'a"b',
  'a\\b',
  'a b',
  ') or (',
];
const maybe = (one) => fc.option(one, { nil: undefined });
const list = (one) => maybe(fc.array(one, { minLength: 1, maxLength: 3 }));
const word = fc.constantFrom(...kWords);
// One in a few is malformed.
const spoiled = (one) =>
  fc.oneof({ weight: 6, arbitrary: one }, fc.constantFrom(5, {}, [[]], true));
const patient = (wrap) =>
  fc
    .record({
      resourceType: fc.constant('Patient'),
      active: maybe(wrap(fc.boolean())),
      name: list(wrap(fc.record({ family: maybe(wrap(word)), given: list(wrap(word)) }))),
      identifier: list(
        wrap(
          fc.record({ system: maybe(fc.constantFrom('urn:a', 'urn:A')), value: maybe(wrap(word)) }),
        ),
      ),
      gender: maybe(wrap(fc.constantFrom('male', 'female'))),
      birthDate: maybe(wrap(fc.constantFrom('1980', '1980-02', '1980-02-29', '1980-02-30'))),
      managingOrganization: maybe(
        fc.record({ reference: wrap(fc.constantFrom('Organization/1', 'urn:x', 'http://o/1')) }),
      ),
    })
    .map((resource) => JSON.stringify(resource));
const wellFormed = patient((one) => one).filter((text) => !/02-30|urn:x|http:/.test(text));
const anyPatient = patient(spoiled);

// [comparison, parameter with its modifier, value of the parameter]
const string = (operator, name) =>
  word.map((text) => [`${name.split(':')[0]} ${operator} ${JSON.stringify(text)}`, name, text]);
const dated = fc
  .tuple(
    fc.constantFrom('eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'),
    fc.constantFrom('1980', '1980-02', '1980-02-29', '1979'),
  )
  .map(([operator, date]) => [`birthdate ${operator} ${date}`, 'birthdate', operator + date]);
const comparison = fc.oneof(
  string('sw', 'name'),
  string('co', 'name:contains'),
  string('ne', 'name:not'),
  string('eq', 'identifier'),
  string('ne', 'identifier:not'),
  dated,
  fc.constantFrom(
    ['gender eq male', 'gender', 'male'],
    ['gender ne male', 'gender:not', 'male'],
    ['gender pr true', 'gender:missing', 'false'],
    ['name pr false', 'name:missing', 'true'],
    ['active ne true', 'active:not', 'true'],
    ['identifier eq urn:a|', 'identifier', 'urn:a|'],
    ['organization re Organization/1', 'organization', 'Organization/1'],
    ['organization ne 1', 'organization:not', '1'],
  ),
);
const kDepth = { depthSize: 'small', withCrossShrink: true };
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    kDepth,
    comparison.map(([text]) => text),
    tie('tree').map((one) => `not(${one})`),
    fc
      .tuple(fc.constantFrom('and', 'or'), tie('tree'), tie('tree'))
      .map(([operator, one, two]) => `(${one}) ${operator} (${two})`),
  ),
}));

function law(name, arbitraries, check) {
  test(name, () => {
    let telling = 0;
    fc.assert(
      fc.property(...arbitraries, (...example) => {
        if (check(...example)) ++telling;
      }),
      { seed: kSeed, numRuns: kRuns },
    );
    console.log(`seed ${kSeed}: ${name}: ${telling} of ${kRuns} examples say something`);
    assert.ok(telling > kRuns / 20, `${telling} of ${kRuns}`);
  });
}

law('a comparison says what the parameter says', [comparison, anyPatient], (one, resource) => {
  const [expression, name, value] = one;
  const result = filter(expression, resource);
  assert.equal(result, plain(name, value, resource), `${expression} on ${resource}`);
  return result;
});

law('`not` excludes, and twice is none', [tree, anyPatient], (one, resource) => {
  const result = filter(one, resource);
  const negated = filter(`not(${one})`, resource);
  assert.ok(!(result && negated), `${one} on ${resource}`);
  assert.equal(filter(`not(not(${one}))`, resource), result, `${one} on ${resource}`);
  return result || negated;
});

law('`and` is both, `or` is either, De Morgan', [tree, tree, anyPatient], (one, two, resource) => {
  const [a, b] = [filter(one, resource), filter(two, resource)];
  const both = `(${one}) and (${two})`;
  const either = `(${one}) or (${two})`;
  assert.equal(filter(both, resource), a && b);
  assert.equal(filter(either, resource), a || b);
  assert.equal(
    filter(`not(${both})`, resource),
    filter(`not(${one}) or not(${two})`, resource),
    `${both} on ${resource}`,
  );
  assert.equal(
    filter(`not(${either})`, resource),
    filter(`not(${one}) and not(${two})`, resource),
    `${either} on ${resource}`,
  );
  return a !== b;
});

law('dates are decided either way when they can be read', [dated, wellFormed], (one, resource) => {
  const [expression] = one;
  const result = filter(expression, resource);
  assert.notEqual(filter(`not(${expression})`, resource), result, `${expression} on ${resource}`);
  return result;
});

// ---- Policies.

const kSigns = 'a|b,c$d&e%f"g\\h+i#j?k=l;m(n)o[p]q r\ts %org';
const memberOf = (...parameter) => ({
  resourceType: 'ProjectMembership',
  access: [{ policy: { reference: 'AccessPolicy/1' }, parameter }],
  profile: { reference: 'Practitioner/1' },
});
const compile = (criteria, more = {}) =>
  engine.compilePolicy({
    policies: [{ id: '1', ...policyOf({ resourceType: 'Patient', criteria }) }],
    ...more,
  });

test('a filter decides what leaves', () => {
  const policy = compile(
    'Patient?_filter=not(gender eq male) and (name co "re" or birthdate ge 2000)',
  );
  const female = { resourceType: 'Patient', gender: 'female', name: [{ family: 'Perez' }] };
  assert.equal(policy.decide('read', female).allowed, true);
  assert.deepEqual(JSON.parse(decode(policy.redact('read', female))), female);
  for (const other of [
    { ...female, gender: 'male' },
    { ...female, gender: 5 },
    { ...female, name: [{ family: 'X' }] },
    { ...female, name: undefined, birthDate: '1999' },
  ]) {
    assert.equal(policy.redact('read', other), undefined);
  }
  policy.free();
});

test('variables of a membership are values in a filter', () => {
  const membership = memberOf(
    { name: 'signs', valueString: kSigns },
    { name: 'org', valueReference: { reference: 'Organization/1' } },
  );
  const criteria = 'Patient?_filter=identifier eq %signs and organization eq %org';
  const policy = compile(criteria, { membership });
  const resource = {
    resourceType: 'Patient',
    identifier: [{ value: kSigns }],
    managingOrganization: { reference: 'Organization/1' },
  };
  assert.equal(policy.decide('read', resource).allowed, true);
  assert.equal(
    policy.decide('read', { ...resource, identifier: [{ system: 'a', value: 'b' }] }).allowed,
    false,
  );
  // What the rules show decides alike.
  const [rule] = policy.rules;
  const again = compile(rule.criteria);
  assert.equal(again.decide('read', resource).allowed, true);
  assert.equal(again.decide('read', { ...resource, identifier: undefined }).allowed, false);
  assert.equal(again.rules[0].criteria, rule.criteria);
  policy.free();
  again.free();
});

test('every problem of a filter is an issue with its place', () => {
  const error = fails(
    () => compile('Patient?_filter=gendre eq a or (name in b and birthdate eq x) or %6eame ss c'),
    'PolicyCompileError',
    'unknown-parameter',
  );
  assert.deepEqual(
    error.issues.map(({ code, path, offset, message }) => [code, path, offset, message]),
    [
      [
        'unknown-parameter',
        'policies[0].resource[0].criteria',
        16,
        '`Patient` has no search parameter `gendre`; did you mean `gender`?',
      ],
      [
        'unsupported-modifier',
        'policies[0].resource[0].criteria',
        37,
        '`in` needs a terminology server',
      ],
      [
        'invalid-value',
        'policies[0].resource[0].criteria',
        59,
        'a date is expected, e.g. `2024-02-29`, `ge2024-02` or `lt2024-02-29T12:00Z`',
      ],
      [
        'unsupported-modifier',
        'policies[0].resource[0].criteria',
        72,
        '`ss` needs a terminology server',
      ],
    ],
  );
  const mixed = fails(
    () => engine.search('Patient?_filter=a eq b and c eq d or e eq f'),
    'PolicyCompileError',
  );
  assert.deepEqual(
    [mixed.issues.length, mixed.issues[0].code, mixed.issues[0].offset],
    [1, 'criteria-syntax', 34],
  );
});
