// Who asks, and what there is to see: every value that somebody may not see is a text of its own, so that it can be looked for.
// Nothing of Node's here: it runs in workerd, too.

const kPatients = ['ana', 'bo', 'cora'];
const kDoctors = { ana: 'okafor', bo: 'okafor', cora: 'lindqvist' };
const kBirthDays = { ana: '1951-01-17', bo: '1962-02-18', cora: '1973-03-19' };

/** Label of each secret, `ana.phone`, and the text that it is. */
export const secrets = {};
function secret(who, what, text = `cnry-${who}-${what}-7a`) {
  secrets[`${who}.${what}`] = text;
  return text;
}

const meta = (version) => ({ versionId: version, lastUpdated: '2024-05-06T07:08:09.000Z' });

function patient(who) {
  const name = secret(who, 'name');
  const day = secret(who, 'birth', kBirthDays[who]);
  return {
    resourceType: 'Patient',
    id: who,
    meta: meta(`v-${who}`),
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml">${name} ${day} ${secret(who, 'text')}</div>`,
    },
    identifier: [{ system: 'urn:ssn', value: secret(who, 'number') }],
    active: true,
    name: [{ family: name, given: [secret(who, 'given')] }],
    telecom: [{ system: 'phone', value: secret(who, 'phone') }],
    gender: 'female',
    birthDate: day,
    address: [{ line: [secret(who, 'street')], city: 'Bern' }],
    generalPractitioner: [{ reference: `Practitioner/${kDoctors[who]}` }],
  };
}

const observation = (who, index) => ({
  resourceType: 'Observation',
  id: `o-${who}-${index}`,
  meta: meta('1'),
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: index % 2 ? '718-7' : '4548-4' }] },
  subject: { reference: `Patient/${who}`, display: secrets[`${who}.name`] },
  performer: [{ reference: `Practitioner/${kDoctors[who]}` }],
  effectiveDateTime: `2024-01-0${index}`,
  valueString: secret(who, `value${index}`),
  note: [{ text: secret(who, `note${index}`) }],
});

const condition = (who) => ({
  resourceType: 'Condition',
  id: `c-${who}`,
  meta: meta('1'),
  code: { text: secret(who, 'diagnosis') },
  subject: { reference: `Patient/${who}` },
});

const task = (who) => ({
  resourceType: 'Task',
  id: `t-${who}`,
  meta: meta('1'),
  status: 'requested',
  intent: 'order',
  description: secret(who, 'task'),
  for: { reference: `Patient/${who}` },
});

/** Everything that the server holds. */
export const resources = [
  { resourceType: 'Practitioner', id: 'okafor', meta: meta('1'), name: [{ family: 'Okafor' }] },
  { resourceType: 'Practitioner', id: 'lindqvist', meta: meta('1'), name: [{ family: 'L.' }] },
  {
    resourceType: 'RelatedPerson',
    id: 'carer',
    meta: meta('1'),
    patient: { reference: 'Patient/ana' },
  },
  ...kPatients.map(patient),
  ...kPatients.flatMap((who) => [1, 2, 3].map((index) => observation(who, index))),
  ...kPatients.map(condition),
  ...kPatients.map(task),
];

const policy = (id, resource, more) => ({ resourceType: 'AccessPolicy', id, resource, ...more });

// What a patient may see of herself, and a caregiver of whom they care for.
const kOwn = policy('own', [
  { resourceType: 'Patient', criteria: 'Patient?_id=%patient.id', readonlyFields: ['active'] },
  { resourceType: 'Observation', criteria: 'Observation?subject=%patient', readonly: true },
  { resourceType: 'Condition', criteria: 'Condition?subject=%patient', readonly: true },
  { resourceType: 'Practitioner', readonly: true },
]);

const caringFor = (...patients) => ({
  resourceType: 'ProjectMembership',
  access: patients.map((who) => ({
    policy: { reference: 'AccessPolicy/own' },
    parameter: [{ name: 'patient', valueReference: { reference: `Patient/${who}` } }],
  })),
});

const kDesk = policy('desk', [
  {
    resourceType: 'Patient',
    hiddenFields: ['birthDate', 'identifier', 'text'],
    readonlyFields: ['active'],
  },
  { resourceType: 'Practitioner', readonly: true },
]);

const kPhysician = policy('physician', [
  { resourceType: 'Patient', criteria: 'Patient?general-practitioner=%profile' },
  { resourceType: 'Observation', criteria: 'Observation?performer=%profile' },
  { resourceType: 'Practitioner', readonly: true },
]);

const kResearcher = policy('researcher', [
  {
    resourceType: 'Patient',
    readonly: true,
    hiddenFields: ['name', 'telecom', 'address', 'identifier', 'birthDate', 'text'],
  },
  { resourceType: 'Observation', readonly: true, hiddenFields: ['note', 'subject', 'component'] },
]);

const only = (who, fields) => (label) => {
  const [owner, field] = label.split('.');
  return who.includes(owner) && fields.test(field);
};
const kClinical = /^(value|note|diagnosis)/;
const kDemographic = /^(name|given|phone|street|birth|number|text)$/;

/** By the name that their token is: the documents that hold for them, and which secrets are theirs to see. */
export const people = {
  frontdesk: {
    documents: { policies: kDesk, profile: 'Practitioner/lindqvist' },
    sees: only(kPatients, /^(name|given|phone|street)$/),
  },
  ana: {
    documents: { policies: [kOwn], membership: caringFor('ana'), profile: 'Patient/ana' },
    sees: (label) => only(['ana'], kClinical)(label) || only(['ana'], kDemographic)(label),
  },
  caregiver: {
    documents: {
      policies: [kOwn],
      membership: caringFor('ana', 'bo'),
      profile: 'RelatedPerson/carer',
    },
    sees: (label) =>
      only(['ana', 'bo'], kClinical)(label) || only(['ana', 'bo'], kDemographic)(label),
  },
  physician: {
    documents: { policies: kPhysician, profile: 'Practitioner/okafor' },
    sees: (label) =>
      only(['ana', 'bo'], /^(value|note)/)(label) || only(['ana', 'bo'], kDemographic)(label),
  },
  researcher: {
    documents: { policies: kResearcher, profile: 'Practitioner/lindqvist' },
    sees: only(kPatients, /^value/),
  },
  admin: {
    documents: { policies: policy('admin', [{ resourceType: '*' }]) },
    sees: () => true,
  },
};

/** Labels of what somebody must not see in a text, and does. */
export function leaksTo(name, text) {
  const sees = people[name]?.sees ?? (() => false);
  return Object.entries(secrets)
    .filter(([label, value]) => !sees(label) && text.includes(value))
    .map(([label]) => label);
}

/** For `policies` of a gateway. */
export const peoplesPolicies = { load: async ({ subject }) => people[subject]?.documents };

/** For `auth`: `Bearer` and the name. Somebody with a token and without a membership is `stranger`. */
export function byName(request) {
  const [, subject] = /^Bearer (\w+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
  if (!Object.hasOwn(people, subject ?? '') && subject !== 'stranger') return undefined;
  return { subject, issuer: 'https://issuer.example' };
}
