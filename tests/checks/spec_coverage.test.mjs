// Which rules of the specification the code and the tests cite: `// SPEC 7.2`, `(SPEC 4.1, 4.2)`. A listing, printed with the
// test; what can fail is the reading of the citations, and a citation of a rule that does not exist.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isSource, root, textFiles } from './tree.mjs';

const kSpec = path.join(root, '../shared/SPEC.md');

// "SPEC 7.2", "SPEC 3.1 and 5.4", "SPEC 7.1, 7.2", "SPEC P6"
function cited(text) {
  const found = [];
  const list =
    /SPEC\s+((?:P\d|\d{1,2}\.\d{1,2})(?:(?:\s*,\s*|\s+and\s+|-)(?:P\d|\d{1,2}\.\d{1,2}))*)/g;
  for (const [, rules] of text.matchAll(list)) found.push(...rules.match(/P\d|\d+\.\d+/g));
  return found;
}

const rulesOf = (spec) => [
  ...[...spec.matchAll(/^- \*\*(P\d) /gm)].map((match) => match[1]),
  ...[...spec.matchAll(/^(\d{1,2}\.\d{1,2}) /gm)].map((match) => match[1]),
];

const byNumber = (a, b) => a.localeCompare(b, 'en', { numeric: true });

test('rules that code and tests cite', (t) => {
  const code = new Set();
  const tests = new Set();
  for (const { file, text } of textFiles()) {
    if (!isSource(file) || file.endsWith('spec_coverage.test.mjs')) continue;
    for (const rule of cited(text)) (file.startsWith('tests/') ? tests : code).add(rule);
  }
  t.diagnostic(`cited in code: ${[...code].sort(byNumber).join(' ')}`);
  t.diagnostic(`cited in tests: ${[...tests].sort(byNumber).join(' ')}`);
  assert.ok(code.size > 20, 'the code cites its rules');
  if (!existsSync(kSpec)) {
    t.diagnostic(
      'the specification is not beside the checkout: citations are not compared with it',
    );
    return;
  }
  const rules = rulesOf(readFileSync(kSpec, 'utf8'));
  assert.ok(rules.length > 80, `only ${rules.length} rules read`);
  t.diagnostic(
    `not cited: ${rules.filter((rule) => !code.has(rule) && !tests.has(rule)).join(' ')}`,
  );
  const wrong = [...code, ...tests].filter((rule) => !rules.includes(rule));
  assert.deepEqual(wrong, [], 'cited, but no such rule');
});

test('citations are read in every form', () => {
  assert.deepEqual(cited('// SPEC 7.2'), ['7.2']);
  assert.deepEqual(cited('(SPEC 3.1 and 5.4)'), ['3.1', '5.4']);
  assert.deepEqual(cited('SPEC 7.1, 7.2; SPEC P6'), ['7.1', '7.2', 'P6']);
  assert.deepEqual(cited('version 7.2 of the spec'), []);
  assert.deepEqual(rulesOf('- **P1 Fail closed.**\n4.2 The first\nno 5.5\n'), ['P1', '4.2']);
});
