// Reads the attacks (NN-name.json, see README.md) and says which calls each of them makes. The calls are plain data, so that
// every engine under test can be given the same ones: hex for bodies, the text of a compile input for policies.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const folder = path.dirname(fileURLToPath(import.meta.url));
export const corpusFiles = () =>
  readdirSync(folder)
    .filter((name) => /^\d\d-.*\.json$/.test(name))
    .sort();

const kFileNames = ['channel', 'title', 'canaries', 'policies', 'bodies', 'cases'];
const kCaseNames = [
  ...['name', 'attack', 'rule', 'policy', 'interaction', 'via', 'onInvalid', 'body', 'bodies'],
  ...['resolved', 'request', 'entryInteractions', 'expect', 'expectVia', 'canaries', 'fixed'],
];
const kExpected = ['out', 'denied', 'error', 'issues'];
const kVia = ['compile', 'redact', 'resource', 'ndjson', 'bundle'];
const kSmall = 4096; // bytes; a larger body is not cut into single bytes

function only(names, value, where) {
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`${where}: unknown name ${unknown}`);
}

/** The bytes that a body in a case stands for. */
export function bytesOf(form) {
  // In plain text an apostrophe stands for a quotation mark.
  if (typeof form === 'string') return Buffer.from(form.replaceAll("'", '"'));
  if (form === null || typeof form !== 'object') throw new Error('a body is text or an object');
  const [name, ...others] = Object.keys(form);
  if (!name?.startsWith('$')) return Buffer.from(JSON.stringify(form));
  if (others.length > 0) throw new Error(`${name} stands alone`);
  const value = form[name];
  switch (name) {
    case '$exact':
      return Buffer.from(value);
    case '$hex':
      return Buffer.from(value.replaceAll(' ', ''), 'hex');
    case '$utf16le':
      return Buffer.from(value.replaceAll("'", '"'), 'utf16le');
    case '$utf16be':
      return Buffer.from(value.replaceAll("'", '"'), 'utf16le').swap16();
    case '$utf32be':
      return Buffer.concat(
        [...value.replaceAll("'", '"')].map((one) => Buffer.from([0, 0, 0, one.codePointAt(0)])),
      );
    case '$concat':
      return Buffer.concat(value.map(bytesOf));
    case '$repeat':
      return Buffer.concat(Array(value[1]).fill(bytesOf(value[0])));
    default:
      throw new Error(`unknown form ${name}`);
  }
}

const isTree = (form) => typeof form === 'object' && !Object.keys(form)[0]?.startsWith('$');

// The same resource, written as others would write it: what an attacker can choose without changing what it says.
const reversed = (value) => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, reversed(one)])
      .reverse(),
  );
};
const kEscapes = { '"': '\\u0022', '\\': '\\u005c' };
const escapedText = (text) =>
  [
    ...JSON.stringify(text)
      .slice(1, -1)
      .matchAll(/\\u....|\\.|[^\\]/gs),
  ]
    .map(([one], index) => {
      if (one.length > 2) return one;
      if (one.length === 2) return kEscapes[one[1]] ?? one;
      return index % 3 === 0 ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}` : one;
    })
    .join('');
const escaped = (value) => {
  if (typeof value === 'string') return `"${escapedText(value)}"`;
  if (Array.isArray(value)) return `[${value.map(escaped).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `"${escapedText(key)}":${escaped(one)}`)
    .join()}}`;
};
const kSpellings = [
  { spelling: 'indented', write: (tree) => JSON.stringify(tree, null, 2) },
  { spelling: 'reversed', write: (tree) => JSON.stringify(reversed(tree)) },
  { spelling: 'escaped', write: escaped },
];

const hexOf = (bytes) => Buffer.from(bytes).toString('hex');

// A compile input: rules of one policy and whatever else compilePolicy takes.
function inputOf({ rules, ...more }) {
  const policies = rules && { resourceType: 'AccessPolicy', id: 'p', resource: rules };
  return JSON.stringify({ ...(policies && { policies }), ...more });
}

function viaOf(one, bodies) {
  if (one.via) return one.via;
  if (one.expect.issues) return ['compile'];
  if (one.interaction === 'batch') return ['redact'];
  const isBundle = (form) => isTree(form) && form.resourceType === 'Bundle';
  const isAnswer = ['search', 'history'].includes(one.interaction) && bodies.every(isBundle);
  return isAnswer ? ['redact', 'bundle'] : ['redact', 'resource', 'ndjson'];
}

// Whatever differs between two bodies of a case is hidden: they share what is expected.
function callsOf(one, input) {
  const bodies = one.bodies ?? (one.body === undefined ? [] : [one.body]);
  const via = viaOf(one, bodies);
  const extra = {
    ...(one.resolved && {
      resolved: Object.fromEntries(
        Object.entries(one.resolved).map(([key, body]) => [key, bytesOf(body).toString()]),
      ),
    }),
    ...(one.request && { request: bytesOf(one.request).toString() }),
    ...(one.entryInteractions && { entryInteractions: one.entryInteractions }),
  };
  const base = { input, interaction: one.interaction ?? 'read', extra };
  const calls = [];
  const add = (more) => calls.push({ ...base, ...more });
  if (via.includes('compile')) add({ call: 'compile', via: 'compile' });
  for (const [index, form] of bodies.entries()) {
    const bytes = bytesOf(form);
    const common = { body: hexOf(bytes), index, via: 'redact', spelling: 'plain' };
    if (via.includes('redact')) {
      add({ ...common, call: 'redact' });
      if (isTree(form) && !one.fixed) {
        for (const { spelling, write } of kSpellings) {
          add({ ...common, call: 'redact', spelling, body: hexOf(write(form)) });
        }
      }
      if (base.interaction !== 'batch') add({ ...common, call: 'about' });
    }
    const chunks = bytes.length > kSmall ? [kSmall, bytes.length] : [1, 7, bytes.length || 1];
    for (const format of via.filter((name) => name !== 'compile' && name !== 'redact')) {
      for (const chunk of new Set(chunks)) {
        const onInvalid = one.onInvalid ?? 'error';
        add({ ...common, call: 'stream', via: format, format, onInvalid, chunk });
      }
    }
  }
  return calls;
}

function checkCase(one, file) {
  const where = `${file.name}: ${one.name}`;
  only(kCaseNames, one, where);
  for (const expected of [one.expect, ...Object.values(one.expectVia ?? {})]) {
    only(kExpected, expected, where);
    if (Object.keys(expected).length === 0) throw new Error(`${where}: expects nothing`);
  }
  only(kVia, one.expectVia ?? {}, where);
  if (!one.attack || !/^(P\d|\d+\.\d+)(, (P\d|\d+\.\d+))*$/.test(one.rule)) {
    throw new Error(`${where}: says no attack or no rule`);
  }
  if ((one.bodies ?? [1, 2]).length < 2) throw new Error(`${where}: one body is \`body\``);
}

/** Every case with its calls. */
export function loadCases() {
  return corpusFiles().flatMap((name) => {
    const file = { name, ...JSON.parse(readFileSync(path.join(folder, name), 'utf8')) };
    only(['name', ...kFileNames], file, name);
    const seen = new Set();
    return file.cases.map((one) => {
      checkCase(one, file);
      if (seen.has(one.name)) throw new Error(`${name}: ${one.name} twice`);
      seen.add(one.name);
      const policy = typeof one.policy === 'string' ? file.policies[one.policy] : one.policy;
      if (policy === undefined) throw new Error(`${name}: ${one.name}: no policy ${one.policy}`);
      const canaries = one.canaries ?? file.canaries;
      const title = `${name.replace('.json', '')}: ${one.name}`;
      return { ...one, file: name, title, canaries, calls: callsOf(one, inputOf(policy)) };
    });
  });
}
