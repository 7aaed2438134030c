// What the benchmark runs on: the Synthea resources and policies beside the checkout when they are there, else the project's
// own sample clinic, repeated.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const shared = path.join(root, '../shared');
const readJson = (...parts) => JSON.parse(readFileSync(path.join(...parts), 'utf8'));

// Synthea's references are `urn:uuid:<id>`: as `Type/<id>` a policy can follow them.
function readSynthea(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const typeOf = new Map();
  for (const line of lines) {
    const { resourceType, id } = JSON.parse(line);
    typeOf.set(id, resourceType);
  }
  return lines.map((line) =>
    line.replace(/"urn:uuid:([0-9a-f-]+)"/g, (all, id) =>
      typeOf.has(id) ? `"${typeOf.get(id)}/${id}"` : all,
    ),
  );
}

// The sample clinic over and over, each time with ids of its own, to about 4 MB.
function repeatClinic() {
  const clinic = readJson(root, 'examples/cloudflare-worker/demo/clinic.json');
  const lines = [];
  for (let copy = 0, size = 0; size < 4e6; ++copy) {
    for (const resource of clinic) {
      const line = JSON.stringify(resource).replace(
        /"(id|reference)":"([^"]+)"/g,
        (_, key, value) => `"${key}":"${value}-${copy}"`,
      );
      lines.push(line);
      size += line.length;
    }
  }
  return lines;
}

export const searchsetOf = (lines) =>
  `{"resourceType":"Bundle","type":"searchset","total":${lines.length},"entry":[${lines
    .map((line) => `{"resource":${line},"search":{"mode":"match"}}`)
    .join(',')}]}`;

// { about, lines, policies: [{ name, policy }], createPeer }
export async function loadInputs() {
  const file = path.join(shared, 'data/synthea/resources.ndjson');
  if (existsSync(file)) {
    const { createPeer } = await import(pathToFileURL(path.join(shared, 'bench/peer.mjs')).href);
    return {
      about: 'Synthea resources',
      lines: readSynthea(file),
      policies: ['policy', 'policy-open'].map((name) => ({
        name,
        policy: readJson(shared, 'bench', `${name}.json`),
      })),
      createPeer,
    };
  }
  const { createPeer } = await import('./opponent.mjs');
  return {
    about: "the project's own sample clinic, repeated (no ../shared beside the checkout)",
    lines: repeatClinic(),
    policies: [{ name: 'own', policy: readJson(root, 'tests/bench/own_policy.json') }],
    createPeer,
  };
}
