// The deepest expressions that are accepted, and the ones just beyond: every one is evaluated or refused, and the stack of the
// module (wasm/CMakeLists.txt: 832 KiB) keeps a third to spare.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { dist, fails } from './support.mjs';

const kStackBytes = 832 << 10;
const kMostBytes = 512 << 10;
const kOperators = 500; // of one text, in a chain or not
const kNesting = 64; // open brackets
const kHalf = kNesting / 2 - 1; // of what has two pairs

const times = (text, count) => text.repeat(count);
const nested = (open, inner, close, count = kNesting) =>
  times(open, count) + inner + times(close, count);

// The initial value of the module's first global, the stack pointer: where the stack begins and grows down from.
function stackTop(bytes) {
  let at = 8;
  const leb = (signed = false) => {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) {
        return signed && shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
      }
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = leb();
    if (section !== 6) {
      at += size;
      continue;
    }
    assert.ok(leb() > 0, 'the module has globals');
    assert.equal(bytes[at++], 0x7f, 'the first is an i32');
    assert.equal(bytes[at++], 1, 'and mutable');
    assert.equal(bytes[at++], 0x41, 'with a constant');
    return leb(true);
  }
  return assert.fail('the module has no globals');
}

// An engine of its own whose memory can be looked at: what has never been used of the stack is zero.
const kBytes = readFileSync(path.join(dist, 'engine.wasm'));
const kModule = await WebAssembly.compile(kBytes);
const kTop = stackTop(kBytes);
async function watchedEngine() {
  const { instantiate } = WebAssembly;
  let memory;
  WebAssembly.instantiate = async (...input) => {
    const result = await instantiate.apply(WebAssembly, input);
    const { exports } = result.instance ?? result;
    memory = Object.values(exports).find((one) => one instanceof WebAssembly.Memory);
    return result;
  };
  const engine = await createEngine({ wasm: kModule });
  WebAssembly.instantiate = instantiate;
  assert.ok(memory !== undefined && kTop >= kStackBytes, 'the stack was found');
  const used = () => {
    const stack = new Uint8Array(memory.buffer, kTop - kStackBytes, kStackBytes);
    const lowest = stack.findIndex((byte) => byte !== 0);
    return lowest < 0 ? 0 : kStackBytes - lowest;
  };
  return { engine, used };
}

const kPatient = JSON.stringify({
  resourceType: 'Patient',
  active: true,
  name: [{ given: ['A', 'B'], family: 'C' }],
  multipleBirthInteger: 3,
});

// What is as deep as it may be. A result, or the code of the error that is expected instead.
const kChains = [
  ['+', `1${times(' + 1', kOperators)}`, [kOperators + 1]],
  ['-', `1${times(' - 1.5', kOperators)}`, [1 - 1.5 * kOperators]],
  ['*', `1${times(' * 1', kOperators)}`, [1]],
  ['&', `'a'${times(" & 'b'", kOperators)}`, [`a${times('b', kOperators)}`]],
  ['|', `1${times(' | 1', kOperators)}`, [1]],
  ['=', `true${times(' = true', kOperators)}`, [true]],
  ['in', `true${times(' in true', kOperators)}`, [true]],
  ['and', `true${times(' and true', kOperators)}`, [true]],
  ['or', `false${times(' or false', kOperators)}`, [false]],
  ['implies', `true${times(' implies true', kOperators)}`, [true]],
  ['is', `true${times(' is Boolean', kOperators)}`, [true]],
  ['as', `true${times(' as Boolean', kOperators)}`, [true]],
  ['[]', `name${times('[0]', kOperators)}.family`.replace('[0]', ''), ['C']],
  ['.name', `name${times('.given', kOperators)}`, []],
  ['.where()', `name${times('.where(true)', kOperators - 1)}.family`, ['C']],
  ['.select()', `active${times('.select($this)', kOperators)}`, [true]],
  ['.not()', `active${times('.not()', kOperators)}`, [true]],
  ['.iif()', `active${times('.iif(true, $this)', kOperators)}`, [true]],
  ['.combine()', `active${times('.combine({})', kOperators)}`, [true]],
  ['.repeat()', `name${times('.repeat({})', kOperators)}`, []],
  ['.toString()', `active${times('.toString()', kOperators)}`, ['true']],
  ['.trace()', `active${times(".trace('x')", kOperators)}`, [true]],
];

const kNests = [
  ['( )', nested('(', '1', ')'), [1]],
  ['-', `${times('-', kNesting)}1`, [1]],
  ['where', `${nested('name.where(%context.', 'active', ')')}.family.first()`, ['C']],
  ['select', nested('Patient.select(', 'active', ')').replaceAll('Patient', '$this'), [true]],
  ['exists', nested('name.exists(%resource.', 'active', ')'), [true]],
  ['all', nested('active.all(%resource.', 'active', ')'), [true]],
  ['iif', nested('iif(true, ', '7', ')'), [7]],
  ['coalesce', nested('coalesce({}, ', '7', ')', kNesting - 1), [7]],
  ['aggregate', nested('(1).aggregate($this + ', '1', ')', kHalf), [kHalf + 1]],
  ['repeat', nested('%resource.repeat(', 'name', ')'), undefined],
  ['sort', nested('name.sort(%resource.', 'active', ')'), undefined],
  ['union', nested("'a'.union(", "'a'", ')'), ['a']],
  ['intersect', nested("'a'.intersect(", "'a'", ')'), ['a']],
  ['replace', nested("'a'.replace('a', ", "'z'", ')'), ['z']],
  ['matches', nested("'a'.matches('(?:a|b)*' & ", "''", '.toString())', kHalf), undefined],
  ['~', nested('%resource ~ (', '%resource', ')', 1), [true]],
  ['defineVariable', nested("defineVariable('x', ", '1', ').select(%x)', kNesting - 1), undefined],
  ['[ ]', nested('(0)[', '0', ']', kHalf), [0]],
  ['+ ( )', nested('1 + (', '1', ')'), [kNesting + 1]],
  ['and ( )', nested('true and (', 'true', ')'), [true]],
];

// A chain as long as it may be, broken into the places of a nest as deep as it may be.
const kPer = Math.floor(kOperators / (kNesting + 1)) - 2;
const kBoth = [
  ['sum in where', nested('name.where(', `1${times(' + 1', 400)} > 0`, ')')],
  ['where in where', nested(`name${times('.where(true)', kPer)}.where(%context.`, 'active', ')')],
  ['sums in sums', nested(`1${times(' + 1', kPer)} + (`, '1', ')')],
  ['quantities', nested(`1 'kg'${times(" + 1 'g'", kPer)} + (`, "1 'mg'", ')')],
  ['dates', `@2020-01-01${times(' + 1 day', kOperators)}`],
  ['selects', nested(`active${times('.select($this)', kPer)}.select(`, '$this', ')')],
  ['repeats', nested(`name${times('.repeat(given)', kPer)}.repeat(`, 'given', ')')],
  ['sorts', nested(`name${times('.sort()', kPer)}.sort(`, '$this.family', ')')],
  ['iifs', nested(`iif(true${times(' and true', kPer)}, `, '1', ')')],
];

const outcome = (engine, expression) => {
  const compiled = engine.fhirpath(expression);
  try {
    return { value: compiled.evaluate(kPatient) };
  } catch (error) {
    return { error };
  } finally {
    compiled.free();
  }
};

for (const [title, table] of [
  ['a chain', kChains],
  ['a nest', kNests],
  ['both', kBoth],
]) {
  test(`${title} of the greatest accepted depth is evaluated with a third of the stack to spare`, async (t) => {
    for (const [name, expression, expected] of table) {
      const { engine, used } = await watchedEngine();
      const { value, error } = outcome(engine, expression);
      if (expected !== undefined) assert.deepEqual(value, expected, `${name}: ${error}`);
      if (error) assert.match(error.name, /^(EvaluationError|LimitError)$/, `${name}: ${error}`);
      t.diagnostic(`${name}: ${used()} bytes${error ? `, ${error.code}` : ''}`);
      assert.ok(used() <= kMostBytes, `${name} takes the stack to ${used()} bytes`);
      assert.deepEqual(outcome(engine, '1 + 1').value, [2], `the engine is well after ${name}`);
    }
  });
}

test('one more of anything is refused', async () => {
  const engine = await createEngine();
  for (const [name, expression] of [
    ['operators', `1${times(' + 1', kOperators + 1)}`],
    ['steps', `name${times('.given', kOperators + 1)}`],
    ['calls', `name${times('.where(true)', kOperators + 1)}`],
    ['brackets', nested('(', '1', ')', kNesting + 1)],
    ['calls in calls', nested('name.where(', 'true', ')', kNesting + 1)],
    ['signs', `${times('-', kNesting + 1)}1`],
    ['10,000 brackets', nested('(', '1', ')', 5000)],
    ['1 MB', `'${times('x', 1 << 20)}'`],
  ]) {
    const error = fails(() => engine.fhirpath(expression), 'PolicyCompileError');
    assert.equal(error.issues[0].code, 'limit-exceeded', name);
  }
  assert.deepEqual(outcome(engine, '1 + 1').value, [2]);
});

test('a bound raised beyond the stack ends in a fault, and nothing else is changed', async () => {
  assert.equal(kTop, kStackBytes, 'the stack lies first: below its end there is no memory');
  const limits = { maxExpressionNesting: 1_000_000, maxExpressionBytes: 1 << 20 };
  const engine = await createEngine({ wasm: kModule, limits });
  fails(() => engine.fhirpath(nested('(', '1', ')', 20_000)), 'EngineFault', 'engine-fault');
  assert.deepEqual(outcome(engine, 'name.family').value, ['C']);
});
