// The generated table of upper and lower case is what its generator writes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './tree.mjs';

const kFiles = ['make_case.mjs', 'case_table.hpp'];
const kOtherUnicode = 3;

const check = (folder) =>
  spawnSync(process.execPath, [path.join(folder, 'make_case.mjs'), '--check'], {
    encoding: 'utf8',
  });

const fresh = check(path.join(root, 'core/base'));
const skip = fresh.status === kOtherUnicode ? `skipped: ${fresh.stderr.trim()}` : false;

test('core/base/case_table.hpp is fresh', { skip }, () => {
  assert.equal(fresh.status, 0, fresh.stderr);
});

test('a stale table is noticed, and not repaired; other Unicode data are told apart', (t) => {
  const copy = mkdtempSync(path.join(tmpdir(), 'fhirwall-case-'));
  t.after(() => rmSync(copy, { recursive: true }));
  for (const file of kFiles) {
    cpSync(path.join(root, 'core/base', file), path.join(copy, file));
  }
  const table = path.join(copy, 'case_table.hpp');
  const text = readFileSync(table, 'utf8');
  const current = text.replace(/Unicode \S+/, `Unicode ${process.versions.unicode}`);
  const stale = current.replace('= {', '= { ');
  writeFileSync(table, stale);
  const { status, stderr } = check(copy);
  assert.equal(status, 1);
  assert.match(stderr, /case_table\.hpp is stale/);
  assert.equal(readFileSync(table, 'utf8'), stale);
  writeFileSync(table, text.replace(/Unicode \S+/, 'Unicode 1.0'));
  assert.equal(check(copy).status, kOtherUnicode);
});
