// Many people at once in one isolate: every answer is its caller's, nothing fails, and the heap stays as it is; what the gateway adds to a
// bare proxy that streams, in the same process. FHIRWALL_LOAD_SECONDS=60 runs it for that long.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { root } from '../checks/tree.mjs';
import { found, open } from './harness.mjs';

const kSeconds = Number(process.env.FHIRWALL_LOAD_SECONDS ?? 2);
const kUsers = 24;
const isLong = process.env.FHIRWALL_LOAD_SECONDS !== undefined;

const kUrls = {
  frontdesk: ['Patient', 'Patient/ana', 'Patient?gender=female&_count=2'],
  ana: ['Patient', 'Patient/ana', 'Observation', 'Patient/cora', 'Condition'],
  caregiver: ['Patient', 'Observation?_count=3', 'Condition/c-bo', 'Patient/cora'],
  physician: ['Patient', 'Observation', 'Patient/bo', 'Patient/cora'],
  researcher: ['Patient', 'Observation', 'Patient/ana', 'Patient?birthdate=1951-01-17'],
  admin: ['Patient', 'Task', 'Observation?_count=5', 'metadata'],
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const heap = () => {
  for (let turn = 0; turn < 3; ++turn) collect();
  return process.memoryUsage().heapUsed;
};

test('people at once: every answer belongs to its caller', async (t) => {
  const world = await open({ options: { log: null } });
  // Sealed links and times differ each time.
  const comparable = (text) =>
    text.replaceAll(/_page=[^"&]+/g, '').replaceAll(/"date":"[^"]+"/g, '');
  const expected = new Map();
  for (const [name, urls] of Object.entries(kUrls)) {
    for (const url of urls) {
      const { status, text } = await world.ask(name, url);
      expected.set(`${name} ${url}`, comparable(`${status} ${text}`));
    }
  }
  const names = Object.keys(kUrls);
  let answers = 0;
  const user = async (number, end) => {
    const name = names[number % names.length];
    for (let turn = number; performance.now() < end; ++turn) {
      const url = kUrls[name][turn % kUrls[name].length];
      const { status, text } = await world.ask(name, url); // looks for what is not the caller's
      const same = comparable(`${status} ${text}`) === expected.get(`${name} ${url}`);
      assert.ok(same, `${name} ${url}: ${status}`);
      answers += 1;
    }
  };
  const run = (seconds) => {
    const end = performance.now() + seconds * 1000;
    return Promise.all(Array.from({ length: kUsers }, (_, number) => user(number, end)));
  };
  await run(kSeconds / 4);
  world.server.calls.length = 0;
  const before = heap();
  const counted = answers;
  await run(kSeconds);
  world.server.calls.length = 0;
  const grown = heap() - before;
  t.diagnostic(`${Math.round((answers - counted) / kSeconds)} answers a second, ${kUsers} users`);
  t.diagnostic(`heap: ${(grown / 2 ** 20).toFixed(1)} MiB more after ${answers - counted} answers`);
  assert.ok(answers - counted > 20, `${answers - counted} answers`);
  assert.ok(grown < 8 * 2 ** 20, `${grown} bytes more`);
});

test('what the gateway adds to a bare streaming proxy', (t) => {
  const program = path.join(root, 'tests/bench/gateway.mjs');
  const args = isLong ? [program] : [program, '--smoke'];
  const { bytes, small, large } = JSON.parse(execFileSync(process.execPath, args));
  const shown = ([bare, guarded]) => `${bare.toFixed(2)} ms bare, ${guarded.toFixed(2)} ms`;
  const more = ([bare, guarded]) => guarded - bare;
  const times = ([bare, guarded]) => guarded / bare;
  for (const [what, label] of [
    ['taken', 'latency'],
    ['used', 'processor time'],
  ]) {
    const [first, second] = [small[what], large[what]];
    t.diagnostic(`${label}, ${bytes[0]} bytes: ${shown(first)}, ${more(first).toFixed(2)} more`);
    t.diagnostic(`${label}, ${bytes[1]} bytes: ${shown(second)}, ${times(second).toFixed(2)}x`);
  }
  if (isLong) {
    assert.ok(more(small.taken) <= 0.5, `${more(small.taken)} ms more`);
    assert.ok(times(large.taken) <= 1.3, `${times(large.taken)} times`);
  } else {
    // Ratios of processor time, about 2 when nothing else runs: room for whatever runs beside this.
    assert.ok(times(small.used) <= 12, `${times(small.used)} times`);
    assert.ok(times(large.used) <= 8, `${times(large.used)} times`);
  }
});

test('the look at answers sees what is of another caller', async () => {
  const world = await open();
  const { text } = await world.ask('physician', 'Patient/bo');
  assert.ok(found('ana', text, world.server).includes('bo.name'));
});
