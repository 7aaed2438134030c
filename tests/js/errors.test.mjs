// Every error class; after each of them the engine goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, test } from 'node:test';
import {
  createEngine,
  EngineFault,
  LimitError,
  PolicyCompileError,
  ResourceError,
  StateError,
} from 'fhirwall';
import { decode, dist, encode, everything, fails, policyOf, rejects } from './support.mjs';

const engine = await createEngine();
const policy = engine.compilePolicy({ policies: everything });
const kBasic = '{"resourceType":"Basic","id":"1"}';

afterEach(() => assert.equal(decode(policy.redact('read', kBasic)), kBasic));

test('PolicyCompileError: every issue, with code, path and offset', () => {
  const input = {
    policies: [
      policyOf(
        { resourceType: 'Patient', criteria: 'Patient?nothing=1' },
        { resourceType: 'Patient', hiddenFields: ['id', 'nope'] },
        { resourceType: 'Nothing' },
      ),
      { resourceType: 'AccessPolicy', ipAccessRule: [{ value: '300.1.1.1', action: 'allow' }] },
    ],
    options: { misspelt: true },
  };
  const error = fails(() => engine.compilePolicy(input), 'PolicyCompileError');
  assert.ok(error instanceof PolicyCompileError && error instanceof Error);
  const found = error.issues.map(({ path, code }) => `${path} ${code}`);
  for (const expected of [
    'policies[0].resource[0].criteria unknown-parameter',
    'policies[0].resource[1].hiddenFields[0] protected-path',
    'policies[0].resource[1].hiddenFields[1] unknown-path',
    'policies[0].resource[2].resourceType unknown-resource-type',
    'policies[1].ipAccessRule[0].value invalid-ip-rule',
    'options.misspelt unknown-option',
  ]) {
    assert.ok(found.includes(expected), `${expected} is missing in\n${found.join('\n')}`);
  }
  const [issue] = error.issues.filter((one) => one.code === 'unknown-parameter');
  assert.equal(issue.offset, 'Patient?'.length);
  assert.equal(issue.severity, 'error');
  assert.equal(error.code, error.issues[0].code);
  assert.ok(error.message.endsWith(`(and ${error.issues.length - 1} more)`), error.message);
});

test('ResourceError: what is no FHIR JSON, with code and offset', () => {
  const table = [
    ['', 'empty-body', 0],
    ['  ', 'empty-body'],
    ['{"resourceType":"Basic",}', 'invalid-json'],
    ['{"resourceType":"Basic","id":"1","id":"2"}', 'duplicate-key'],
    ['{"resourceType":"Basic","id":"1","\\u0069d":"2"}', 'duplicate-key'],
    ['{"resourceType":"Basic"} x', 'trailing-content'],
    ['{"resourceType":"Basic","x":01}', 'invalid-number'],
    ['{"resourceType":"Basic","x":"\\ud800"}', 'invalid-string'],
    ['{"resourceType":"Basic","x":tru}', 'invalid-literal'],
    ['{"resourceType":"Basic","x":"\n"}', 'unescaped-control'],
    ['\ufeff{"resourceType":"Basic"}', 'byte-order-mark', 0],
    ['[]', 'not-an-object'],
    ['"x"', 'not-an-object'],
    ['<Patient/>', 'invalid-json'],
    ['{"resourceType":"Basic","x":"\ud800"}', 'invalid-utf8', 0],
  ];
  for (const [body, code, offset] of table) {
    for (const method of ['redact', 'decide']) {
      const error = fails(() => policy[method]('read', body), 'ResourceError', code, offset);
      assert.ok(error instanceof ResourceError && Number.isInteger(error.offset), body);
    }
  }
  const bytes = Uint8Array.of(...encode('{"resourceType":"Basic","x":"'), 0xc3, 0x28, 0x22, 0x7d);
  fails(() => policy.redact('read', bytes), 'ResourceError', 'invalid-utf8');
});

test('a resource of no known type: an error for redact, a decision for decide', () => {
  for (const body of ['{}', '{"resourceType":"Nothing"}', '{"resourceType":1}']) {
    fails(() => policy.redact('read', body), 'ResourceError', 'unknown-resource-type');
    const { allowed, reason } = policy.decide('read', body);
    assert.deepEqual([allowed, reason], [false, 'unknown-type']);
  }
});

test('messages hold no value of the resource', () => {
  for (const body of [
    '{"resourceType":"Basic","id":"SECRET","id":"SECRET"}',
    '{"resourceType":"SECRET"}',
    '{"resourceType":"Basic","SECRET":SECRET}',
    '{"resourceType":"Basic","x":"SECRET',
  ]) {
    assert.doesNotMatch(fails(() => policy.redact('read', body), 'ResourceError').stack, /SECRET/);
  }
});

test('LimitError: each bound of a body', async () => {
  const nested = (depth) => `{"resourceType":"Basic","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const table = [
    [{ maxBodyBytes: 200 }, `{"resourceType":"Basic","id":"${'x'.repeat(200)}"}`, 'too-large'],
    [{ maxDepth: 10 }, nested(20), 'too-deep'],
    [{ maxNodes: 30 }, `{"resourceType":"Basic","x":[${'1,'.repeat(40)}1]}`, 'too-many-nodes'],
  ];
  for (const [limits, body, code] of table) {
    const small = (await createEngine({ limits })).compilePolicy({ policies: everything });
    for (const form of [body, encode(body)]) {
      assert.ok(fails(() => small.redact('read', form), 'LimitError', code) instanceof LimitError);
      fails(() => small.decide('read', form), 'LimitError', code);
    }
    assert.equal(decode(small.redact('read', kBasic)), kBasic, 'still usable');
    assert.equal(decode(policy.redact('read', body)), body, 'within the defaults');
  }
});

test('a body may be as long as the bound, whatever its form', async () => {
  const longest = `{"resourceType":"Basic","id":"${'x'.repeat(200)}"}`;
  const limits = { maxBodyBytes: longest.length };
  const small = (await createEngine({ limits })).compilePolicy({ policies: everything });
  for (const body of [longest, encode(longest), JSON.parse(longest)]) {
    assert.equal(decode(small.redact('read', body)), longest);
  }
  for (const body of [`${longest} `, encode(`${longest} `)]) {
    fails(() => small.redact('read', body), 'LimitError', 'too-large');
  }
});

test('the bounds of a policy are issues', async () => {
  const small = await createEngine({ limits: { maxRules: 2, maxIssues: 3, maxPolicyBytes: 400 } });
  const rules = (count, rule) => ({ policies: policyOf(...Array(count).fill(rule)) });
  const three = rules(3, { resourceType: 'Patient' });
  fails(() => small.compilePolicy(three), 'PolicyCompileError', 'limit-exceeded');
  fails(
    () => small.compilePolicy(rules(50, { resourceType: 'Patient' })),
    'PolicyCompileError',
    'limit-exceeded',
  );
  small.compilePolicy(rules(2, { resourceType: 'Patient' })).free();
  const error = fails(
    () => small.compilePolicy(rules(5, { resourceType: 'X' })),
    'PolicyCompileError',
  );
  assert.equal(error.issues.length, 3);
});

test('StateError: after free, from every method', () => {
  const freed = engine.compilePolicy({ policies: everything });
  freed.free();
  freed.free();
  freed[Symbol.dispose]();
  const calls = [
    ...[() => freed.can('read', 'Patient'), () => freed.checkIp('1.1.1.1')],
    ...[() => freed.decide('read', kBasic), () => freed.redact('read', kBasic)],
    () => freed.filterStream(),
  ];
  for (const call of calls) assert.ok(fails(call, 'StateError', 'freed') instanceof StateError);
  assert.match(freed.hash, /^[0-9a-f]{64}$/);
});

test('createEngine: unknown options and limits are TypeErrors', async () => {
  for (const options of [
    { wsam: 1 },
    { limits: { maxDepht: 1 } },
    { limits: { maxDepth: 0 } },
    { limits: { maxDepth: 1.5 } },
    { limits: { maxDepth: -1 } },
    { limits: { maxDepth: 2 ** 32 } },
    { limits: { maxDepth: '64' } },
    { limits: { maxDepth: NaN } },
    { limits: 5 },
    { wasm: 5 },
    { wasm: {} },
  ]) {
    await rejects(createEngine(options), 'TypeError');
  }
  await createEngine({ limits: { maxDepth: undefined, maxNodes: null }, wasm: null });
});

test('createEngine({ wasm }): every form of the module', async () => {
  const file = path.join(dist, 'engine.wasm');
  const bytes = readFileSync(file);
  const module = await WebAssembly.compile(bytes);
  const response = () => new Response(bytes, { headers: { 'content-type': 'application/wasm' } });
  const sources = [
    ...[module, bytes, new Uint8Array(bytes).buffer, new DataView(new Uint8Array(bytes).buffer)],
    ...[file, pathToFileURL(file), pathToFileURL(file).href, response()],
    ...[Promise.resolve(module), Promise.resolve(response())],
    `data:application/wasm;base64,${bytes.toString('base64')}`,
  ];
  for (const wasm of sources) {
    const one = (await createEngine({ wasm })).compilePolicy({ policies: everything });
    assert.equal(decode(one.redact('read', kBasic)), kBasic);
  }
});

test('createEngine({ wasm }): wrong, cut short, missing, of another build', async () => {
  const bytes = readFileSync(path.join(dist, 'engine.wasm'));
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const renamed = Buffer.from(bytes);
  const section = renamed.lastIndexOf('fhirwall');
  assert.ok(section > renamed.length - 40, 'the name of the build stands at the end');
  renamed.write('0000000000000000', section + 'fhirwall'.length);
  const table = [
    [encode('hello, no wasm'), 'invalid-wasm'],
    [new Uint8Array(0), 'invalid-wasm'],
    [bytes.subarray(0, 6), 'invalid-wasm'],
    [bytes.subarray(0, 5000), 'invalid-wasm'],
    [bytes.subarray(0, bytes.length - 100), 'invalid-wasm'],
    [empty, 'wrong-abi'],
    [renamed, 'wrong-abi'],
    [new WebAssembly.Module(empty), 'wrong-abi'],
    [path.join(dist, 'nothing.wasm'), 'wasm-not-found'],
    [pathToFileURL(path.join(dist, 'nothing.wasm')), 'wasm-not-found'],
    [new Response('no', { status: 404 }), 'wasm-not-found'],
    [new Response('<html>'), 'invalid-wasm'],
  ];
  for (const [wasm, code] of table) {
    const error = await rejects(createEngine({ wasm }), 'EngineFault', code);
    assert.ok(error instanceof EngineFault);
    assert.ok(error.message.length > 10 && !error.message.includes('\n'));
  }
  const reason = new Error('the promise of the caller');
  await assert.rejects(createEngine({ wasm: Promise.reject(reason) }), reason);
});
