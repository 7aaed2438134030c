// The mutation check itself: what it finds in a source, that a planted mutant is killed by a test that looks, and survives one
// that does not; and that the list of equivalent mutants speaks of code that is there.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { applied, changeOf, check, codeOf, findMutants, shuffled } from '../../.ci/mutation.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const found = (text) => findMutants(text).map(changeOf);
const inFunction = (text) => found(`bool f(int a, int b) {\n  ${text}\n}\n`);

test('comparisons, junctions and negations are found, each with what it becomes', () => {
  const cases = [
    ['g(a == b);', ['== -> !=']],
    ['g(a != b);', ['!= -> ==']],
    ['g(a < b);', ['< -> >=', '< -> <=']],
    ['g(a > b);', ['> -> <=', '> -> >=']],
    ['g(a <= b);', ['<= -> >', '<= -> <']],
    ['g(a >= b);', ['>= -> <', '>= -> >']],
    ['g(a && b);', ['&& -> ||']],
    ['g(a || b);', ['|| -> &&']],
    ['g(!a);', ['without !']],
    ['g(a ==\n    b);', ['== -> !=']],
    ['for (int i = 0; i < b; ++i) g(i);', ['< -> >=']],
    ["g(a == '<' && b != '\\'');", ['== -> !=', '&& -> ||', '!= -> ==']],
    ['if (const int c = a; c > 7) g(c);', ['> -> <=', '> -> >=']],
  ];
  for (const [text, expected] of cases) assert.deepEqual(inFunction(text), expected, text);
});

test('early returns are found, the last one of a function is not', () => {
  const cases = [
    ['return g(a);', []],
    ['return true;', ['true -> false']],
    ['if (a) {\n    return g(b);\n  }\n  return g(a);', ['without return g(b);']],
    ['if (a) {\n    return false;\n  }\n  return b;', ['without return false;', 'false -> true']],
    ['if (a) {\n    g(b);\n  } else {\n    return b;\n  }', ['without return b;']],
    ['for (int i : a) {\n    return i;\n  }\n  return b;', ['without return i;']],
    ['switch (a) {\n    case 1: return b;\n  }\n  return a;', ['without return b;']],
    ['const auto h = [](int c) { return c; };', []],
    ['if (a) {\n    return g([] { return 1; });\n  }', ['without return g([] { return 1; });']],
    ['FHIRWALL_TRY(g(a));', ['FHIRWALL_TRY -> static_cast<void>']],
    ['return Error{true};', []],
  ];
  for (const [text, expected] of cases) assert.deepEqual(inFunction(text), expected, text);
});

test('comments, texts, directives, types and declarations are left alone', () => {
  const texts = [
    '// if (a == b && !c) return true;\n',
    '/* a == b\n   !c */\n',
    '#if A == B && !C\n#define X(a) \\\n  a == b\n#endif\n',
    'const char* a = "x == y && !z \\" || b";\n',
    'const char* a = R"x(a == b)" && !c)x";\n',
    'std::vector<std::map<int, int>> a;\n',
    'template <typename T>\nvoid f(T&& value);\n',
    'bool operator==(const A&, const A&);\nbool operator<(A, A);\nbool operator!() const;\n',
    'static_assert(sizeof(A) == 8 && !B, "a < b");\n',
    'auto f() -> int;\n',
    'A& operator=(A&&) noexcept = default;\n',
  ];
  for (const text of texts) assert.deepEqual(found(text), [], text);
});

test('a mutant says its line, and changes nothing else', () => {
  const text = 'int f(int a) {\n  // a < 1\n  if (a < 1) {\n    return 2;\n  }\n  return 3;\n}\n';
  const mutants = findMutants(text);
  assert.deepEqual(
    mutants.map(({ line, kind }) => `${line} ${kind}`),
    ['3 comparison', '3 comparison', '4 return'],
  );
  assert.equal(codeOf(text, mutants[0]), 'if (a < 1) {');
  assert.equal(codeOf(text, mutants[2]), 'if (a < 1) { return 2;');
  assert.equal(applied(text, mutants[1]), text.replace('if (a < 1)', 'if (a <= 1)'));
  assert.equal(applied(text, mutants[2]), text.replace('return 2;', ';'));
});

test('a seed decides the order', () => {
  const items = Array.from({ length: 40 }, (_, index) => index);
  assert.deepEqual(shuffled(items, 5), shuffled(items, 5));
  assert.notDeepEqual(shuffled(items, 5), shuffled(items, 6));
  assert.deepEqual(
    shuffled(items, 5).sort((a, b) => a - b),
    items,
  );
});

test('what does not compile is not counted, and replaced', async () => {
  const verdicts = ['invalid', 'killed', 'invalid', 'survived', 'killed'];
  const tried = [];
  const judge = async (mutant) => {
    tried.push(mutant);
    return verdicts[mutant];
  };
  const two = await check([0, 1, 2, 3, 4], 2, [judge]);
  assert.deepEqual(two, { tried: 2, killed: 1, survivors: [3] });
  assert.deepEqual(tried, [0, 1, 2, 3]);
  const all = await check([0, 1, 2, 3, 4], 99, [judge, judge]);
  assert.deepEqual([all.tried, all.killed, all.survivors], [3, 2, [3]]);
});

const kSource = `bool is_adult(int age) {
  if (age < 0) {
    return false;
  }
  return age >= 18;
}
`;
const kGoodTest = `#include "source.inc"
int main() {
  return !is_adult(-1) && !is_adult(0) && !is_adult(17) && is_adult(18) && is_adult(40) ? 0 : 1;
}
`;
const kUselessTest = `#include "source.inc"
int main() {
  is_adult(40);
  return 0;
}
`;

// As the check does it: each mutant in the place of the source, compiled, and run.
async function outcome(program) {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
  try {
    const source = path.join(folder, 'source.inc');
    const test = path.join(folder, 'test.cpp');
    const binary = path.join(folder, 'test');
    writeFileSync(test, program);
    const judge = async (mutant) => {
      writeFileSync(source, applied(kSource, mutant));
      const built = spawnSync('g++', ['-w', '-o', binary, test]);
      if (built.status !== 0) return 'invalid';
      return spawnSync(binary, { timeout: 10_000 }).status === 0 ? 'survived' : 'killed';
    };
    return await check(findMutants(kSource), 99, [judge]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const kMutants = [
  '< -> >=',
  '< -> <=',
  'without return false;',
  'false -> true',
  '>= -> <',
  '>= -> >',
];
const skip = spawnSync('g++', ['--version']).status === 0 ? false : 'there is no g++';

test('a test that looks kills them, one that does not look kills none', { skip }, async () => {
  assert.deepEqual(findMutants(kSource).map(changeOf), kMutants);
  const good = await outcome(kGoodTest);
  assert.equal(good.tried, 6);
  // Nobody is of age at birth: with or without these, is_adult() says the same.
  assert.deepEqual(good.survivors.map(changeOf), ['< -> <=', 'without return false;']);
  const useless = await outcome(kUselessTest);
  assert.deepEqual([useless.tried, useless.killed], [6, 0]);
});

test('the command lists what it would try, and the same for the same seed', () => {
  const list = (...more) =>
    execFileSync(process.execPath, ['.ci/mutants.mjs', '--list', '--count', '9', ...more], {
      cwd: root,
      encoding: 'utf8',
    }).split('\n');
  const [head, ...lines] = list('--seed', '11');
  const [, all] = /^(\d+) mutants found, \d+ to choose from, seed 11$/.exec(head) ?? [];
  assert.ok(Number(all) > 1000, head);
  assert.equal(lines.filter((line) => /^core\/\w+\/\w+\.[ch]pp:\d+: /.test(line)).length, 9);
  assert.deepEqual(list('--seed', '11'), [head, ...lines]);
  const some = list('--seed', '11', '--file', 'core/net/*').slice(1).filter(Boolean);
  assert.ok(some.length > 0 && some.every((line) => line.startsWith('core/net/')));
});

test('every equivalent mutant is one that is found, once, with a reason', () => {
  const list = JSON.parse(
    readFileSync(path.join(root, 'tests/checks/mutants_equivalent.json'), 'utf8'),
  );
  const keys = list.map(({ file, code, change }) => `${file} ${change} ${code}`);
  assert.equal(new Set(keys).size, keys.length);
  for (const { file, code, change, reason } of list) {
    const text = readFileSync(path.join(root, file), 'utf8');
    const fits = findMutants(text).some(
      (mutant) => changeOf(mutant) === change && codeOf(text, mutant) === code,
    );
    assert.ok(fits, `${file}: no mutant ${change} in: ${code}`);
    assert.ok(reason.length > 20, `${file}: ${code}: no reason`);
  }
});
