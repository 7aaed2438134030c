// Requests are classified as the reference's own router routes them: what tests/native/core/decide/requests.tsv accepts leads
// there to the same interaction, type, id, version and parameters, or nowhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../checks/tree.mjs';

globalThis.WebSocket ??= class {};
const { FhirRouter } = await import('@medplum/fhir-router');

// What the router calls our words.
const kInteractions = {
  read: ['read'],
  vread: ['vread'],
  history: ['history-instance'],
  search: ['search-system', 'search-type'],
  create: ['create'],
  update: ['update', 'patch'],
  delete: ['delete'],
  batch: ['batch'],
  operation: ['operation'],
};

const unescape = (cell) =>
  cell.replace(/\\(?:x(..)|(.))/g, (_, hex, plain) => plain ?? String.fromCharCode(`0x${hex}`));

const rows = () =>
  read('tests/native/core/decide/requests.tsv')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t').map(unescape))
    .map(([method, url, expected]) => ({ method, url, expected }));

// The words of an answer: `conditional update Patient identifier=1`.
function reading({ expected }) {
  const words = expected.split(' ');
  const flags = new Set(['head', 'conditional', 'patch']);
  while (flags.has(words[0])) words.shift();
  return words;
}

// The value of a parameter in the table may hold spaces: compared as a whole.
const parametersOf = (query) =>
  Object.entries(query ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}=${value}`),
  );

// The router has no route for `metadata`, for histories of a type or the system, and for most operations: it takes these words
// for a type or an id, which they cannot be.
const kWords = /^(_history|_search|metadata|\$.*)$/;
const isMistaken = ({ params }) =>
  kWords.test(params?.resourceType) || (kWords.test(params?.id) && params.id !== 'metadata');

test('accepted requests lead the router to the same interaction', (t) => {
  const router = new FhirRouter();
  let routed = 0;
  for (const row of rows().filter((one) => !one.expected.startsWith('!'))) {
    const found = router.find(row.method === 'HEAD' ? 'GET' : row.method, row.url);
    const [interaction, ...rest] = reading(row);
    const compartment = rest[0] === 'in';
    if (found === undefined || isMistaken(found)) continue;
    routed += 1;
    const where = `${row.method} ${row.url}: ${row.expected}`;
    assert.ok(!compartment, where);
    assert.ok(kInteractions[interaction]?.includes(found.data.interaction), where);
    const { resourceType, id, vid } = found.params ?? {};
    const expected = [resourceType, id, vid && `version=${vid}`].filter(Boolean);
    if (interaction === 'operation') continue;
    assert.deepEqual(rest.slice(0, expected.length), expected, where);
    const parameters = parametersOf(found.query).map((one) => Buffer.from(one).toString('latin1'));
    const own = rest.slice(expected.length).join(' ');
    assert.equal(own.length, parameters.join(' ').length, where);
    for (const one of parameters) assert.ok(own.includes(one), `${where}: ${one}`);
  }
  t.diagnostic(`${routed} requests routed`);
  assert.ok(routed > 60, `only ${routed} requests reached a route`);
});

test('accepted requests say the same to a reader of the URL standard', () => {
  for (const row of rows().filter((one) => !one.expected.startsWith('!'))) {
    const where = `${row.method} ${row.url}`;
    const url = new URL(`https://example.org/fhir/${row.url}`);
    const [path] = row.url.split('?');
    assert.equal(url.pathname, `/fhir/${path}`, where);
    const parameters = [...url.searchParams].map(([name, value]) => ` ${name}=${value}`).join('');
    const bytes = Buffer.from(parameters).toString('latin1');
    assert.ok(row.expected.endsWith(bytes), `${where}: ${bytes}`);
    assert.equal(url.search === '', bytes === '', where);
  }
});

test('what the router takes and the table refuses is refused on purpose', () => {
  const router = new FhirRouter();
  const reasons = new Set();
  for (const row of rows().filter((one) => one.expected.startsWith('!'))) {
    let found;
    try {
      found = router.find(row.method, row.url);
    } catch {
      continue; // the router refuses by an exception
    }
    if (found !== undefined) reasons.add(row.expected.split(' ')[1]);
  }
  // Two readers differ about each of these, so that none of them may pass.
  for (const reason of ['path-character', 'path-segment', 'query-utf8', 'unknown-type']) {
    assert.ok(reasons.has(reason), `${reason}: ${[...reasons]}`);
  }
});
