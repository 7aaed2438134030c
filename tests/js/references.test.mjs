// Chains, `_has` and fetched resources through the API (SPEC 5.8): what is asked of the host, what counts as an answer, and that an
// answer decides and does nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { chunksOf, decode, encode, fails, policyOf } from './support.mjs';

const engine = await createEngine();

const kObservation =
  '{"resourceType":"Observation","id":"o1", "valueDecimal" : 1.50,"subject":{"reference":"Patient/p1"}}';
const kPeter = {
  resourceType: 'Patient',
  id: 'p1',
  name: [{ family: 'Chalmers', given: ['Peter'] }],
  managingOrganization: { reference: 'Organization/g1' },
};
const kAcme = {
  resourceType: 'Organization',
  id: 'g1',
  name: 'Acme',
  partOf: { reference: 'Organization/g2' },
};
const kHolding = {
  resourceType: 'Organization',
  id: 'g2',
  name: 'Holding',
  partOf: { reference: 'Organization/g1' },
};
const kStore = {
  'Patient/p1': kPeter,
  'Organization/g1': kAcme,
  'Organization/g2': kHolding,
};
const kByName = 'Observation?subject:Patient.name=peter';
const kDeep = 'Observation?subject:Patient.organization.partof.name=holding';

const ruleOf = (criteria) => ({
  resourceType: criteria.slice(0, criteria.indexOf('?')),
  criteria,
});
const compile = (criteria, resolve = true) =>
  engine.compilePolicy({ policies: [policyOf(ruleOf(criteria))], options: { resolve } });

/** A host that counts what it is asked. */
function hostOf(store) {
  const asked = [];
  const resolve = (reference) => {
    asked.push(reference);
    return store[reference];
  };
  return { asked, resolve };
}

test('a chain needs the option', () => {
  const error = fails(() => compile(kByName, null), 'PolicyCompileError');
  assert.equal(error.issues[0].offset, 12);
  assert.match(error.issues[0].message, /option `resolve`/);
  fails(() => compile(kByName, false), 'PolicyCompileError');
  fails(() => engine.search(kByName), 'PolicyCompileError', 'unsupported-parameter');
  fails(() => compile(kByName, 'yes'), 'PolicyCompileError', 'wrong-type');
  fails(() => engine.search(kByName, { resolve: 'yes' }), 'TypeError');
  fails(() => engine.search(kByName, { resolver: true }), 'TypeError');
});

test('`resolve` answers, one step at a time, each reference once', () => {
  const host = hostOf(kStore);
  const policy = compile(kDeep, host.resolve);
  const { allowed, reason, rule } = policy.decide('read', kObservation);
  assert.deepEqual(
    { allowed, reason, rule },
    { allowed: true, reason: 'rule', rule: { index: 0, source: 'policies[0]' } },
  );
  assert.deepEqual(host.asked, ['Patient/p1', 'Organization/g1', 'Organization/g2']);
  assert.equal(decode(policy.redact('read', encode(kObservation))), kObservation);
  const search = engine.search(kDeep, { resolve: host.resolve });
  assert.equal(search.matches(kObservation), true);
  assert.equal(search.matches('{"resourceType":"Observation"}'), false);
  policy.free();
  search.free();
});

test('every form of a body is an answer', () => {
  for (const form of [
    (value) => value,
    (value) => JSON.stringify(value),
    (value) => encode(JSON.stringify(value)),
    (value) => ` \n${JSON.stringify(value, null, 2)}\t`,
  ]) {
    const store = Object.fromEntries(Object.entries(kStore).map(([k, v]) => [k, form(v)]));
    const policy = compile(kDeep, hostOf(store).resolve);
    assert.equal(policy.decide('read', kObservation).allowed, true);
    policy.free();
    const search = engine.search(kDeep, { resolve: true });
    assert.equal(search.matches(kObservation, { resolved: store }), true);
    assert.equal(search.matches(kObservation, { resolved: new Map(Object.entries(store)) }), true);
    search.free();
  }
});

test('`references` lists what is needed, without asking', () => {
  const host = hostOf(kStore);
  const policy = compile(kDeep, host.resolve);
  const search = engine.search(kDeep, { resolve: host.resolve });
  const rounds = [
    [undefined, ['Patient/p1']],
    [{}, ['Patient/p1']],
    [{ 'Patient/p1': kPeter }, ['Organization/g1']],
    [{ 'Patient/p1': null }, []],
    [{ 'Patient/p1': kPeter, 'Organization/g1': kAcme }, ['Organization/g2']],
    [kStore, []],
  ];
  for (const [resolved, wanted] of rounds) {
    assert.deepEqual(policy.references(kObservation, 'read', { resolved }), wanted);
    assert.deepEqual(search.references(kObservation, { resolved }), wanted);
  }
  assert.deepEqual(policy.references(kObservation, 'read'), ['Patient/p1']);
  assert.deepEqual(policy.references('{"resourceType":"Patient"}', 'read'), []);
  assert.deepEqual(host.asked, []);
  const plain = compile('Observation?subject=Patient/p1');
  assert.deepEqual(plain.references(kObservation, 'read'), []);
  for (const freed of [policy, search, plain]) freed.free();
});

test('what is given in advance is not asked again', () => {
  const host = hostOf(kStore);
  const policy = compile(kDeep, host.resolve);
  const resolved = new Map([
    ['Patient/p1', kPeter],
    ['Organization/g2', kHolding],
  ]);
  assert.equal(policy.decide('read', kObservation, { resolved }).allowed, true);
  assert.deepEqual(host.asked, ['Organization/g1']);
  policy.free();
});

test('no call sees what was fetched for another', () => {
  const policy = compile(kByName);
  const resolved = { 'Patient/p1': kPeter };
  const search = engine.search(kByName, { resolve: true });
  for (let i = 0; i < 3; ++i) {
    assert.equal(policy.decide('read', kObservation, { resolved }).allowed, true);
    assert.equal(policy.decide('read', kObservation).allowed, false);
    assert.equal(decode(policy.redact('read', kObservation, { resolved })), kObservation);
    assert.equal(policy.redact('read', kObservation), undefined);
    assert.equal(search.matches(kObservation, { resolved }), true);
    assert.equal(search.matches(kObservation), false);
    fails(() => policy.decide('read', '{', { resolved }), 'ResourceError');
    assert.equal(policy.decide('read', kObservation).allowed, false);
    assert.deepEqual(policy.references(kObservation, 'read', { resolved }), []);
    assert.deepEqual(policy.references(kObservation, 'read'), ['Patient/p1']);
  }
  policy.free();
  search.free();
});

test('an answer that is not what was asked for is none', () => {
  const wrong = {
    absent: undefined,
    null: null,
    'another id': { ...kPeter, id: 'p2' },
    'another type': { ...kPeter, resourceType: 'Person' },
    'no id': { ...kPeter, id: undefined },
    'no type': { ...kPeter, resourceType: undefined },
    'a list': [kPeter],
    'a Bundle': { resourceType: 'Bundle', id: 'p1', entry: [{ resource: kPeter }] },
    partial: { ...kPeter, meta: { tag: [{ code: 'SUBSETTED' }] } },
    'a text': JSON.stringify('peter'),
    'no JSON': 'peter',
    nothing: '',
    'no UTF-8': new Uint8Array([0xff]),
    'half a surrogate': '"\ud800"',
    'repeated keys': '{"resourceType":"Patient","id":"p1","name":[{"text":"Peter"}],"id":"p1"}',
    'cut off': JSON.stringify(kPeter).slice(0, -1),
    'two values': `${JSON.stringify(kPeter)} ${JSON.stringify(kPeter)}`,
  };
  for (const [what, answer] of Object.entries(wrong)) {
    const policy = compile(kByName, () => answer);
    assert.equal(policy.decide('read', kObservation).allowed, false, what);
    assert.equal(policy.redact('read', kObservation), undefined, what);
    const resolved = { 'Patient/p1': answer };
    assert.equal(policy.decide('read', kObservation, { resolved }).allowed, false, what);
    policy.free();
  }
});

// SPEC P1: bodies are put side by side, so that one must not be able to end and add a member of its own.
test('no answer can speak for another reference', () => {
  const peter = JSON.stringify(kPeter);
  const texts = [
    `null,"Patient/p1":${peter}`,
    `{},"Patient/p1":${peter}`,
    `{"a":1},"Patient\\/p1":${peter}`,
    `null}{"Patient/p1":${peter}`,
    `null,"Patient/p1":${peter.slice(0, -1)}`,
    `1,"Patient?_id=p1":{"resourceType":"Bundle","entry":[{"resource":${peter}}]}`,
    `{"Patient/p1":${peter}}`,
  ];
  const policy = compile(kByName);
  for (const text of texts) {
    for (const body of [text, encode(text)]) {
      for (const resolved of [
        { 'Patient/p9': body },
        { 'Patient/p9': body, 'Patient/p1': null },
        { 'Patient/p1': null, 'Patient/p9': body },
      ]) {
        assert.equal(policy.decide('read', kObservation, { resolved }).allowed, false, text);
      }
    }
  }
  // So it is with names.
  for (const name of [`Patient/p9":null,"Patient/p1`, '"', '\\', '\ud800', '\u0000', '__proto__']) {
    const resolved = new Map([[name, kPeter]]);
    assert.equal(policy.decide('read', kObservation, { resolved }).allowed, false, name);
    resolved.set('Patient/p1', kPeter);
    assert.equal(policy.decide('read', kObservation, { resolved }).allowed, true, name);
  }
  policy.free();
});

test('bytes that change while others are fetched stay as they were checked', () => {
  const bytes = encode(JSON.stringify(kPeter));
  const inject = encode(`${JSON.stringify(kAcme)},"Organization/g2":{}`.padEnd(bytes.length));
  const policy = compile(kDeep, (reference) => {
    if (reference === 'Patient/p1') return bytes;
    bytes.set(inject.subarray(0, bytes.length));
    return kStore[reference];
  });
  assert.equal(policy.decide('read', kObservation).allowed, true);
  policy.free();
});

test('promises and other things are refused aloud', async () => {
  const promise = compile(kByName, async () => kPeter);
  const error = fails(() => promise.decide('read', kObservation), 'TypeError');
  assert.match(error.message, /in advance/);
  assert.equal(error.message.includes('p1'), false);
  const policy = compile(kByName);
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  for (const answer of [5, true, () => kPeter, Promise.resolve(kPeter), shared, new Date(), 5n]) {
    fails(() => policy.decide('read', kObservation, { resolved: { x: answer } }), 'TypeError');
  }
  for (const resolved of [[], 'Patient/p1', new Set(), 5, new Map([[5, kPeter]])]) {
    fails(() => policy.decide('read', kObservation, { resolved }), 'TypeError');
  }
  fails(() => policy.decide('read', kObservation, { resolve: () => kPeter }), 'TypeError');
  promise.free();
  policy.free();
});

test('what `resolve` throws reaches the caller, and nothing is left behind', () => {
  const cause = new Error('offline');
  let fail = true;
  const policy = compile(kByName, () => {
    if (fail) throw cause;
    return kPeter;
  });
  for (const call of [
    () => policy.decide('read', kObservation),
    () => policy.redact('read', kObservation),
  ]) {
    assert.throws(call, (error) => error === cause);
  }
  fail = false;
  assert.equal(policy.decide('read', kObservation).allowed, true);
  policy.free();
});

test('`resolve` may use the engine, and even free the policy', () => {
  const other = engine.search('Patient?name=peter');
  const policy = compile(kByName, () => (other.matches(kPeter) ? kPeter : undefined));
  assert.equal(policy.decide('read', kObservation).allowed, true);
  policy.free();
  const doomed = compile(kByName, () => {
    doomed.free();
    return kPeter;
  });
  fails(() => doomed.decide('read', kObservation), 'StateError', 'freed');
  other.free();
});

test('a cycle ends, and three references are as far as it goes', () => {
  const host = hostOf(kStore);
  const cycle = 'Organization?partof.partof.name=acme';
  const policy = compile(cycle, host.resolve);
  assert.equal(policy.decide('read', kAcme).allowed, true);
  assert.deepEqual(host.asked, ['Organization/g2', 'Organization/g1']);
  fails(() => compile('Organization?partof.partof.partof.partof.name=x'), 'PolicyCompileError');
  policy.free();
});

test('`_has` asks for a search', () => {
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [
      {
        resource: {
          ...{ resourceType: 'Consent', id: 'c', status: 'active' },
          patient: { reference: 'Patient/p1' },
        },
      },
    ],
  };
  const host = hostOf({ 'Consent?patient=Patient/p1': bundle });
  const policy = compile('Patient?_has:Consent:patient:status=active', host.resolve);
  assert.equal(policy.decide('read', kPeter).allowed, true);
  assert.equal(policy.decide('read', { ...kPeter, id: 'p2' }).allowed, false);
  assert.deepEqual(host.asked, ['Consent?patient=Patient/p1', 'Consent?patient=Patient/p2']);
  policy.free();
});

const bundleOf = (...resources) =>
  `{"resourceType":"Bundle","type":"searchset","entry":[${resources
    .map((resource) => `{"resource":${resource}}`)
    .join(',')}]}`;
const observation = (id, patient) =>
  `{"resourceType":"Observation","id":"${id}","subject":{"reference":"Patient/${patient}"}}`;

test('a Bundle is asked about as a whole', () => {
  const host = hostOf({ 'Patient/p1': kPeter, 'Patient/p2': { ...kPeter, id: 'p2', name: [] } });
  const policy = compile(kByName, host.resolve);
  const [one, two, three] = [
    observation('1', 'p1'),
    observation('2', 'p2'),
    observation('3', 'p1'),
  ];
  assert.equal(decode(policy.redact('search', bundleOf(one, two, three))), bundleOf(one, three));
  assert.deepEqual(host.asked, ['Patient/p1', 'Patient/p2']);
  assert.deepEqual(policy.references(bundleOf(one, two, three), 'search'), [
    'Patient/p1',
    'Patient/p2',
  ]);
  policy.free();
});

test('an include is asked about as what is read', () => {
  const policy = engine.compilePolicy({
    policies: [
      policyOf(
        { resourceType: 'Encounter' },
        { resourceType: 'Observation', interaction: ['search'] },
        { ...ruleOf(kByName), interaction: ['read'] },
      ),
    ],
    options: { resolve: true },
  });
  const entry = (mode) =>
    `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":${observation('1', 'p1')},` +
    `"search":{"mode":"${mode}"}}]}`;
  assert.deepEqual(policy.references(entry('include'), 'search'), ['Patient/p1']);
  assert.deepEqual(policy.references(entry('match'), 'search'), []);
  policy.free();
});

const collect = async (readable) =>
  decode(new Uint8Array(await new Response(readable).arrayBuffer()));
const filtered = (policy, text, options) =>
  collect(chunksOf(encode(text), 7).pipeThrough(policy.filterStream(options)));

test('streams have what was fetched in advance, each its own', async () => {
  const host = hostOf(kStore);
  const policy = compile(kByName, host.resolve);
  const lines = [observation('1', 'p1'), observation('2', 'p2')];
  const text = `${lines.join('\n')}\n`;
  const resolved = { 'Patient/p1': kPeter };
  const [first, second, third] = await Promise.all([
    filtered(policy, text, { resolved }),
    filtered(policy, text, {}),
    filtered(policy, bundleOf(...lines), { resolved, format: 'bundle' }),
  ]);
  assert.equal(first, `${lines[0]}\n`);
  assert.equal(second, '');
  assert.equal(third, bundleOf(lines[0]));
  assert.equal(
    await filtered(policy, lines[0], { resolved, format: 'resource', interaction: 'read' }),
    lines[0],
  );
  assert.deepEqual(host.asked, [], 'streams ask nobody');
  // A call in between does not change what a stream sees, and sees nothing of it.
  const quiet = compile(kByName);
  const stream = quiet.filterStream({ resolved });
  const whole = collect(stream.readable);
  const writer = stream.writable.getWriter();
  for (let i = 0; i < 3; ++i) {
    await writer.write(encode(`${lines[0]}\n${lines[1]}\n`));
    const decide = (extra) => quiet.decide('read', lines[0], extra).allowed;
    assert.equal(decide({ resolved: {} }), false);
    assert.equal(decide({ resolved: { 'Patient/p2': kPeter } }), false);
  }
  await writer.close();
  assert.equal(await whole, `${lines[0]}\n`.repeat(3));
  quiet.free();
  policy.free();
});

// SPEC P3: what is fetched decides, and says nothing.
test('no byte of an answer is released', () => {
  const canary = 'c4n4ry';
  const store = Object.fromEntries(
    Object.entries(kStore).map(([key, value]) => [key, { ...value, language: canary }]),
  );
  const policy = engine.compilePolicy({
    policies: [policyOf({ ...ruleOf(kDeep), hiddenFields: ['note', 'code'] })],
    options: { resolve: (reference) => store[reference] },
  });
  const plain = engine.compilePolicy({
    policies: [policyOf({ resourceType: 'Observation', hiddenFields: ['note', 'code'] })],
  });
  const released = decode(policy.redact('read', kObservation));
  assert.equal(released, decode(plain.redact('read', kObservation)));
  assert.equal(JSON.stringify(policy.decide('read', kObservation)).includes(canary), false);
  policy.free();
  plain.free();
});

test('limits hold for what is fetched', async () => {
  const small = await createEngine({ limits: { maxBodyBytes: 400 } });
  const policy = small.compilePolicy({
    policies: [policyOf(ruleOf(kByName))],
    options: { resolve: true },
  });
  const long = { ...kPeter, text: { div: 'x'.repeat(500) } };
  const decide = (resolved) => policy.decide('read', kObservation, { resolved }).allowed;
  assert.equal(decide({ 'Patient/p1': kPeter }), true);
  assert.equal(decide({ 'Patient/p1': long }), false, 'too long to be an answer');
  const many = Object.fromEntries([...Array(9).keys()].map((i) => [`Patient/${i}`, kPeter]));
  fails(() => decide(many), 'LimitError', 'too-large');
  const deep = { ...kPeter, extension: [] };
  for (let i = 0, at = deep; i < 200; ++i) at = at.extension[0] = { extension: [] };
  assert.equal(
    compile(kByName).decide('read', kObservation, { resolved: { 'Patient/p1': deep } }).allowed,
    false,
  );
  policy.free();
});
