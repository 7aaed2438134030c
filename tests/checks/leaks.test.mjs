// The table of leak channels is complete: each of them stands there once, with a state, and what it names is there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bytesOf, corpusFiles, loadCases } from '../attacks/corpus.mjs';
import { read, root } from './tree.mjs';

const kChannels = 82;
const kOfBodies = 44; // the first ones; the others are about requests, headers and memory
const kReadme = 'tests/attacks/README.md';
const kList = path.join(root, '../shared/LEAKS.md');

// { number, status, where, files } of each row of a table of channels.
const rowsOf = (markdown) =>
  [...markdown.matchAll(/^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, number, , status, where]) => ({
      number: Number(number),
      status,
      where,
      files: [...where.matchAll(/`([\w./-]+\.(?:mjs|cpp|json))`/g)].map((match) => match[1]),
    }),
  );
const placeOf = (file) => (file.includes('/') ? file : `tests/attacks/${file}`);

function problems(rows, exists) {
  const found = [];
  const numbers = rows.map(({ number }) => number);
  for (let number = 1; number <= kChannels; ++number) {
    const times = numbers.filter((one) => one === number).length;
    if (times !== 1) found.push(`${number}: ${times} rows`);
  }
  for (const { number, status, where, files } of rows) {
    if (number < 1 || number > kChannels) found.push(`${number}: no such channel`);
    if (!['closed', 'gateway', 'out of reach'].includes(status)) found.push(`${number}: ${status}`);
    if (status === 'closed' && files.length === 0) {
      if (!where.includes('every case of this folder')) found.push(`${number}: no test`);
    }
    for (const file of files) {
      if (!exists(placeOf(file))) found.push(`${number}: ${file} is missing`);
    }
    const own = files.some((file) => file.startsWith(`${String(number).padStart(2, '0')}-`));
    if (number <= kOfBodies && !own) found.push(`${number}: no file of its own`);
  }
  return found;
}

const rows = rowsOf(read(kReadme));

test('every channel stands in the table once, and names tests that exist', () => {
  assert.deepEqual(
    problems(rows, (file) => existsSync(path.join(root, file))),
    [],
  );
});

test('every file of the corpus is named by its channel', () => {
  for (const name of corpusFiles()) {
    const { channel } = JSON.parse(read(`tests/attacks/${name}`));
    assert.equal(Number(name.slice(0, 2)), channel, name);
    assert.ok(rows.find(({ number }) => number === channel)?.files.includes(name), name);
  }
});

test('the list of channels is the one that the table maps', (t) => {
  if (!existsSync(kList)) {
    t.diagnostic(
      'the list of channels is not beside the checkout: numbers are not compared with it',
    );
    return;
  }
  const listed = [...readFileSync(kList, 'utf8').matchAll(/^\| (\d+) \|/gm)].map((one) => +one[1]);
  assert.deepEqual(
    rows.map(({ number }) => number),
    listed,
  );
});

test('the corpus is large, and its canaries are in it', (t) => {
  const cases = loadCases();
  const bodies = cases.reduce(
    (sum, one) => sum + (one.bodies?.length ?? ('body' in one ? 1 : 0)),
    0,
  );
  t.diagnostic(`${cases.length} cases, ${bodies} bodies`);
  assert.ok(cases.length >= 300, `${cases.length} cases`);
  for (const one of cases) {
    const texts = [...(one.bodies ?? []), ...('body' in one ? [one.body] : [])].map((form) =>
      bytesOf(form).toString('latin1'),
    );
    const seen = one.canaries.some((canary) => texts.some((text) => text.includes(canary)));
    assert.ok(seen || one.canaries.length === 0, `${one.title}: no canary in it`);
  }
});

test('the check sees what it forbids', () => {
  const row = (number, status, where) => `| ${number} | x | ${status} | ${where} |`;
  const all = Array.from({ length: kChannels }, (_, at) =>
    row(at + 1, 'closed', `\`${String(at + 1).padStart(2, '0')}-x.json\``),
  );
  const judge = (lines, exists = () => true) => problems(rowsOf(lines.join('\n')), exists).length;
  assert.equal(judge(all), 0);
  assert.equal(judge(all.slice(1)), 1);
  assert.equal(judge([...all, all[7]]), 1);
  assert.equal(judge([...all, row(83, 'closed', '`a.json`')]), 1);
  assert.equal(judge(all.with(69, row(70, 'open', 'x `a.json`'))), 1);
  assert.equal(judge(all.with(69, row(70, 'closed', 'x'))), 1);
  assert.equal(judge(all.with(3, row(4, 'closed', '`tests/a.mjs`'))), 1);
  assert.equal(
    judge(all, (file) => file !== 'tests/attacks/50-x.json'),
    1,
  );
});
