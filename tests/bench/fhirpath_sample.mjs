// What the FHIRPath benchmark runs on: the shared expressions and example resources when they are beside the checkout, else a
// sample of the project's own that asks for the same things.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './inputs.mjs';

const kPatient = {
  resourceType: 'Patient',
  id: 'sample',
  text: {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Mira Halvorsen, born 1968-04-02</p></div>',
  },
  identifier: [
    {
      use: 'usual',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
      system: 'https://clinic.example/mrn',
      value: '40917',
      period: { start: '2009-02-11' },
      assigner: { display: 'Harbour Clinic' },
    },
  ],
  active: true,
  name: [
    { use: 'official', family: 'Halvorsen', given: ['Mira', 'Solveig'] },
    { use: 'usual', given: ['Mim'] },
    {
      use: 'maiden',
      family: 'Lunde',
      given: ['Mira', 'Solveig'],
      period: { end: '1994' },
    },
  ],
  telecom: [
    { use: 'home' },
    { system: 'phone', value: '+47 555 01 234', use: 'work', rank: 1 },
    { system: 'phone', value: '+47 555 98 765', use: 'mobile', rank: 2 },
    { system: 'email', value: 'mira@clinic.example', use: 'work' },
  ],
  gender: 'female',
  birthDate: '1968-04-02',
  _birthDate: {
    extension: [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
        valueDateTime: '1968-04-02T06:21:00+01:00',
      },
    ],
  },
  deceasedBoolean: false,
  address: [
    {
      use: 'home',
      text: 'Bryggen 7, 5003 Bergen',
      line: ['Bryggen 7'],
      city: 'Bergen',
      postalCode: '5003',
      period: { start: '1994-06-25' },
    },
  ],
  contact: [
    {
      relationship: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'N' }] },
      ],
      name: { family: 'Halvorsen', given: ['Arne'] },
      telecom: [{ system: 'phone', value: '+47 555 44 321' }],
      gender: 'male',
    },
  ],
  managingOrganization: { reference: 'Organization/harbour' },
};

const kObservation = {
  resourceType: 'Observation',
  id: 'sample',
  text: {
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Body weight: 185 lbs, 2016-03-28</p></div>',
  },
  status: 'final',
  category: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/observation-category',
          code: 'vital-signs',
          display: 'Vital Signs',
        },
      ],
    },
  ],
  code: {
    coding: [
      { system: 'http://loinc.org', code: '29463-7', display: 'Body Weight' },
      { system: 'http://loinc.org', code: '3141-9', display: 'Body weight Measured' },
      { system: 'http://snomed.info/sct', code: '27113001', display: 'Body weight' },
      { system: 'https://clinic.example/codes', code: 'weight', display: 'Weight' },
    ],
  },
  subject: { reference: 'Patient/sample' },
  encounter: { reference: 'Encounter/sample' },
  effectiveDateTime: '2016-03-28',
  valueQuantity: {
    value: 185,
    unit: 'lbs',
    system: 'http://unitsofmeasure.org',
    code: '[lb_av]',
  },
};

const kCases = [
  ['patient', 'Patient.name.family'],
  ['patient', "Patient.telecom.where(system = 'email').value"],
  ['patient', "Patient.name.where(use = 'maiden').given.first()"],
  ['observation', 'Observation.value as Quantity'],
  ['observation', '(Observation.value as Quantity) | (Observation.value as Range)'],
  ['observation', 'Observation.encounter.where(resolve() is Encounter)'],
  ['observation', "%before.exists() implies %before.status != 'final'", { before: 'observation' }],
  ['observation', "status = 'final' implies encounter.exists()"],
  ['observation', "code.coding.exists(system = 'http://snomed.info/sct' and code = '27113001')"],
  ['observation', 'value.value * 0.4536 > 80 and (2 + 3) * 4 - 6 / 2 = 17'],
  ['patient', 'Patient.birthDate < @1970-01-01'],
  ['observation', 'effective >= @2016-01-01 and effective < @2017-01-01'],
  ['observation', "Observation.value > 80 'kg'"],
  ['patient', 'Patient.descendants().count() > 10'],
];

// { about, cases: [{ resource, expression, variables? }], bytes: { name: Uint8Array } }
export function loadSample() {
  const shared = path.join(root, '../shared');
  const list = path.join(shared, 'bench/fhirpath.json');
  if (existsSync(list)) {
    const bytesOf = (name) =>
      new Uint8Array(readFileSync(path.join(shared, `fhirpath/input/${name}-example.json`)));
    return {
      about: 'the shared expressions and examples',
      cases: JSON.parse(readFileSync(list, 'utf8')),
      bytes: { patient: bytesOf('patient'), observation: bytesOf('observation') },
    };
  }
  const bytesOf = (resource) => new TextEncoder().encode(JSON.stringify(resource, undefined, 2));
  return {
    about: "the project's own sample (no ../shared beside the checkout)",
    cases: kCases.map(([resource, expression, variables]) => ({
      resource,
      expression,
      variables,
    })),
    bytes: { patient: bytesOf(kPatient), observation: bytesOf(kObservation) },
  };
}
