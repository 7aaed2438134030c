// The generated Unicode tables of the regular expressions are what their generator writes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './tree.mjs';

const kFolder = 'core/base/regex';
const kOtherUnicode = 3;

const check = (folder) =>
  spawnSync(process.execPath, [path.join(folder, 'make_categories.mjs'), '--check'], {
    encoding: 'utf8',
  });

const fresh = check(path.join(root, kFolder));
const skip = fresh.status === kOtherUnicode ? `skipped: ${fresh.stderr.trim()}` : false;

test('core/base/regex/categories_table.hpp is fresh', { skip }, () => {
  assert.equal(fresh.status, 0, fresh.stderr);
});

test('a stale table is noticed, and not repaired; other Unicode data are told apart', (t) => {
  const copy = mkdtempSync(path.join(tmpdir(), 'fhirwall-regex-'));
  t.after(() => rmSync(copy, { recursive: true }));
  cpSync(path.join(root, kFolder), copy, { recursive: true });
  const table = path.join(copy, 'categories_table.hpp');
  const text = readFileSync(table, 'utf8');
  const current = text.replace(/Unicode \S+/, `Unicode ${process.versions.unicode}`);
  const stale = current.replace('= {', '= { ');
  writeFileSync(table, stale);
  const { status, stderr } = check(copy);
  assert.equal(status, 1);
  assert.match(stderr, /categories_table\.hpp is stale/);
  assert.equal(readFileSync(table, 'utf8'), stale);
  writeFileSync(table, text.replace(/Unicode \S+/, 'Unicode 1.0'));
  assert.equal(check(copy).status, kOtherUnicode);
});
