// A gateway in front of a real FHIR server, people who ask, and a look at every byte that they get.
//
//   const world = await open({ options });          // options of `createGateway`
//   const answer = await world.ask('ana', 'Patient?name=x', { method, headers, json });
//   answer.status; answer.headers; answer.text; answer.json;    // `ask` itself fails where a secret or the server's talk is in it
//   world.server.calls; world.records;              // upstream calls, and lines of the decision log
//   await world.listening(async (url) => { ... });  // the gateway behind node:http; `url` is its base
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createEngine } from 'fhirwall';
import { nodeServer } from 'fhirwall/adapters/node';
import { createGateway } from 'fhirwall/gateway';
import { byName, leaksTo, peoplesPolicies, resources } from './people.mjs';
import { fhirServer, kTalk } from './upstream.mjs';

export const kEdge = 'https://edge.example/fhir';
export const engine = await createEngine();

/** What must stand in no answer to somebody, and does. */
export function found(name, text, server) {
  const leaks = leaksTo(name, text);
  if (text.includes(kTalk)) leaks.push('talk of the server');
  if (text.includes(server.baseUrl.split('//')[1])) leaks.push('address of the server');
  return leaks;
}

/** Status, headers and body of an answer, read to its end. */
export async function wholeOf(response) {
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  const text = Buffer.from(await response.arrayBuffer()).toString('utf8');
  return { head: `${response.status} ${response.statusText}\n${head}`, text };
}

export async function open({ options, held = resources, server: given } = {}) {
  const server = given ?? (await fhirServer({ resources: held }));
  const records = [];
  const gateway = createGateway({
    upstream: { baseUrl: server.baseUrl, fetch: server.fetch },
    auth: byName,
    policies: peoplesPolicies,
    engine,
    log: (record) => records.push(record),
    sealKey: 'a key that is used in tests and nowhere else',
    ...options,
  });

  async function ask(name, url, { json, headers: more, address, ...init } = {}) {
    const headers = new Headers(more);
    if (name !== null) headers.set('authorization', `Bearer ${name}`);
    if (json !== undefined) {
      init.body = JSON.stringify(json);
      if (!headers.has('content-type')) headers.set('content-type', 'application/fhir+json');
      init.method ??= 'POST';
    }
    const whole = /^https?:/.test(url) ? url : `${kEdge}${/^(\?|$)/.test(url) ? '' : '/'}${url}`;
    const request = new Request(whole, { ...init, headers });
    const response = await gateway.handle(request, {}, { remoteAddress: address });
    const { head, text } = await wholeOf(response);
    assert.deepEqual(
      found(name, `${head}\n${text}`, server),
      [],
      `${name}: ${init.method ?? 'GET'} ${url}`,
    );
    let parsed;
    try {
      parsed = text === '' ? undefined : JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: response.status, headers: response.headers, text, json: parsed };
  }

  /** The gateway behind node:http while `work(base)` goes on. */
  async function listening(work) {
    const http = nodeServer(gateway);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    try {
      return await work(`http://127.0.0.1:${http.address().port}/fhir`);
    } finally {
      http.closeAllConnections?.();
      http.close();
    }
  }
  return { server, gateway, records, ask, listening };
}

export const codeOf = ({ json }) =>
  json?.resourceType === 'OperationOutcome' ? json.issue[0].code : undefined;
export const idsOf = ({ json }) => (json?.entry ?? []).map(({ resource }) => resource?.id);
