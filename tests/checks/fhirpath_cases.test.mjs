// Every function in the tables of core/fhirpath/functions/ and every operator has cases of its own in tests/vectors/fhirpath.json:
// an ordinary one, one with an empty collection, and one that fails.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from './tree.mjs';

const tables = path.join(root, 'core/fhirpath/functions');
const { resources, groups } = JSON.parse(
  readFileSync(path.join(root, 'tests/vectors/fhirpath.json'), 'utf8'),
);

// A row: {"name", least arguments, most arguments, Takes::..., ...}
const functions = readdirSync(tables)
  .filter((file) => file.endsWith('.cpp'))
  .flatMap((file) => [
    ...readFileSync(path.join(tables, file), 'utf8').matchAll(
      /\{\s*"([A-Za-z]+)",\s*\w+,\s*\w+,\s*(?:Takes::)?k\w+,/g,
    ),
  ])
  .map(([, name]) => name);

// `ofType`, `is` and `as` are compiled without a row in a table. `[]`, `{}` and paths stand in groups of their own.
const operators =
  '+ - * / div mod & | = != ~ !~ < <= > >= in contains and or xor implies is as ofType []'.split(
    ' ',
  );

// What only a host could answer fails by itself.
const hostFunctions = new Set(
  'memberOf subsumes subsumedBy elementDefinition slice checkModifiers'.split(' '),
);

const isFailure = ({ result }) => /^(error|refused)/.test(result);

test('the tables of functions are found', () => {
  assert.ok(functions.length > 90, `${functions.length} functions`);
  assert.equal(new Set(functions).size, functions.length, 'a function has two rows');
});

test('every function and operator has an ordinary, an empty and a failing case', () => {
  const known = new Map(groups.map(({ name, cases }) => [name, cases]));
  const missing = [];
  for (const name of [...functions, ...operators]) {
    const cases = known.get(name) ?? [];
    const used = cases.filter(({ expression }) => name === '[]' || expression.includes(name));
    const ordinary = used.some((one) => !isFailure(one) && one.result !== '{}');
    if (!ordinary && !hostFunctions.has(name)) missing.push(`${name}: ordinary`);
    if (!used.some(({ expression }) => expression.includes('{}'))) missing.push(`${name}: empty`);
    if (!used.some(isFailure)) missing.push(`${name}: failing`);
  }
  assert.deepEqual(missing, []);
});

test('the cases are well-formed', () => {
  const fields = new Set(
    'expression result on strict type model variables resources now'.split(' '),
  );
  const names = groups.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'a group stands twice');
  for (const { name, cases } of groups) {
    const seen = cases.map((one) => JSON.stringify({ ...one, result: undefined }));
    assert.equal(new Set(seen).size, seen.length, `${name}: a case stands twice`);
    for (const one of cases) {
      for (const field of Object.keys(one)) assert.ok(fields.has(field), `${name}: ${field}`);
      assert.ok((one.on ?? 'patient') in resources, `${name}: ${one.on}`);
    }
  }
});
