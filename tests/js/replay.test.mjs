// The native engine gives the answers of the WebAssembly one, byte for byte, to every call that the policy vectors make.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createEngine } from 'fhirwall';
import { recording } from '../vectors/recorder.mjs';
import { run } from '../vectors/run.mjs';
import { expectedOf, vectorsOf } from '../vectors/vectors.mjs';

const engine = await createEngine();
const root = fileURLToPath(new URL('../..', import.meta.url));
const replay = path.join(root, 'build/native/tests/replay');
const kTopics = [
  ...['ip', 'interactions', 'hidden-fields', 'parameters', 'criteria-match', 'smart-scopes'],
  ...['project-admin', 'on-behalf-of', 'binary', 'compartments', 'readonly-fields'],
  ...['write-constraints', 'write-flow'],
];

const skip = existsSync(replay)
  ? false
  : 'the native build is not there: npm test -- --only native';

test('the native engine answers the vectors as the WebAssembly one does', { skip }, (t) => {
  const recorded = recording(engine);
  for (const vector of kTopics.flatMap((topic) => vectorsOf(topic))) {
    run(recorded.engine, vector, expectedOf(vector));
  }
  const transcript = path.join(root, 'build/replay.jsonl');
  mkdirSync(path.dirname(transcript), { recursive: true });
  writeFileSync(transcript, recorded.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const answered = recorded.lines.reduce((sum, { calls = [] }) => sum + calls.length, 0);
  assert.ok(recorded.lines.length > 500 && answered > 600, `${recorded.lines.length}, ${answered}`);
  const output = execFileSync(replay, [transcript], { encoding: 'utf8' });
  t.diagnostic(output.trim());
});
