// What is released is the input without what the policy hides, byte for byte, and nothing else is missing: for each value that goes the
// oracle names the clause (SPEC P4, 7). Over Synthea resources, when they are beside the repository, and over generated ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEngine } from 'fhirwall';
import { hasSynthea, synthea } from '../js/search_sample.mjs';
import { decode, encode, kSeed } from '../js/support.mjs';
import { isSubsequence, oracle, tokens } from './oracle.mjs';

const engine = await createEngine();

// Each rule is unconditional; types that are not named are refused.
const kPolicies = {
  'parts of persons': {
    Patient: ['name.given', 'address.line', 'birthDate', 'telecom', "extension('urn:race')"],
    Practitioner: ['identifier.value'],
    Observation: [],
    Encounter: [],
    Condition: [],
    MedicationRequest: [],
    Claim: [],
  },
  'no persons': {
    Observation: ['value[x]', 'code.coding.code', 'component.valueQuantity.unit'],
    Condition: ['onset[x]', 'subject.reference'],
    Encounter: ['participant.individual'],
    Immunization: [],
    Procedure: [],
    DiagnosticReport: [],
    ExplanationOfBenefit: [],
  },
  'nothing hidden': {
    Patient: [],
    Practitioner: [],
    PractitionerRole: [],
    Person: [],
    RelatedPerson: [],
    Observation: [],
    Encounter: [],
    Claim: [],
    Procedure: [],
  },
};

const compiled = (rules) =>
  engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      resource: Object.entries(rules).map(([resourceType, hiddenFields]) => {
        return { resourceType, ...(hiddenFields.length > 0 && { hiddenFields }) };
      }),
    },
  });

// Holds an answer against the oracle; gives what is gone.
function hold(rules, text, answer) {
  const { kept, gone } = oracle(rules, tokens(text));
  if (kept === undefined) {
    assert.equal(answer, undefined, 'is refused');
    return gone;
  }
  assert.notEqual(answer, undefined, 'is released');
  const out = decode(answer);
  JSON.parse(out);
  assert.ok(isSubsequence(answer, encode(text)), 'is part of the input, in order');
  assert.deepEqual(tokens(out), kept, `goes: ${gone.map((one) => `${one.path} ${one.clause}`)}`);
  return gone;
}

const kClauses = new Set();
function holdAll(engineOf, rules, texts) {
  const redact = engineOf(rules);
  let released = 0;
  for (const text of texts) {
    const answer = redact(text);
    for (const { clause } of hold(rules, text, answer)) kClauses.add(clause);
    released += answer === undefined ? 0 : 1;
  }
  return released;
}
const fhirwall = (rules) => {
  const policy = compiled(rules);
  return (text) => policy.redact('read', text);
};

const kLines = hasSynthea ? synthea() : [];
const kSkip = hasSynthea
  ? false
  : 'no ../shared/data beside the repository: generated resources only';

for (const [name, rules] of Object.entries(kPolicies)) {
  test(`Synthea resources, ${name}`, { skip: kSkip }, () => {
    const released = holdAll(fhirwall, rules, kLines);
    assert.ok(released > kLines.length / 4, `${released} of ${kLines.length} are released`);
    assert.ok(released < kLines.length, 'not all are');
  });
}

test('a searchset of Synthea resources', { skip: kSkip }, () => {
  const rules = kPolicies['parts of persons'];
  const entries = kLines.slice(0, 2000).map((line) => `{"resource":${line}}`);
  const text = `{"resourceType":"Bundle","type":"searchset","entry":[${entries}]}`;
  const policy = compiled(rules);
  const answer = policy.redact('search', text);
  assert.ok(isSubsequence(answer, encode(text)));
  const wanted = kLines
    .slice(0, 2000)
    .map((line) => oracle(rules, tokens(line)).kept)
    .filter((kept) => kept !== undefined)
    .map((kept) => ({ '"resource"': kept }));
  assert.ok(wanted.length > 500);
  assert.deepEqual(tokens(decode(answer))['"entry"'], wanted);
});

// Generated resources: numbers and strings in many spellings, every place that a clause names, one line or indented.
const word = fc.constantFrom('Ann', 'Zo\u00eb', '\u{1f600}', 'a "quoted" one', '\\', '', 'x/y');
const some = (one) => fc.array(one, { minLength: 1, maxLength: 3 });
const object = (members) => fc.record(members, { requiredKeys: [] });
const nonEmpty = (members) => object(members).filter((value) => Object.keys(value).length > 0);
const narrative = fc.record({ status: fc.constant('generated'), div: word });
const reference = fc
  .record({
    to: fc.constantFrom('Patient/1', 'Practitioner/1', 'Observation/1', 'Location/1', '#p', '#o'),
    more: object({ display: word, identifier: fc.record({ value: word }) }),
  })
  .map(({ to, more }) => ({ reference: to, ...(to.startsWith('#') ? {} : more) }));
const code = fc.record({
  coding: some(fc.record({ code: word, display: word })),
  text: word,
});
const extension = some(fc.record({ url: fc.constantFrom('urn:race', 'urn:x'), valueString: word }));
const meta = nonEmpty({
  versionId: word,
  project: word,
  account: fc.record({ reference: fc.constant('Organization/1') }),
  tag: some(fc.record({ code: word })),
});
const patient = object({
  id: fc.constantFrom('1', 'p'),
  meta,
  text: narrative,
  extension,
  name: some(fc.record({ given: some(word), family: word, text: word })),
  telecom: some(fc.record({ value: word })),
  address: some(nonEmpty({ line: some(word), text: word, city: word })),
  birthDate: fc.constant('1980-01-02'),
  generalPractitioner: some(reference),
}).map((more) => ({ resourceType: 'Patient', ...more }));
const observation = object({
  id: fc.constantFrom('1', 'o'),
  meta,
  text: narrative,
  extension,
  code,
  subject: reference,
  performer: some(reference),
  valueQuantity: fc.record({ value: fc.constantFrom(1.25, -7, 1e21), unit: word }),
  component: some(nonEmpty({ code, valueQuantity: nonEmpty({ unit: word, code: word }) })),
}).map((more) => ({ resourceType: 'Observation', ...more }));
const inner = fc.tuple(
  patient.map((one) => ({ ...one, id: 'p' })),
  observation.map((one) => ({ ...one, id: 'o' })),
);
const resource = fc
  .tuple(fc.oneof(patient, observation), fc.option(inner, { nil: undefined }))
  .map(([one, contained]) => ({ ...one, ...(contained && { contained }) }));
const text = fc
  .tuple(resource, fc.constantFrom(undefined, 1, 2, '\t'), fc.boolean())
  .map(([value, indent, respell]) => {
    const plain = JSON.stringify(value, undefined, indent);
    return respell ? plain.replaceAll('1.25', '1.250').replaceAll('Ann', 'A\\u006en') : plain;
  });

test('generated resources', () => {
  const policies = Object.values(kPolicies).map((rules) => [rules, fhirwall(rules)]);
  let released = 0;
  fc.assert(
    fc.property(fc.constantFrom(...policies), text, ([rules, redact], body) => {
      const answer = redact(body);
      for (const { clause } of hold(rules, body, answer)) kClauses.add(clause);
      released += answer === undefined ? 0 : 1;
    }),
    { seed: kSeed, numRuns: 3000 },
  );
  assert.ok(released > 1500, `${released} of 3000 are released`);
});

test('every clause that the oracle knows has cut something', () => {
  const wanted = ['7.2', '7.3 a', '7.3 b', '7.3 c', '7.4', '7.5', '7.7'];
  assert.deepEqual([...kClauses].sort(), wanted);
});

// An engine that does nothing right must be noticed here.
const kStubs = {
  'gives nothing': () => undefined,
  'gives an empty body': () => encode(''),
  'gives `{}`': () => encode('{}'),
  'gives the input': (body) => encode(body),
  'parses and writes again': (body) => encode(JSON.stringify(JSON.parse(body))),
};
for (const [name, stub] of Object.entries(kStubs)) {
  test(`an engine that ${name} fails`, () => {
    const number = '{"resourceType":"Observation","valueQuantity":{"value":1.50}}';
    const [rules, texts] =
      name === 'parses and writes again'
        ? [kPolicies['nothing hidden'], [number]]
        : [kPolicies['no persons'], fc.sample(text, { seed: kSeed, numRuns: 200 })];
    assert.throws(() => holdAll(() => stub, rules, texts), { name: 'AssertionError' });
  });
}
