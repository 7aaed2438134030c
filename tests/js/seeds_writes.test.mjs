// What the examples of the policy language's documentation say of writes: constraints, elements that are read-only or hidden, accounts,
// and what a template lets its members store. The documents are those of the documentation, closed to complete JSON.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, policyOf } from './support.mjs';

const engine = await createEngine();

const named = (name, ...resource) => ({ ...policyOf(...resource), name });
const compile = (policies, more) => engine.compilePolicy({ policies, ...more });

// `[allowed, reason]` of a write; a reason of `rule` is an allowed one.
function outcome(policy, interaction, before, after) {
  const { allowed, reason } = policy.checkWrite({ interaction, before, after });
  return allowed ? 'allowed' : reason;
}
const creates = (policy, after) => outcome(policy, 'create', undefined, after);
const updates = (policy, before, after) => outcome(policy, 'update', before, after);
const deletes = (policy, before) => outcome(policy, 'delete', before, undefined);

/** What is stored, as JSON. */
function stored(policy, request) {
  const { allowed, reason, body } = policy.checkWrite(request);
  assert.equal(allowed, true, reason);
  return JSON.parse(decode(body));
}

const kPatient = {
  resourceType: 'Patient',
  id: '1',
  name: [{ given: ['Homer'], family: 'Simpson' }],
  birthDate: '1956-05-12',
  address: [{ state: 'CA', city: 'Springfield' }],
};
const without = (resource, ...names) =>
  Object.fromEntries(Object.entries(resource).filter(([name]) => !names.includes(name)));

test('read and write of Patient only', () => {
  const policy = compile(named('Patient Example', { resourceType: 'Patient' }));
  assert.equal(creates(policy, kPatient), 'allowed');
  assert.equal(updates(policy, kPatient, { ...kPatient, active: true }), 'allowed');
  assert.equal(deletes(policy, kPatient), 'allowed');
  const observation = { resourceType: 'Observation', id: 'o', status: 'final' };
  assert.equal(creates(policy, observation), 'no-rule');
  assert.equal(updates(policy, observation, observation), 'no-rule');
  assert.equal(deletes(policy, observation), 'no-rule');
});

test('criteria hold before and after: patients who live in California', () => {
  const criteria = 'Patient?address-state=CA';
  const policy = compile(
    named('Criteria Based Access Policy', { resourceType: 'Patient', criteria }),
  );
  const elsewhere = { ...kPatient, address: [{ state: 'NY' }] };
  const table = [
    ['create', undefined, kPatient, 'allowed'],
    ['create', undefined, elsewhere, 'result'],
    ['update', kPatient, { ...kPatient, active: true }, 'allowed'],
    ['update', kPatient, elsewhere, 'result'],
    ['update', elsewhere, kPatient, 'not-readable'],
    ['delete', kPatient, undefined, 'allowed'],
    ['delete', elsewhere, undefined, 'not-readable'],
  ];
  for (const [interaction, before, after, wanted] of table) {
    assert.equal(outcome(policy, interaction, before, after), wanted, interaction);
  }
});

test('criteria: patients stay with their managing organization', () => {
  const criteria = 'Patient?organization=Organization/123';
  const policy = compile(
    named('Criteria Based Access Policy', { resourceType: 'Patient', criteria }),
  );
  const of = (reference) => ({ ...kPatient, managingOrganization: { reference } });
  const mine = of('Organization/123');
  assert.equal(updates(policy, mine, { ...mine, active: true }), 'allowed');
  assert.equal(updates(policy, mine, of('Organization/1234')), 'result');
  assert.equal(updates(policy, mine, kPatient), 'result');
  assert.equal(creates(policy, mine), 'allowed');
  assert.equal(creates(policy, kPatient), 'result');
});

test('a read-only resource type cannot be modified', () => {
  const policy = compile(named('Patient Example', { resourceType: 'Patient', readonly: true }));
  assert.equal(creates(policy, kPatient), 'no-rule');
  assert.equal(updates(policy, kPatient, kPatient), 'no-rule');
  assert.equal(deletes(policy, kPatient), 'no-rule');
});

test('read-only elements: name and address stay as they are', () => {
  const fields = ['name', 'address'];
  const policies = named('Patient Example', { resourceType: 'Patient', readonlyFields: fields });
  const policy = compile(policies);
  const restoring = compile(policies, { options: { readonlyConflict: 'restore' } });
  const changes = [
    ['name', { ...kPatient, name: [{ family: 'Szyslak' }] }],
    ['name', without(kPatient, 'name')],
    ['address', { ...kPatient, address: [{ state: 'NY' }] }],
    ['address', without(kPatient, 'address')],
  ];
  for (const [path, after] of changes) {
    const changed = { ...after, birthDate: '1957-05-12' };
    const refused = policy.checkWrite({ interaction: 'update', before: kPatient, after: changed });
    assert.deepEqual(
      [refused.allowed, refused.reason, refused.body],
      [false, 'conflict', undefined],
    );
    assert.deepEqual(
      refused.issues.map((one) => [one.severity, one.code, one.path]),
      [['error', 'readonly-element', path]],
    );
    const request = { interaction: 'update', before: kPatient, after: changed };
    assert.deepEqual(stored(restoring, request), { ...kPatient, birthDate: '1957-05-12' });
    const { issues } = restoring.checkWrite(request);
    assert.deepEqual(
      issues.map((one) => [one.severity, one.code, one.path]),
      [['warning', 'readonly-element', path]],
    );
  }
  const other = { ...kPatient, birthDate: '1957-05-12', active: true };
  const free = policy.checkWrite({ interaction: 'update', before: kPatient, after: other });
  assert.deepEqual(JSON.parse(decode(free.body)), other);
  assert.deepEqual(free.issues, []);
  // On create nobody has said anything yet: what is protected is dropped, and that is said.
  assert.equal(creates(policy, kPatient), 'conflict');
  assert.deepEqual(
    stored(restoring, { interaction: 'create', after: kPatient }),
    without(kPatient, ...fields, 'id'),
  );
  assert.equal(creates(policy, without(kPatient, ...fields)), 'allowed');
});

test('hidden elements: a client that never saw name and address loses neither', () => {
  const hiddenFields = ['name', 'address'];
  const policies = named('Patient Example', { resourceType: 'Patient', hiddenFields });
  const policy = compile(policies);
  const seen = JSON.parse(decode(policy.redact('read', kPatient)));
  assert.deepEqual(seen, without(kPatient, ...hiddenFields));
  const request = (after) => ({ interaction: 'update', before: kPatient, after });
  assert.deepEqual(stored(policy, request(seen)), kPatient);
  const edited = { ...seen, birthDate: '1957-05-12' };
  assert.deepEqual(stored(policy, request(edited)), { ...kPatient, birthDate: '1957-05-12' });
  // SPEC 9.3: a right guess and a wrong one have the same answer.
  const guesses = [kPatient.name, [{ family: 'Szyslak' }], []].map((name) =>
    policy.checkWrite(request({ ...seen, name })),
  );
  for (const guess of guesses) {
    assert.deepEqual(guess, guesses[0]);
    assert.equal(guess.reason, 'conflict');
    assert.deepEqual(
      guess.issues.map((one) => [one.code, one.path]),
      [['hidden-element', 'name']],
    );
  }
  const restoring = compile(policies, { options: { readonlyConflict: 'restore' } });
  assert.deepEqual(stored(restoring, request({ ...edited, address: [] })), {
    ...kPatient,
    birthDate: '1957-05-12',
  });
  // With `readonly` nothing is written at all.
  const reader = compile(
    named('Patient Example', { resourceType: 'Patient', readonly: true, hiddenFields }),
  );
  assert.equal(updates(reader, kPatient, seen), 'no-rule');
});

const kNotFinalYet = "%before.exists() implies %before.status != 'final'";
const kFinalHasSubject = "status = 'final' implies subject.exists()";
const constrained = (...expressions) =>
  named('Write Constraints Access Policy', {
    resourceType: 'Observation',
    writeConstraint: expressions.map((expression) => ({ language: 'text/fhirpath', expression })),
  });
const observation = (status, more) => ({ resourceType: 'Observation', id: 'o', status, ...more });
const subject = { subject: { reference: 'Patient/1' } };

test('write constraints: state transitions of an Observation', () => {
  const policy = compile(constrained(kNotFinalYet, kFinalHasSubject));
  const draft = observation('preliminary');
  const final = observation('final', subject);
  const table = [
    ['create', undefined, draft, true],
    ['create', undefined, final, true],
    ['create', undefined, observation('final'), false], // no subject
    ['update', draft, observation('amended'), true],
    ['update', draft, final, true],
    ['update', draft, observation('final'), false],
    ['update', final, observation('amended', subject), false], // final stays final
    ['update', final, { ...final, issued: '2024-01-01T00:00:00Z' }, false], // and as it is
    ['delete', draft, undefined, true],
    ['delete', final, undefined, false], // SPEC 9.1: deleting is a way of changing it
  ];
  for (const [interaction, before, after, allowed] of table) {
    const wanted = allowed ? 'allowed' : 'constraint';
    const said = `${interaction} ${before?.status} to ${after?.status}`;
    assert.equal(outcome(policy, interaction, before, after), wanted, said);
  }
});

test('write constraints: each expression by itself, and its prefixes', () => {
  const draft = observation('preliminary');
  const final = observation('final', subject);
  const bare = observation('final');
  // expression: create draft, create final, create final without subject, update draft to final, final to draft
  const table = [
    [kNotFinalYet, [true, true, true, true, false]],
    [kFinalHasSubject, [true, true, false, true, true]],
    // "any expressions that refer to %before must account for this case"
    ["%before.status != 'final'", [false, false, false, true, false]],
    // "to select only updates or only creates"
    ["%before.exists() implies status = 'final'", [true, true, true, true, false]],
    ["%before.exists().not() implies status = 'final'", [false, true, true, true, true]],
    // "property accesses will by default refer to the resource with updates applied", as does %after
    ["status = 'final'", [false, true, true, true, false]],
    ["%after.status = 'final'", [false, true, true, true, false]],
    ['%after.status = status', [true, true, true, true, true]],
    ['%resource.status = %after.status', [true, true, true, true, true]],
  ];
  const writes = [
    ['create', undefined, draft],
    ['create', undefined, final],
    ['create', undefined, bare],
    ['update', draft, final],
    ['update', final, draft],
  ];
  for (const [expression, wanted] of table) {
    const policy = compile(constrained(expression));
    const actual = writes.map((write) => outcome(policy, ...write));
    assert.deepEqual(
      actual,
      wanted.map((allowed) => (allowed ? 'allowed' : 'constraint')),
      expression,
    );
    policy.free();
  }
});

test('healthcare partnership: what is written is tagged with the account', () => {
  for (const id of ['abc-123', 'a23a2966-d58a-4098-b41b-e8f18bcda339']) {
    const reference = `Organization/${id}`;
    const criteria = `Patient?_compartment=${reference}`;
    const policies = {
      ...named('Patient Example', { resourceType: 'Patient', criteria, readonly: true }),
      compartment: { reference, display: 'Example Customer Organization' },
    };
    assert.equal(creates(compile(policies), kPatient), 'no-rule');
    const writing = compile({ ...policies, resource: [{ resourceType: 'Patient', criteria }] });
    const tagged = { account: { reference }, accounts: [{ reference }] };
    const theirs = { account: { reference: 'Organization/other' } };
    for (const meta of [undefined, theirs, { accounts: [theirs.account] }, { accounts: [] }]) {
      const request = { interaction: 'create', after: { ...kPatient, meta } };
      assert.deepEqual(stored(writing, request).meta, tagged);
    }
    // The server folds accounts into the compartments when it stores.
    const folded = { compartment: [{ reference }] };
    const before = { ...kPatient, meta: { ...tagged, ...folded } };
    const seen = JSON.parse(decode(writing.redact('read', before)));
    assert.equal(seen.meta, undefined);
    const after = { ...seen, active: true };
    assert.deepEqual(stored(writing, { interaction: 'update', before, after }), {
      ...after,
      meta: tagged,
    });
    // A second customer of the same patient keeps their account.
    const shared = {
      ...kPatient,
      meta: { accounts: [theirs.account], compartment: [theirs.account, { reference }] },
    };
    assert.deepEqual(stored(writing, { interaction: 'update', before: shared, after }).meta, {
      account: theirs.account,
      accounts: [theirs.account, { reference }],
    });
    assert.equal(updates(writing, { ...kPatient, meta: theirs }, after), 'not-readable');
  }
});

const kClinical = [
  ...['Patient', 'Observation', 'DiagnosticReport', 'MedicationRequest', 'Coverage'],
  ...['PaymentNotice', 'CarePlan', 'Immunization', 'Communication'],
];
const kShared = ['Organization', 'Practitioner', 'Schedule', 'Slot'];
const kTemplate = {
  resourceType: 'AccessPolicy',
  name: 'Patient Access Policy Template',
  id: 'patient-access-policy-template',
  compartment: { reference: '%patient' },
  resource: [
    ...kClinical.map((resourceType) => ({
      resourceType,
      criteria: `${resourceType}?_compartment=%patient`,
    })),
    ...kShared.map((resourceType) => ({ resourceType, readonly: true })),
    { resourceType: 'Binary' },
  ],
};
// Where each type names its patient.
const kSubject = {
  Observation: 'subject',
  DiagnosticReport: 'subject',
  MedicationRequest: 'subject',
  Coverage: 'beneficiary',
  CarePlan: 'subject',
  Immunization: 'patient',
  Communication: 'subject',
};
const about = (type, patient, more) => ({
  ...{ resourceType: type, id: 'r', status: 'active' },
  ...(patient && { [kSubject[type]]: { reference: patient } }),
  ...more,
});
const accountOf = (...references) => ({
  account: { reference: references[0] },
  accounts: references.map((reference) => ({ reference })),
});

// Writes of everything of these patients, and of nothing of others.
function writesOnly(policy, mine, others) {
  for (const type of Object.keys(kSubject)) {
    for (const patient of mine) {
      const after = about(type, patient);
      const { id: _, ...fresh } = after;
      assert.deepEqual(stored(policy, { interaction: 'create', after }), {
        ...fresh,
        meta: accountOf(patient),
      });
      assert.equal(updates(policy, after, { ...after, language: 'de' }), 'allowed', type);
      assert.equal(deletes(policy, after), 'allowed', type);
      for (const other of others) {
        assert.equal(updates(policy, after, about(type, other)), 'result', type);
      }
      // Without a subject it is nobody's: the tag alone does not make it theirs (SPEC 9.5).
      assert.equal(updates(policy, after, about(type)), 'result', type);
    }
    for (const patient of [undefined, ...others]) {
      assert.equal(creates(policy, about(type, patient)), 'result', type);
      const before = about(type, patient);
      assert.equal(updates(policy, before, about(type, mine[0])), 'not-readable', type);
      assert.equal(deletes(policy, before), 'not-readable', type);
    }
  }
  for (const reference of mine) {
    const patient = { resourceType: 'Patient', id: reference.slice('Patient/'.length) };
    assert.equal(updates(policy, patient, { ...patient, gender: 'other' }), 'allowed');
    assert.equal(creates(policy, patient), 'result', 'nobody creates themselves (SPEC 9.1)');
  }
  for (const resourceType of kShared) {
    const shared = { resourceType, id: 's' };
    assert.equal(creates(policy, shared), 'no-rule');
    assert.equal(updates(policy, shared, shared), 'no-rule');
    assert.equal(deletes(policy, shared), 'no-rule');
  }
  assert.equal(creates(policy, { resourceType: 'Encounter' }), 'no-rule');
}

test('patient access template: patients write about themselves', () => {
  const policy = compile(kTemplate, { profile: 'Patient/xyz' });
  writesOnly(policy, ['Patient/xyz'], ['Patient/uvw', 'Patient/xy', 'Patient/xyza']);
  // A type that never names its patient is theirs by the tag.
  const notice = stored(policy, {
    interaction: 'create',
    after: { resourceType: 'PaymentNotice' },
  });
  assert.deepEqual(notice.meta, accountOf('Patient/xyz'));
});

test('caregiver access: two children, one template, each with their own tag', () => {
  const access = (reference) => ({
    policy: { reference: 'AccessPolicy/patient-access-policy-template' },
    parameter: [{ name: 'patient', valueReference: { reference } }],
  });
  const membership = {
    resourceType: 'ProjectMembership',
    profile: { reference: 'RelatedPerson/1' },
    access: [access('Patient/xyz'), access('Patient/uvw')],
  };
  const policy = compile(kTemplate, { membership });
  const [xyz, uvw] = ['Patient/xyz', 'Patient/uvw'];
  writesOnly(policy, [xyz, uvw], ['Patient/1', 'Patient/xy']);
  // From one child to the other: both versions are theirs, and the tags of both stay.
  const before = about('Observation', xyz, { meta: accountOf(xyz) });
  const moved = policy.checkWrite({
    interaction: 'update',
    before,
    after: about('Observation', uvw),
  });
  assert.deepEqual(JSON.parse(decode(moved.body)).meta, accountOf(xyz, uvw));
  assert.equal(policy.rules[moved.rule.index].criteria, `Observation?_compartment=${uvw}`);
  // A subject that is one child, and a performer who is the other: the first rule decides.
  const both = about('Observation', uvw, { performer: [{ reference: xyz }] });
  assert.deepEqual(stored(policy, { interaction: 'create', after: both }).meta, accountOf(xyz));
});

test('compartment: observations of one patient are written for that patient', () => {
  const criteria = 'Observation?_compartment=Patient/xyz';
  const policy = compile(
    named('Write Constraints Access Policy', { resourceType: 'Observation', criteria }),
  );
  const mine = about('Observation', 'Patient/xyz');
  assert.equal(creates(policy, mine), 'allowed');
  assert.equal(creates(policy, about('Observation', 'Patient/uvw')), 'result');
  assert.equal(updates(policy, mine, about('Observation', 'Patient/uvw')), 'result');
  // What a client says of compartments and accounts counts for nothing.
  const claimed = { compartment: [{ reference: 'Patient/xyz' }], ...accountOf('Patient/xyz') };
  assert.equal(creates(policy, about('Observation', 'Patient/uvw', { meta: claimed })), 'result');
  assert.equal(stored(policy, { interaction: 'create', after: mine }).meta, undefined);
});

test('parameterized: a general practitioner stays one', () => {
  const criteria = 'Patient?general-practitioner=%profile';
  const policy = compile(named('GP Access Policy', { resourceType: 'Patient', criteria }), {
    profile: 'Practitioner/123',
  });
  const of = (...references) => ({
    ...kPatient,
    generalPractitioner: references.map((reference) => ({ reference })),
  });
  const mine = of('Practitioner/123');
  assert.equal(creates(policy, mine), 'allowed');
  assert.equal(creates(policy, of('Practitioner/1234')), 'result');
  assert.equal(updates(policy, mine, of('Practitioner/9', 'Practitioner/123')), 'allowed');
  assert.equal(updates(policy, mine, of('Practitioner/9')), 'result');
  assert.equal(updates(policy, of('Practitioner/9'), mine), 'not-readable');
});

test('parameterized: one template for two organizations, in writes', () => {
  const policies = {
    id: '123',
    ...named(
      'Parameterized Access Policy',
      { resourceType: 'Patient', criteria: 'Patient?organization=%provider_organization' },
      {
        resourceType: 'DiagnosticReport',
        criteria: 'DiagnosticReport?performer=%provider_organization',
      },
    ),
  };
  const access = (reference) => ({
    policy: { reference: 'AccessPolicy/123' },
    parameter: [{ name: 'provider_organization', valueReference: { reference } }],
  });
  const policy = compile(policies, {
    membership: {
      resourceType: 'ProjectMembership',
      access: [access('Organization/abc'), access('Organization/def')],
    },
  });
  const [abc, def, ghi] = ['abc', 'def', 'ghi'].map((id) => `Organization/${id}`);
  const patient = (reference) => ({ ...kPatient, managingOrganization: { reference } });
  const report = (reference) => ({
    ...{ resourceType: 'DiagnosticReport', id: 'd', status: 'final', performer: [{ reference }] },
  });
  for (const of of [patient, report]) {
    for (const [from, to, wanted] of [
      [abc, abc, 'allowed'],
      [abc, def, 'allowed'],
      [def, abc, 'allowed'],
      [abc, ghi, 'result'],
      [def, ghi, 'result'],
      [ghi, abc, 'not-readable'],
    ]) {
      assert.equal(updates(policy, of(from), of(to)), wanted, `${from} to ${to}`);
    }
    for (const [organization, wanted] of [
      [abc, 'allowed'],
      [def, 'allowed'],
      [ghi, 'result'],
    ]) {
      assert.equal(creates(policy, of(organization)), wanted, organization);
    }
  }
});
