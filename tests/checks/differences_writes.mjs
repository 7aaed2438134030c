// The cases of the README's differences for writes, scopes and what the host fetches; see differences.test.mjs.
import assert from 'node:assert/strict';
import {
  can,
  engine,
  input,
  membership,
  patient,
  refused,
  released,
  rule,
  withPolicy,
} from './policies.mjs';

const decoder = new TextDecoder();
const constraint = (expression) => ({
  writeConstraint: [{ language: 'text/fhirpath', expression }],
});

// What a write ends in: the stored resource, or the reason of the denial.
const written = (document, request) =>
  withPolicy(document, (policy) => {
    const { allowed, reason, body } = policy.checkWrite(request);
    return allowed ? body && JSON.parse(decoder.decode(body)) : reason;
  });
const update = (document, before, after) =>
  written(document, { interaction: 'update', before, after });
const scoped = (rules, scopes, more = {}) => input(rules, { scopes, ...more });

export const kWriteCases = {
  '9.1 every write': () => {
    const never = input(rule(constraint('false')));
    assert.equal(update(never, patient(), patient()), 'constraint');
    const request = { interaction: 'delete', before: patient() };
    assert.equal(written(never, request), 'constraint');
    assert.equal(written(input(rule()), request), undefined);
  },
  '9.1 both rules': () => {
    const rules = [
      rule({ criteria: 'Patient?active=true', readonlyFields: ['gender'] }),
      rule({ criteria: 'Patient?active=false' }),
    ];
    const before = patient({ active: true, gender: 'male' });
    const after = patient({ active: false, gender: 'other' });
    assert.equal(update(input(rules), before, after), 'conflict');
    const kept = patient({ active: false, gender: 'male' });
    assert.deepEqual(update(input(rules), before, kept), kept);
  },
  9.2: () => {
    const hidden = ['name.given', 'multipleBirth', 'active'];
    const before = patient({
      active: false,
      name: [{ family: 'A', given: ['B'], _given: [{ id: 'x' }] }],
      multipleBirthInteger: 0,
    });
    const document = input(rule({ hiddenFields: hidden }));
    assert.deepEqual(update(document, before, released(document, before)), before);
  },
  9.3: () => {
    const rules = rule({ readonlyFields: ['gender'] });
    const before = patient({ gender: 'male' });
    const after = patient({ gender: 'other' });
    assert.equal(update(input(rules), before, after), 'conflict');
    const restore = input(rules, { options: { readonlyConflict: 'restore' } });
    assert.deepEqual(update(restore, before, after), before);
    withPolicy(restore, (policy) => {
      const { issues } = policy.checkWrite({ interaction: 'update', before, after });
      assert.deepEqual(
        issues.map(({ severity, path }) => [severity, path]),
        [['warning', 'gender']],
      );
    });
  },
  2.6: () => {
    const tagged = (id, compartment, ...resource) => ({
      ...{ resourceType: 'AccessPolicy', id, resource },
      compartment: { reference: compartment },
    });
    const policies = [
      tagged('a', 'Organization/a', { resourceType: 'Basic' }),
      tagged('b', 'Organization/b', rule()),
    ];
    const request = { interaction: 'create', after: { resourceType: 'Basic' } };
    const { meta } = written({ policies }, request);
    assert.deepEqual(meta.accounts, [{ reference: 'Organization/a' }]);
  },
  4.3: () =>
    assert.equal(
      written(input(rule({ readonly: true })), { interaction: 'delete', before: patient() }),
      'no-rule',
    ),
  '9.5 omitted': () => {
    const project = { reference: 'Project/p' };
    const admin = membership({ membership: { project, admin: true } });
    const document = input(
      { resourceType: 'Basic' },
      {
        ...{ membership: admin, project },
        options: { extendedMeta: true },
      },
    );
    const accounts = [{ reference: 'Organization/a' }];
    const basic = (meta) => ({ resourceType: 'Basic', id: '1', meta });
    const before = basic({ project: 'p', accounts });
    assert.deepEqual(update(document, before, basic({ tag: [] })).meta.accounts, accounts);
    assert.equal(update(document, before, basic({ accounts: [] })).meta.accounts, undefined);
  },
  '9.5 patients': () => {
    const observation = { resourceType: 'Observation', subject: { reference: 'Patient/1' } };
    const account = { reference: 'Organization/a' };
    const resolved = { 'Patient/1': patient({ meta: { accounts: [account] } }) };
    withPolicy(input({ resourceType: 'Observation' }, { options: { resolve: true } }), (policy) => {
      const request = { interaction: 'create', after: observation };
      const { body } = policy.checkWrite(request, { resolved });
      assert.equal(JSON.parse(decoder.decode(body)).meta, undefined);
    });
  },
  '9.5 client': () => {
    const account = { reference: 'Organization/mine' };
    const stored = { account: { reference: 'Organization/a' } };
    const before = { resourceType: 'Basic', id: '1', meta: stored };
    const after = { resourceType: 'Basic', id: '1', meta: { account } };
    const document = input({ resourceType: 'Basic' });
    const kept = { account: stored.account, accounts: [stored.account] };
    assert.deepEqual(update(document, before, after).meta, kept);
    assert.equal(written(document, { interaction: 'create', after }).meta, undefined);
  },
  9.6: () => {
    const document = input(rule({ hiddenFields: ['birthDate'] }));
    const before = patient({ birthDate: '1970-01-01' });
    for (const operation of [
      { op: 'copy', from: '/birthDate', path: '/deceasedDateTime' },
      { op: 'test', path: '/birthDate', value: '1970-01-01' },
      { op: 'remove', path: '/birthDate' },
    ]) {
      const request = { interaction: 'patch', before, patch: [operation] };
      assert.equal(written(document, request), 'patch-protected');
    }
    const patch = [{ op: 'add', path: '/active', value: true }];
    assert.deepEqual(written(document, { interaction: 'patch', before, patch }), {
      ...before,
      active: true,
    });
  },
  9.7: () => {
    const request = { interaction: 'update', after: patient() };
    assert.equal(written(input(rule()), request), 'no-before');
  },
  '10.4 context': () => {
    const binary = (id, context) => ({
      resourceType: 'Binary',
      id,
      securityContext: { reference: context },
    });
    const document = input([{ resourceType: 'Binary' }, rule({ criteria: 'Patient?active=true' })]);
    withPolicy(document, (policy) => {
      const decide = (resource, ...fetched) =>
        policy.decide('read', resource, {
          resolved: new Map(fetched.map((one) => [`${one.resourceType}/${one.id}`, one])),
        }).allowed;
      const outer = binary('b', 'Binary/c');
      const inner = binary('c', 'Patient/1');
      assert.equal(decide(outer, inner, patient({ active: true })), true);
      assert.equal(decide(outer, inner, patient({ active: false })), false);
      assert.equal(decide(outer, inner), false);
      assert.equal(decide(outer, binary('c', 'Binary/b'), outer), false);
    });
  },
  5.7: () => {
    const document = input(rule({ criteria: 'Patient?_filter=gender eq male or active eq true' }));
    assert.ok(released(document, patient({ active: true })));
    assert.equal(released(document, patient({ gender: 'female' })), undefined);
    refused(input(rule({ criteria: 'Patient?_filter=gender in males' })));
  },
  5.8: () => {
    const criteria = 'Patient?organization.name=x';
    refused(input(rule({ criteria })), 'unsupported-parameter');
    const organization = { resourceType: 'Organization', id: 'o', name: 'x' };
    const resolve = () => organization;
    const of = (reference) => patient({ managingOrganization: { reference } });
    const document = input(rule({ criteria }), { options: { resolve } });
    assert.ok(released(document, of('Organization/o')));
    assert.equal(released(document, of('Organization/p')), undefined);
    assert.equal(released(document, patient()), undefined);
  },
  '11.1 malformed': () => {
    for (const scopes of [
      ...['patient/Patient.', 'patient/Patient.sr', 'user/Patient.R', 'user/Patient.r?'],
      ...['User/Patient.read', 'user/Patient.read\tuser/Observation.read'],
    ]) {
      refused(scoped(rule(), scopes, { launchPatient: 'Patient/1' }), 'scope-syntax');
    }
  },
  '11.1 unknown': () => {
    const document = scoped(rule(), 'user/Nothing.rs');
    assert.equal(can(document, 'read', 'Patient'), false);
    withPolicy(document, ({ warnings }) => assert.equal(warnings.length, 1));
  },
  '11.2 letters': () => {
    const granted = (scopes) =>
      ['read', 'vread', 'search', 'history', 'create', 'update', 'delete'].filter((one) =>
        can(scoped(rule(), scopes), one, 'Patient'),
      );
    assert.deepEqual(granted('user/Patient.r'), ['read', 'vread', 'history']);
    assert.deepEqual(granted('user/Patient.s'), ['search']);
    assert.deepEqual(granted('user/Patient.cud'), ['create', 'update', 'delete']);
  },
  '11.2 admin types': () =>
    assert.equal(
      can(scoped({ resourceType: '*' }, 'user/Project.cruds'), 'read', 'Project'),
      false,
    ),
  '11.2 hiding': () => {
    const rules = [rule(), { resourceType: 'Organization', hiddenFields: ['name'] }];
    const organization = { resourceType: 'Organization', id: 'o' };
    assert.deepEqual(
      released(
        scoped(rules, 'user/Patient.rs'),
        patient({ contained: [{ ...organization, name: 'x' }] }),
      ),
      patient({ contained: [organization] }),
    );
  },
  11.4: () => {
    const scopes = 'patient/Patient.rs';
    for (const launchPatient of ['Practitioner/1', 'Patient/', 'Patient/1/x']) {
      const profile = 'Patient/9';
      assert.throws(() =>
        engine.compilePolicy(scoped(rule(), scopes, { launchPatient, profile })).free(),
      );
    }
    refused(scoped(rule(), scopes), 'missing-patient');
    const document = scoped(rule(), scopes, { launchPatient: 'Patient/1' });
    assert.ok(released(document, patient()));
    assert.equal(released(document, patient({ id: '2' })), undefined);
  },
};
