// Search parameters and compartments that the host supplies, and engine.searchParameters().
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { fails, policyOf } from './support.mjs';

const engine = await createEngine();

const kInsurer = 'http://x.test/insurer';
const insurer = {
  resourceType: 'SearchParameter',
  url: 'http://x.test/SearchParameter/insurer',
  name: 'insurer',
  status: 'active',
  description: 'Who pays',
  code: 'insurer',
  base: ['Patient'],
  type: 'reference',
  target: ['Organization'],
  expression: `Patient.extension('${kInsurer}').value.ofType(Reference)`,
};
const organization = {
  resourceType: 'CompartmentDefinition',
  code: 'Organization',
  search: true,
  resource: [
    { code: 'Patient', param: ['insurer', 'organization'] },
    { code: 'Organization', param: ['{def}'] },
  ],
};
const patient = (reference) => ({
  resourceType: 'Patient',
  extension: [{ url: kInsurer, valueReference: { reference } }],
});

test('a supplied search parameter works in a search', () => {
  const search = engine.search('Patient?insurer=Organization/1', { searchParameters: [insurer] });
  assert.equal(search.matches(patient('Organization/1')), true);
  assert.equal(search.matches(patient('Organization/2')), false);
  assert.equal(search.matches(patient('https://a.test/fhir/Organization/1')), false);
  search.free();
  const based = engine.search('Patient?insurer=Organization/1', {
    searchParameters: [insurer],
    baseUrls: ['https://a.test/fhir'],
  });
  assert.equal(based.matches(patient('https://a.test/fhir/Organization/1')), true);
  based.free();
  fails(() => engine.search('Patient?insurer=1'), 'PolicyCompileError', 'unknown-parameter');
});

test('a supplied compartment decides what lies in it', () => {
  const options = { compartmentDefinitions: [organization], searchParameters: [insurer] };
  const search = engine.search('Patient?_compartment=Organization/1', options);
  assert.equal(search.matches(patient('Organization/1')), true);
  assert.equal(search.matches(patient('Organization/2')), false);
  assert.equal(
    search.matches({
      resourceType: 'Patient',
      managingOrganization: { reference: 'Organization/1' },
    }),
    true,
  );
  search.free();
  const own = engine.search('Organization?_compartment=Organization/1', options);
  assert.equal(own.matches({ resourceType: 'Organization', id: '1' }), true);
  assert.equal(own.matches({ resourceType: 'Organization', id: '2' }), false);
  own.free();
});

test('policies take both, and their hash says so', () => {
  const compile = (criteria, options) =>
    engine.compilePolicy({
      policies: policyOf({ resourceType: 'Patient', criteria }),
      options,
    });
  const options = { searchParameters: [insurer], compartmentDefinitions: [organization] };
  const policy = compile('Patient?_compartment=Organization/1&insurer:missing=false', options);
  assert.equal(policy.decide('read', patient('Organization/1')).allowed, true);
  assert.equal(policy.decide('read', patient('Organization/2')).allowed, false);
  const hashOf = (given) => {
    const one = compile('Patient?_id=1', given);
    const { hash } = one;
    one.free();
    return hash;
  };
  const hashes = [
    {},
    { searchParameters: [insurer] },
    { searchParameters: [{ ...insurer, target: [] }] },
    options,
  ].map(hashOf);
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(hashOf({ searchParameters: [{ ...insurer, name: 'other' }] }), hashes[1]);
  policy.free();
});

test('what is wrong with a supplied resource is an issue at its place', () => {
  const issuesOf = (options) =>
    fails(() => engine.search('Patient?_id=1', options), 'PolicyCompileError').issues.map(
      ({ code, path, offset }) => `${code} ${path} ${offset}`,
    );
  const changed = (change) => ({ searchParameters: [{ ...insurer, ...change }] });
  assert.deepEqual(issuesOf(changed({ expresion: 'x' })), [
    'unknown-property options.searchParameters[0].expresion 0',
  ]);
  assert.deepEqual(issuesOf(changed({ expression: 'Patient.nmae' })), [
    'unknown-path options.searchParameters[0].expression 8',
  ]);
  assert.deepEqual(issuesOf(changed({ expression: '(Patient.name' })), [
    'fhirpath-syntax options.searchParameters[0].expression 13',
  ]);
  assert.deepEqual(issuesOf(changed({ type: 'composite' })), [
    'unsupported-feature options.searchParameters[0].type 0',
  ]);
  assert.deepEqual(issuesOf(changed({ code: 'gender' })), [
    'inconsistent-input options.searchParameters[0].base[0] 0',
  ]);
  assert.deepEqual(
    issuesOf({ compartmentDefinitions: [{ ...organization, code: 'Patient', resource: [] }] }),
    ['inconsistent-input options.compartmentDefinitions[0].code 0'],
  );
  assert.deepEqual(issuesOf({ searchParameters: insurer }), [
    'wrong-type options.searchParameters 0',
  ]);
  assert.throws(() => engine.search('Patient?_id=1', { searchParameter: [] }), TypeError);
});

test('searchParameters() lists what criteria know, frozen and by code', () => {
  const list = engine.searchParameters('Observation');
  const codes = list.map((one) => one.code);
  assert.deepEqual(codes, [...codes].sort());
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(
    Object.isFrozen(list) && Object.isFrozen(list[0]) && Object.isFrozen(list[0].modifiers),
  );
  assert.deepEqual(
    list.find((one) => one.code === 'subject'),
    {
      code: 'subject',
      type: 'reference',
      expression: 'Observation.subject',
      targets: ['Device', 'Group', 'Location', 'Patient'],
      supported: true,
      modifiers: ['identifier', 'missing', 'not', 'text', 'type'],
    },
  );
  assert.deepEqual(
    list.find((one) => one.code === 'combo-code-value-quantity').components.map((one) => one.type),
    ['token', 'quantity'],
  );
  assert.ok(engine.searchParameters('*').every((one) => codes.includes(one.code)));
  assert.equal(
    engine.searchParameters('Location').find((one) => one.code === 'near').supported,
    false,
  );
  for (const type of ['Nope', '', 'HumanName', 'Resource', undefined]) {
    assert.throws(() => engine.searchParameters(type), TypeError);
  }
});
