// fetch.mjs against a copy on disk: a wrong checksum stores nothing, the right one stores the same bytes and the tests in them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { testsOf } from './official_xml.mjs';

const kTool = fileURLToPath(new URL('fetch.mjs', import.meta.url));
const kXml = `<?xml version="1.0" encoding="UTF-8"?>
<tests name="sample">
  <group name="one">
    <!-- <test name="hidden"><expression>1</expression></test> -->
    <test name="a" inputfile="patient.xml" predicate="true"><expression>1 &lt; 2 &amp; 'x'</expression></test>
    <test name="b" inputfile='p.xml' mode="strict"><expression invalid="semantic">nope</expression></test>
  </group>
  <group name="two">
    <test name="c" ordered="false" description="say &quot;c&quot; > d">
      <expression>'&#233;' | 2</expression>
      <output type="string">&#xe9;</output>
      <output type="integer">2</output>
    </test>
  </group>
</tests>
`;
const folder = mkdtempSync(path.join(os.tmpdir(), 'fetch-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const source = path.join(folder, 'source.xml');
writeFileSync(source, kXml);
const checksum = createHash('sha256').update(kXml).digest('hex');
const to = path.join(folder, 'stored/suite.xml');
const json = path.join(folder, 'stored/suite.json');

const run = (...args) => spawnSync(process.execPath, [kTool, ...args], { encoding: 'utf8' });
const from = pathToFileURL(source).href;

test('a checksum is required', () => {
  const { status, stderr } = run('--from', from, '--to', to);
  assert.equal(status, 1);
  assert.match(stderr, /--sha256 is required/);
  assert.ok(!existsSync(to));
});

test('another checksum stores nothing', () => {
  const { status, stderr } = run('--from', from, '--to', to, '--sha256', '0'.repeat(64));
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`the checksum is ${checksum}`));
  assert.ok(!existsSync(to));
});

test('the right checksum stores the bytes and the tests', () => {
  const { status, stderr } = run('--from', from, '--to', to, '--json', json, '--sha256', checksum);
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(to, 'utf8'), kXml);
  const [a, b, c, ...none] = JSON.parse(readFileSync(json, 'utf8'));
  assert.deepEqual(none, []);
  assert.equal(a.id, 'one/a');
  assert.equal(a.expression, "1 < 2 & 'x'");
  assert.equal(a.inputfile, 'patient.json');
  assert.equal(a.predicate, true);
  assert.equal(a.invalid, null);
  assert.equal(b.invalid, 'semantic');
  assert.equal(b.mode, 'strict');
  assert.equal(c.ordered, false);
  assert.equal(c.description, 'say "c" > d');
  assert.equal(c.expression, "'\u00e9' | 2");
  assert.deepEqual(c.outputs, [
    { type: 'string', value: '\u00e9' },
    { type: 'integer', value: '2' },
  ]);
});

test('what is no suite is refused', () => {
  assert.throws(() => testsOf('<tests/>'), /no tests/);
  assert.throws(() => testsOf('<group name="g"><test name="t"></test></group>'), /no expression/);
  assert.throws(
    () => testsOf('<group name="g"><test name="t"><expression>&nope;</expression></test></group>'),
    /unknown entity/,
  );
  assert.throws(() => testsOf('<group><![CDATA[x]]></group>'), /CDATA/);
});

test('an unknown scheme is refused', () => {
  const { status, stderr } = run('--from', 'ftp://example.org/x', '--sha256', checksum);
  assert.equal(status, 1);
  assert.match(stderr, /unknown scheme/);
});
