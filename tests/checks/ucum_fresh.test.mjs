// The table of units and the vectors to test it are what their generators write, and the notices that go with the data
// are there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { read, root } from './tree.mjs';

const check = (folder, script) =>
  spawnSync(process.execPath, [path.join(folder, script), '--check'], { encoding: 'utf8' });

for (const [script, file, stale] of [
  ['core/fhir/make_ucum.mjs', 'core/fhir/ucum_table.cpp', ['constinit', 'constinit ']],
  [
    'tests/native/core/fhir/make_ucum_vectors.mjs',
    'tests/native/core/fhir/ucum_vectors.inc',
    ['constexpr', 'constexpr '],
  ],
]) {
  test(`${file} is fresh`, () => {
    const { status, stderr } = check(root, script);
    assert.equal(status, 0, stderr);
  });

  test(`a stale ${path.basename(file)} is noticed, and not repaired`, (t) => {
    const copy = mkdtempSync(path.join(tmpdir(), 'fhirwall-ucum-'));
    t.after(() => rmSync(copy, { recursive: true }));
    const folder = path.dirname(script);
    cpSync(path.join(root, folder), path.join(copy, folder), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
    assert.equal(check(copy, script).status, 0);
    const where = path.join(copy, file);
    const changed = readFileSync(where, 'utf8').replace(...stale);
    writeFileSync(where, changed);
    const { status, stderr } = check(copy, script);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`${path.basename(file)} is stale`));
    assert.equal(readFileSync(where, 'utf8'), changed);
  });
}

test('every unit of the source is in the table, and nothing else', () => {
  const source = JSON.parse(read('node_modules/@lhncbc/ucum-lhc/data/ucumDefs.min.json')).units;
  const names = source.config.map((name) => (Array.isArray(name) ? name[0] : name));
  const codes = source.data
    .filter((row) => row[names.indexOf('source_')] === 'UCUM')
    .map((row) => row[names.indexOf('csCode_')]);
  const literals = read('core/fhir/ucum_table.cpp').match(/kCodes\[\] =\n([^;]*);/)[1];
  const table = [...literals.matchAll(/"(?:[^"\\]|\\.)*"/g)]
    .map(([one]) => JSON.parse(one))
    .join('');
  assert.equal(table, codes.sort((a, b) => (a < b ? -1 : 1)).join(''));
});

// What the licences of UCUM and of the package demand wherever the data goes.
test('the notices hold the licence of the data and of its source', () => {
  const notices = read('npm/THIRD-PARTY-NOTICES');
  const { version } = JSON.parse(read('node_modules/@lhncbc/ucum-lhc/package.json'));
  assert.ok(notices.includes(`@lhncbc/ucum-lhc ${version} (`));
  assert.ok(notices.includes(read('node_modules/@lhncbc/ucum-lhc/LICENSE.md').trim()));
  assert.match(notices, /copyright\s+1999-2024, Regenstrief Institute, Inc/);
  assert.match(notices, /https:\/\/ucum\.org\/license/);
  assert.equal(JSON.parse(read('package.json')).devDependencies['@lhncbc/ucum-lhc'], version);
  for (const file of ['core/fhir/ucum_table.cpp', 'core/fhir/ucum_table.hpp']) {
    assert.match(read(file), /UCUM is copyright Regenstrief Institute, Inc\..*UCUM Licence/, file);
  }
});
