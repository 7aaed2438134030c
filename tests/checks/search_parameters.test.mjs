// Every search parameter of R4 is taken in criteria, or refused for a reason: a server's index, another resource, terminology.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { committed, definitions, rowsOf, textOf } from './search_parameters.mjs';

const engine = await createEngine();

// `code base` of all that are refused, and what kind they are.
const kRefused = {
  '_content Resource': 'special',
  '_query Resource': 'special',
  '_text DomainResource': 'special',
  'near Location': 'special',
};

test('search_parameters.json is what the engine says of the definitions', (t) => {
  const rows = rowsOf(engine);
  assert.equal(textOf(rows), committed(), 'node tests/checks/search_parameters.mjs');
  const refused = rows.filter((row) => row[3] !== true);
  t.diagnostic(
    `${definitions().length} search parameters, ${rows.length} with their bases, ${refused.length} refused`,
  );
});

test('the list holds every parameter with every base', () => {
  const rows = JSON.parse(committed());
  const withExpression = definitions().filter((one) => one.expression !== undefined);
  assert.equal(withExpression.length, 1375);
  const keys = new Set(rows.map(([code, base]) => `${code} ${base}`));
  assert.equal(keys.size, rows.length);
  const wanted = definitions().flatMap(({ code, base }) => base.map((name) => `${code} ${name}`));
  assert.deepEqual([...keys].sort(), wanted.sort());
});

test('only special parameters are refused, each for its reason', () => {
  const refused = JSON.parse(committed()).filter((row) => row[3] !== true);
  assert.deepEqual(
    refused.map(([code, base]) => `${code} ${base}`).sort(),
    Object.keys(kRefused).sort(),
  );
  for (const [code, base, type, reason] of refused) {
    assert.ok(reason.startsWith(`\`${code}\` cannot be used in criteria: `), reason);
    const kind = kRefused[`${code} ${base}`];
    const known = engine
      .searchParameters(['Resource', 'DomainResource'].includes(base) ? '*' : base)
      .find((one) => one.code === code);
    if (kind === 'special') assert.equal(known.type, 'special');
    else assert.deepEqual([type, known.modifiers], ['token', ['missing', 'not', 'text']]);
  }
});

// Values one of which a parameter of the type takes: a token that is a boolean takes no code.
const kValues = {
  token: ['a', 'true'],
  string: ['a'],
  uri: ['http://x.test/a'],
  reference: ['a'],
  date: ['2024'],
  number: ['1'],
  quantity: ['1'],
};
const valuesOf = ({ type, components }) =>
  type === 'composite'
    ? components
        .map((one) => kValues[one.type])
        .reduce((heads, tails) => heads.flatMap((head) => tails.map((tail) => `${head}$${tail}`)))
    : kValues[type];

test('what is called supported compiles, with each of its modifiers and prefixes, and nothing else does', () => {
  const compiles = (name, values) =>
    values.some((value) => {
      try {
        engine.search(`${name}=${value}`).free();
        return true;
      } catch {
        return false;
      }
    });
  const kModifiers = [
    ...['above', 'below', 'contains', 'exact', 'identifier', 'missing', 'not', 'of-type', 'text'],
    ...['in', 'not-in', 'nope'],
  ];
  const special = {
    missing: ['true'],
    'of-type': ['http://x.test|a|b'],
    above: ['http://x.test/a'],
    below: ['http://x.test/a'],
  };
  let checked = 0;
  for (const base of new Set(JSON.parse(committed()).map((row) => row[1]))) {
    const type = ['Resource', 'DomainResource'].includes(base) ? '*' : base;
    for (const one of engine.searchParameters(type)) {
      if (one.type === 'special' || ['_compartment', '_account', '_project'].includes(one.code)) {
        continue;
      }
      const name = `${type}?${one.code}`;
      assert.equal(compiles(name, valuesOf(one)), one.supported, name);
      for (const modifier of kModifiers) {
        assert.equal(
          compiles(`${name}:${modifier}`, special[modifier] ?? valuesOf(one)),
          one.modifiers.includes(modifier),
          `${name}:${modifier}`,
        );
        ++checked;
      }
      const target = one.targets[0] ?? 'Patient';
      assert.equal(
        compiles(`${name}:${target}`, ['a']),
        one.modifiers.includes('type'),
        `${name}:${target}`,
      );
      for (const prefix of one.prefixes ?? []) {
        const values = valuesOf(one).map((value) => prefix + value);
        assert.ok(compiles(name, values), `${name}=${prefix}`);
      }
    }
  }
  assert.ok(checked > 10_000);
});
