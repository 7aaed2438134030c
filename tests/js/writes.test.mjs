// `checkWrite` through the API: what it takes, what it answers and why, and the bytes that it says to store (SPEC 9).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, encode, everything, fails, policyOf } from './support.mjs';

const engine = await createEngine();

function withPolicy(input, use) {
  const policy = engine.compilePolicy(input.policies ? input : { policies: input });
  try {
    return use(policy);
  } finally {
    policy.free();
  }
}

const kPatient =
  '{"resourceType":"Patient","id":"1", "active":true,"name":[{"family":"Simpson"}],"birthDate":"1956-05-12"}';
const patient = JSON.parse(kPatient);
const { birthDate: _, ...seen } = patient;
const hiding = policyOf({ resourceType: 'Patient', hiddenFields: ['birthDate'] });
const update = (before, after) => ({ interaction: 'update', before, after });
const patchOf = (before, patch) => ({ interaction: 'patch', before, patch });
const constraint = (expression) => [{ language: 'text/fhirpath', expression }];

test('a request that contradicts itself is a TypeError', () => {
  withPolicy(everything, (policy) => {
    const before = patient;
    const after = patient;
    for (const request of [
      ...[undefined, null, 'update', 1, [], {}, { after }],
      { interaction: 'read', before },
      { interaction: 'Update', before, after },
      { interaction: 'create' },
      { interaction: 'create', after, before },
      { interaction: 'create', after, patch: [] },
      { interaction: 'update', before },
      { interaction: 'update', before, patch: [] },
      { interaction: 'update', before, after, patch: [] },
      { interaction: 'patch', before },
      { interaction: 'patch', before, after },
      { interaction: 'delete', before, after },
      { interaction: 'delete', before, patch: [] },
      { interaction: 'update', before, after, aftr: after },
      { interaction: 'update', before: 1, after },
      { interaction: 'update', before, after: new Map() },
      { interaction: 'update', before, after: new Uint16Array(8) },
      { interaction: 'update', before, after: () => after },
      { interaction: 'patch', before, patch: 1 },
    ]) {
      fails(() => policy.checkWrite(request), 'TypeError');
    }
    fails(() => policy.checkWrite(update(before, after), 'x'), 'TypeError');
    fails(() => policy.checkWrite(update(before, after), { fetched: {} }), 'TypeError');
    // What is absent may be said.
    for (const absent of [undefined, null]) {
      const request = { ...update(before, after), patch: absent };
      assert.equal(policy.checkWrite(request, absent).allowed, true);
      assert.equal(
        policy.checkWrite({ interaction: 'create', after, before: absent }).allowed,
        true,
      );
      assert.equal(
        policy.checkWrite({ interaction: 'delete', before, after: absent }).allowed,
        true,
      );
    }
  });
});

test('bodies are bytes, strings or objects; the answer is bytes of its own', () => {
  const forms = [encode, (text) => text, (text) => JSON.parse(text)];
  const submitted = '{"resourceType":"Patient","id":"1","name":[{"family":"Simpson"}]}';
  const patch = '[{"op":"add","path":"/gender","value":"other"}]';
  withPolicy(hiding, (policy) => {
    for (const first of forms) {
      for (const second of forms) {
        const before = first(kPatient);
        const answer = policy.checkWrite(update(before, second(submitted)));
        assert.equal(answer.reason, 'rule');
        assert.deepEqual(JSON.parse(decode(answer.body)), {
          ...JSON.parse(submitted),
          birthDate: patient.birthDate,
        });
        const patched = policy.checkWrite(patchOf(before, second(patch)));
        assert.deepEqual(JSON.parse(decode(patched.body)), { ...patient, gender: 'other' });
        assert.deepEqual(before, first(kPatient), 'what was handed in is left alone');
        answer.body.fill(0);
        assert.equal(policy.checkWrite(update(before, second(submitted))).allowed, true);
      }
    }
  });
});

test('what is kept keeps its bytes', () => {
  const before = '{"resourceType":"Observation","id":"1","valueQuantity":{"value":1.50}}';
  const after = `{ "id" : "1",\n "resourceType":"Observation", "valueQuantity":{ "value":7.0e1 },"x":"\\u0041\\/" }`;
  const rules = [
    { resourceType: 'Observation' },
    { resourceType: 'Observation', readonlyFields: ['status'] },
  ];
  for (const rule of rules) {
    withPolicy(policyOf(rule), (policy) => {
      assert.equal(decode(policy.checkWrite(update(before, after)).body), after);
    });
  }
  withPolicy(policyOf({ resourceType: 'Observation', hiddenFields: ['value'] }), (policy) => {
    const { body } = policy.checkWrite(update(before, '{"resourceType":"Observation","id":"1"}'));
    assert.ok(decode(body).includes('"valueQuantity":{"value":1.50}'), decode(body));
  });
});

test('the reasons, each with the rule that it comes from', () => {
  const active = 'Patient?active=true';
  const policies = policyOf(
    { resourceType: 'Patient', criteria: active, hiddenFields: ['birthDate'] },
    { resourceType: 'Patient', criteria: 'Patient?gender=male', interaction: ['read'] },
    { resourceType: 'Observation', writeConstraint: constraint("status = 'final'") },
    { resourceType: 'Basic', readonlyFields: ['code'], interaction: ['read', 'update'] },
    { resourceType: 'Group', hiddenFields: ['member.entity'] },
  );
  const group = {
    resourceType: 'Group',
    id: '1',
    member: [{ entity: { display: 'a' }, inactive: true }, { inactive: false }],
  };
  const basic = { resourceType: 'Basic', id: '1', code: { text: 'a' } };
  const shown = { ...seen };
  const draft = { resourceType: 'Observation', id: '1', status: 'preliminary' };
  const male = { resourceType: 'Patient', id: '1', gender: 'male' };
  const table = [
    ['rule', 0, update(patient, shown)],
    ['rule', 2, { interaction: 'create', after: { ...draft, status: 'final' } }],
    ['no-before', null, { interaction: 'update', after: shown }],
    ['no-before', null, { interaction: 'patch', patch: [] }],
    ['no-before', null, { interaction: 'delete' }],
    ['no-rule', null, { interaction: 'create', after: { resourceType: 'Device' } }],
    ['no-rule', null, { interaction: 'create', after: basic }],
    ['no-rule', null, { interaction: 'delete', before: basic }],
    ['not-readable', null, update({ ...patient, active: false }, shown)],
    ['not-readable', null, { interaction: 'delete', before: { ...patient, active: false } }],
    ['before', null, update(male, male)],
    ['result', null, update(patient, { ...shown, active: false })],
    ['result', null, { interaction: 'create', after: male }],
    ['identity', null, update(patient, { ...shown, id: '2' })],
    ['identity', null, update(patient, { ...shown, resourceType: 'Basic' })],
    ['identity', 0, patchOf(patient, [{ op: 'replace', path: '/id', value: '2' }])],
    ['constraint', 2, update({ ...draft, status: 'final' }, draft)],
    ['constraint', 2, { interaction: 'delete', before: draft }],
    ['conflict', 0, update(patient, { ...shown, birthDate: '1956-05-12' })],
    ['conflict', 3, update(basic, { ...basic, code: { text: 'b' } })],
    ['alignment', 4, update(group, { ...group, member: [{ inactive: false }] })],
    ['patch', 0, patchOf(patient, [{ op: 'remove', path: '/gender' }])],
    ['patch-protected', 0, patchOf(patient, [{ op: 'remove', path: '/birthDate' }])],
  ];
  const policy = engine.compilePolicy({ policies });
  for (const [reason, index, request] of table) {
    const answer = policy.checkWrite(request);
    const said = JSON.stringify(request);
    assert.equal(answer.reason, reason, said);
    assert.equal(answer.allowed, reason === 'rule', said);
    assert.deepEqual(answer.rule, index === null ? null : { index, source: 'policies' }, said);
    assert.equal(answer.body !== undefined, reason === 'rule', said);
    assert.deepEqual(Object.keys(answer), ['allowed', 'reason', 'rule', 'issues', 'body']);
  }
  policy.free();
});

test('a policy that denies everything, and one without bounds, say so', () => {
  const membership = {
    ...{ resourceType: 'ProjectMembership', active: false },
    accessPolicy: { reference: 'AccessPolicy/p' },
  };
  withPolicy({ policies: { ...everything, id: 'p' }, membership }, (policy) => {
    for (const request of [
      update(patient, patient),
      { interaction: 'create', after: patient },
      { interaction: 'delete', before: patient },
      patchOf(patient, []),
    ]) {
      const { allowed, reason, body } = policy.checkWrite(request);
      assert.deepEqual([allowed, reason, body], [false, 'no-policy', undefined]);
    }
  });
  withPolicy({ policies: [], options: { allowUnrestricted: true } }, (policy) => {
    const { allowed, reason, rule } = policy.checkWrite(update(patient, patient));
    const source = 'options.allowUnrestricted';
    assert.deepEqual([allowed, reason, rule], [true, 'unrestricted', { index: 0, source }]);
  });
});

test('issues name the element, never a value', () => {
  const canary = 'Canary-51b7';
  const rule = {
    resourceType: 'Patient',
    hiddenFields: ['birthDate', 'name.family', "extension('urn:x')"],
    readonlyFields: ['gender', 'contact'],
  };
  const before = {
    resourceType: 'Patient',
    id: '1',
    name: [{ given: ['a'], family: canary }],
    gender: 'male',
  };
  const after = {
    resourceType: 'Patient',
    id: '1',
    name: [{ given: ['a'], family: canary }],
    birthDate: canary,
    extension: [{ url: 'urn:x', valueString: canary }],
    gender: canary,
    contact: [{ gender: canary }],
  };
  const wanted = [
    ['hidden-element', 'birthDate'],
    ['hidden-element', "extension('urn:x')"],
    ['hidden-element', 'name.family'],
    ['readonly-element', 'contact'],
    ['readonly-element', 'gender'],
  ];
  const said = (issues) => issues.map(({ code, path }) => [code, path]).sort();
  for (const readonlyConflict of ['refuse', 'restore']) {
    withPolicy({ policies: policyOf(rule), options: { readonlyConflict } }, (policy) => {
      const { allowed, reason, issues, body } = policy.checkWrite(update(before, after));
      const restores = readonlyConflict === 'restore';
      assert.deepEqual([allowed, reason], restores ? [true, 'rule'] : [false, 'conflict']);
      assert.deepEqual(said(issues), wanted);
      for (const issue of issues) {
        assert.deepEqual(Object.keys(issue), ['severity', 'code', 'path', 'message']);
        assert.equal(issue.severity, restores ? 'warning' : 'error');
      }
      assert.equal(JSON.stringify(issues).includes(canary), false);
      if (restores) assert.deepEqual(JSON.parse(decode(body)), before);
    });
  }
  const unknown = { policies: policyOf(rule), options: { readonlyConflict: 'ignore' } };
  const { issues } = fails(() => engine.compilePolicy(unknown), 'PolicyCompileError');
  assert.equal(issues[0].path, 'options.readonlyConflict');
});

test('delete: the stored version decides, and nothing is to be stored', () => {
  const policies = policyOf({
    resourceType: 'Patient',
    criteria: 'Patient?active=true',
    writeConstraint: constraint('%before.birthDate.exists() and %after.empty()'),
  });
  withPolicy(policies, (policy) => {
    const answer = policy.checkWrite({ interaction: 'delete', before: patient });
    assert.deepEqual(answer, {
      ...{ allowed: true, reason: 'rule', rule: { index: 0, source: 'policies' }, issues: [] },
      body: undefined,
    });
    assert.equal(policy.checkWrite({ interaction: 'delete', before: seen }).reason, 'constraint');
  });
});

test('constraints know the time: that of the host, or what the option `now` says', () => {
  const of = (issued) => ({ resourceType: 'Observation', id: '1', issued });
  const policies = policyOf({
    resourceType: 'Observation',
    writeConstraint: constraint('issued <= now()'),
  });
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const before = of('2020-01-01T00:00:00Z');
  const reasons = (options, ...dates) =>
    withPolicy({ policies, options }, (policy) =>
      dates.map((date) => policy.checkWrite(update(before, of(date))).reason),
    );
  assert.deepEqual(reasons(undefined, '2021-01-01T00:00:00Z', soon), ['rule', 'constraint']);
  const now = '2022-06-01T12:00:00+02:00';
  assert.deepEqual(
    reasons({ now }, '2022-06-01T10:00:00Z', '2022-06-01T10:00:01Z', '2022-06-01T11:59:59+02:00'),
    ['rule', 'constraint', 'rule'],
  );
});

test('what is wrong with a body is an error with its place, and what is too much', async () => {
  const twice = '{"resourceType":"Patient","id":"1","a":1,"a":2}';
  const table = [
    [update(twice, patient), 'duplicate-key', 41],
    [update(patient, twice), 'duplicate-key', 41],
    [{ interaction: 'create', after: twice }, 'duplicate-key', 41],
    [{ interaction: 'delete', before: twice }, 'duplicate-key', 41],
    [patchOf(patient, '[{"op":"remove","path":"/a","path":"/b"}]'), 'duplicate-key', 28],
    [patchOf(patient, '[{'), 'invalid-json', 2],
    [patchOf(patient, ''), 'empty-body', 0],
    [update(patient, ''), 'empty-body', 0],
    [update(patient, '[]'), 'not-an-object', 0],
    [update(patient, '{"resourceType":"Nope"}'), 'unknown-resource-type', 0],
    [update('{"resourceType":"Nope"}', patient), 'unknown-resource-type', 0],
    [update(patient, '"\ud800"'), 'invalid-utf8', 0],
  ];
  withPolicy(everything, (policy) => {
    for (const [request, code, offset] of table) {
      fails(() => policy.checkWrite(request), 'ResourceError', code, offset);
    }
  });
  const small = await createEngine({ limits: { maxBodyBytes: 200, maxDepth: 8 } });
  const policy = small.compilePolicy({ policies: everything });
  const long = { ...patient, language: 'x'.repeat(200) };
  const deep = {
    resourceType: 'Patient',
    id: '1',
    x: JSON.parse(`${'['.repeat(8)}${']'.repeat(8)}`),
  };
  const padded = [{ op: 'test', path: '/active', value: 'x'.repeat(200) }];
  for (const [code, requests] of [
    ['too-large', [update(long, patient), update(patient, long), patchOf(patient, padded)]],
    ['too-deep', [update(deep, patient), update(patient, deep), patchOf(patient, [deep.x])]],
  ]) {
    for (const request of requests) fails(() => policy.checkWrite(request), 'LimitError', code);
  }
  // The bound is that of each body, whatever comes with it.
  const most = { ...patient, language: '' };
  most.language = 'x'.repeat(200 - JSON.stringify(most).length);
  assert.equal(policy.checkWrite(update(most, most)).allowed, true);
  // SPEC P1: a constraint that comes to no end is not `true`.
  const steps = await createEngine({ limits: { maxEvaluationSteps: 10 } });
  const endless = steps.compilePolicy({
    policies: policyOf({
      resourceType: 'Patient',
      writeConstraint: constraint('repeat(children()).count() >= 0'),
    }),
  });
  assert.equal(endless.checkWrite(update(patient, patient)).reason, 'constraint');
});

test('the resources that criteria look at are asked for, for both versions', () => {
  const policies = policyOf(
    { resourceType: 'Observation', interaction: ['read'] },
    { resourceType: 'Observation', criteria: 'Observation?subject:Patient.active=true' },
  );
  const of = (id) => ({
    resourceType: 'Observation',
    id: 'o',
    subject: { reference: `Patient/${id}` },
  });
  const person = (id, active) => ({ resourceType: 'Patient', id, active });
  const known = { 'Patient/1': person('1', true), 'Patient/2': person('2', false) };
  const asked = [];
  const resolve = (reference) => {
    asked.push(reference);
    return known[reference];
  };
  for (const options of [{ resolve }, { resolve: true }]) {
    withPolicy({ policies, options }, (policy) => {
      const extra = options.resolve === true ? { resolved: known } : undefined;
      const reason = (from, to) => policy.checkWrite(update(of(from), of(to)), extra).reason;
      assert.equal(reason('1', '1'), 'rule');
      assert.equal(reason('1', '2'), 'result');
      assert.equal(reason('2', '1'), 'before');
      assert.equal(reason('1', '3'), 'result');
    });
  }
  assert.deepEqual([...new Set(asked)].sort(), ['Patient/1', 'Patient/2', 'Patient/3']);
  withPolicy({ policies, options: { resolve: true } }, (policy) => {
    assert.equal(policy.checkWrite(update(of('1'), of('1'))).reason, 'before');
  });
});

test('StateError after free; what was answered stays', () => {
  const policy = engine.compilePolicy({ policies: everything });
  const { body } = policy.checkWrite(update(kPatient, kPatient));
  policy.free();
  assert.equal(decode(body), kPatient);
  fails(() => policy.checkWrite(update(kPatient, kPatient)), 'StateError', 'freed');
  fails(() => policy.explain('read', kPatient), 'StateError', 'freed');
});

// SPEC 7.8, 9.2: marks, masks and what closure cut are no change of the caller's.
test('what a read gave can be sent back', () => {
  const mark = {
    system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
    code: 'SUBSETTED',
  };
  const url = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';
  const rules = [
    { resourceType: 'Patient', hiddenFields: ['birthDate'] },
    { resourceType: 'Observation' },
  ];
  withPolicy(
    { policies: policyOf(...rules), options: { mark: 'subsetted', absent: 'mask' } },
    (policy) => {
      const shown = decode(policy.redact('read', kPatient));
      assert.deepEqual(JSON.parse(shown), {
        _birthDate: { extension: [{ url, valueCode: 'masked' }] },
        meta: { tag: [mark] },
        ...seen,
      });
      const answer = policy.checkWrite(update(kPatient, shown));
      assert.equal(answer.allowed, true);
      assert.equal(decode(answer.body), kPatient);
      // A contained resource loses what any rule for its type hides, and gets it back.
      const observation = JSON.stringify({
        resourceType: 'Observation',
        id: '1',
        text: { status: 'generated', div: '<div/>' },
        contained: [{ ...patient, id: 'p' }],
        subject: { reference: '#p', display: 'kept: the caller reads who is contained' },
      });
      const part = decode(policy.redact('read', observation));
      assert.equal(part.includes('1956'), false);
      assert.equal(decode(policy.checkWrite(update(observation, part)).body), observation);
      const edited = part.replace('Simpson', 'Szyslak');
      assert.equal(
        decode(policy.checkWrite(update(observation, edited)).body),
        observation.replace('Simpson', 'Szyslak'),
      );
    },
  );
});
