// Every search parameter's expression and every constraint of FHIR R4, by the engine and by npm `fhirpath`, on real
// resources and on written ones of every type: the same values, or a difference that is listed in
// fhirpath_differences.mjs.
//
// FHIRWALL_DIFFERENTIAL_SAMPLE: how many resources of each type (8), the smallest first and then spread over the data.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { listed } from './fhirpath_differences.mjs';
import { agree, brief, knownTypes, knowsElement, ours, peer } from './fhirpath_peer.mjs';
import { Resources } from './fhirpath_resources.mjs';
import { root } from './support.mjs';

const shared = path.join(root, '../shared');
const present = existsSync(path.join(shared, 'fhirpath')) && existsSync(path.join(shared, 'data'));
const skip = present ? false : 'the public expressions and resources are not beside the repository';
const kSample = Number(process.env.FHIRWALL_DIFFERENTIAL_SAMPLE ?? 8);

const read = (file) => readFileSync(path.join(shared, file), 'utf8');
const written = new Resources(knowsElement);
// Those that are of R4: the definitions hold one of R4B.
const types = written.types.filter((type) => knownTypes.has(type));
const kVariants = 2; // of each written type

function* texts() {
  yield* read('data/synthea/resources.ndjson')
    .split('\n')
    .filter((line) => line !== '');
  yield read('data/synthea/patient-bundle-pretty.json');
  for (const folder of ['fhirpath/input', 'fhirpath/community-input']) {
    for (const file of readdirSync(path.join(shared, folder)).sort()) {
      if (/^(?:r4\.|[a-z-]+example).*\.json$/.test(file)) yield read(path.join(folder, file));
    }
  }
}

// { text, value } by resource type. References by urn:uuid name no type; a server would have resolved them.
function samples() {
  const all = new Map();
  for (const original of texts()) {
    const text = original.replaceAll('"reference":"urn:uuid:', '"reference":"Patient/');
    const type = /"resourceType"\s*:\s*"(\w+)"/.exec(text)?.[1];
    if (type === undefined) continue;
    if (!all.has(type)) all.set(type, []);
    all.get(type).push(text);
  }
  const out = [];
  for (const [, list] of [...all].sort()) {
    list.sort((a, b) => a.length - b.length);
    const count = Math.min(kSample, list.length);
    for (let index = 0; index < count; ++index) {
      const text = list[Math.floor((index * (list.length - 1)) / Math.max(1, count - 1))];
      const value = JSON.parse(text);
      if (text.length < 200_000 && types.includes(value.resourceType)) {
        out.push({ type: value.resourceType, variant: -1, text, value });
      }
    }
  }
  for (const type of types) {
    for (let variant = 0; variant < kVariants; ++variant) {
      const text = JSON.stringify(written.make(type, variant));
      out.push({ type, variant, text, value: JSON.parse(text) });
    }
  }
  return out;
}

// A constraint holds for each element of its path; both sides are asked for all of them at once.
function placed({ path: place, expression }) {
  const [type, ...rest] = place.split('.');
  const steps = rest.map((step) => step.replace('[x]', ''));
  if (kEverywhere.has(type)) {
    const where = type === 'Element' ? 'descendants()' : `descendants().ofType(${type})`;
    return [where, ...steps, `select(${expression})`].join('.');
  }
  return steps.length === 0 ? expression : [type, ...steps, `select(${expression})`].join('.');
}
const kEverywhere = new Set([
  ...['Element', 'Age', 'Attachment', 'ContactPoint', 'Count', 'DataRequirement', 'Distance'],
  ...['Duration', 'ElementDefinition', 'Expression', 'Narrative', 'Period', 'Range', 'Ratio'],
  ...['Reference', 'Timing', 'TriggerDefinition'],
]);

function expressions() {
  const out = new Map();
  const add = (expression, name, types) => {
    const one = out.get(expression) ?? { expression, names: [], types: new Set() };
    one.names.push(name);
    for (const type of types) one.types.add(type);
    out.set(expression, one);
  };
  for (const one of JSON.parse(read('fhirpath/corpus-searchparams-r4.json'))) {
    if (one.expression) add(one.expression, one.id, one.base);
  }
  for (const one of JSON.parse(read('fhirpath/corpus-invariants-r4.json'))) {
    const type = one.path.split('.')[0];
    const everywhere =
      kEverywhere.has(type) || ['DomainResource', 'MetadataResource'].includes(type);
    add(placed(one), `${one.path}: ${one.key}`, everywhere ? ['Resource'] : [type]);
  }
  return [...out.values()];
}

// What holds for every type is not tried on all that is written; what is of one type is tried on a Patient too.
function concerns(types, type, variant) {
  if (types.has(type)) return true;
  if (['Resource', 'DomainResource', 'MetadataResource'].some((base) => types.has(base))) {
    return variant <= 0;
  }
  return type === 'Patient' && variant === 0;
}

const engine = await createEngine();

test('search parameters and constraints agree with npm fhirpath', { skip }, () => {
  const resources = samples().map((one) => ({ ...one, loaded: engine.load(one.text) }));
  const all = expressions();
  const seen = { evaluated: 0, refused: 0, values: 0 };
  const used = new Set();
  const unexplained = new Map();
  for (const { expression, names, types } of all) {
    const mine = ours(engine, expression);
    const theirs = peer(expression);
    for (const { type, variant, value, loaded } of resources) {
      if (!concerns(types, type, variant)) continue;
      const expected = theirs(value, { resource: value, rootResource: value });
      const got = mine.run(loaded);
      ++seen.evaluated;
      if (expected.error !== undefined) ++seen.refused;
      else seen.values += expected.values.length;
      if (agree(got, expected)) continue;
      const known = listed.findIndex((one) =>
        one.fits({ expression, names, type, value, got, expected }),
      );
      if (known >= 0) used.add(known);
      else if (!unexplained.has(expression)) {
        const where = `${names.join(', ')} on ${type}/${value.id}`;
        unexplained.set(
          expression,
          `${where}\n  ${expression}\n  fhirwall: ${brief(got)}\n  fhirpath: ${brief(expected)}`,
        );
      }
    }
    mine.free();
  }
  for (const { loaded } of resources) loaded.free();
  const unused = listed.filter((_, index) => !used.has(index)).map(({ reason }) => reason);
  console.log(
    `${all.length} expressions, ${resources.length} resources: ${seen.evaluated} evaluations, ${seen.values} values, ` +
      `${seen.refused} refused by npm fhirpath; ${listed.length} listed differences`,
  );
  for (const one of unexplained.values()) console.log(one);
  assert.equal(unexplained.size, 0, 'unexplained differences, see above');
  assert.deepEqual(unused, [], 'listed differences that do not show any more');
  assert.ok(seen.evaluated > 10_000 && seen.values > 10_000, JSON.stringify(seen));
});
