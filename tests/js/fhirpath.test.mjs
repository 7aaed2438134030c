// FHIRPath: the objects, what they take, what comes out, and how they fail (SPEC 6, 16).
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  createEngine,
  EvaluationError,
  LimitError,
  PolicyCompileError,
  ResourceError,
} from 'fhirwall';
import { encode, everything, fails } from './support.mjs';

const engine = await createEngine();
const kPatient = JSON.stringify({
  resourceType: 'Patient',
  id: 'p',
  active: true,
  multipleBirthInteger: 3,
  birthDate: '1974-12-25',
  _birthDate: { extension: [{ url: 'u', valueString: 'v' }] },
  _gender: { extension: [{ url: 'u', valueString: 'v' }] },
  name: [
    { use: 'official', family: 'M\u00fcller', given: ['Ann', 'Zo\u00eb \u{1f3e5}'] },
    { use: 'usual', given: ['\ufeffBo', 'with "quotes"\n'] },
  ],
  contact: [{ gender: 'male' }],
  managingOrganization: { reference: 'Organization/1' },
  extension: [{ url: 'd', valueDecimal: 1.5 }],
}).replace('"valueDecimal":1.5', '"valueDecimal":1.50');
const patient = JSON.parse(kPatient);

const evaluate = (
  expression,
  resource = kPatient,
  options = undefined,
  compileOptions = undefined,
) => {
  const compiled = engine.fhirpath(expression, compileOptions);
  try {
    return compiled.evaluate(resource, options);
  } finally {
    compiled.free();
  }
};
const typed = (expression, resource = kPatient, options = undefined, compileOptions = undefined) =>
  engine.fhirpath(expression, compileOptions).evaluateTyped(resource, options);

afterEach(() => assert.deepEqual(evaluate('name.given.first()'), ['Ann'], 'the engine goes on'));

test('plain values and typed ones', () => {
  const table = [
    ['{}', [], []],
    ['active', [true], [['FHIR.boolean', true]]],
    ['active.exists().not()', [false], [['System.Boolean', false]]],
    ['multipleBirth', [3], [['FHIR.integer', 3]]],
    ['birthDate', ['1974-12-25'], [['FHIR.date', '1974-12-25']]],
    ['gender', [], [['FHIR.code', null]]],
    ['name.family', ['M\u00fcller'], [['FHIR.string', 'M\u00fcller']]],
    ["name.where(use = 'official').given", patient.name[0].given, 'FHIR.string'],
    ["name.where(use = 'usual').given", patient.name[1].given, 'FHIR.string'],
    ['name', patient.name, 'FHIR.HumanName'],
    ['contact', patient.contact, 'FHIR.BackboneElement'],
    ['Patient', [patient], 'FHIR.Patient'],
    ['extension.value', [1.5], [['FHIR.decimal', '1.50']]],
    ['1.50', [1.5], [['System.Decimal', '1.50']]],
    ['9007199254740993L', [9007199254740992], [['System.Long', '9007199254740993']]],
    ['-2147483647', [-2147483647], [['System.Integer', -2147483647]]],
    ['@2014-01', ['2014-01'], [['System.Date', '2014-01']]],
    ['@2014-01-05T10:30:00.000Z', ['2014-01-05T10:30:00.000Z'], 'System.DateTime'],
    ['@T10:30', ['10:30'], [['System.Time', '10:30']]],
    ["4.0 'kg'", ["4.0 'kg'"], [['System.Quantity', "4.0 'kg'"]]],
    ['4 days', ['4 days'], [['System.Quantity', '4 days']]],
    ["''", [''], [['System.String', '']]],
    ['managingOrganization.resolve()', [{ resourceType: 'Organization' }], 'FHIR.Organization'],
    ["'" + 'long '.repeat(30) + "'", ['long '.repeat(30)], 'System.String'],
  ];
  for (const [expression, values, types] of table) {
    assert.deepEqual(evaluate(expression), values, expression);
    const expected = Array.isArray(types)
      ? types.map(([type, value]) => ({ type, value }))
      : values.map((value) => ({ type: types, value }));
    assert.deepEqual(typed(expression), expected, expression);
  }
});

test('texts of every length and alphabet', () => {
  const echo = engine.fhirpath('id | language');
  for (let length = 1; length < 80; ++length) {
    const id = 'abcdefghij'.repeat(8).slice(0, length);
    for (const language of [`${id}\u00e9`, `\u{1f3e5}${id}`, `"${id}\\`]) {
      const resource = { resourceType: 'Basic', id, language };
      assert.deepEqual(echo.evaluate(resource), [id, language]);
      assert.deepEqual(
        echo.evaluateTyped(resource).map((one) => one.value),
        [id, language],
      );
    }
  }
});

test('a resource is bytes, a string, an object or a loaded one', () => {
  const expression = engine.fhirpath("name.where(use = 'official').given");
  const padded = encode(`xx${kPatient}yy`);
  const loaded = engine.load(encode(kPatient));
  const resources = [
    ...[kPatient, encode(kPatient), Buffer.from(kPatient), patient, loaded, engine.load(patient)],
    padded.subarray(2, padded.length - 2),
  ];
  for (const resource of resources) {
    assert.deepEqual(expression.evaluate(resource), patient.name[0].given);
    assert.deepEqual(
      expression.evaluateTyped(resource).map((one) => one.value),
      patient.name[0].given,
    );
  }
  const large = { ...patient, extension: [{ url: 'x', valueString: '\u20ac'.repeat(100_000) }] };
  for (const resource of [large, JSON.stringify(large), encode(JSON.stringify(large))]) {
    assert.deepEqual(evaluate("extension('x').value.exists()", resource), [true]);
  }
  for (const wrong of [undefined, null, 1, true, new Map(), new ArrayBuffer(3), () => 1]) {
    fails(() => expression.evaluate(wrong), 'TypeError');
    fails(() => engine.load(wrong), 'TypeError');
  }
  for (const [wrong, code] of [
    ['', 'empty-body'],
    ['{', 'invalid-json'],
    ['{"a":1,"a":2}', 'duplicate-key'],
    ['"\ud800"', 'invalid-utf8'],
    ['[]', 'not-an-object'],
    ['"x"', 'not-an-object'],
  ]) {
    assert.ok(
      fails(() => expression.evaluate(wrong), 'ResourceError', code) instanceof ResourceError,
    );
    if (code !== 'not-an-object') fails(() => engine.load(wrong), 'ResourceError', code);
  }
});

test('the objects have what is documented and nothing else', () => {
  const methods = (object) => Object.getOwnPropertyNames(Object.getPrototypeOf(object)).sort();
  assert.deepEqual(methods(engine.fhirpath('id')), [
    ...['constructor', 'evaluate', 'evaluateTyped', 'free'],
  ]);
  assert.deepEqual(methods(engine.load('{}')), ['constructor', 'free', 'toJSON']);
  for (const object of [engine.fhirpath('id'), engine.load('{}')]) {
    assert.deepEqual(Object.keys(object), []);
    object[Symbol.dispose]();
    object.free();
  }
});

test('results are copies: neither later calls nor free() change them', () => {
  const names = engine.fhirpath('name');
  const loaded = engine.load(kPatient);
  const first = names.evaluate(loaded);
  first[0].family = 'changed';
  const second = names.evaluate(loaded);
  assert.deepEqual(second, patient.name);
  evaluate('name', { resourceType: 'Patient', name: [{ text: 'z'.repeat(300_000) }] });
  loaded.free();
  names.free();
  assert.deepEqual(second, patient.name);
});

test('variables: loaded, JSON, bytes, empty', () => {
  const table = [
    ['%a', 'text', ['text']],
    ['%a', 'say "\u00e9"', ['say "\u00e9"']],
    ['%a', 5, [5]],
    ['%a + 1', 5, [6]],
    ['%a', 1.25, [1.25]],
    ['%a', 9007199254740993n, [9007199254740992]],
    ['%a', false, [false]],
    ['%a', ['x', 'y'], ['x', 'y']],
    ['%a', [], []],
    ['%a', null, []],
    ['%a', undefined, []],
    ['%a.name.family', patient, ['M\u00fcller']],
    ['%a.name.family', encode(kPatient), ['M\u00fcller']],
    ['%a.b', { b: [1, 2] }, [1, 2]],
    ['%a', encode('["x",1]'), ['x', 1]],
    ['%a.name.family = name.family', engine.load(kPatient), [true]],
  ];
  for (const [expression, a, expected] of table) {
    assert.deepEqual(evaluate(expression, kPatient, { variables: { a } }), expected, expression);
  }
  const before = engine.load({ resourceType: 'Observation', status: 'preliminary' });
  const constraint = engine.fhirpath("%before.exists() implies %before.status != 'final'");
  const after = engine.load({ resourceType: 'Observation', status: 'final' });
  for (const resource of [after, '{"resourceType":"Observation"}']) {
    assert.deepEqual(constraint.evaluate(resource, { variables: { before } }), [true]);
    assert.deepEqual(constraint.evaluate(resource, { variables: { before: after } }), [false]);
    assert.deepEqual(constraint.evaluate(resource, { variables: { before: null } }), [true]);
    fails(() => constraint.evaluate(resource), 'EvaluationError', 'unknown-variable', 0);
    fails(() => constraint.evaluate(resource, {}), 'EvaluationError', 'unknown-variable');
  }
  // Names of Object.prototype are no variables.
  fails(() => evaluate('%toString', kPatient, { variables: {} }), 'EvaluationError');
  assert.deepEqual(evaluate('%`a b` | %c', kPatient, { variables: { 'a b': 1, c: 2 } }), [1, 2]);
  assert.deepEqual(evaluate('%resource.id', kPatient, { variables: { resource: { id: 'x' } } }), [
    'x',
  ]);
  assert.deepEqual(evaluate('id', kPatient, { variables: { unused: new Map() } }), ['p']);

  for (const wrong of [NaN, Infinity, Symbol('x'), () => 1, new Map(), new Date()]) {
    const error = fails(() => evaluate('%a', kPatient, { variables: { a: wrong } }), 'TypeError');
    assert.match(error.message, /%a/);
  }
  fails(() => evaluate('%a', kPatient, { variables: { a: { b: before } } }), 'TypeError');
  fails(() => evaluate('%a', kPatient, { variables: 'x' }), 'TypeError');
  fails(() => evaluate('%a', kPatient, { variables: { a: encode('{') } }), 'ResourceError');
  fails(() => evaluate('%a', kPatient, { variables: { a: '\ud800' } }), 'ResourceError');
  fails(() => evaluate('id', kPatient, { variable: {} }), 'TypeError');
});

test('what is loaded for one call is gone after it', () => {
  const sum = engine.fhirpath('%a.exists() and %b.exists()');
  for (let round = 0; round < 70_000; ++round) {
    assert.deepEqual(sum.evaluate('{}', { variables: { a: 1, b: 2 } }), [true]);
  }
});

test('compile errors: code, offset, one issue', () => {
  const table = [
    ['name.', 'fhirpath-syntax', 5],
    ['name.nothing()', 'unknown-function', 5],
    ['name.where()', 'fhirpath-arity', 5],
    ['name is Nothing', 'fhirpath-type'],
    ['', 'fhirpath-syntax', 0],
    ["'\ud800'", 'fhirpath-syntax', 0],
    ['name.nothing', 'unknown-path', 5, { strict: true, type: 'Patient' }],
    ['name', 'fhirpath-type', 0, { type: 'Nothing' }],
    ['a'.repeat(1 << 20), 'limit-exceeded', 16_384],
    ['('.repeat(10_000) + 'a' + ')'.repeat(10_000), 'limit-exceeded', 16_384],
    ['('.repeat(5000) + 'a' + ')'.repeat(5000), 'limit-exceeded', 64],
    ['a' + '.b'.repeat(3000), 'limit-exceeded'],
  ];
  for (const [expression, code, offset, options] of table) {
    const error = fails(() => engine.fhirpath(expression, options), 'PolicyCompileError', code);
    assert.ok(error instanceof PolicyCompileError);
    assert.equal(error.issues.length, 1);
    if (offset !== undefined) assert.equal(error.issues[0].offset, offset, expression.slice(0, 40));
  }
  for (const name of ['a\\nb\\u001b\\u0000', '\u20ac'.repeat(4000)]) {
    const error = fails(() => engine.fhirpath(`\`${name}\`()`), 'PolicyCompileError');
    assert.doesNotMatch(error.message, /\p{Cc}|\ufffd/u, 'one line, of whole characters');
    assert.ok(error.message.length < 250);
  }
  for (const wrong of [undefined, null, 1, {}]) fails(() => engine.fhirpath(wrong), 'TypeError');
  for (const options of [
    ...[{ misspelt: 1 }, { strict: 'yes' }, { type: 5 }, { model: 'r5' }, 7],
    ...[
      { model: null, strict: true },
      { model: null, type: 'Patient' },
    ],
  ]) {
    fails(() => engine.fhirpath('id', options), 'TypeError');
  }
});

test('evaluation errors: code, offset in the expression, no value in the message', () => {
  const table = [
    ["name.given + 'x'", 'singleton-expected'],
    ['%x', 'unknown-variable', 0],
    ['id | %x', 'unknown-variable', 5],
  ];
  for (const [expression, code, offset] of table) {
    for (const resource of [kPatient, engine.load(kPatient)]) {
      const error = fails(() => evaluate(expression, resource), 'EvaluationError', code, offset);
      assert.ok(error instanceof EvaluationError && error instanceof Error);
      assert.match(error.message, /^[a-z`][^\n]* \(at byte \d+ of the expression\)$/);
      assert.doesNotMatch(error.message, /Ann|ller/);
    }
  }
  fails(
    () => evaluate('id', kPatient, undefined, { type: 'Observation' }),
    'EvaluationError',
    'type-mismatch',
  );
  fails(
    () => evaluate("code.memberOf('http://x')", '{"resourceType":"Observation","code":{}}'),
    'EvaluationError',
    'host-function-required',
  );
});

test('limits: steps, memory, result; the next call is well', async () => {
  const steps = await createEngine({ limits: { maxEvaluationSteps: 200 } });
  const many = { resourceType: 'Patient', name: Array(300).fill({ given: ['x'] }) };
  for (const resource of [many, steps.load(many)]) {
    const where = steps.fhirpath("name.where(given = 'y')");
    const error = fails(() => where.evaluate(resource), 'LimitError', 'expression-too-complex');
    assert.ok(error instanceof LimitError);
    assert.deepEqual(where.evaluate(kPatient), []);
  }
  const small = await createEngine({ limits: { maxEvaluationBytes: 1000 } });
  const names = small.fhirpath('name');
  for (const method of ['evaluate', 'evaluateTyped']) {
    fails(() => names[method](many), 'LimitError', 'result-too-large');
    assert.equal(names[method](kPatient).length, 2);
  }
  await assert.rejects(createEngine({ limits: { maxEvaluationBytes: 0 } }), TypeError);
});

test('hostile expressions end in a limit error', () => {
  const text = 'a'.repeat(50_000);
  const resource = { resourceType: 'Patient', name: [{ text }] };
  const hostile = [
    'name.repeat($this)',
    'repeat($this | $this)',
    '(1|2|3|4|5|6|7|8|9|10).select((1|2|3|4|5|6|7|8|9|10).select($this).repeat($this + 1))',
    `name.text.matches('^(a+)+$${'(x|y)*'.repeat(50)}b')`,
    `name.text.replace('a', '${'b'.repeat(10_000)}')`,
    "repeatAll(name.text.select('b' + $this))",
  ];
  for (const expression of hostile) {
    const began = performance.now();
    let result;
    try {
      result = evaluate(expression, resource);
    } catch (error) {
      assert.ok(
        ['LimitError', 'PolicyCompileError'].includes(error.name),
        `${expression}: ${error.stack}`,
      );
    }
    // What ends without an error has found a result that is small.
    if (result !== undefined) assert.ok(JSON.stringify(result).length < 200_000, expression);
    assert.ok(performance.now() - began < 10_000, expression);
  }
});

test('StateError: what was freed', () => {
  const expression = engine.fhirpath('id');
  const loaded = engine.load(kPatient);
  loaded.free();
  loaded.free();
  fails(() => expression.evaluate(loaded), 'StateError', 'freed');
  fails(() => evaluate('%a', kPatient, { variables: { a: loaded } }), 'StateError', 'freed');
  expression.free();
  expression[Symbol.dispose]();
  fails(() => expression.evaluate(kPatient), 'StateError', 'freed');
  fails(() => expression.evaluateTyped(kPatient), 'StateError', 'freed');
});

test('a loaded resource belongs to one engine, and is no other kind of body', async () => {
  const other = await createEngine();
  const loaded = other.load(kPatient);
  fails(() => engine.fhirpath('id').evaluate(loaded), 'TypeError');
  fails(() => engine.compilePolicy({ policies: everything }).redact('read', loaded), 'TypeError');
  fails(() => JSON.stringify({ loaded }), 'TypeError');
  assert.deepEqual(other.fhirpath('id').evaluate(loaded), ['p']);
});

test('now: the clock of the host, a Date, text with a zone', () => {
  const now = '2026-01-02T03:04:05.678+01:00';
  const table = [
    ['now()', '2026-01-02T03:04:05.678+01:00'],
    ['today()', '2026-01-02'],
    ['timeOfDay()', '03:04:05.678'],
  ];
  for (const [expression, expected] of table) {
    let first;
    try {
      first = evaluate(expression, kPatient, { now });
    } catch (error) {
      assert.equal(error.code, 'unknown-function');
      continue;
    }
    assert.deepEqual(first, [expected]);
    const instant = evaluate('now()', kPatient, { now: new Date(now) })[0];
    assert.equal(Date.parse(instant), Date.parse(now));
    const [host] = evaluate('now()');
    assert.ok(Math.abs(Date.parse(host) - Date.now()) < 60_000, host);
    const minutes = -new Date().getTimezoneOffset();
    if (minutes === 0) assert.match(host, /(Z|\+00:00)$/);
  }
  for (const wrong of [
    'yesterday',
    '2026-01-02',
    '2026-01-02T03:04:05',
    5,
    {},
    new Date(NaN),
    '2026-01-02T03:04:05+15:00',
    '2026-02-31T00:00:00Z',
    '2026-01-01T24:00:00Z',
  ]) {
    fails(() => evaluate('id', kPatient, { now: wrong }), 'TypeError');
  }
});

test('model null is plain JSON', () => {
  const json = { resourceType: 'Patient', i: 3, l: 3e9, d: 1.5, s: 'x', o: { a: [1] } };
  const untyped = { model: null };
  assert.deepEqual(evaluate('i | d | s | o', json, null, untyped), [3, 1.5, 'x', { a: [1] }]);
  assert.deepEqual(typed('i | l | d | s | o', json, null, untyped), [
    { type: 'System.Integer', value: 3 },
    { type: 'System.Long', value: '3000000000' },
    { type: 'System.Decimal', value: '1.5' },
    { type: 'System.String', value: 'x' },
    { type: 'System.Any', value: { a: [1] } },
  ]);
  assert.deepEqual(evaluate('i', json, null, { model: 'r4' }), []);
});

test('type: an element by itself', () => {
  const name = { family: 'F', given: ['G'] };
  assert.deepEqual(typed('given', name, null, { type: 'HumanName' }), [
    { type: 'FHIR.string', value: 'G' },
  ]);
});

test('keys and texts that are special to JavaScript are data', () => {
  const resource = '{"resourceType":"Basic","__proto__":{"x":1},"constructor":"c"}';
  const [value] = evaluate('$this', resource, null, { model: null });
  assert.deepEqual(Object.keys(value), ['resourceType', '__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});
