// A Binary is released to whoever can read its `securityContext` (SPEC 10.4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, fails, policyOf } from './support.mjs';

const engine = await createEngine();

const binaryOf = (reference, id = 'b') => ({
  ...{ resourceType: 'Binary', id, contentType: 'text/plain' },
  ...(reference && { securityContext: { reference } }),
});
const kPatientRule = { resourceType: 'Patient', criteria: 'Patient?_compartment=Patient/p1' };
const kPolicy = policyOf({ resourceType: 'Binary' }, kPatientRule);
const patient = (id) => ({ resourceType: 'Patient', id });
const kStore = {
  'Patient/p1': patient('p1'),
  'Patient/p2': patient('p2'),
  'Binary/of-p1': binaryOf('Patient/p1', 'of-p1'),
  'Binary/of-p2': binaryOf('Patient/p2', 'of-p2'),
  'Binary/second': binaryOf('Binary/of-p1', 'second'),
  'Binary/third': binaryOf('Binary/second', 'third'),
  'Binary/self': binaryOf('Binary/self', 'self'),
  'Binary/ping': binaryOf('Binary/pong', 'ping'),
  'Binary/pong': binaryOf('Binary/ping', 'pong'),
  'Binary/open': binaryOf(undefined, 'open'),
};

const compile = (policies, options) => engine.compilePolicy({ policies: [policies], options });
const resolve = (reference) => kStore[reference];
const kReading = ['read', 'vread', 'history'];

/** Decides with `resolve`, and with everything in advance: both say the same. */
function decides(policies, body, options) {
  const asking = compile(policies, { ...options, resolve });
  const given = compile(policies, options);
  const decision = asking.decide('read', body);
  assert.deepEqual(given.decide('read', body, { resolved: kStore }), decision);
  for (const interaction of kReading) {
    const released = asking.redact(interaction, body);
    assert.equal(decode(released), decision.allowed ? JSON.stringify(body) : undefined);
  }
  asking.free();
  given.free();
  return decision;
}

test('the context must be readable', () => {
  const cases = [
    ['Patient/p1', true],
    ['Patient/p1/_history/3', true],
    ['Patient/p2', false],
    ['Patient/p3', false], // nobody knows it
    ['Practitioner/p1', false],
    ['https://elsewhere/Patient/p1', false],
    ['#p1', false],
    ['p1', false],
    ['urn:uuid:p1', false],
    ['', false],
    // transitively
    ['Binary/of-p1', true],
    ['Binary/of-p2', false],
    ['Binary/second', true],
    ['Binary/third', false], // further than three
    ['Binary/open', false],
    ['Binary/self', false],
    ['Binary/ping', false],
  ];
  for (const [reference, allowed] of cases) {
    const body = { ...binaryOf(), securityContext: { reference } };
    const decision = decides(kPolicy, body);
    assert.equal(decision.allowed, allowed, reference);
    assert.equal(decision.reason, allowed ? 'rule' : 'binary-context', reference);
    assert.deepEqual(decision.rule, { index: 0, source: 'policies[0]' });
  }
  for (const securityContext of [{}, { reference: 5 }, 'Patient/p1', [], { display: 'x' }]) {
    assert.equal(decides(kPolicy, { ...binaryOf(), securityContext }).reason, 'binary-context');
  }
});

test('under a base URL', () => {
  const body = binaryOf('https://ehr/Patient/p1');
  assert.equal(decides(kPolicy, body).allowed, false);
  assert.equal(decides(kPolicy, body, { baseUrls: ['https://ehr/'] }).allowed, true);
});

test('without a context', () => {
  assert.equal(decides(kPolicy, binaryOf()).reason, 'binary-context');
  const open = { binaryWithoutContext: 'allow' };
  assert.equal(decides(kPolicy, binaryOf(), open).allowed, true);
  assert.equal(decides(kPolicy, binaryOf('Binary/open'), open).allowed, true);
  assert.equal(decides(kPolicy, binaryOf('Patient/p2'), open).allowed, false);
});

test('without an answer, or with a wrong one', () => {
  const policy = compile(kPolicy);
  const body = binaryOf('Patient/p1');
  for (const resolved of [
    undefined,
    {},
    { 'Patient/p1': null },
    { 'Patient/p1': patient('p2') },
    { 'Patient/p2': patient('p1') },
    { 'Patient/p1': { resourceType: 'Person', id: 'p1' } },
    { 'Patient/p1': '{' },
    { 'Patient/p1': { ...patient('p1'), meta: { tag: [{ code: 'SUBSETTED' }] } } },
  ]) {
    assert.equal(policy.decide('read', body, { resolved }).reason, 'binary-context');
    assert.equal(policy.redact('read', body, { resolved }), undefined);
  }
  policy.free();
});

test('a grant of the Binary type is needed too', () => {
  assert.equal(decides(policyOf(kPatientRule), binaryOf('Patient/p1')).reason, 'no-rule');
  assert.equal(decides(policyOf({ resourceType: '*' }), binaryOf('Patient/p2')).allowed, true);
  const none = policyOf({ resourceType: 'Binary' });
  assert.equal(decides(none, binaryOf('Patient/p1')).reason, 'binary-context');
});

test('reading the context is what counts, whatever is done with the Binary', () => {
  const policies = policyOf(
    { resourceType: 'Binary' },
    { resourceType: 'Patient', interaction: ['search', 'vread', 'history', 'update'] },
  );
  const policy = compile(policies);
  for (const interaction of [...kReading, 'create', 'update', 'delete']) {
    const decision = policy.decide(interaction, binaryOf('Patient/p1'), { resolved: kStore });
    assert.equal(decision.reason, 'binary-context', interaction);
  }
  policy.free();
});

test('`references` lists the context, and what its rules look at', () => {
  const policy = engine.compilePolicy({
    policies: policyOf(
      { resourceType: 'Binary' },
      { resourceType: 'Observation', criteria: 'Observation?subject:Patient.active=true' },
    ),
    options: { resolve: true },
  });
  const body = binaryOf('Observation/o');
  const observation = {
    ...{ resourceType: 'Observation', id: 'o' },
    subject: { reference: 'Patient/p1' },
  };
  const rounds = [
    [{}, ['Observation/o'], false],
    [{ 'Observation/o': observation }, ['Patient/p1'], false],
    [{ 'Observation/o': observation, 'Patient/p1': { ...patient('p1'), active: true } }, [], true],
    [
      { 'Observation/o': observation, 'Patient/p1': { ...patient('p1'), active: false } },
      [],
      false,
    ],
    [{ 'Observation/o': null }, [], false],
  ];
  for (const [resolved, wanted, allowed] of rounds) {
    assert.deepEqual(policy.references(body, 'read', { resolved }), wanted);
    assert.equal(policy.decide('read', body, { resolved }).allowed, allowed);
  }
  assert.deepEqual(policy.references(binaryOf(), 'read'), []);
  assert.deepEqual(policy.references(binaryOf('#x'), 'read'), []);
  assert.deepEqual(policy.references(binaryOf('https://x/Patient/1'), 'read'), []);
  policy.free();
  const none = compile(policyOf({ resourceType: 'Patient' }));
  assert.deepEqual(none.references(body, 'read'), []);
  none.free();
});

test('`_compartment` of a Binary is that of its context', () => {
  const rules = (criteria) =>
    policyOf({ resourceType: 'Binary', criteria }, { resourceType: 'Patient' });
  const inside = rules('Binary?_compartment=Patient/p1');
  assert.equal(decides(inside, binaryOf('Patient/p1')).allowed, true);
  assert.equal(decides(inside, binaryOf('Patient/p2')).reason, 'criteria');
  assert.equal(decides(inside, binaryOf('Patient/p3')).reason, 'criteria');
  const claimed = {
    ...binaryOf('Patient/p2'),
    meta: { compartment: [{ reference: 'Patient/p1' }] },
  };
  assert.equal(decides(inside, claimed).reason, 'criteria', 'what the Binary says itself');
  const outside = rules('Binary?_compartment:not=Patient/p1');
  assert.equal(decides(outside, binaryOf('Patient/p2')).allowed, true);
  assert.equal(decides(outside, binaryOf('Patient/p1')).reason, 'criteria');
  assert.equal(decides(outside, binaryOf('Patient/p3')).reason, 'criteria', 'nobody knows');
});

test('what the context says decides, and leaves no byte', () => {
  const policy = compile(kPolicy);
  const body = binaryOf('Patient/p1');
  const outputs = ['one', 'two'].map((language) => {
    const resolved = { 'Patient/p1': { ...patient('p1'), language } };
    const decision = policy.decide('read', body, { resolved });
    return JSON.stringify([decision, decode(policy.redact('read', body, { resolved }))]);
  });
  assert.equal(outputs[0], outputs[1]);
  policy.free();
  fails(() => policy.references(body, 'read'), 'StateError', 'freed');
});

test('a Binary is never searched', () => {
  const policy = compile(policyOf({ resourceType: '*' }), { binaryWithoutContext: 'allow' });
  assert.equal(policy.can('search', 'Binary'), false);
  assert.equal(policy.can('read', 'Binary'), true);
  const entry = (mode) => `{"resource":${JSON.stringify(binaryOf())},"search":{"mode":"${mode}"}}`;
  const bundle = `{"resourceType":"Bundle","type":"searchset","entry":[${entry('match')}]}`;
  const nothing = '{"resourceType":"Bundle","type":"searchset"}';
  assert.equal(decode(policy.redact('search', bundle)), nothing);
  policy.free();
});
