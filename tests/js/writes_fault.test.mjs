// Writes and explanations after a trap, and what stays behind of their bodies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, encode, fails, policyOf } from './support.mjs';

// Instances whose exports trap while `armed` is above zero, after that many calls.
let armed = 0;
let memories = [];

function trapping({ exports }) {
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

const kPolicy = policyOf({
  resourceType: 'Patient',
  criteria: 'Patient?active=true',
  hiddenFields: ['birthDate'],
  writeConstraint: [{ language: 'text/fhirpath', expression: '%before.exists() implies active' }],
});
const kBefore =
  '{"resourceType":"Patient","id":"1","active":true,"birthDate":"1956-05-12","language":"de"}';
const kAfter = '{"resourceType":"Patient","id":"1","active":true,"language":"en"}';
const kResult =
  '{"resourceType":"Patient","id":"1","active":true,"birthDate":"1956-05-12","language":"en"}';
const request = { interaction: 'update', before: kBefore, after: kAfter };

test('a trap at any call inside one write: nothing to store, then the same answer', async () => {
  let calls = 1;
  for (; calls <= 40; ++calls) {
    const policy = (await createEngine()).compilePolicy({ policies: kPolicy });
    armed = calls;
    let trapped = true;
    try {
      policy.checkWrite(request);
      trapped = armed === 0;
    } catch (error) {
      assert.equal(error.name, 'EngineFault', error.stack);
      assert.equal(error.cause.message, 'unreachable');
    }
    const passed = armed > 0;
    armed = 0;
    const answer = policy.checkWrite(request);
    assert.equal(answer.reason, 'rule');
    assert.deepEqual(JSON.parse(decode(answer.body)), JSON.parse(kResult));
    if (passed) break;
    assert.equal(trapped, true, `call ${calls}`);
  }
  assert.ok(calls > 5 && calls < 40, `${calls} calls in one write`);
});

test('an explanation goes on after a trap; the second trap is for good', async () => {
  const engine = await createEngine();
  const policy = engine.compilePolicy({ policies: kPolicy });
  const whole = policy.explain('read', kBefore);
  armed = 2;
  fails(() => policy.explain('read', kBefore), 'EngineFault', 'engine-fault');
  assert.deepEqual(policy.explain('read', kBefore), whole);
  armed = 2;
  fails(() => policy.checkWrite(request), 'EngineFault', 'engine-fault');
  assert.match(fails(() => policy.checkWrite(request), 'EngineFault').message, /failed twice/);
  assert.match(fails(() => policy.explain('read', kBefore), 'EngineFault').message, /failed twice/);
  assert.equal(engine.compilePolicy({ policies: kPolicy }).checkWrite(request).allowed, true);
});

test('nothing of a write stays behind in the memory of the engine', async () => {
  memories = [];
  const engine = await createEngine();
  const [memory] = memories;
  const policy = engine.compilePolicy({ policies: kPolicy });
  const secret = 'Canary-7f3a';
  const of = (more) =>
    `{"resourceType":"Patient","id":"1","active":true,"language":"${secret}"${more}}`;
  const before = of(`,"birthDate":"${secret}-b"`);
  const big = `,"name":[{"text":"${'x'.repeat(2_000_000)}${secret}"}]`;
  const write = (first, after) => ({ interaction: 'update', before: first, after });
  const patch = (...operations) => ({ interaction: 'patch', before, patch: operations });
  const add = { op: 'add', path: '/name', value: [{ text: secret }] };
  const parameters = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'replace' },
          { name: 'path', valueString: 'Patient.language' },
          { name: 'value', valueCode: `${secret}-p` },
        ],
      },
    ],
  };
  const allowed = [
    write(before, of('')),
    write(encode(before), encode(of(big))),
    write(of(big), of('')),
    { interaction: 'create', after: of('') },
    { interaction: 'delete', before },
    patch(add),
    patch({ op: 'test', path: '/language', value: secret }),
    { interaction: 'patch', before, patch: parameters },
  ];
  const denied = [
    write(before, before), // a hidden element
    write(before, of('').replace('true', 'false')),
    write(before, of('').replace('"1"', `"${secret}"`)),
    patch({ op: 'test', path: '/language', value: `${secret}-x` }),
    patch(add, { op: 'replace', path: '/birthDate', value: secret }),
    { interaction: 'create', after: of('').replace('true', 'false') },
  ];
  const broken = [
    write(before, of(',"x":')),
    write(of(',"id":"2"'), before),
    { interaction: 'patch', before, patch: `[{"op":"add","path":"/name","value":"${secret}` },
  ];
  const holds = (text) => Buffer.from(memory.buffer).includes(text);
  assert.equal(holds('%before.exists() implies active'), true, 'what the policy keeps is found');
  const works = [
    ...allowed.map((one) => () => assert.equal(policy.checkWrite(one).allowed, true)),
    ...denied.map((one) => () => assert.equal(policy.checkWrite(one).allowed, false)),
    ...broken.map((one) => () => fails(() => policy.checkWrite(one), 'ResourceError')),
    () => assert.equal(policy.explain('read', before).allowed, true),
    () => assert.equal(policy.explain('read', before.replace('true', 'false')).allowed, false),
  ];
  for (const [index, work] of works.entries()) {
    work();
    assert.equal(holds(secret), false, `work ${index}`);
  }
});

test('memory does not grow over thousands of writes', async () => {
  memories = [];
  const engine = await createEngine();
  const [memory] = memories;
  const run = () => {
    const policy = engine.compilePolicy({ policies: kPolicy });
    for (let i = 0; i < 100; ++i) {
      policy.checkWrite(request);
      policy.checkWrite({ interaction: 'patch', before: kBefore, patch: [] });
      policy.explain('read', kBefore);
    }
    policy.free();
  };
  run();
  const bytes = memory.buffer.byteLength;
  for (let round = 0; round < 40; ++round) run();
  assert.equal(memory.buffer.byteLength, bytes);
});
