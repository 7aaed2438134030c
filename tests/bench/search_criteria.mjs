// What one criterion costs on top of the validating parse: for each parameter type, microseconds per Synthea resource. The same
// resources are asked for a criterion of another type, which ends after the parse; both take turns, and the medians are
// subtracted.
//
//   --smoke          fewer rounds, as `npm test` runs it
//   --check          exit status 1 when a bound is missed
//   --against=DIST   also times the package that was built into that folder, in turns with this one
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createEngine } from 'fhirwall';
import { loadInputs } from './inputs.mjs';

const smoke = process.argv.includes('--smoke');
const check = process.argv.includes('--check');
const against = process.argv
  .find((arg) => arg.startsWith('--against='))
  ?.slice('--against='.length);
const kRounds = smoke ? 5 : 41;
const kMostMicroseconds = 3;
const kResources = 300; // of a type, spread over the data

// [parameter type, criteria]
const kCases = [
  ['token', 'Observation?code=http://loinc.org|8302-2'],
  ['token', 'Encounter?class=AMB'],
  ['token :not', 'Observation?status:not=entered-in-error'],
  ['token :text', 'Condition?code:text=viral'],
  ['string', 'Patient?name=Adam'],
  ['string :contains', 'Patient?address-city:contains=bos'],
  ['date', 'Observation?date=ge2015-03'],
  ['date', 'Encounter?date=2015'],
  ['reference', 'Observation?subject=Patient/1'],
  ['reference', 'Encounter?service-provider=1'],
  ['quantity', 'Observation?value-quantity=gt1|http://unitsofmeasure.org|m'],
  ['quantity', 'Observation?value-quantity=100'],
  ['quantity', 'Observation?value-quantity=gt1|http://unitsofmeasure.org|cm'],
  ['reference', 'Observation?patient=Patient/1'],
  ['composite', 'Observation?code-value-quantity=http://loinc.org|8302-2$gt100'],
  ['uri', 'Observation?_profile=http://hl7.org/fhir/StructureDefinition/vitalsigns'],
  ['missing', 'Condition?abatement-date:missing=true'],
  ['_compartment', 'Observation?_compartment=Patient/1'],
];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const { about, lines } = await loadInputs();
const byType = new Map();
for (const line of lines) {
  const { resourceType } = JSON.parse(line);
  if (!byType.has(resourceType)) byType.set(resourceType, []);
  byType.get(resourceType).push(line);
}
const sample = (type) => {
  const all = byType.get(type) ?? [];
  const count = Math.min(kResources, all.length);
  return Array.from({ length: count }, (_, index) =>
    new TextEncoder().encode(all[Math.floor((index * all.length) / count)]),
  );
};

// An engine with a search that is for no type in the data: it costs the parse alone.
const start = async (create) => {
  const engine = await create();
  return { engine, nothing: engine.search('Basic?_id=1') };
};
const runners = [await start(createEngine)];
if (against !== undefined) {
  const url = pathToFileURL(path.resolve(against, 'node.js'));
  runners.push(await start((await import(url.href)).createEngine));
}

// What one criterion costs with each engine, and the parse; they take turns.
function measure(criteria, resources) {
  const searches = runners.map(({ engine }) => engine.search(criteria));
  const microseconds = (one) => {
    const started = performance.now();
    let holding = 0;
    for (const resource of resources) if (one.matches(resource)) ++holding;
    return { holding, each: ((performance.now() - started) * 1000) / resources.length };
  };
  const whole = runners.map(() => []);
  const parse = runners.map(() => []);
  let holding = 0;
  for (let round = -3; round < kRounds; ++round) {
    runners.forEach(({ nothing }, index) => {
      const without = microseconds(nothing);
      const result = microseconds(searches[index]);
      if (round < 0) return; // to warm up
      parse[index].push(without.each);
      whole[index].push(result.each);
      if (index === 0) holding = result.holding;
    });
  }
  for (const search of searches) search.free();
  return {
    holding,
    parse: median(parse[0]),
    costs: runners.map((_, index) => median(whole[index]) - median(parse[index])),
  };
}

let missed = 0;
const most = new Map(); // of a parameter type
console.log(`criteria on ${about}, microseconds per resource on top of the parse`);
for (const [kind, criteria] of kCases) {
  const resources = sample(criteria.slice(0, criteria.indexOf('?')));
  if (resources.length === 0) {
    console.log(`${kind.padEnd(16)} skipped, no such resources: ${criteria}`);
    continue;
  }
  const { holding, parse, costs } = measure(criteria, resources);
  const [cost, other] = costs;
  const met = cost <= kMostMicroseconds;
  if (!met) ++missed;
  const type = kind.split(' ')[0];
  most.set(type, Math.max(most.get(type) ?? 0, cost));
  console.log(
    `${kind.padEnd(16)} ${cost.toFixed(2).padStart(6)} us  <= ${kMostMicroseconds} us ${met ? 'ok    ' : 'MISSED'} ` +
      (other === undefined ? '' : `other ${other.toFixed(2)} us, `) +
      `parse ${parse.toFixed(1)} us, ${holding} of ${resources.length} hold: ${criteria}`,
  );
}
console.log(
  `at most, by type: ${[...most].map(([type, cost]) => `${type} ${cost.toFixed(2)}`).join(', ')}`,
);
for (const { nothing } of runners) nothing.free();
if (check && missed > 0) process.exitCode = 1;
