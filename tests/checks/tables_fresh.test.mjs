// The generated FHIR tables are what their generator writes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './tree.mjs';

const check = (folder) =>
  spawnSync(process.execPath, [path.join(folder, 'core/fhir/make_tables.mjs'), '--check'], {
    encoding: 'utf8',
  });

test('core/fhir/tables_r4.* are fresh', () => {
  const { status, stderr } = check(root);
  assert.equal(status, 0, stderr);
});

test('a stale table is noticed, and not repaired', (t) => {
  const copy = mkdtempSync(path.join(tmpdir(), 'fhirwall-tables-'));
  t.after(() => rmSync(copy, { recursive: true }));
  cpSync(path.join(root, 'core/fhir'), path.join(copy, 'core/fhir'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  assert.equal(check(copy).status, 0);
  const table = path.join(copy, 'core/fhir/tables_r4.cpp');
  const stale = readFileSync(table, 'utf8').replace('T{', 'T{ ');
  writeFileSync(table, stale);
  const { status, stderr } = check(copy);
  assert.equal(status, 1);
  assert.match(stderr, /tables_r4\.cpp is stale/);
  assert.equal(readFileSync(table, 'utf8'), stale);
  copyFileSync(path.join(root, 'core/fhir/tables_r4.cpp'), table);
  assert.equal(check(copy).status, 0);
});
