// The project's own FHIRPath cases (tests/vectors/fhirpath.json) through the API, in three time zones: with a fixed `now` the
// zone of the host must not be seen in any result.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createEngine } from 'fhirwall';
import { root } from '../js/support.mjs';
import { lineOf } from './suites.mjs';

const kZones = ['UTC', 'Asia/Kolkata', 'America/St_Johns'];
const kNow = '2026-01-02T03:04:05.678Z';
const { resources, groups } = JSON.parse(
  readFileSync(path.join(root, 'tests/vectors/fhirpath.json'), 'utf8'),
);
const engine = await createEngine();

// `error` alone, or without an offset, fits any of that kind.
const agrees = (got, wanted) => {
  if (got === wanted) return true;
  if (!/^(error|refused)/.test(wanted)) return false;
  const bare = got.replace(/@\d+/, '');
  return bare === wanted || bare.startsWith(`${wanted} `);
};

function answer(one) {
  const options = { strict: one.strict, type: one.type };
  if ('model' in one) options.model = one.model;
  let compiled;
  try {
    compiled = engine.fhirpath(one.expression, options);
  } catch (error) {
    if (error.name !== 'PolicyCompileError') throw error;
    const [issue] = error.issues;
    return `refused@${issue.offset} ${issue.code}`;
  }
  const variables = Object.fromEntries(
    Object.entries(one.variables ?? {}).map(([name, value]) => [
      name,
      one.resources && value !== null ? resources[value] : value,
    ]),
  );
  try {
    const items = compiled.evaluateTyped(resources[one.on ?? 'patient'], {
      now: one.now ?? kNow,
      variables,
    });
    return items.length === 0 ? '{}' : items.map(lineOf).join(', ');
  } catch (error) {
    if (!['EvaluationError', 'LimitError'].includes(error.name)) throw error;
    return `error ${error.code}@${error.offset}`;
  } finally {
    compiled.free();
  }
}

test(`own cases in ${process.env.TZ ?? 'the zone of this host'}`, async (t) => {
  let count = 0;
  for (const { name, cases } of groups) {
    await t.test(name, () => {
      for (const one of cases) {
        const got = answer(one);
        count += 1;
        assert.ok(agrees(got, one.result), `${one.expression}: got ${got}, expected ${one.result}`);
      }
    });
  }
  assert.ok(count > 700, `${count} cases`);
});

test('a Date as `now` counts in the zone of the host', () => {
  const now = new Date('2026-01-01T21:00:00Z');
  const here = (offset) => new Date(now.getTime() + offset * 60_000).toISOString();
  const minutes = 0 - now.getTimezoneOffset();
  const [{ value }] = engine.fhirpath('today()').evaluateTyped('{}', { now });
  assert.equal(value, here(minutes).slice(0, 10));
  const [offset] = engine.fhirpath('now().timezoneOffsetOf() * 60').evaluate('{}', { now });
  assert.equal(Number(offset), minutes);
});

// The child runs have FHIRWALL_ZONES set, so they do not start further ones.
if (process.env.FHIRWALL_ZONES === undefined) {
  for (const zone of kZones) {
    test(`own cases in a process in ${zone}`, () => {
      const { NODE_TEST_CONTEXT, ...env } = process.env;
      void NODE_TEST_CONTEXT; // else the child reports to this test run in its own format
      const child = spawnSync(process.execPath, ['--test', fileURLToPath(import.meta.url)], {
        env: { ...env, TZ: zone, FHIRWALL_ZONES: '1' },
        encoding: 'utf8',
      });
      assert.equal(child.status, 0, child.stdout);
      assert.match(child.stdout, new RegExp(`own cases in ${zone}`));
    });
  }
}
