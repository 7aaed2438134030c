// What is wrong with documents or requests refuses, each with an issue or a reason of its own, and nothing is lost: no byte leaves, and
// what was stored stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { kEvery } from './decisions.mjs';
import { policyOf } from './support.mjs';

const engine = await createEngine();

const kStored =
  '{"resourceType":"Patient","id":"1","active":true,"name":[{"family":"S"}],"birthDate":"1956-05-12"}';
const stored = JSON.parse(kStored);
const kTemplate = {
  ...policyOf({ resourceType: 'Patient', criteria: 'Patient?organization=%org' }),
  id: 't',
};
const open = { ...policyOf({ resourceType: 'Patient', hiddenFields: ['birthDate'] }), id: 'p' };
const memberOf = (id, more) => ({
  resourceType: 'ProjectMembership',
  accessPolicy: { reference: `AccessPolicy/${id}` },
  ...more,
});
const constrained = (expression) => ({
  ...open.resource[0],
  writeConstraint: [{ language: 'text/fhirpath', expression }],
});

// [what is wrong, the input of a compile, the code and the path of its only error]
const kRefused = [
  [
    'a policy that is referenced and not there',
    { policies: open, membership: memberOf('gone') },
    ['missing-policy', 'membership.accessPolicy.reference'],
  ],
  [
    'a variable without a value',
    { policies: kTemplate, membership: memberOf('t') },
    ['unbound-variable', 'policies.resource[0].criteria'],
  ],
  [
    'a malformed scope',
    { policies: open, scopes: 'patient/Patient.x' },
    ['scope-syntax', 'scopes'],
  ],
  [
    'a patient scope without a patient',
    { policies: open, scopes: 'patient/Patient.r' },
    ['missing-patient', 'scopes'],
  ],
  [
    'a launch patient who is none',
    { policies: open, scopes: 'patient/Patient.r', launchPatient: 'Practitioner/1' },
    ['invalid-value', 'launchPatient'],
  ],
  [
    'criteria of another type',
    { policies: policyOf({ resourceType: 'Patient', criteria: 'Group?actual=true' }) },
    ['criteria-type', 'policies.resource[0].criteria'],
  ],
  [
    'an unknown parameter',
    { policies: policyOf({ resourceType: 'Patient', criteria: 'Patient?nope=1' }) },
    ['unknown-parameter', 'policies.resource[0].criteria'],
  ],
  [
    'a hidden path that no Patient has',
    { policies: policyOf({ resourceType: 'Patient', hiddenFields: ['nme'] }) },
    ['unknown-path', 'policies.resource[0].hiddenFields[0]'],
  ],
  [
    'a constraint that is no FHIRPath',
    { policies: policyOf(constrained('active and')) },
    ['fhirpath-syntax', 'policies.resource[0].writeConstraint[0].expression'],
  ],
  [
    'a target that cannot be acted for',
    { policies: open, membership: memberOf('p'), onBehalfOf: {} },
    ['on-behalf-of', 'onBehalfOf'],
  ],
];

test('what is wrong with documents: one issue, of its own code, at its place', () => {
  const codes = new Map();
  for (const [what, input, [code, path]] of kRefused) {
    assert.throws(
      () => engine.compilePolicy(input),
      ({ name, issues }) => {
        assert.equal(name, 'PolicyCompileError', what);
        const errors = issues.filter(({ severity }) => severity === 'error');
        assert.deepEqual(
          errors.map((issue) => [issue.code, issue.path]),
          [[code, path]],
          what,
        );
        return true;
      },
    );
    assert.equal(codes.get(code), undefined, `${what} and ${codes.get(code)} have the same code`);
    codes.set(code, what);
  }
});

const seen = { resourceType: 'Patient', id: '1', active: true, name: [{ family: 'S' }] };
const group = {
  ...{ resourceType: 'Group', id: 'g' },
  member: [{ entity: { display: 'a' }, inactive: true }, { inactive: false }],
};
const kWriting = {
  policies: policyOf(
    { resourceType: 'Patient', criteria: 'Patient?active=true', hiddenFields: ['birthDate'] },
    { resourceType: 'Patient', criteria: 'Patient?gender=male', interaction: ['read'] },
    { resourceType: 'Group', hiddenFields: ['member.entity.display'] },
    {
      resourceType: 'Basic',
      writeConstraint: [{ language: 'text/fhirpath', expression: 'false' }],
    },
  ),
};
const update = (after, before = stored) => ({ interaction: 'update', before, after });
const patch = (...operations) => ({ interaction: 'patch', before: stored, patch: operations });

// [what is wrong, the input of a compile, the write, its reason]
const kDenied = [
  [
    'an inactive membership',
    { policies: open, membership: memberOf('p', { active: false }) },
    ...[update(seen), 'no-policy'],
  ],
  [
    'scopes that are needed and not there',
    { policies: open, scopes: 'openid', options: { requireScopes: true } },
    ...[update(seen), 'no-scope'],
  ],
  ['an update without `before`', kWriting, update(seen, null), 'no-before'],
  ['a type that no rule names', kWriting, update(stored, { resourceType: 'Device' }), 'no-rule'],
  [
    'a stored version out of sight',
    kWriting,
    update(seen, { ...stored, active: false }),
    'not-readable',
  ],
  [
    'a stored version that may be seen only',
    kWriting,
    ...[update(seen, { ...seen, active: false, gender: 'male' }), 'before'],
  ],
  ['a result outside the criteria', kWriting, update({ ...seen, active: false }), 'result'],
  ['another id', kWriting, update({ ...seen, id: '2' }), 'identity'],
  ['a hidden element in what is submitted', kWriting, update(stored), 'conflict'],
  [
    'entries that cannot be told apart',
    kWriting,
    ...[update({ ...group, member: [{ inactive: false }] }, group), 'alignment'],
  ],
  [
    'a constraint',
    kWriting,
    { interaction: 'create', after: { resourceType: 'Basic' } },
    'constraint',
  ],
  ['a patch that leads nowhere', kWriting, patch({ op: 'remove', path: '/gender' }), 'patch'],
  [
    'a patch on a hidden path',
    kWriting,
    ...[patch({ op: 'replace', path: '/birthDate', value: '1' }), 'patch-protected'],
  ],
];

test('what is wrong with requests: a reason of its own, and nothing to store', () => {
  const reasons = new Map();
  for (const [what, input, request, reason] of kDenied) {
    const policy = engine.compilePolicy(input);
    const frozen = JSON.stringify(request);
    const answer = policy.checkWrite(request);
    assert.deepEqual(
      [answer.allowed, answer.reason, answer.body],
      [false, reason, undefined],
      what,
    );
    assert.ok(
      answer.issues.every(({ severity }) => severity === 'error'),
      what,
    );
    // `restore` forgives what is protected and nothing else.
    const options = { ...input.options, readonlyConflict: 'restore' };
    const restoring = engine.compilePolicy({ ...input, options });
    assert.equal(restoring.checkWrite(request).allowed, reason === 'conflict', what);
    assert.equal(JSON.stringify(request), frozen, what);
    assert.equal(reasons.get(reason), undefined, `${what} and ${reasons.get(reason)}`);
    reasons.set(reason, what);
  }
});

test('an inactive membership, and scopes that are missing, deny everything', () => {
  for (const [what, input] of kDenied.slice(0, 2)) {
    const policy = engine.compilePolicy(input);
    for (const interaction of kEvery) {
      assert.equal(policy.can(interaction, 'Patient'), false, what);
      assert.equal(policy.decide(interaction, kStored).allowed, false, what);
      assert.equal(policy.redact(interaction, kStored), undefined, what);
    }
    assert.equal(policy.explain('read', kStored).allowed, false, what);
  }
});
