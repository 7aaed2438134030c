// The objects and their methods (SPEC 16).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, encode, everything, fails, policyOf } from './support.mjs';

const engine = await createEngine();

const kPatient = '{"resourceType":"Patient","id":"1","active":true,"birthDate":"1980-01-01"}';
const kVisible = '{"resourceType":"Patient","id":"1","active":true}';
const hiding = policyOf({ resourceType: 'Patient', hiddenFields: ['birthDate'] });

const methodsOf = (object) => Object.getOwnPropertyNames(Object.getPrototypeOf(object)).sort();

test('the objects have what is documented and nothing else', () => {
  const policy = engine.compilePolicy({ policies: hiding });
  const search = engine.search('Patient?active=true');
  assert.deepEqual(methodsOf(engine), [
    'compilePolicy',
    'constructor',
    'fhirpath',
    'load',
    'search',
    'searchParameters',
  ]);
  assert.deepEqual(methodsOf(policy), [
    ...[
      'can',
      'checkIp',
      'checkRequest',
      'checkWrite',
      'constructor',
      'decide',
      'explain',
      'filterStream',
      'free',
    ],
    ...['redact', 'references'],
  ]);
  assert.deepEqual(Object.keys(policy).sort(), ['hash', 'rules', 'warnings']);
  assert.deepEqual(methodsOf(search), ['constructor', 'free', 'matches', 'references']);
  for (const object of [policy, search]) {
    assert.equal(typeof object[Symbol.dispose], 'function');
    object[Symbol.dispose]();
  }
});

test('a body is bytes, a string or an object; the result is bytes of its own', () => {
  const policy = engine.compilePolicy({ policies: hiding });
  const bytes = encode(`xx${kPatient}yy`);
  const inside = bytes.subarray(2, bytes.length - 2);
  for (const body of [
    kPatient,
    encode(kPatient),
    Buffer.from(kPatient),
    inside,
    JSON.parse(kPatient),
  ]) {
    const released = policy.redact('read', body);
    assert.equal(decode(released), kVisible);
    assert.equal(Object.getPrototypeOf(released), Uint8Array.prototype);
    assert.equal(released.byteLength, released.buffer.byteLength, 'no view into a larger buffer');
  }
  assert.equal(decode(bytes), `xx${kPatient}yy`, 'the input is untouched');
  const first = policy.redact('read', kPatient);
  policy.redact('read', `{"resourceType":"Patient","id":"${'z'.repeat(100_000)}"}`);
  assert.equal(decode(first), kVisible, 'a later call does not change an earlier result');
});

test('strings of every length keep their characters', () => {
  const policy = engine.compilePolicy({ policies: everything });
  for (const text of ['\u00e9', '\u20ac', '\u{1f3e5}', 'a']) {
    for (const count of [1, 1000, 7265, 21_000, 21_845, 30_000, 90_000]) {
      const body = `{"resourceType":"Basic","id":"${text.repeat(count)}"}`;
      assert.equal(decode(policy.redact('read', body)), body);
    }
  }
});

test('what JSON cannot say in a policy is a TypeError, never left out', () => {
  // Left out, the first two would be rules without condition (SPEC P1).
  for (const rule of [
    { criteria: () => 'Patient?active=true' },
    { criteria: Symbol('Patient?active=true') },
    { readonly: NaN },
    { hiddenFields: ['name', () => 'birthDate'] },
    { interaction: 10n },
  ]) {
    fails(
      () => engine.compilePolicy({ policies: policyOf({ resourceType: 'Patient', ...rule }) }),
      'TypeError',
    );
  }
});

test('a body is what its memory holds, whatever its properties say', () => {
  const policy = engine.compilePolicy({ policies: hiding });
  const long = encode(JSON.stringify({ ...JSON.parse(kPatient), note: 'n'.repeat(200_000) }));
  const expected = decode(policy.redact('read', long));
  for (const [name, value] of [
    ['length', 10],
    ['byteLength', 10],
    ['length', 1e6],
    ['subarray', () => new Uint8Array(1e6)],
    ['buffer', new ArrayBuffer(8)],
  ]) {
    const lying = Object.defineProperty(encode(decode(long)), name, { value });
    assert.equal(decode(policy.redact('read', lying)), expected, name);
  }
});

test('what is no body is a TypeError', () => {
  const policy = engine.compilePolicy({ policies: everything });
  const detached = encode(kPatient);
  structuredClone(detached, { transfer: [detached.buffer] });
  const circular = {};
  circular.self = circular;
  const wrong = [
    ...[undefined, null, 1, true, Symbol('x'), () => 1, 10n],
    ...[
      new ArrayBuffer(4),
      new Uint16Array(4),
      new DataView(new ArrayBuffer(4)),
      new Map(),
      new Date(),
    ],
    ...[new Uint8Array(new SharedArrayBuffer(4)), detached, circular, { id: 10n }],
    { toJSON: () => undefined },
  ];
  for (const body of wrong) {
    for (const method of ['redact', 'decide']) {
      fails(() => policy[method]('read', body), 'TypeError');
    }
  }
});

test('a denied body is undefined, and a decision says why', () => {
  const policy = engine.compilePolicy({
    policies: policyOf({
      resourceType: 'Patient',
      criteria: 'Patient?active=true',
      interaction: ['read'],
    }),
  });
  assert.equal(policy.redact('read', kPatient.replace('true', 'false')), undefined);
  assert.equal(policy.redact('search', kPatient), undefined);
  const { hidden, ...decision } = policy.decide('read', kPatient);
  assert.deepEqual(decision, {
    ...{ allowed: true, reason: 'rule' },
    rule: { index: 0, source: 'policies' },
  });
  // SPEC 7.3: not every Patient can be read, so narratives and what names persons go.
  assert.ok(hidden.includes('text') && hidden.includes('link.other.display'), hidden.join());
  const table = [
    ['read', kPatient.replace('true', 'false'), 'criteria'],
    ['search', kPatient, 'no-rule'],
    ['read', '{"resourceType":"Observation"}', 'no-rule'],
  ];
  for (const [interaction, body, reason] of table) {
    const decision = policy.decide(interaction, body);
    assert.deepEqual([decision.allowed, decision.reason, decision.rule], [false, reason, null]);
  }
});

test('interactions: the seven, and patch as update', () => {
  const policy = engine.compilePolicy({
    policies: policyOf({ resourceType: 'Patient', interaction: ['update', 'search'] }),
  });
  const seven = ['read', 'vread', 'search', 'history', 'create', 'update', 'delete'];
  assert.deepEqual(
    seven.filter((interaction) => policy.can(interaction, 'Patient')),
    ['search', 'update'],
  );
  assert.equal(policy.can('patch', 'Patient'), true);
  for (const wrong of ['Read', 'write', '', undefined, null, 0, 'constructor', '__proto__']) {
    for (const call of [
      () => policy.can(wrong, 'Patient'),
      () => policy.redact(wrong, kPatient),
      () => policy.decide(wrong, kPatient),
    ]) {
      assert.match(fails(call, 'TypeError').message, /unknown interaction; one of read, vread/);
    }
  }
  assert.equal(policy.can('search', 'Nothing'), false);
  fails(() => policy.can('read', 1), 'TypeError');
});

test('no policy denies, unless that is asked for', () => {
  for (const input of [{}, { policies: [] }, { policies: null }, { policies: undefined }]) {
    const policy = engine.compilePolicy(input);
    assert.equal(policy.redact('read', kPatient), undefined);
    assert.equal(policy.can('read', 'Patient'), false);
  }
  const open = engine.compilePolicy({ options: { allowUnrestricted: true } });
  assert.equal(decode(open.redact('read', kPatient)), kPatient);
});

test('null and undefined are absent inside the documents', () => {
  const policy = engine.compilePolicy({
    policies: { ...hiding, name: null, ipAccessRule: undefined, basedOn: null },
    ...{ membership: null, profile: undefined, options: { closure: null } },
  });
  assert.equal(decode(policy.redact('read', kPatient)), kVisible);
});

test('the input may be JSON text, and then a repeated key is seen', () => {
  const policy = engine.compilePolicy(JSON.stringify({ policies: hiding }));
  assert.equal(policy.hash, engine.compilePolicy({ policies: hiding }).hash);
  const error = fails(
    () => engine.compilePolicy('{"policies":[],"policies":[]}'),
    'PolicyCompileError',
    'invalid-json',
  );
  assert.equal(error.issues.length, 1);
  for (const wrong of [undefined, null, 1, [], () => 1]) {
    fails(() => engine.compilePolicy(wrong), 'TypeError');
  }
});

test('hash, rules and warnings', () => {
  const parameterised = {
    policies: [
      { ...policyOf({ resourceType: 'Patient', criteria: 'Patient?organization=%org' }), id: 'p' },
    ],
    membership: {
      ...{ resourceType: 'ProjectMembership', profile: { reference: 'Practitioner/1' } },
      access: ['Organization/a', 'Organization/b'].map((reference) => ({
        policy: { reference: 'AccessPolicy/p' },
        parameter: [{ name: 'org', valueReference: { reference } }],
      })),
    },
  };
  const policy = engine.compilePolicy(parameterised);
  assert.deepEqual(
    policy.rules.map((rule) => rule.criteria),
    ['Patient?organization=Organization/a', 'Patient?organization=Organization/b'],
  );
  assert.throws(() => policy.rules.push({}), TypeError);
  assert.throws(() => (policy.rules[0].criteria = 'Patient?active=true'), TypeError);
  assert.equal(policy.hash, engine.compilePolicy(parameterised).hash);
  assert.notEqual(policy.hash, engine.compilePolicy({ policies: hiding }).hash);

  const warned = engine.compilePolicy({
    policies: { ...hiding, ipAccessRule: [{ value: '8.8', action: 'allow' }] },
  });
  assert.deepEqual(
    warned.warnings.map(({ severity, code, path }) => [severity, code, path]),
    [['warning', 'ambiguous-ip-prefix', 'policies.ipAccessRule[0].value']],
  );
});

test('search', () => {
  const search = engine.search('Patient?birthdate=ge1980&active=true');
  assert.equal(search.matches(kPatient), true);
  assert.equal(search.matches(JSON.parse(kPatient.replace('true', 'false'))), false);
  search.free();
  search.free();
  fails(() => search.matches(kPatient), 'StateError', 'freed');
  for (const criteria of [
    'Patient?nothing=1',
    'Nothing?x=1',
    '',
    'Patient?_has:Observation:patient:code=1',
  ]) {
    assert.ok(fails(() => engine.search(criteria), 'PolicyCompileError').issues.length > 0);
  }
  for (const wrong of [undefined, null, 1, {}]) fails(() => engine.search(wrong), 'TypeError');
});

test('two engines know nothing of each other', async () => {
  const other = await createEngine();
  const [mine, its] = [engine, other].map((one) => one.compilePolicy({ policies: hiding }));
  mine.free();
  assert.equal(decode(its.redact('read', kPatient)), kVisible);
});
