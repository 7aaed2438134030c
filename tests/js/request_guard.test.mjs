// Of every search parameter of R4, for hidden paths from a seed: what its expression reads, as a second reader of the expressions sees
// it, is what the guard refuses (SPEC 13.2), and nothing else is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { definitions } from '../checks/search_parameters.mjs';
import { kSeed, policyOf, randomFrom } from './support.mjs';

const engine = await createEngine();
const random = randomFrom(kSeed);

/** The paths in an expression, each a list of names behind the type: functions and conditions aside. */
function pathsOf(expression, type) {
  const plain = expression
    .replaceAll(/\.where\([^()]*(\(\))?[^()]*\)/g, '')
    .replaceAll(/\.(as|ofType)\(\w+\)/g, '')
    .replaceAll(/\.(exists|first|resolve)\(\)/g, '')
    .replaceAll(/\[\d+\]/g, '');
  return [...plain.matchAll(/(?<![\w.'])([A-Z]\w*)((?:\.[a-z]\w*)*)/g)]
    .filter(([, root]) => root === type)
    .map(([, , rest]) => rest.split('.').slice(1));
}

const byId = new Map(definitions().map((one) => [one.url, one]));

function readsOf(definition, type) {
  const base = pathsOf(definition.expression ?? '', type);
  if (definition.type !== 'composite') return base;
  return (definition.component ?? []).flatMap((component) => {
    assert.ok(byId.has(component.definition), component.definition);
    return component.expression.split('|').flatMap((one) => {
      const names = one
        .replaceAll(/[()]/g, '')
        .replaceAll(/ as \w+|\.as\w+/g, '')
        .trim()
        .split('.');
      return names[0] === '%resource' ? [names.slice(1)] : base.map((path) => [...path, ...names]);
    });
  });
}

const meets = (a, b) => a.slice(0, b.length).every((name, at) => name === b[at]);

// Not decided by elements, or refused for what they read elsewhere.
const kOther = new Set(['_text', '_content', '_query', '_list', '_has', '_type', '_filter', '_in']);

/** `[code, reads]` of the parameters of a type that the guard knows. */
function parametersOf(type) {
  const open = engine.compilePolicy({ policies: policyOf({ resourceType: type }) });
  const found = definitions()
    .filter((one) => one.base.includes(type) && !kOther.has(one.code) && one.expression)
    .map((one) => [one.code, readsOf(one, type)])
    .filter(([code]) => asks(open, type, code));
  open.free();
  return found;
}

const asks = (policy, type, code) =>
  policy.checkRequest({ method: 'GET', url: `${type}?${code}=x` }).allowed;

const types = [...new Set(definitions().flatMap((one) => one.base))].filter(
  (type) => !['Resource', 'DomainResource', 'Binary', 'Bundle'].includes(type),
);

test('what a parameter reads decides whether it may be used', (t) => {
  let known = 0;
  let refused = 0;
  let allowed = 0;
  for (const type of types) {
    const parameters = parametersOf(type);
    known += parameters.length;
    const places = [
      ...new Set(parameters.flatMap(([, reads]) => reads.map((path) => path.join('.')))),
    ].filter(Boolean);
    for (let round = 0; round < 4 && places.length > 0; round += 1) {
      const hidden = places[random(places.length)].split('.').slice(0, 1 + random(3));
      let policy;
      try {
        const rule = { resourceType: type, hiddenFields: [hidden.join('.')] };
        policy = engine.compilePolicy({ policies: policyOf(rule) });
      } catch (error) {
        if (error.name !== 'PolicyCompileError') throw error;
        continue; // a choice under its JSON name, and the like
      }
      for (const [code, reads] of parameters) {
        const expected = !reads.some((path) => meets(path, hidden) || meets(hidden, path));
        const actual = asks(policy, type, code);
        assert.equal(
          actual,
          expected,
          `${type}?${code}= with ${hidden.join('.')} hidden; seed ${kSeed}`,
        );
        if (actual) allowed += 1;
        else refused += 1;
      }
      policy.free();
    }
  }
  t.diagnostic(
    `${known} parameters of ${types.length} types: ${allowed} allowed, ${refused} refused`,
  );
  assert.ok(known > 1000 && refused > 500 && allowed > 2000);
});

test('every parameter of R4 that can be decided on is known', () => {
  const unknown = [];
  for (const type of types) {
    const open = engine.compilePolicy({ policies: policyOf({ resourceType: type }) });
    for (const one of definitions()) {
      if (one.base.includes(type) && one.expression && !asks(open, type, one.code)) {
        unknown.push(`${type}?${one.code}`);
      }
    }
    open.free();
  }
  assert.deepEqual(unknown, []);
});
