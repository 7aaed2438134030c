// The documentation's examples that share data by compartment: healthcare partnerships, patient access, caregiver access. Each
// in both forms: as criteria, and with the deprecated `compartment` of a rule (SPEC 4.5).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import {
  decides,
  denied,
  grants,
  kEvery,
  kReading,
  kWriting,
  leaves,
  passes,
} from './decisions.mjs';
import { decode, fails } from './support.mjs';

const engine = await createEngine();

const compartmentOf = { criteria: 'criteria', deprecated: 'deprecated `compartment`' };
const kForms = Object.entries(compartmentOf);

// One rule of a template: this type, in this compartment.
const within = (form, resourceType, reference, more) => ({
  resourceType,
  ...(form === 'criteria'
    ? { criteria: `${resourceType}?_compartment=${reference}` }
    : { compartment: { reference } }),
  ...more,
});

const kAccounts = ['Organization/abc-123', 'Organization/a23a2966-d58a-4098-b41b-e8f18bcda339'];

// The documentation's patient: `meta.account` says whose customer this is.
const homer = (meta) =>
  `{
  "resourceType": "Patient",
  "id": "54aa8595-e3a7-48ae-af91-9c7cb940149b",
  "meta": {
    "versionId": "02900c57-4da8-498f-85d5-5077077e3e2c",
    "lastUpdated": "2022-01-13T16:21:11.870Z"${meta}
  },
  "name": [
    {
      "given": ["Homer"],
      "family": "Simpson"
    }
  ]
}`;
const account = (reference) => `,
    "account": {
      "reference": "${reference}",
      "display": "Example Customer Organization"
    }`;
const stored = (...references) => `,
    "compartment": ${JSON.stringify(references.map((reference) => ({ reference })))}`;

for (const [form, title] of kForms) {
  test(`healthcare partnership: patients of one account, ${title}`, () => {
    for (const reference of kAccounts) {
      const display = 'Example Customer Organization';
      const policies = {
        resourceType: 'AccessPolicy',
        name: 'Patient Example',
        compartment: { reference, display },
        resource: [within(form, 'Patient', reference, { readonly: true })],
      };
      const policy = engine.compilePolicy({ policies });
      grants(policy, { Patient: kReading, Observation: [] });
      // `meta.account` and `meta.compartment` stay inside (SPEC 7.7); nothing else is touched.
      const visible = homer('');
      const mine = [
        `${account(reference)}${stored(reference)}`,
        `${stored('Organization/other', reference)}${account(reference)}`,
        `${stored(`${reference}/_history/2`)}${account(reference)}`,
        stored(reference),
      ];
      for (const meta of mine) leaves(policy, homer(meta), visible);
      const others = [
        '',
        `${account('Organization/other')}${stored('Organization/other')}`,
        stored(`${reference}4`, reference.toLowerCase(), reference.slice(0, -1)),
        // The server folds accounts into the compartments when it stores; an account alone does not count.
        account(reference),
        // SPEC 5.6: the stored compartments decide, whatever the account says.
        `${account(reference)}${stored('Organization/other')}`,
        `${account(reference)}${stored()}`,
      ];
      for (const meta of others) denied(policy, homer(meta));
      decides(policy, kWriting, homer(account(reference)), false);
      denied(policy, '{"resourceType":"Organization","id":"abc-123"}', 'no-rule');
      const extended = engine.compilePolicy({ policies, options: { extendedMeta: true } });
      for (const meta of mine) passes(extended, homer(meta));
    }
  });
}

const kClinical = [
  ...['Patient', 'Observation', 'DiagnosticReport', 'MedicationRequest', 'Coverage'],
  ...['PaymentNotice', 'CarePlan', 'Immunization', 'Communication'],
];
const kShared = ['Organization', 'Practitioner', 'Schedule', 'Slot'];

const template = (form) => ({
  resourceType: 'AccessPolicy',
  name: 'Patient Access Policy Template',
  id: 'patient-access-policy-template',
  compartment: { reference: '%patient' },
  resource: [
    ...kClinical.map((type) => within(form, type, '%patient')),
    ...kShared.map((resourceType) => ({ resourceType, readonly: true })),
    { resourceType: 'Binary' },
  ],
});

// Where each type names its patient; a PaymentNotice does so only by its stored compartment.
const kSubject = {
  Observation: (reference) => ({ subject: { reference } }),
  DiagnosticReport: (reference) => ({ subject: { reference } }),
  MedicationRequest: (reference) => ({ subject: { reference } }),
  Coverage: (reference) => ({ beneficiary: { reference } }),
  CarePlan: (reference) => ({ subject: { reference } }),
  Immunization: (reference) => ({ patient: { reference } }),
  Communication: (reference) => ({ subject: { reference } }),
};
const resourceOf = (type, reference) =>
  JSON.stringify(
    type === 'Patient'
      ? { resourceType: type, id: reference.slice('Patient/'.length), active: true }
      : { resourceType: type, id: 'r', status: 'active', ...kSubject[type](reference) },
  );

// Everything of these patients is read and written, nothing of others; what is shared is read.
function seesOnly(policy, mine, others) {
  grants(policy, {
    ...Object.fromEntries(kClinical.map((type) => [type, kEvery])),
    ...Object.fromEntries(kShared.map((type) => [type, kReading])),
    ...{
      Binary: kEvery.filter((one) => one !== 'search'),
      Encounter: [],
      RelatedPerson: [],
      AccessPolicy: [],
    },
  });
  for (const type of ['Patient', ...Object.keys(kSubject)]) {
    for (const patient of mine) {
      const body = resourceOf(type, patient);
      passes(policy, body);
      decides(policy, ['update', 'delete'], body, true);
    }
    for (const patient of others) {
      const body = resourceOf(type, patient);
      denied(policy, body);
      decides(policy, kWriting, body, false);
    }
  }
  const notice = (meta) =>
    `{"resourceType":"PaymentNotice","id":"n","meta":{"versionId":"1"${meta}},"status":"active"}`;
  for (const patient of mine) leaves(policy, notice(stored(patient)), notice(''));
  for (const patient of others) denied(policy, notice(stored(patient)));
  denied(policy, notice(''));
  for (const type of kShared) {
    const body = `{"resourceType":"${type}","id":"s"}`;
    passes(policy, body);
    decides(policy, kWriting, body, false);
  }
  denied(policy, '{"resourceType":"Encounter","id":"e"}', 'no-rule');
}

for (const [form, title] of kForms) {
  test(`patient access template: a patient sees their own, ${title}`, () => {
    const policies = template(form);
    const policy = engine.compilePolicy({ policies, profile: 'Patient/xyz' });
    seesOnly(policy, ['Patient/xyz'], ['Patient/uvw', 'Patient/xy', 'Patient/xyza']);
    // SPEC 3.2: `%patient` stands for the profile only if that is a Patient.
    for (const profile of ['Practitioner/xyz', undefined]) {
      const compile = () => engine.compilePolicy({ policies, profile });
      const error = fails(compile, 'PolicyCompileError', 'unbound-variable');
      const errors = error.issues.filter(({ severity }) => severity === 'error');
      assert.equal(errors.length, kClinical.length + 1, 'each rule, and the compartment');
    }
  });

  test(`caregiver access: two children and nobody else, ${title}`, () => {
    const access = (reference) => ({
      policy: { reference: 'AccessPolicy/patient-access-policy-template' },
      parameter: [{ name: 'patient', valueReference: { reference } }],
    });
    const membership = {
      resourceType: 'ProjectMembership',
      access: [access('Patient/xyz'), access('Patient/uvw')],
    };
    const policy = engine.compilePolicy({ policies: template(form), membership });
    assert.equal(policy.rules.length, 2 * (kClinical.length + kShared.length + 1));
    seesOnly(policy, ['Patient/xyz', 'Patient/uvw'], ['Patient/1', 'Patient/xy']);
    // The caregiver's own record is no child's.
    const parent = { ...membership, profile: { reference: 'Patient/1' } };
    seesOnly(
      engine.compilePolicy({ policies: template(form), membership: parent }),
      ...[['Patient/xyz', 'Patient/uvw'], ['Patient/1']],
    );
    const second = policy.decide('read', resourceOf('Patient', 'Patient/uvw')).rule;
    assert.equal(second.index, kClinical.length + kShared.length + 1);
  });
}

test('patient access template: a Binary needs to say whose it is', () => {
  // SPEC 10.4
  const input = { policies: template('criteria'), profile: 'Patient/xyz' };
  const bare = '{"resourceType":"Binary","id":"b","contentType":"text/plain"}';
  const context = bare.replace('}', ',"securityContext":{"reference":"Patient/xyz"}}');
  const policy = engine.compilePolicy(input);
  for (const body of [bare, context]) {
    assert.equal(policy.redact('read', body), undefined);
    assert.equal(policy.decide('read', body).allowed, false);
  }
  const open = engine.compilePolicy({ ...input, options: { binaryWithoutContext: 'allow' } });
  assert.equal(decode(open.redact('read', bare)), bare);
  assert.equal(open.redact('read', context), undefined);
});
