// What happens after a trap: EngineFault, then one fresh instance, and an error for good if that fails too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, encode, everything, fails, policyOf, rejects } from './support.mjs';

const kBasic = '{"resourceType":"Basic","id":"1"}';

// Instances whose exports trap while `armed` is above zero, after that many calls.
let armed = 0;
let instances = 0;
let memories = [];

function trapping({ exports }) {
  instances += 1;
  const wrapped = {};
  for (const [name, value] of Object.entries(exports)) {
    if (value instanceof WebAssembly.Memory) memories.push(value);
    wrapped[name] =
      typeof value !== 'function'
        ? value
        : (...values) => {
            if (armed > 0 && --armed === 0) throw new WebAssembly.RuntimeError('unreachable');
            return value(...values);
          };
  }
  return { exports: wrapped };
}

const { instantiate, Instance } = WebAssembly;
WebAssembly.instantiate = async (module, imports) => trapping(await instantiate(module, imports));
WebAssembly.Instance = function TrappingInstance(module, imports) {
  return trapping(new Instance(module, imports));
};

test('a policy, a search and a new policy go on after a trap', async () => {
  const engine = await createEngine();
  const policy = engine.compilePolicy({ policies: everything });
  const search = engine.search('Basic?_id=1');
  const before = instances;
  armed = 2;
  const error = fails(() => policy.redact('read', kBasic), 'EngineFault', 'engine-fault');
  assert.equal(error.cause.message, 'unreachable');
  assert.equal(decode(policy.redact('read', kBasic)), kBasic);
  assert.equal(search.matches(kBasic), true);
  assert.equal(
    decode(engine.compilePolicy({ policies: everything }).redact('read', kBasic)),
    kBasic,
  );
  assert.equal(instances, before + 1, 'one fresh instance for all of them');
});

test('an expression and a loaded resource go on after a trap, once', async () => {
  const engine = await createEngine();
  const body = encode(kBasic);
  const expression = engine.fhirpath('id = %other.id');
  const resource = engine.load(body);
  const other = engine.load(kBasic);
  body.fill(0); // what was loaded is a copy, also for the second time
  const evaluate = () => expression.evaluate(resource, { variables: { other } });
  const before = instances;
  for (const calls of [1, 2]) {
    armed = calls;
    fails(evaluate, 'EngineFault', 'engine-fault');
    if (calls === 1) assert.deepEqual(evaluate(), [true]);
  }
  assert.equal(instances, before + 1);
  assert.match(fails(evaluate, 'EngineFault').message, /failed twice/);
  assert.deepEqual(engine.fhirpath('id').evaluate(engine.load(kBasic)), ['1']);
  expression.free();
  resource.free();
  other.free();
});

test('a trap at any call inside one evaluation', async () => {
  for (let calls = 1; calls <= 5; ++calls) {
    const engine = await createEngine();
    const expression = engine.fhirpath('id | %a');
    armed = calls;
    fails(() => expression.evaluate(kBasic, { variables: { a: 2 } }), 'EngineFault');
    armed = 0;
    assert.deepEqual(expression.evaluate(kBasic, { variables: { a: 2 } }), ['1', 2]);
  }
});

test('a trap at any call inside one redaction releases nothing', async () => {
  for (let calls = 1; calls <= 3; ++calls) {
    const policy = (await createEngine()).compilePolicy({ policies: everything });
    armed = calls;
    fails(() => policy.redact('read', kBasic), 'EngineFault', 'engine-fault');
    assert.equal(decode(policy.redact('read', kBasic)), kBasic);
  }
});

test('the second trap under the same policy is for good; others go on', async () => {
  const engine = await createEngine();
  const policy = engine.compilePolicy({ policies: everything });
  armed = 1;
  fails(() => policy.redact('read', kBasic), 'EngineFault', 'engine-fault');
  assert.equal(policy.can('read', 'Basic'), true);
  armed = 1;
  fails(() => policy.redact('read', kBasic), 'EngineFault', 'engine-fault');
  assert.match(fails(() => policy.redact('read', kBasic), 'EngineFault').message, /failed twice/);
  fails(() => policy.can('read', 'Basic'), 'EngineFault', 'engine-fault');
  const next = engine.compilePolicy({ policies: everything });
  assert.equal(next.can('read', 'Basic'), true);
  policy.free();
  fails(() => policy.redact('read', kBasic), 'StateError', 'freed');
});

test('a trap while the fresh instance starts', async () => {
  const engine = await createEngine();
  const policy = engine.compilePolicy({ policies: everything });
  armed = 1;
  fails(() => policy.redact('read', kBasic), 'EngineFault', 'engine-fault');
  armed = 1;
  fails(() => policy.redact('read', kBasic), 'EngineFault', 'engine-fault');
  assert.equal(armed, 0);
  fails(() => policy.redact('read', kBasic), 'EngineFault', 'engine-fault');
  assert.equal(engine.compilePolicy({ policies: everything }).can('read', 'Basic'), true);
});

test('the limits hold in the fresh instance', async () => {
  const engine = await createEngine({ limits: { maxDepth: 10 } });
  const policy = engine.compilePolicy({ policies: everything });
  armed = 1;
  fails(() => policy.redact('read', kBasic), 'EngineFault');
  const deep = `{"resourceType":"Basic","x":${'['.repeat(20)}${']'.repeat(20)}}`;
  fails(() => policy.redact('read', deep), 'LimitError', 'too-deep');
});

test('a stream dies with its instance, on both sides', async () => {
  const policy = (await createEngine()).compilePolicy({ policies: everything });
  const filter = policy.filterStream();
  const other = policy.filterStream();
  const writer = filter.writable.getWriter();
  const reading = rejects(filter.readable.getReader().read(), 'EngineFault', 'engine-fault');
  armed = 1;
  await rejects(writer.write(encode(`${kBasic}\n`)), 'EngineFault', 'engine-fault');
  await reading;
  const second = rejects(other.readable.getReader().read(), 'EngineFault', 'engine-fault');
  await rejects(other.writable.getWriter().write(encode(`${kBasic}\n`)), 'EngineFault');
  await second;
  assert.equal(decode(policy.redact('read', kBasic)), kBasic);
});

test('out of memory is an EngineFault, and the next call has a fresh instance', async () => {
  const engine = await createEngine({ limits: { maxBodyBytes: 0xffffffff } });
  const policy = engine.compilePolicy({ policies: everything });
  fails(() => policy.redact('read', new Uint8Array(2_200_000_000)), 'EngineFault', 'out-of-memory');
  assert.equal(decode(policy.redact('read', kBasic)), kBasic);
});

test('memory does not grow over 10,000 redactions, compiles and streams', async () => {
  memories = [];
  const engine = await createEngine();
  const [memory] = memories;
  const policy = engine.compilePolicy({
    policies: policyOf({ resourceType: 'Patient', hiddenFields: ['name'] }),
  });
  const body = encode(
    `{"resourceType":"Patient","name":[{"family":"x"}],"address":[${Array(200).fill('{"city":"y","line":["z"]}').join(',')}]}`,
  );
  const names = engine.fhirpath('address | %resource.address');
  const sum = engine.fhirpath('address.line | %nothing');
  const round = () => {
    policy.redact('read', body);
    assert.throws(() => policy.redact('read', '{"resourceType":"Patient",'));
    policy.decide('read', body);
  };
  const compile = () => {
    engine
      .compilePolicy({
        policies: policyOf({ resourceType: 'Patient', criteria: 'Patient?name=x' }),
      })
      .free();
    engine.search('Patient?name=x').free();
    engine.fhirpath('name.given').free();
    const loaded = engine.load(body);
    names.evaluate(loaded);
    names.evaluateTyped(body, { variables: { a: [1, 2] } });
    assert.throws(() => sum.evaluate(loaded));
    loaded.free();
    policy.filterStream().readable.cancel();
  };
  for (let count = 0; count < 200; ++count) {
    round();
    compile();
  }
  const before = memory.buffer.byteLength;
  for (let count = 0; count < 10_000; ++count) round();
  for (let count = 0; count < 2000; ++count) compile();
  assert.equal(memory.buffer.byteLength, before);
  assert.ok(before < 16 << 20, `${before} bytes`);
});

test('no body stays behind in the memory of the engine', async () => {
  memories = [];
  const engine = await createEngine();
  const [memory] = memories;
  const policy = engine.compilePolicy({
    policies: policyOf({
      resourceType: 'Patient',
      criteria: 'Patient?family:contains=an',
      hiddenFields: ['birthDate'],
    }),
  });
  const secret = 'Canary-7f3a';
  const patient = (rest) =>
    `{"resourceType":"Patient","id":"a","name":[{"family":"${secret}"}],"birthDate":"${secret}"${rest}}`;
  const holds = (text) => Buffer.from(memory.buffer).includes(text);
  assert.equal(holds('Patient?family:contains=an'), true, 'what the policy keeps is found');
  const found = () => holds(secret);
  const big = `,"note":"${'x'.repeat(3_000_000)}${secret}"`;
  const bundle = (body) =>
    `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":${body}},{"resource":${body}}]}`;
  const works = [
    () => policy.redact('read', encode(patient(''))),
    () => policy.redact('read', patient('')),
    () => policy.redact('read', patient(big)),
    () => policy.redact('search', bundle(patient(''))),
    () => policy.redact('read', patient(',"\\u0061":1,"a\\n":"Canary-7f3a"')),
    () => policy.decide('read', patient('')),
    () => fails(() => policy.redact('read', patient(',"x":')), 'ResourceError'),
    () => fails(() => policy.redact('read', patient(',"id":"b"')), 'ResourceError'),
    () => engine.search('Patient?family=canary').matches(patient('')),
    // The last bytes of a body, which a parser may copy aside to pad them: accepted, denied, and refused in each way.
    () => policy.redact('read', `{"resourceType":"Basic","id":"${secret}"}`),
    () => fails(() => policy.redact('read', patient(` ${secret}`)), 'ResourceError'),
    () =>
      fails(
        () => policy.redact('read', `{"resourceType":"Basic","id":"${secret}`),
        'ResourceError',
      ),
    () => fails(() => policy.redact('read', `{"resourceType":"Basic",${secret}}`), 'ResourceError'),
    () => fails(() => policy.decide('read', `"${secret}"`), 'ResourceError'),
    () => fails(() => engine.search('Patient?_id=1').matches(`["${secret}"`), 'ResourceError'),
  ];
  const family = engine.fhirpath("name.family | %v | name.family.first() & 'x'");
  const kept = engine.load('{"resourceType":"Basic"}');
  const variables = { v: `${secret} in a variable that is long` };
  works.push(
    () => assert.equal(family.evaluate(patient(''), { variables }).length, 3),
    () => assert.equal(family.evaluateTyped(patient(big), { variables }).length, 3),
    () => family.evaluate(kept, { variables }),
    () => {
      const loaded = engine.load(patient(''));
      assert.equal(found(), true, 'a loaded resource is in the memory');
      assert.equal(family.evaluate(loaded, { variables: { v: loaded } }).length, 3);
      loaded.free();
    },
    () => fails(() => family.evaluate(patient('')), 'EvaluationError'),
    () => fails(() => family.evaluate(patient(',"x":'), { variables }), 'ResourceError'),
    () => fails(() => engine.load(patient(',"x":')), 'ResourceError'),
    () => engine.fhirpath('%v.matches(name.family)').evaluate(patient(''), { variables }),
  );
  for (const [index, work] of works.entries()) {
    work();
    assert.equal(found(), false, `work ${index}`);
  }
  for (const bytes of [encode(`${patient('')}\n${patient('')}\n`), encode(bundle(patient('')))]) {
    const filter = policy.filterStream({ format: bytes[17] === 0x50 ? 'ndjson' : 'bundle' });
    const writer = filter.writable.getWriter();
    const text = new Response(filter.readable).text();
    for (let begin = 0; begin < bytes.length; begin += 11) {
      await writer.write(bytes.subarray(begin, begin + 11));
    }
    await writer.close();
    assert.ok((await text).includes(secret));
    assert.equal(found(), false, 'stream');
  }
});
