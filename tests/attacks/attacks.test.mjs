// Every attack of this folder on three engines: the native one, WebAssembly through the package, and the package in workerd.
// FHIRWALL_ATTACKS names the native program, where it is not in the usual place.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync, openSync, closeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { bundle, root, workFolder } from '../runtimes/harness.mjs';
import { serve } from '../runtimes/workerd.mjs';
import { loadCases } from './corpus.mjs';
import { execute } from './execute.mjs';
import { checkCase } from './verdict.mjs';

const cases = loadCases();
const calls = cases.flatMap((one) => one.calls);
const native = process.env.FHIRWALL_ATTACKS ?? path.join(root, 'build/native/tests/attacks');

async function onWorkerd() {
  const folder = workFolder('attacks');
  await bundle('../attacks/worker.mjs', path.join(folder, 'worker.js'), 'workerd');
  return serve(folder, async (url) => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(calls) });
    assert.equal(response.status, 200, await response.clone().text());
    return response.json();
  });
}

function onNative() {
  const folder = path.join(root, 'build/attacks');
  mkdirSync(folder, { recursive: true });
  const [asked, answered] = ['calls.jsonl', 'answers.jsonl'].map((name) => path.join(folder, name));
  writeFileSync(asked, calls.map((call) => `${JSON.stringify(call)}\n`).join(''));
  const output = openSync(answered, 'w');
  execFileSync(native, [asked], { stdio: ['ignore', output, 'inherit'] });
  closeSync(output);
  const lines = readFileSync(answered, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

const skip = existsSync(native)
  ? false
  : 'the native build is not there: npm test -- --only native';
const kEngines = [
  { name: 'WebAssembly in Node', answers: () => execute(createEngine, calls) },
  { name: 'workerd', answers: onWorkerd },
  { name: 'native', answers: onNative, skip },
];

for (const { name, answers, skip = false } of kEngines) {
  test(`attacks: ${name}`, { skip }, async (t) => {
    const all = await answers();
    assert.equal(all.length, calls.length);
    t.diagnostic(`${cases.length} cases, ${calls.length} calls`);
    let at = 0;
    for (const one of cases) {
      const own = all.slice(at, (at += one.calls.length));
      await t.test(one.title, () => checkCase(one, own));
    }
  });
}

// Engines that are wrong in a simple way, and the cases that may not notice: those where that is the answer.
const isKept = (one) => one.expect.out !== undefined && one.canaries.length === 0;
const isDenied = (one) => one.expect.denied || one.expect.issues || one.expect.out === '';
const isRefused = (one) => one.expect.error !== undefined || one.expect.issues;
const kWrong = [
  {
    what: 'releases everything',
    answer: ({ body }) => ({ released: body }),
    excused: (one) => isKept(one) || one.expect.issues,
  },
  { what: 'releases nothing', answer: () => ({ denied: true }), excused: isDenied },
  {
    what: 'releases an empty object',
    answer: () => ({ released: '7b7d' }),
    excused: (one) => one.expect.issues,
  },
  {
    what: 'refuses everything',
    answer: () => ({ error: { name: 'ResourceError', code: 'invalid-json', message: '' } }),
    excused: isRefused,
  },
];

test('no case takes a wrong engine for a right one', () => {
  for (const { what, answer, excused } of kWrong) {
    const answered = (call) => {
      if (call.call === 'compile') return { issues: [] };
      if (call.call === 'about') return { texts: [] };
      const { denied, ...made } = answer(call);
      return denied && call.call === 'stream' ? { released: '' } : { ...made, denied };
    };
    for (const one of cases.filter((each) => !excused(each))) {
      assert.throws(
        () => checkCase(one, one.calls.map(answered)),
        assert.AssertionError,
        `${one.title}: an engine that ${what} passes`,
      );
    }
  }
});
