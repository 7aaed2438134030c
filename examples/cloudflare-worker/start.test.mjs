// `npm start -- --once`: the Worker in workerd, in front of the FHIR server in memory.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const start = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../.ci/start.mjs');
const run = (...args) =>
  spawnSync(process.execPath, [start, ...args], { encoding: 'utf8', timeout: 300_000 });

test('npm start -- --once shows three users the same search and ends', () => {
  const { status, stdout, stderr } = run('--once');
  assert.equal(status, 0, stdout + stderr);
  const [, desk, patient, physician] = stdout.split(/\n(?=Front desk|Ana Ruiz|Dr\. Okafor)/);
  assert.match(desk, /403 OperationOutcome security/);
  assert.match(patient, /200, 1 of 3 resources/);
  assert.match(patient, /Patient\/ana: .*birthDate.*address/);
  assert.doesNotMatch(patient, /ben|cora/);
  assert.match(physician, /200, 2 of 3 resources/);
  assert.match(physician, /Patient\/ben: /);
  assert.match(physician, /cut: text identifier telecom birthDate _birthDate address/);
  assert.doesNotMatch(physician, /cora/);
});

test('an unknown option is one line and status 1', () => {
  const { status, stderr } = run('--twice');
  assert.equal(status, 1);
  assert.match(stderr, /unknown argument --twice; known are --once --port/);
  assert.doesNotMatch(stderr, /\bat /);
});
