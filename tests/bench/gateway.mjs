// What the gateway adds to a bare proxy that streams, in one process: a resource of about 4 KB, and a searchset of about 1 MB. Prints
// medians as JSON, `[bare, gateway]` in milliseconds: `taken` of the clock and `used` of the processor, for client, proxy and server.
//
//   node tests/bench/gateway.mjs [--smoke]
//
// A program of its own, since a test runner slows down every promise.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createEngine } from 'fhirwall';
import { nodeServer } from 'fhirwall/adapters/node';
import { createGateway } from 'fhirwall/gateway';
import { byName, people } from '../gateway/people.mjs';

const engine = await createEngine();

// A resource of about 4 KB and a searchset of about 1 MB, whose observations the physician may see.
const observation = (index, text) => ({
  resourceType: 'Observation',
  id: `o${index}`,
  meta: { versionId: '1', lastUpdated: '2024-05-06T07:08:09.000Z' },
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '718-7', display: 'Hemoglobin' }] },
  subject: { reference: 'Patient/ana' },
  performer: [{ reference: 'Practitioner/okafor' }],
  component: Array.from({ length: 8 }, (_, at) => ({
    code: { text: `part ${at}` },
    valueQuantity: { value: 7.2 + at, unit: 'g/dL', system: 'http://unitsofmeasure.org' },
  })),
  note: [{ text }],
});
const one = Buffer.from(JSON.stringify(observation(0, 'n'.repeat(2900))));
const many = (base) =>
  Buffer.from(
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'searchset',
      entry: Array.from({ length: 750 }, (_, index) => ({
        fullUrl: `${base}/Observation/o${index}`,
        resource: observation(index, 'a note'),
        search: { mode: 'match' },
      })),
    }),
  );

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

const bodies = {};
const upstream = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/fhir+json' });
  response.end(/Observation\/o0$/.test(request.url) ? one : bodies.set);
});
const upstreamUrl = `${await listening(upstream)}/r4`;
const set = many(upstreamUrl);
bodies.set = set;
// The same server and the same fetch, with nothing between them.
const proxy = nodeServer({
  async handle(request) {
    const url = upstreamUrl + request.url.slice(bases.proxy.length);
    const answer = await fetch(url, { headers: { accept: 'application/fhir+json' } });
    const { status, headers, body } = answer;
    return new Response(body, { status, headers: { 'content-type': headers.get('content-type') } });
  },
});
const gateway = createGateway({
  ...{ upstream: upstreamUrl, auth: byName, engine, log: null, sealKey: 'k'.repeat(32) },
  policies: { load: async ({ subject }) => people[subject]?.documents },
});
const edge = nodeServer(gateway);
const bases = {
  proxy: `${await listening(proxy)}/fhir`,
  gateway: `${await listening(edge)}/fhir`,
};
const headers = { authorization: 'Bearer physician' };
const time = async (base, url) => {
  const start = performance.now();
  const used = process.cpuUsage();
  const response = await fetch(`${base}/${url}`, { headers });
  const body = await response.arrayBuffer();
  const { user, system } = process.cpuUsage(used);
  const taken = performance.now() - start;
  assert.equal(response.status, 200, url);
  // Nothing else goes on in this process: client, proxy and server together, whatever runs beside it on the machine.
  return { taken, used: (user + system) / 1000, size: body.byteLength };
};
try {
  const measure = async (url, rounds, size) => {
    const times = { proxy: [], gateway: [] };
    for (let round = 0; round < rounds; ++round) {
      for (const name of round % 2 ? ['proxy', 'gateway'] : ['gateway', 'proxy']) {
        const one = await time(bases[name], url);
        assert.ok(one.size > size * 0.95, `${name}: ${one.size} of ${size} bytes`);
        if (round >= rounds / 5) times[name].push(one);
      }
    }
    const of = (name, what) => median(times[name].map((one) => one[what]));
    return Object.fromEntries(
      ['taken', 'used'].map((what) => [what, [of('proxy', what), of('gateway', what)]]),
    );
  };
  const rounds = process.argv.includes('--smoke') ? 30 : 400;
  const small = await measure('Observation/o0', rounds * 5, one.length);
  const large = await measure('Observation?_count=1000', rounds, set.length);
  console.log(JSON.stringify({ bytes: [one.length, set.length], small, large }));
} finally {
  for (const server of [edge, proxy, upstream]) {
    server.closeAllConnections();
    server.close();
  }
  gateway.free();
}
