// The public FHIRPath suites through the API: every test agrees or is listed in exceptions.json, and what is listed must not
// agree. Skipped, aloud, where the suites are not stored beside the project; fetch.mjs gets the official one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { fails } from '../js/support.mjs';
import {
  disputed,
  exceptions,
  folder,
  input,
  outputsFit,
  plainResultsFit,
  suite,
  suitesPresent,
} from './suites.mjs';

const skip = suitesPresent ? false : `the public suites are not in ${folder}`;
const engine = await createEngine();
const kExceptions = exceptions();
const kNow = '2026-01-02T03:04:05.678Z';
const kFailures = new Set(['PolicyCompileError', 'EvaluationError', 'LimitError']);

// Gives the typed result, or the error of a kind that the API names.
function evaluate(expression, resource, options, call) {
  let compiled;
  try {
    compiled = engine.fhirpath(expression, options);
    return { result: compiled.evaluateTyped(resource, { now: kNow, ...call }) };
  } catch (error) {
    if (!kFailures.has(error.name)) throw error;
    return { error };
  } finally {
    compiled?.free();
  }
}

function judge(one, resource, options, call, fits) {
  for (const given of [one.expression].flat()) {
    // { base, expression }: the input is an element of type `base`.
    const { expression, base: type } = given.expression ? given : { expression: given };
    const { result, error } = evaluate(expression, resource, { type, ...options }, call);
    const agrees =
      one.invalid === null ? error === undefined && fits(result, one) : error !== undefined;
    if (!agrees) {
      const got = error === undefined ? JSON.stringify(result) : `${error.name} ${error.message}`;
      const wanted = one.invalid ?? JSON.stringify(one.outputs ?? one.result);
      return `${expression}: got ${got}, expected ${wanted}`;
    }
  }
  return undefined;
}

// `problem` is undefined when the test agrees.
function settle(counts, id, problem) {
  const listed = kExceptions.has(id);
  counts.all += 1;
  if (problem === undefined) counts.agree += 1;
  if (listed) {
    assert.notEqual(problem, undefined, `${id} agrees: take it off the list of exceptions`);
    return;
  }
  assert.equal(problem, undefined, `${id} ${problem}`);
}

async function run(t, tests, judgeOne) {
  const counts = { all: 0, agree: 0 };
  for (const one of tests) {
    const problem = judgeOne(one);
    if (problem !== undefined || kExceptions.has(one.id)) {
      await t.test(one.id, () => settle(counts, one.id, problem));
    } else {
      settle(counts, one.id, problem);
    }
  }
  t.diagnostic(`${counts.agree} of ${counts.all} agree`);
  return counts;
}

const judgeOfficial = (one, strict) =>
  judge(one, input('input', one.inputfile), { strict }, {}, outputsFit);

test('official R4 suite, undisputed', { skip }, async (t) => {
  const left = disputed();
  const tests = suite('official-r4').filter(({ id }) => !left.has(id));
  const counts = await run(t, tests, (one) => judgeOfficial(one, one.mode === 'strict'));
  assert.ok(counts.all >= 627);
});

test('official R4 suite, what only a static check refuses', { skip }, async (t) => {
  const rows = disputed('static');
  const tests = suite('official-r4').filter(({ id }) => rows.has(id));
  const counts = await run(t, tests, (one) => {
    const { error } = evaluate(
      one.expression,
      input('input', one.inputfile),
      { strict: true, type: JSON.parse(input('input', one.inputfile)).resourceType },
      {},
    );
    return error?.name === 'PolicyCompileError' ? undefined : `${one.expression} is not refused`;
  });
  assert.equal(counts.all, 5);
});

test('official R5 suite, what it adds', { skip }, async (t) => {
  const counts = await run(t, suite('official-r5-delta'), (one) => judgeOfficial(one, false));
  assert.ok(counts.all >= 69);
});

test('community suite', { skip }, async (t) => {
  const enabled = suite('community').filter(({ disabledUpstream }) => !disabledUpstream);
  const isObject = ({ inputfile }) => input('community-input', inputfile).startsWith('{');
  // A resource is a JSON object: the API takes no other input (SPEC 16). The native runner has these, too.
  const others = enabled.filter((one) => !isObject(one));
  for (const one of others) {
    fails(
      () => evaluate('true', input('community-input', one.inputfile), {}, {}),
      'ResourceError',
      'not-an-object',
    );
  }
  t.diagnostic(`${others.length} have an input that is no object, and are not run`);
  const tests = enabled.filter(isObject);
  const counts = await run(t, tests, (one) => {
    const model = one.model === null ? null : 'r4';
    const variables = one.variables ?? undefined;
    let text = input('community-input', one.inputfile);
    if (one.context) text = JSON.stringify(JSON.parse(text)[one.context]);
    return judge(one, text, { model }, { variables }, plainResultsFit);
  });
  assert.ok(counts.all + others.length >= 1165);
});
