// What the READMEs say is so: their JavaScript runs and prints what stands beside it, their tables agree with the code, their links
// lead somewhere.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { read, root, trackedFiles } from './tree.mjs';

const kSnippets = path.join(root, 'build/snippets'); // inside the workspace, so that `fhirwall` is found

// The blocks marked as js, in order.
const snippetsOf = (markdown) =>
  [...markdown.matchAll(/^```js\n([\s\S]*?)^```/gm)].map((match) => match[1]);

// What a snippet says that it prints: the text after each `// ->`.
const expectedOutput = (code) => [...code.matchAll(/\/\/ -> (.*)$/gm)].map((match) => match[1]);

function outputOf(name, code) {
  mkdirSync(kSnippets, { recursive: true });
  const file = path.join(kSnippets, `${name}.mjs`);
  writeFileSync(file, code);
  const output = execFileSync(process.execPath, ['--no-warnings', file], { encoding: 'utf8' });
  return output.split('\n').filter(Boolean);
}

// `max_body_bytes = 256u << 20;` -> { maxBodyBytes: 268435456 }
function limitsOf(header) {
  const limits = {};
  for (const [, name, text] of header.matchAll(/std::uint32_t (max_\w+)\s*=\s*([^;]+);/g)) {
    const terms = text
      .replace(/'/g, '')
      .split('<<')
      .map((term) =>
        term.split('*').reduce((product, factor) => product * parseInt(factor, 10), 1),
      );
    const camel = name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    limits[camel] = terms.length > 1 ? terms[0] * 2 ** terms[1] : terms[0];
  }
  return limits;
}

const limitRows = (markdown) =>
  Object.fromEntries(
    [...markdown.matchAll(/^\| `(max\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );

for (const file of ['README.md', 'npm/README.md']) {
  test(`the JavaScript of ${file} runs and prints what it says`, () => {
    const snippets = snippetsOf(read(file));
    assert.ok(snippets.length > 0, 'there is a quick start');
    snippets.forEach((code, index) => {
      const expected = expectedOutput(code);
      assert.ok(expected.length > 0, `block ${index} says what it prints`);
      const name = `${file.replace(/\W/g, '_')}_${index}`;
      assert.deepEqual(outputOf(name, code), expected, `block ${index}`);
    });
  });
}

test('the quick start has at most 20 lines', () => {
  assert.ok(snippetsOf(read('README.md'))[0].trim().split('\n').length <= 20);
});

test('the table of limits is the one of core/base/limits.hpp', () => {
  const limits = limitsOf(read('core/base/limits.hpp'));
  assert.ok(Object.keys(limits).length >= 10);
  assert.deepEqual(limitRows(read('README.md')), limits);
});

test('every error code stands in the row of its class', () => {
  const rows = Object.fromEntries(
    [...read('README.md').matchAll(/^\| `(\w+(?:Error|Fault))` \|.*\|(.*)\|$/gm)].map((row) => [
      row[1],
      row[2],
    ]),
  );
  const classes = {
    kResource: 'ResourceError',
    kLimit: 'LimitError',
    kEvaluation: 'EvaluationError',
    'ErrorClass::kState': 'StateError',
    'ErrorClass::kFault': 'EngineFault',
  };
  const table = read('core/base/error.cpp').matchAll(
    /return \{"([a-z0-9-]+)",\s*"[^"]*",\s*(kResource|kLimit|kEvaluation|ErrorClass::kState|ErrorClass::kFault)\};/g,
  );
  let seen = 0;
  for (const [, name, kind] of table) {
    if (name === 'unknown') continue;
    assert.ok(rows[classes[kind]].includes(`\`${name}\``), `${name} in ${classes[kind]}`);
    seen += 1;
  }
  assert.ok(seen >= 30, `${seen} codes seen`);
});

function brokenLinks(file, markdown) {
  return [...markdown.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
    .map((match) => match[1])
    .filter((target) => !existsSync(path.join(root, path.dirname(file), target)));
}

test('links of Markdown files lead to files', () => {
  for (const file of trackedFiles().filter((one) => one.endsWith('.md'))) {
    assert.deepEqual(brokenLinks(file, read(file)), [], file);
  }
});

test('the README names both commands and what browser redaction is not', () => {
  const text = read('README.md').replace(/\s+/g, ' ');
  for (const claim of ['npm start', 'npm test', "no boundary against the browser's owner"]) {
    assert.ok(text.includes(claim), claim);
  }
});

test('the checks see what is wrong', () => {
  assert.deepEqual(snippetsOf('a\n```js\nx();\n```\n```sh\nnpm\n```\n'), ['x();\n']);
  assert.deepEqual(expectedOutput('f(); // -> 1\n// -> {"a":2}\n// other\n'), ['1', '{"a":2}']);
  assert.deepEqual(outputOf('self_test', 'console.log(1);\nconsole.log("b c");\n'), ['1', 'b c']);
  assert.throws(() => outputOf('self_test', 'throw 1;'));
  const header =
    "std::uint32_t max_a_b =\n 2u << 4; std::uint32_t max_c = 1'000; std::uint32_t max_d = 16 * 1024;";
  assert.deepEqual(limitsOf(header), { maxAB: 32, maxC: 1000, maxD: 16384 });
  assert.deepEqual(limitRows('| `maxA` | 5 | x |\n'), { maxA: 5 });
  assert.deepEqual(brokenLinks('README.md', '[a](nowhere.md) [b](LICENSE) [c](#here)'), [
    'nowhere.md',
  ]);
});
