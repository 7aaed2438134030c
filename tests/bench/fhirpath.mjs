// FHIRPath against the JavaScript engines: the same compiled expressions on the same resources, all sides taking turns in one
// process. Results are compared before anything is timed. Ratios travel from machine to machine, microseconds do not.
//
//   --smoke       fewer rounds, as `npm test` runs it
//   --json FILE   the figures into FILE, beside those of the other benchmark if they are there
//
// Exit status 1 when a result differs, a bound on the geometric mean is missed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createEngine } from 'fhirwall';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';
import { loadSample } from './fhirpath_sample.mjs';

globalThis.WebSocket ??= class {}; // `@medplum/core` expects one to exist at import; Node 20 has none
const medplum = await import('@medplum/core');

const smoke = process.argv.includes('--smoke');
const jsonFile = process.argv.includes('--json')
  ? process.argv[process.argv.indexOf('--json') + 1]
  : undefined;
const kRounds = smoke ? 7 : 41;
const kBatchMs = smoke ? 0.5 : 1.5; // short, so that another program's turn spoils few of them

// Against fhirpath.js, geometric mean over the expressions that it can evaluate.
const kLeastFromBytes = 1;
const kLeastLoaded = 3;

// Of the batches' times: below the median, since other programs' turns only ever add.
const quartile = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)];
const geometricMean = (values) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

// One text for equal results, whatever the order of an object's keys.
const canonical = (value) =>
  JSON.stringify(value, (_key, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
const short = (text) => (text.length > 100 ? `${text.slice(0, 97)}...` : text);

// The ways to evaluate one case. Variables come in the form in which the resource comes.
function sidesOf(engine, { expression, resource, variables = {} }, { bytes, loaded, objects }) {
  const names = Object.entries(variables);
  const variablesFrom = (source) =>
    Object.fromEntries(names.map(([name, value]) => [name, source[value]]));
  const options = (source) =>
    names.length === 0 ? undefined : { variables: variablesFrom(source) };

  const ours = engine.fhirpath(expression);
  const [ofBytes, ofLoaded] = [options(bytes), options(loaded)];
  const environment = variablesFrom(objects);
  const compiled = fhirpath.compile(expression, r4);
  const tree = medplum.parseFhirPath(expression);
  const typed = medplum.toTypedValue(objects[resource]);
  const typedVariables = Object.fromEntries(
    names.map(([name, value]) => [`%${name}`, medplum.toTypedValue(objects[value])]),
  );
  return {
    bytes: { run: () => ours.evaluate(bytes[resource], ofBytes) },
    loaded: { run: () => ours.evaluate(loaded[resource], ofLoaded) },
    fhirpath: { run: () => compiled(objects[resource], environment) },
    medplum: {
      run: () => medplum.evalFhirPathTyped(tree, [typed], typedVariables),
      plain: (result) => result.map(({ value }) => value),
    },
  };
}

// Evaluates once on every side. A peer that refuses is left out of the timing, with its reason.
function settle(sides) {
  for (const side of Object.values(sides)) {
    try {
      const result = side.run();
      side.text = canonical(side.plain ? side.plain(result) : result);
    } catch (error) {
      side.refused = error.message;
    }
  }
}

function timeBatch({ run, count }) {
  const started = performance.now();
  for (let turn = 0; turn < count; ++turn) run();
  return (performance.now() - started) / count;
}

// Microseconds for each side. Batches grow until they last long enough, which warms the code up too.
function measure(sides) {
  const running = Object.values(sides).filter((side) => side.refused === undefined);
  for (const side of running) {
    side.times = [];
    side.count = 32;
    for (;;) {
      const spent = timeBatch(side) * side.count;
      if (spent >= kBatchMs && side.count >= (smoke ? 64 : 512)) break;
      side.count *= 2;
    }
    side.count = Math.max(1, Math.round(kBatchMs / timeBatch(side)));
  }
  for (let round = 0; round < kRounds; ++round) {
    for (const side of running) side.times.push(timeBatch(side));
  }
  return Object.fromEntries(
    Object.entries(sides).map(([name, side]) => [name, side.times && 1000 * quartile(side.times)]),
  );
}

const sample = loadSample();
console.log(
  `FHIRPath on ${sample.about}: ${sample.cases.length} expressions, ${kRounds} rounds, lower quartiles in microseconds; ` +
    `Node ${process.versions.node}, fhirpath ${fhirpath.version}`,
);
const engine = await createEngine();
const from = (convert) =>
  Object.fromEntries(Object.entries(sample.bytes).map(([name, one]) => [name, convert(one)]));
const resources = {
  bytes: sample.bytes,
  loaded: from((bytes) => engine.load(bytes)),
  objects: from((bytes) => JSON.parse(new TextDecoder().decode(bytes))),
};

let failures = 0;
const cases = sample.cases.map((one) => ({ ...one, sides: sidesOf(engine, one, resources) }));
for (const { expression, sides } of cases) {
  settle(sides);
  const { bytes, loaded, fhirpath: first, medplum: second } = sides;
  for (const [name, side] of Object.entries(sides)) {
    if (side.refused !== undefined) console.log(`${name} refuses ${expression}: ${side.refused}`);
  }
  // What counts is fhirpath.js; where that refuses, medplum. The other's differences are listed.
  const judge = first.refused === undefined ? first : second;
  if (bytes.text === undefined || bytes.text !== loaded.text || bytes.text !== judge.text) {
    failures += 1;
  }
  for (const [name, side] of [
    ['loaded', loaded],
    ['fhirpath.js', first],
    ['medplum', second],
  ]) {
    if (side.refused !== undefined || side.text === bytes.text) continue;
    console.log(
      `${expression}: fhirwall ${short(bytes.text ?? 'refuses')}, ${name} ${short(side.text)}`,
    );
  }
}

const kColumns = ['bytes', 'loaded', 'fhirpath', 'medplum'];
const figure = (value, digits = 2) => (value === undefined ? '-' : value.toFixed(digits));
const ratioOf = (theirs, ours) =>
  theirs === undefined || ours === undefined ? undefined : theirs / ours;
const line = (name, cells) =>
  console.log([name.padEnd(72).slice(0, 72), ...cells.map((cell) => cell.padStart(9))].join(' '));

line('', ['bytes', 'loaded', 'fp.js', 'medplum', 'fp/bytes', 'fp/load', 'med/bytes', 'med/load']);
const rows = cases.map(({ expression, sides }) => {
  const times = measure(sides);
  const ratios = [
    ratioOf(times.fhirpath, times.bytes),
    ratioOf(times.fhirpath, times.loaded),
    ratioOf(times.medplum, times.bytes),
    ratioOf(times.medplum, times.loaded),
  ];
  line(expression, [
    ...kColumns.map((name) => figure(times[name])),
    ...ratios.map((ratio) => figure(ratio, 1)),
  ]);
  return { expression, times, ratios };
});
const means = [0, 1, 2, 3].map((column) =>
  geometricMean(rows.map(({ ratios }) => ratios[column]).filter((ratio) => ratio !== undefined)),
);
line('geometric mean', ['', '', '', '', ...means.map((mean) => figure(mean))]);

function bound(what, met) {
  console.log(`${what.padEnd(72)} ${met ? 'ok' : 'MISSED'}`);
  if (!met) failures += 1;
}
bound(
  `from bytes against fhirpath.js: ${figure(means[0])} x >= ${kLeastFromBytes} x`,
  means[0] >= kLeastFromBytes,
);
bound(
  `loaded against fhirpath.js: ${figure(means[1])} x >= ${kLeastLoaded} x`,
  means[1] >= kLeastLoaded,
);

if (jsonFile) {
  const others = existsSync(jsonFile) ? JSON.parse(readFileSync(jsonFile, 'utf8')) : {};
  const report = { about: sample.about, rows, means };
  writeFileSync(jsonFile, `${JSON.stringify({ ...others, fhirpath: report }, undefined, 2)}\n`);
}
if (failures > 0) process.exitCode = 1;
