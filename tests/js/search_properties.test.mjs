// Laws that hold for criteria whatever the values: of generated resources and criteria, from a printed seed.
//
// FHIRWALL_RANDOM_RUNS: how many examples of each law (400).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createEngine } from 'fhirwall';
import { kSeed } from './support.mjs';

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

// Few words, so that they meet; accents and case among them.
const kWords = [
  'ana',
  'Ana',
  'An',
  'Zo\u00eb',
  'zoe',
  'M\u00fcller',
  'Muller Ana',
  'x,y',
  'a|b',
  '50$',
];
const kSystems = ['urn:a', 'urn:A', 'http://loinc.org'];
const word = fc.constantFrom(...kWords);
const maybe = (one) => fc.option(one, { nil: undefined });
const list = (one) => maybe(fc.array(one, { minLength: 1, maxLength: 3 }));
const reference = fc.constantFrom(
  ...['Practitioner/1', 'Practitioner/1/_history/2', 'Organization/1', 'Practitioner/2'],
  ...['https://other.example/Practitioner/1', 'urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff'],
);
const coding = fc.record({
  system: maybe(fc.constantFrom(...kSystems)),
  code: maybe(word),
  display: maybe(word),
});
const date = fc.constantFrom(
  ...['2024', '2024-02', '2024-02-29', '2023-12-31', '2024-03'],
  ...['2024-02-29T23:59:59Z', '2024-03-01T00:59:59+01:00', '2024-02-29T23:59:59.999Z'],
);
const instantMs = fc.oneof(
  fc.integer({ min: Date.UTC(2023, 0), max: Date.UTC(2025, 0) }),
  fc.integer({ min: Date.UTC(2024, 1, 29), max: Date.UTC(2024, 1, 29) + 3 }),
);
const offset = fc.constantFrom(0, 0, 60, -300, 330);

// An instant with milliseconds, in any zone.
function instantText([milliseconds, minutes]) {
  if (minutes === 0) return new Date(milliseconds).toISOString();
  const two = (number) => String(Math.abs(number)).padStart(2, '0');
  const local = new Date(milliseconds + minutes * 60_000).toISOString().slice(0, -1);
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}
const instant = fc.tuple(instantMs, offset).map(instantText);

const patient = fc.record({
  resourceType: fc.constant('Patient'),
  meta: maybe(fc.record({ lastUpdated: instant, tag: list(coding) })),
  active: maybe(fc.boolean()),
  name: list(fc.record({ family: maybe(word), given: list(word), text: maybe(word) })),
  identifier: list(fc.record({ system: maybe(fc.constantFrom(...kSystems)), value: maybe(word) })),
  telecom: list(fc.record({ system: fc.constantFrom('phone', 'email'), value: maybe(word) })),
  gender: maybe(fc.constantFrom('male', 'female')),
  birthDate: maybe(fc.constantFrom('1980', '1980-02', '1980-02-29')),
  generalPractitioner: list(fc.record({ reference: maybe(reference), display: maybe(word) })),
});
const observation = fc.record({
  resourceType: fc.constant('Observation'),
  status: maybe(fc.constantFrom('final', 'amended')),
  code: maybe(fc.record({ coding: list(coding), text: maybe(word) })),
  effectiveDateTime: maybe(date),
  valueQuantity: maybe(
    fc.record({
      value: fc.constantFrom(1, 1.5, 99.6, 100, 1000),
      comparator: maybe(fc.constantFrom('<', '>=')),
      system: fc.constant('http://unitsofmeasure.org'),
      code: fc.constantFrom('mg', 'g'),
    }),
  ),
});
const bytesOf = (resource) => JSON.stringify(resource); // without what is undefined

const escaped = (text) => encodeURIComponent(text.replaceAll(/[\\,|$]/g, '\\$&'));
const token = fc
  .tuple(fc.constantFrom('', '|', 'urn:a|', 'urn:A|', 'http://loinc.org|'), word)
  .map(([system, code]) => system + escaped(code));
const text = word.map(escaped);
const gender = fc.constantFrom('male', 'female', '|male', 'urn:a|male');
const prefixed = (value) =>
  fc
    .tuple(fc.constantFrom('', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'), value)
    .map((parts) => parts.join(''));
const quantity = fc.constantFrom(
  ...['100', '1', '1||g', '1000|http://unitsofmeasure.org|mg', '1|http://unitsofmeasure.org|g'],
);

// Parameters that take `:not`: [type, resource, name, value].
const negatable = [
  ['Patient', patient, 'identifier', token],
  ['Patient', patient, 'telecom', token],
  ['Patient', patient, '_tag', token],
  ['Patient', patient, 'gender', gender],
  ['Patient', patient, 'active', fc.constantFrom('true', 'false')],
  ['Patient', patient, 'family', text],
  ['Patient', patient, 'name', text],
  ['Patient', patient, 'general-practitioner', reference],
  ['Patient', patient, 'general-practitioner', fc.constantFrom('1', '2')],
  ['Observation', observation, 'code', token],
  ['Observation', observation, 'status', fc.constantFrom('final', 'amended')],
];
const comparable = [
  ['Patient', patient, 'birthdate', prefixed(fc.constantFrom('1980', '1980-02', '1979-12-31'))],
  ['Patient', patient, '_lastUpdated', prefixed(instant.map(encodeURIComponent))],
  ['Observation', observation, 'date', prefixed(date.map(encodeURIComponent))],
  ['Observation', observation, 'value-quantity', prefixed(quantity)],
];
const all = [...negatable, ...comparable];

const term = (parameters) =>
  fc.constantFrom(...parameters).chain(([type, resource, name, value]) =>
    fc.record({
      type: fc.constant(type),
      name: fc.constant(name),
      resource: resource.map(bytesOf),
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
    }),
  );

// Runs a law, which tells whether its example said something (true) or only held because nothing matched.
function law(name, arbitrary, check, runs = kRuns) {
  test(name, () => {
    let telling = 0;
    fc.assert(
      fc.property(arbitrary, (example) => {
        if (check(example)) ++telling;
      }),
      { seed: kSeed, numRuns: runs },
    );
    console.log(`seed ${kSeed}: ${name}: ${telling} of ${runs} examples say something`);
    assert.ok(telling > runs / 20, `${telling} of ${runs}`);
  });
}

law(':not never holds where the plain test does', term(negatable), (one) => {
  const { type, name, resource, values } = one;
  const plain = holds(`${type}?${name}=${values.join(',')}`, resource);
  const negated = holds(`${type}?${name}:not=${values.join(',')}`, resource);
  assert.ok(!(plain && negated));
  return plain || negated;
});

law('ne never holds where eq does', term(comparable), ({ type, name, resource, values }) => {
  const value = values[0].replace(/^[a-z]{2}/, '');
  const plain = holds(`${type}?${name}=${value}`, resource);
  const negated = holds(`${type}?${name}=ne${value}`, resource);
  assert.equal(holds(`${type}?${name}=eq${value}`, resource), plain);
  assert.ok(!(plain && negated));
  return plain || negated;
});

law('a comma is the union', term(all), ({ type, name, resource, values }) => {
  const each = values.map((value) => holds(`${type}?${name}=${value}`, resource));
  assert.equal(holds(`${type}?${name}=${values.join(',')}`, resource), each.includes(true));
  return each.includes(true);
});

law('a comma under :not is the intersection', term(negatable), (one) => {
  const { type, name, resource, values } = one;
  const each = values.map((value) => holds(`${type}?${name}:not=${value}`, resource));
  assert.equal(holds(`${type}?${name}:not=${values.join(',')}`, resource), !each.includes(false));
  return each.includes(true);
});

law('a repeated parameter is the intersection', term(all), ({ type, name, resource, values }) => {
  const terms = values.map((value) => `${name}=${value}`);
  const each = terms.map((one) => holds(`${type}?${one}`, resource));
  assert.equal(holds(`${type}?${terms.join('&')}`, resource), !each.includes(false));
  return each.includes(true);
});

law(
  'the order of terms does not matter',
  fc.constantFrom('Patient', 'Observation').chain((type) => {
    const own = all.filter((one) => one[0] === type);
    const one = fc
      .constantFrom(...own)
      .chain(([, , name, value]) => value.map((text) => `${name}=${text}`));
    const other = fc
      .constantFrom(...negatable.filter((one) => one[0] === type))
      .chain(([, , name, value]) => value.map((text) => `${name}:not=${text}`));
    return fc.record({
      type: fc.constant(type),
      resource: own[0][1].map(bytesOf),
      terms: fc.array(fc.oneof(one, other, other), { minLength: 2, maxLength: 4 }),
    });
  }),
  ({ type, resource, terms }) => {
    const forward = holds(`${type}?${terms.join('&')}`, resource);
    assert.equal(holds(`${type}?${terms.toReversed().join('&')}`, resource), forward);
    assert.equal(
      forward,
      terms.every((one) => holds(`${type}?${one}`, resource)),
    );
    return forward;
  },
);

law(
  'ge is the complement of lt, and le of gt, on instants with milliseconds',
  fc.record({ stored: instant, value: instant, same: fc.boolean() }),
  ({ stored, value, same }) => {
    const resource = JSON.stringify({ resourceType: 'Patient', meta: { lastUpdated: stored } });
    const wanted = encodeURIComponent(same ? stored : value);
    const is = (prefix) => holds(`Patient?_lastUpdated=${prefix}${wanted}`, resource);
    const order = Date.parse(stored) - Date.parse(same ? stored : value);
    assert.equal(is('ge'), order >= 0);
    assert.equal(is('lt'), order < 0);
    assert.equal(is('gt'), order > 0);
    assert.equal(is('le'), order <= 0);
    assert.equal(is('eq'), order === 0);
    assert.equal(is('ne'), order !== 0);
    assert.equal(is('sa'), is('gt'));
    assert.equal(is('eb'), is('lt'));
    return true;
  },
);

law(':missing=true and :missing=false exclude each other', term(all), (one) => {
  const { type, name, resource, values } = one;
  const absent = holds(`${type}?${name}:missing=true`, resource);
  const present = holds(`${type}?${name}:missing=false`, resource);
  assert.equal(present, !absent); // of what is well-formed one holds
  assert.ok(!(absent && holds(`${type}?${name}=${values[0]}`, resource)));
  return present;
});

// ---- Malformed elements: the wrong JSON type where a parameter looks, a date that is none. Few enough to try them all.

const kJunk = [1, 1.5, true, 'text', {}, { a: 1 }, [], [[]], [1], [null], ['text'], [{ a: [] }]];
const kindOf = (value) => (Array.isArray(value) ? 'array' : typeof value);
const junk = (...right) => kJunk.filter((value) => !right.includes(kindOf(value)));
const impossible = [
  ...['2024-02-30', '2023-02-29', '2024-13', '2024-1-1', '24', '2024-02-29T25:00:00Z', '', 'x'],
  ...['2024-02-29T10', '2024-02-29 10:00:00Z', '2024-02-29T10:00:60.Z', '0000', '20240229'],
];
const noDates = [...junk('string'), ...impossible];
const patientWith = (values, make) =>
  values.map((value) => ({ resourceType: 'Patient', ...make(value) }));
const observationWith = (values, make) =>
  values.map((value) => ({ resourceType: 'Observation', ...make(value) }));

// [parameter, values that are tried, values that are tried negated, what comes before those, resources]
const places = [
  [
    ...['birthdate', ['1980', 'ge1900', 'lt2100', 'ap2024', 'ne1980'], []],
    patientWith(noDates, (birthDate) => ({ birthDate })),
  ],
  [
    ...['_lastUpdated', ['2024', 'ge1900', 'eb2100', 'sa1900', 'ne2024'], []],
    patientWith(noDates, (lastUpdated) => ({ meta: { lastUpdated } })),
  ],
  [
    ...['date', ['2024', 'ge1900', 'lt2100', 'ne1980'], []],
    observationWith(noDates, (start) => ({ effectivePeriod: { start } })),
  ],
  [
    ...['gender', [], ['male', 'text', '1', 'true']],
    patientWith(junk('string'), (gender) => ({ gender })),
  ],
  [...['active', [], ['true', 'false']], patientWith(junk('boolean'), (active) => ({ active }))],
  [
    ...['family', ['text', 't'], ['text', '1']],
    patientWith(junk('string'), (family) => ({ name: [{ family }] })),
  ],
  [
    ...['identifier', [], ['text', '1', 'urn:a|']],
    patientWith(junk('array', 'object'), (identifier) => ({ identifier })),
  ],
  [
    ...['identifier', [], ['text', '1', 'urn:a|']],
    patientWith(junk('string'), (value) => ({ identifier: [{ value }] })).filter(
      ({ identifier: [{ value }] }) => kindOf(value) !== 'array' || value.length > 0,
    ),
  ],
  [...['code', [], ['text', '1']], observationWith(junk('object'), (code) => ({ code }))],
  [
    ...['subject', [], ['Patient/1', 'text']],
    observationWith(junk('object'), (subject) => ({ subject })),
  ],
  [
    ...['value-quantity', ['1', '1||g', 'gt0', 'ne2'], []],
    observationWith(junk('object'), (valueQuantity) => ({ valueQuantity })),
  ],
  [...['url', [], ['text', '1']], junk('string').map((url) => ({ resourceType: 'ValueSet', url }))],
];
// Where the element that the parameter gives is itself of the wrong type: it is neither there nor missing.
const isInside = (resource) => 'effectivePeriod' in resource || Array.isArray(resource.identifier);

test('a malformed element satisfies no criterion, negated or not, nor :missing', () => {
  const wrong = [];
  let count = 0;
  for (const [name, plain, negatable, resources] of places) {
    for (const resource of resources) {
      const terms = [
        ...[...plain, ...negatable].map((value) => `${name}=${value}`),
        ...negatable.map((value) => `${name}:not=${value}`),
        `${name}:missing=true`,
        ...(isInside(resource) ? [] : [`${name}:missing=false`]),
      ];
      for (const one of terms) {
        ++count;
        const text = JSON.stringify(resource);
        if (holds(`${resource.resourceType}?${one}`, text)) wrong.push(`${one} on ${text}`);
      }
    }
  }
  console.log(`${count} malformed examples`);
  assert.deepEqual(wrong, []);
  assert.ok(count > 700, String(count));
});
