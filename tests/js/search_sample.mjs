// What the tests of search criteria look at: the Synthea resources beside the repository, if they are there, and written ones
// for what those do not have.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './support.mjs';

const file = path.join(root, '../shared/data/synthea/resources.ndjson');
export const hasSynthea = existsSync(file);

// Synthea's references are `urn:uuid:<id>`; as `Type/<id>` criteria can follow them.
export function synthea() {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const typeOf = new Map();
  for (const line of lines) {
    const { resourceType, id } = JSON.parse(line);
    typeOf.set(id, resourceType);
  }
  return lines.map((line) =>
    line.replace(/"urn:uuid:([0-9a-f-]+)"/g, (all, id) =>
      typeOf.has(id) ? `"${typeOf.get(id)}/${id}"` : all,
    ),
  );
}

const ucum = (value, code, more) => ({
  ...{ value, unit: code, system: 'http://unitsofmeasure.org', code },
  ...more,
});
const coded = (system, code, display) => ({ coding: [{ system, code, display }], text: display });

export const written = [
  {
    resourceType: 'Patient',
    id: 'accents',
    meta: { lastUpdated: '2024-02-29T23:59:59.999Z', tag: [{ system: 'urn:t', code: 'Red' }] },
    active: true,
    name: [
      {
        family: 'M\u00fcller-L\u00fcdenscheidt',
        given: ['Zo\u00eb', 'Ana Mar\u00eda'],
        prefix: ['Dr.'],
      },
      { text: 'Strau\u00df, Anna', suffix: ['PhD'] },
    ],
    telecom: [
      { system: 'phone', value: '555-0100' },
      { system: 'email', value: 'Zoe@Example.org' },
    ],
    gender: 'female',
    birthDate: '1980-02',
    address: [{ line: ['1 High Street'], city: 'Z\u00fcrich', state: 'ZH', postalCode: '8001' }],
    identifier: [
      {
        type: coded('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR', 'Medical record'),
        system: 'urn:mr',
        value: 'A-1',
      },
      { value: 'no-system' },
    ],
    generalPractitioner: [
      { reference: 'Practitioner/p1/_history/2' },
      { reference: 'https://other.example/fhir/Organization/o1' },
      { reference: 'urn:uuid:6f9619ff-8b86-4d01-b42d-00cf4fc964ff', display: 'Dr. No' },
    ],
    managingOrganization: { identifier: { system: 'urn:org', value: 'O-1' }, display: 'Clinic' },
  },
  {
    resourceType: 'Patient',
    id: 'plain',
    meta: { lastUpdated: '2024-03-01T00:00:00Z' },
    active: false,
    name: [{ family: 'Muller', given: ['Ann', 'Marie'] }],
    gender: 'male',
    birthDate: '1980',
    deceasedDateTime: '2020-04-30',
    generalPractitioner: [{ reference: 'Practitioner/p1' }],
    managingOrganization: { reference: 'Organization/o1' },
  },
  {
    resourceType: 'Patient',
    id: 'bare',
    _birthDate: { extension: [{ url: 'urn:reason', valueCode: 'unknown' }] },
    deceasedBoolean: false,
  },
  {
    resourceType: 'Observation',
    id: 'mass',
    status: 'final',
    code: coded('http://loinc.org', '29463-7', 'Body Weight'),
    effectivePeriod: { start: '2024-01-15', end: '2024-02' },
    valueQuantity: ucum(72.5, 'kg'),
  },
  {
    resourceType: 'Observation',
    id: 'below',
    status: 'amended',
    code: { text: 'D-dimer' },
    effectiveTiming: { event: ['2024-01-01', '2024-03-01T10:00:00Z'] },
    valueQuantity: ucum(0.5, 'mg/L', { comparator: '<' }),
  },
  {
    resourceType: 'Observation',
    id: 'open',
    status: 'final',
    code: coded('http://loinc.org', '29463-7', 'body weight'),
    effectivePeriod: { start: '2024-02-01T08:30:00+02:00' },
    valueString: 'Heavy',
  },
  {
    resourceType: 'RiskAssessment',
    id: 'risk',
    status: 'final',
    subject: { reference: 'Patient/plain' },
    prediction: [{ probabilityDecimal: 0.02 }, { probabilityDecimal: 0.8 }],
  },
  {
    resourceType: 'RiskAssessment',
    id: 'range',
    status: 'final',
    subject: { reference: 'Patient/plain' },
    prediction: [{ probabilityRange: { low: { value: 0.1 }, high: { value: 0.3 } } }],
  },
  {
    resourceType: 'ValueSet',
    id: 'colours',
    url: 'http://example.org/fhir/ValueSet/colours',
    version: '1.0',
    name: 'Colours',
    title: 'All colours, of light',
    status: 'active',
    date: '2024-02-29T10:15:30.250Z',
    expansion: { identifier: 'urn:oid:1.2.3', timestamp: '2024-01-01T00:00:00Z' },
  },
  {
    resourceType: 'ValueSet',
    id: 'shapes',
    url: 'http://example.org/fhir/ValueSet/colours/shapes',
    version: '2.0',
    name: 'Shapes',
    status: 'draft',
    date: '2024-02',
  },
  {
    resourceType: 'QuestionnaireResponse',
    id: 'answers',
    status: 'completed',
    questionnaire: 'http://example.org/Questionnaire/intake|1.2',
    authored: '2024-06-30T12:00:00Z',
    author: { reference: 'Practitioner/p1' },
  },
  {
    resourceType: 'Schedule',
    id: 'hours',
    active: true,
    actor: [{ reference: 'Practitioner/p1' }],
    planningHorizon: { end: '2024-12-31' },
  },
];
