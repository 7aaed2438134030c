// The code systems that codes imply, against the JSON schema of FHIR, which lists the codes of an element; and how
// systems are found behind a ValueSet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { implicitSystems, readTerminology, systemsOf } from '../../core/fhir/r4_code_systems.mjs';
import { readDefinitions, readModel } from '../../core/fhir/r4_model.mjs';
import { kComponents, readSearchParameters } from '../../core/fhir/r4_search.mjs';

const terminology = readTerminology();

// The codes in the schema at `Patient.contact.gender`; undefined where it lists none.
function schemaCodes(definitions, where) {
  const [head, ...names] = where.split('.');
  let type = definitions[head];
  for (const [i, name] of names.entries()) {
    const property = type?.properties?.[name];
    const value = property?.items ?? property;
    if (i === names.length - 1) return value?.enum;
    type = definitions[value?.$ref?.replace('#/definitions/', '')];
  }
  return undefined;
}

const allCodes = (concepts) =>
  (concepts ?? []).flatMap(({ code, concept }) => [code, ...allCodes(concept)]);

// What is wrong with the systems of the model, seen from the schema.
function disagreements(model) {
  const { definitions } = readDefinitions('fhir.schema.json');
  const found = [];
  let compared = 0;
  for (const type of model.values()) {
    for (const { name, types, valueSet } of type.own) {
      const where = `${type.name}.${name}`;
      const codes = types[0] === 'code' ? schemaCodes(definitions, where) : undefined;
      if (!codes) continue;
      const { system, codes: byCode } = valueSet ? implicitSystems(terminology, valueSet) : {};
      if (!system && !byCode) {
        found.push(`${where}: codes, but no system`);
        continue;
      }
      ++compared;
      const known = system ? allCodes(terminology.codeSystems.get(system)?.concept) : byCode;
      const all = new Set(system ? known : known.keys());
      for (const code of codes) if (!all.has(code)) found.push(`${where}: ${code} is not of it`);
    }
  }
  return { found, compared };
}

// [disagreement, reason].
const kKnown = [
  [
    'Expression.language: codes, but no system',
    'an extensible binding, which the schema lists too',
  ],
];

test("the codes of FHIR's schema are of the implied systems", (t) => {
  const { found, compared } = disagreements(readModel());
  t.diagnostic(`${compared} elements compared`);
  assert.ok(compared > 240, `${compared} elements`);
  assert.deepEqual(
    found,
    kKnown.map(([line]) => line),
  );
});

test('the comparison sees a wrong system', () => {
  const model = readModel();
  const element = (type, name) => model.get(type).own.find((one) => one.name === name);
  element('Patient', 'gender').valueSet = element('Observation', 'status').valueSet;
  element('Bundle', 'type').valueSet = undefined;
  const { found } = disagreements(model);
  for (const line of ['Patient.gender: male is not of it', 'Bundle.type: codes, but no system']) {
    assert.ok(found.includes(line), line);
  }
});

test('a system is implied where a ValueSet has one, whatever way it is said', () => {
  const include = (system, ...codes) => ({
    system,
    ...(codes.length && { concept: codes.map((code) => ({ code })) }),
  });
  const compose = (...includes) => ({ compose: { include: includes } });
  const many = Array.from({ length: 64 }, (_, i) => `c${i}`);
  const made = {
    valueSets: new Map(
      Object.entries({
        whole: compose(include('a')),
        listed: compose(include('a', 'x', 'y')),
        filtered: compose({ ...include('a'), filter: [{ property: 'p', op: 'is-a', value: 'v' }] }),
        twice: compose(include('a', 'x'), include('a', 'y')),
        imported: compose({ valueSet: ['listed|1', 'whole'] }),
        two: compose(include('a', 'x', 'z'), include('b', 'y', 'z')),
        nested: compose(include('a', 'x'), include('deep')),
        open: compose(include('a', 'x'), include('b')),
        fragment: compose(include('a', 'x'), include('part')),
        narrowed: compose(include('a', 'x'), { ...include('deep'), filter: [{}] }),
        lost: compose(include('a'), { valueSet: ['nowhere'] }),
        circle: compose(include('a'), { valueSet: ['circle'] }),
        expanded: { expansion: {} },
        big: compose(include('a', 'x'), include('b', ...many)),
        justFits: compose(include('a', 'x'), include('b', ...many.slice(1))),
      }),
    ),
    codeSystems: new Map([
      ['deep', { content: 'complete', concept: [{ code: 'p', concept: [{ code: 'q' }] }] }],
      ['part', { content: 'fragment', concept: [{ code: 'p' }] }],
    ]),
  };
  const cases = {
    whole: 'a',
    'whole|4.0.1': 'a',
    listed: 'a',
    filtered: 'a',
    twice: 'a',
    imported: 'a',
    two: { x: 'a', y: 'b' }, // z is of both
    nested: { x: 'a', p: 'deep', q: 'deep' },
    open: {},
    fragment: {},
    narrowed: {},
    lost: {},
    circle: {},
    expanded: {},
    nowhere: {},
    big: {},
    justFits: { x: 'a', ...Object.fromEntries(many.slice(1).map((code) => [code, 'b'])) },
  };
  for (const [name, expected] of Object.entries(cases)) {
    const { system, codes } = implicitSystems(made, name);
    assert.deepEqual(system ?? Object.fromEntries(codes ?? []), expected, name);
  }
  assert.deepEqual([...systemsOf(made, 'imported')], [['a', null]]);
});

test('every correction of a component is used', () => {
  const { byType } = readSearchParameters(readModel());
  for (const [where, corrected] of Object.entries(kComponents)) {
    const [id, expression] = where.split('.');
    const type = id.split('-')[0];
    const components = [...byType.get(type).values()]
      .filter((parameter) => !id.includes('-') || id === `${type}-${parameter.code}`)
      .flatMap((parameter) => parameter.components)
      .filter((component) => component.expression === expression);
    const code = corrected.code ?? corrected.definition.split('-')[1];
    assert.ok(components.length > 0, where);
    for (const component of components) assert.equal(component.code, code, where);
    // Nothing stands in for a parameter that is there.
    assert.equal(byType.get(type).has(code), !corrected.type, where);
  }
});
