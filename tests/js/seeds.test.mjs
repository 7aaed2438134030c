// The examples of the policy language's own documentation, document by document: what each allows, what it refuses, and for
// reads the bytes that leave. The documents are given as they are written there, closed to complete JSON.
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
import { decode, fails, policyOf } from './support.mjs';

const engine = await createEngine();

const text = (resource) => JSON.stringify(resource);

const kPatient = `{"resourceType":"Patient","id":"1","name":[{"given":["Homer"],"family":"Simpson"}],
 "birthDate" : "1956-05-12","address":[{"state":"CA","city":"Springfield"}],"telecom":[{"value":"555-0100"}]}`;
const kObservation =
  '{"resourceType":"Observation","id":"o1","status":"final","valueQuantity":{"value":1.50}}';

test('IP access rules: allow rules, then `*` blocks all others', () => {
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      ipAccessRule: [
        { name: 'Office', value: '203.0.113.7', action: 'allow' },
        { name: 'VPN', value: '8.8.', action: 'allow' },
        { name: 'Everyone else', value: '*', action: 'block' },
      ],
    },
  });
  const table = [
    ['203.0.113.7', true, 0],
    ['8.8.8.8', true, 1],
    ['8.8.0.1', true, 1],
    ['8.7.8.8', false, 2],
    ['8.80.8.8', false, 2],
    ['18.8.8.8', false, 2],
    ['203.0.113.70', false, 2],
    ['2001:db8::1', false, 2],
  ];
  for (const [address, allowed, index] of table) {
    const decision = policy.checkIp(address);
    assert.deepEqual([decision.allowed, decision.rule?.index], [allowed, index], address);
  }
  for (const address of [undefined, '', '8.8.', 'localhost']) {
    assert.equal(policy.checkIp(address).allowed, false, address);
  }
});

test('IP access rules: `8.8.` matches 8.8.8.8 and not 8.7.8.8', () => {
  const block = { value: '8.8.', action: 'block' };
  const policy = engine.compilePolicy({ policies: { ...policyOf(), ipAccessRule: [block] } });
  assert.equal(policy.checkIp('8.8.8.8').allowed, false);
  assert.equal(policy.checkIp('8.7.8.8').allowed, true);
});

test('resource type: read and write of Patient only', () => {
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      name: 'Patient Example',
      resource: [{ resourceType: 'Patient' }],
    },
  });
  grants(policy, { Patient: kEvery, Observation: [], AccessPolicy: [], Project: [] });
  passes(policy, kPatient);
  decides(policy, kWriting, kPatient, true);
  denied(policy, kObservation, 'no-rule');
  decides(policy, kWriting, kObservation, false);
});

test('criteria: patients who live in California', () => {
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      name: 'Criteria Based Access Policy',
      resource: [{ resourceType: 'Patient', criteria: 'Patient?address-state=CA' }],
    },
  });
  const nevada = kPatient.replace('"CA"', '"NV"');
  grants(policy, { Patient: kEvery, Observation: [] });
  passes(policy, kPatient);
  passes(policy, kPatient.replace('[{"state"', '[{"state":"NV"},{"state"'));
  denied(policy, nevada);
  denied(policy, '{"resourceType":"Patient","id":"1"}');
  decides(policy, kWriting, kPatient, true);
  decides(policy, kWriting, nevada, false);
});

test('read-only resource type', () => {
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      name: 'Patient Example',
      resource: [{ resourceType: 'Patient', readonly: true }],
    },
  });
  grants(policy, { Patient: kReading, Observation: [] });
  passes(policy, kPatient);
  decides(policy, kWriting, kPatient, false);
});

test('read-only elements: read as they are', () => {
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      name: 'Patient Example',
      resource: [{ resourceType: 'Patient', readonlyFields: ['name', 'address'] }],
    },
  });
  grants(policy, { Patient: kEvery, Observation: [] });
  passes(policy, kPatient);
  assert.deepEqual(policy.rules[0].readonlyFields, ['name', 'address']);
  const wrong = policyOf({ resourceType: 'Patient', readonlyFields: ['name', 'adress'] });
  const error = fails(() => engine.compilePolicy({ policies: wrong }), 'PolicyCompileError');
  assert.equal(error.issues[0].path, 'policies.resource[0].readonlyFields[1]');
});

test('hidden elements: name and address leave no byte', () => {
  const hiddenFields = ['name', 'address'];
  const rules = [
    { rule: { resourceType: 'Patient', hiddenFields }, granted: kEvery },
    { rule: { resourceType: 'Patient', readonly: true, hiddenFields }, granted: kReading },
  ];
  // SPEC 7.2: siblings go with their element; 7.3: so does the narrative, which tells what was in them.
  const whole = `{"resourceType":"Patient","id":"1",
 "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Homer</div>"},
 "name":[{"given":["Homer"],"family":"Simpson","_family":{"id":"f"}}],"_name":[{"id":"n"}],
 "birthDate" : "1956-05-12","address":[{"state":"CA"}],"telecom":[{"value":"555-0100"}] }`;
  const visible = `{"resourceType":"Patient","id":"1",
 "birthDate" : "1956-05-12","telecom":[{"value":"555-0100"}] }`;
  for (const { rule, granted } of rules) {
    const policy = engine.compilePolicy({
      policies: { resourceType: 'AccessPolicy', name: 'Patient Example', resource: [rule] },
    });
    grants(policy, { Patient: granted, Observation: [] });
    leaves(policy, whole, visible);
    leaves(
      policy,
      kPatient,
      `{"resourceType":"Patient","id":"1",
 "birthDate" : "1956-05-12","telecom":[{"value":"555-0100"}]}`,
    );
    denied(policy, kObservation, 'no-rule');
    for (const path of hiddenFields) {
      assert.ok(policy.decide('read', whole).hidden.includes(path), path);
    }
    // What is hidden changes nothing, not even by its absence.
    assert.equal(
      decode(policy.redact('read', '{"resourceType":"Patient","id":"1"}')),
      decode(policy.redact('read', '{"resourceType":"Patient","id":"1","name":[{"text":"x"}]}')),
    );
  }
});

test('write constraints compile, and what is no FHIRPath does not', () => {
  const constraints = (...expressions) => ({
    resourceType: 'AccessPolicy',
    name: 'Write Constraints Access Policy',
    resource: [
      {
        resourceType: 'Observation',
        writeConstraint: expressions.map((expression) => ({
          language: 'text/fhirpath',
          expression,
        })),
      },
    ],
  });
  const good = constraints(
    "%before.exists() implies %before.status != 'final'",
    "status = 'final' implies subject.exists()",
  );
  const policy = engine.compilePolicy({ policies: good });
  grants(policy, { Observation: kEvery, Patient: [] });
  passes(policy, kObservation);
  assert.deepEqual(policy.rules[0].writeConstraint, good.resource[0].writeConstraint);
  const bad = constraints("%before.exists() implies %before.status != 'final'", 'status = ');
  const error = fails(() => engine.compilePolicy({ policies: bad }), 'PolicyCompileError');
  assert.equal(error.issues[0].path, 'policies.resource[0].writeConstraint[1].expression');
});

test('compartment: observations of one patient', () => {
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      name: 'Write Constraints Access Policy',
      resource: [{ resourceType: 'Observation', criteria: 'Observation?_compartment=Patient/xyz' }],
    },
  });
  const of = (patient) =>
    `{"resourceType":"Observation","id":"o1","subject":{"reference":"${patient}"},"value":1.50}`;
  grants(policy, { Observation: kEvery, Patient: [] });
  passes(policy, of('Patient/xyz'));
  passes(policy, of('Patient/xyz/_history/3'));
  const others = ['Patient/xy', 'Patient/xyza', 'Patient/XYZ', 'Group/xyz', '#xyz', 'xyz'];
  for (const other of others) denied(policy, of(other));
  denied(policy, kObservation);
  denied(policy, '{"resourceType":"Patient","id":"xyz"}', 'no-rule');
});

test('parameterized: the general practitioner is the caller', () => {
  const policies = {
    resourceType: 'AccessPolicy',
    name: 'GP Access Policy',
    resource: [{ resourceType: 'Patient', criteria: 'Patient?general-practitioner=%profile' }],
  };
  const policy = engine.compilePolicy({ policies, profile: 'Practitioner/123' });
  const of = (...practitioners) =>
    text({
      ...{ resourceType: 'Patient', id: '1' },
      generalPractitioner: practitioners.map((reference) => ({ reference })),
    });
  assert.equal(policy.rules[0].criteria, 'Patient?general-practitioner=Practitioner/123');
  passes(policy, of('Practitioner/123'));
  passes(policy, of('Practitioner/9', 'Practitioner/123'));
  denied(policy, of('Practitioner/12', 'Practitioner/1234'));
  denied(policy, of('PractitionerRole/123'));
  denied(policy, kPatient);
  const other = engine.compilePolicy({ policies, profile: { reference: 'Practitioner/9' } });
  denied(other, of('Practitioner/123'));
  passes(other, of('Practitioner/9'));
  fails(() => engine.compilePolicy({ policies }), 'PolicyCompileError', 'unbound-variable');
});

test('the id alone: %profile.id', () => {
  const policies = policyOf({ resourceType: 'Patient', criteria: 'Patient?_id=%profile.id' });
  const policy = engine.compilePolicy({ policies, profile: 'Patient/123' });
  passes(policy, '{"resourceType":"Patient","id":"123"}');
  denied(policy, '{"resourceType":"Patient","id":"12"}');
});

test('parameterized: one template, two organizations', () => {
  const template = {
    resourceType: 'AccessPolicy',
    id: '123',
    name: 'Parameterized Access Policy',
    resource: [
      { resourceType: 'Patient', criteria: 'Patient?organization=%provider_organization' },
      {
        resourceType: 'DiagnosticReport',
        criteria: 'DiagnosticReport?performer=%provider_organization',
      },
    ],
  };
  const access = (organization) => ({
    policy: { reference: 'AccessPolicy/123', display: 'Parameterized Access Policy' },
    parameter: [{ name: 'provider_organization', valueReference: { reference: organization } }],
  });
  const membership = {
    resourceType: 'ProjectMembership',
    access: [access('Organization/abc'), access('Organization/def')],
  };
  const policy = engine.compilePolicy({ policies: template, membership });
  assert.deepEqual(
    policy.rules.map(({ criteria }) => criteria),
    [
      'Patient?organization=Organization/abc',
      'DiagnosticReport?performer=Organization/abc',
      'Patient?organization=Organization/def',
      'DiagnosticReport?performer=Organization/def',
    ],
  );
  const patient = (reference) =>
    text({ resourceType: 'Patient', id: '1', managingOrganization: { reference } });
  const report = (reference) =>
    text({ resourceType: 'DiagnosticReport', id: 'r', performer: [{ reference }] });
  for (const [index, organization] of ['Organization/abc', 'Organization/def'].entries()) {
    for (const [more, body] of [patient(organization), report(organization)].entries()) {
      passes(policy, body);
      assert.equal(policy.decide('read', body).rule.index, 2 * index + more);
    }
  }
  for (const organization of ['Organization/ghi', 'Organization/ab', '%provider_organization']) {
    denied(policy, patient(organization));
    denied(policy, report(organization));
  }
  denied(policy, kObservation, 'no-rule');
  grants(policy, { Patient: kEvery, DiagnosticReport: kEvery, Observation: [] });
  // One entry alone sees one organization; a template without its parameter does not compile.
  const one = engine.compilePolicy({
    policies: template,
    membership: { ...membership, access: [access('Organization/def')] },
  });
  passes(one, patient('Organization/def'));
  denied(one, patient('Organization/abc'));
  const unbound = { ...membership, access: [{ policy: { reference: 'AccessPolicy/123' } }] };
  fails(
    () => engine.compilePolicy({ policies: template, membership: unbound }),
    ...['PolicyCompileError', 'unbound-variable'],
  );
});

test('criteria: patients of one managing organization', () => {
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      name: 'Criteria Based Access Policy',
      resource: [{ resourceType: 'Patient', criteria: 'Patient?organization=Organization/123' }],
    },
  });
  const of = (reference) =>
    text({ resourceType: 'Patient', id: '1', managingOrganization: { reference } });
  passes(policy, of('Organization/123'));
  for (const other of ['Organization/1234', 'Organization/12', 'Practitioner/123']) {
    denied(policy, of(other));
  }
  denied(policy, kPatient);
});

test('JSON with comments is no policy', () => {
  // SPEC 1.4: comments in the documentation are illustrations
  const good =
    '{"policies":{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient"}]}}';
  grants(engine.compilePolicy(good), { Patient: kEvery });
  const commented = good.replace('[{', '[\n// Any read or search operation\n{');
  fails(() => engine.compilePolicy(commented), 'PolicyCompileError');
});
