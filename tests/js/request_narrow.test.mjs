// Narrowed queries (SPEC 13.3): what a search with them finds holds everything that the rules let through, and nothing else where the
// query is said to be exact.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { kSeed, policyOf, randomFrom } from './support.mjs';

const engine = await createEngine();
const random = randomFrom(kSeed);
const pick = (list) => list[random(list.length)];

function check(rules, url, options) {
  const policy = engine.compilePolicy({ policies: policyOf(...rules) });
  const found = policy.checkRequest({ method: 'GET', url }, options);
  policy.free();
  return `${found.url}${found.exact ? ' exact' : ''}`;
}

const when = (criteria, more = {}) => ({
  resourceType: criteria.split('?')[0],
  ...(criteria.includes('?') ? { criteria } : {}),
  ...more,
});

test('rules say themselves in the query', () => {
  for (const [rules, expected] of [
    [['Patient?_id=1'], 'Patient?_id=1 exact'],
    [['Patient'], 'Patient exact'],
    [['Patient', 'Patient?_id=1'], 'Patient exact'],
    [['Patient?_id=1', 'Patient?_id=2'], 'Patient?_id=1%2C2 exact'],
    [
      ['Patient?_id=1&gender=male', 'Patient?_id=2&gender=male'],
      'Patient?gender=male&_id=1%2C2 exact',
    ],
    [
      ['Patient?_id=1&gender=male', 'Patient?_id=2&gender=female'],
      'Patient?_id=1%2C2&gender=male%2Cfemale',
    ],
    [['Patient?_id=1', 'Patient?gender=male'], 'Patient'],
    [['Patient?_id=1', 'Patient?_id=1&gender=male'], 'Patient?_id=1 exact'],
    [['Patient?name=a'], 'Patient?name=a'],
    [['Patient?name:exact=A b%26c'], 'Patient?name:exact=A%20b%26c exact'],
    [['Patient?name:contains=a'], 'Patient'],
    [['Patient?gender:not=male'], 'Patient'],
    [['Patient?gender:missing=true'], 'Patient?gender:missing=true'],
    [['Patient?gender:missing=true', 'Patient?gender:missing=false'], 'Patient'],
    [['Patient?organization=Organization/1'], 'Patient?organization=Organization%2F1 exact'],
    [['Patient?organization=1'], 'Patient'],
    [['Patient?identifier=http://a|1'], 'Patient?identifier=http%3A%2F%2Fa%7C1 exact'],
    [['Patient?identifier=1'], 'Patient?identifier=1'],
    [['Patient?birthdate=gt2000'], 'Patient?birthdate=gt2000'],
    [['Patient?birthdate=ap2000'], 'Patient'],
    [['Patient?_compartment=Patient/1'], 'Patient?_id=1 exact'],
    [['Patient?_filter=gender eq male'], 'Patient'],
    [['Encounter?_compartment=Patient/1'], 'Encounter?subject=Patient%2F1 exact'],
    [['Observation?_compartment=Patient/1'], 'Observation'],
    [['Observation?_compartment=Organization/1'], 'Observation'],
    [['Observation?_project=Project/1'], 'Observation'],
    [['*?_compartment=Patient/1', 'Practitioner'], 'Patient?_id=1 exact'],
  ]) {
    const url = expected.split(/[? ]/)[0];
    assert.equal(
      check(
        rules.map((rule) => when(rule)),
        url,
      ),
      expected,
      rules.join(' | '),
    );
  }
});

test('Medplum says memberships', () => {
  const medplum = { upstreamKind: 'medplum' };
  for (const [rule, expected] of [
    ['Observation?_compartment=Patient/1', 'Observation?_compartment=Patient%2F1 exact'],
    ['Observation?_compartment=Organization/1', 'Observation?_compartment=Organization%2F1 exact'],
    ['Observation?_compartment=Practitioner/1', 'Observation'],
    ['Observation?_account=Organization/1', 'Observation?_account=Organization%2F1 exact'],
  ]) {
    assert.equal(check([when(rule)], 'Observation', medplum), expected, rule);
  }
});

test('rules that do not grant search, and scopes, are told apart', () => {
  const rules = [when('Patient?_id=1'), when('Patient', { interaction: ['read'] })];
  assert.equal(check(rules, 'Patient?gender=male'), 'Patient?gender=male&_id=1 exact');
  const policy = engine.compilePolicy({
    policies: policyOf(when('Encounter?status=finished')),
    scopes: 'patient/*.rs',
    launchPatient: 'Patient/7',
  });
  const { url, exact } = policy.checkRequest({ method: 'GET', url: 'Encounter' });
  assert.equal(`${url} ${exact}`, 'Encounter?status=finished&subject=Patient%2F7 true');
  policy.free();
});

test('a project is no part of the rules', () => {
  const policy = engine.compilePolicy({
    policies: policyOf(when('Patient?_id=1')),
    project: { resourceType: 'Project', id: 'own' },
  });
  const { url, exact } = policy.checkRequest({ method: 'GET', url: 'Patient' });
  assert.equal(`${url} ${exact}`, 'Patient?_id=1 false');
  policy.free();
});

// --- The property.

const kTerms = {
  Patient: [
    ...['_id=1', '_id=2,3', 'gender=male', 'gender=female', 'gender:not=male', 'active=true'],
    ...['name=an', 'name:exact=Ann', 'family:contains=n', 'birthdate=lt2000', 'birthdate=2001-02'],
    ...['organization=Organization/1', 'organization=Organization/2', 'identifier=http://i|1'],
    ...[
      '_compartment=Patient/1',
      '_compartment=Patient/2',
      'deceased:missing=true',
      'name=%C3%A9ric',
    ],
    ...['name:exact=a%5C,b', 'address-state=CA'],
  ],
  Encounter: [
    ...['_compartment=Patient/1', '_compartment=Patient/2', 'status=finished,planned', 'class=AMB'],
    ...['patient=Patient/1', 'subject=Patient/2', 'type=http://t|a', 'status:not=planned'],
  ],
};

const kResources = {
  Patient: () => ({
    resourceType: 'Patient',
    id: pick(['1', '2', '3', '4']),
    ...pick([{}, { active: true }, { active: false }]),
    ...pick([{}, { gender: 'male' }, { gender: 'female' }]),
    name: [
      pick([{}, { given: ['Ann'], family: 'Lin' }, { family: '\u00c9ric' }, { given: ['a,b'] }]),
    ],
    ...pick([{}, { birthDate: '1999' }, { birthDate: '2001-02-03' }]),
    ...pick([{}, { deceasedBoolean: true }]),
    ...pick([{}, { address: [{ state: 'CA' }] }]),
    ...pick([{}, { identifier: [{ system: 'http://i', value: '1' }] }]),
    ...pick([{}, { managingOrganization: { reference: `Organization/${pick(['1', '2'])}` } }]),
  }),
  Encounter: () => ({
    resourceType: 'Encounter',
    id: pick(['1', '2', '3', '4']),
    status: pick(['finished', 'planned', 'cancelled']),
    class: { code: pick(['AMB', 'EMER']) },
    ...pick([{}, { type: [{ coding: [{ system: 'http://t', code: 'a' }] }] }]),
    ...pick([{}, { subject: { reference: `Patient/${pick(['1', '2'])}` } }]),
  }),
};

test('filtering what the narrowed query finds is filtering all there is', (t) => {
  let narrowed = 0;
  let exact = 0;
  for (let round = 0; round < 400; round += 1) {
    const type = pick(['Patient', 'Encounter']);
    const rules = Array.from({ length: 1 + random(3) }, () => {
      const terms = Array.from({ length: random(8) === 0 ? 0 : 1 + random(2) }, () =>
        pick(kTerms[type]),
      );
      return when(terms.length === 0 ? type : `${type}?${terms.join('&')}`);
    });
    const policy = engine.compilePolicy({ policies: policyOf(...rules) });
    const found = policy.checkRequest({ method: 'GET', url: type });
    const query = found.url.slice(type.length + 1);
    const search = query === '' ? null : engine.search(found.url);
    narrowed += query === '' ? 0 : 1;
    exact += found.exact ? 1 : 0;
    for (let n = 0; n < 12; n += 1) {
      const resource = kResources[type]();
      const allowed = policy.decide('search', resource).allowed;
      const matches = search?.matches(resource) ?? true;
      const what = `${JSON.stringify(rules)} ${found.url} ${JSON.stringify(resource)}; seed ${kSeed}`;
      if (allowed) assert.ok(matches, `lost: ${what}`);
      if (found.exact && matches) assert.ok(allowed, `not exact: ${what}`);
    }
    search?.free();
    policy.free();
  }
  t.diagnostic(`${narrowed} of 400 queries narrowed, ${exact} exact`);
  assert.ok(narrowed > 100 && exact > 50);
});
