// A FHIR server of few resources and no access control, for what the adapters stand in front of.
import { createServer } from 'node:http';
import { listening } from './harness.mjs';

export const kPatients = [
  {
    resourceType: 'Patient',
    id: 'ana',
    meta: { versionId: '1' },
    active: true,
    name: [{ family: 'Ruiz' }],
    birthDate: '1984-03-02',
    generalPractitioner: [{ reference: 'Practitioner/okafor' }],
  },
  {
    resourceType: 'Patient',
    id: 'cora',
    meta: { versionId: '1' },
    active: true,
    birthDate: '1997-07-09',
    generalPractitioner: [{ reference: 'Practitioner/lindqvist' }],
  },
];

const textOf = async (request) => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
};

function answerTo(stored, { method, url, headers }, text) {
  const [type, id] = url.split('?')[0].slice('/r4/'.length).split('/');
  if (type !== 'Patient') return [404, { resourceType: 'OperationOutcome', issue: [] }];
  if (id === undefined || id === '_search') {
    const entry = [...stored.values()].map((resource) => ({
      resource,
      search: { mode: 'match' },
    }));
    return [200, { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry }];
  }
  const found = stored.get(id);
  if (found === undefined) return [404, { resourceType: 'OperationOutcome', issue: [] }];
  if (method !== 'PUT') return [200, found];
  const { versionId } = found.meta;
  if (headers['if-match'] !== `W/"${versionId}"`) {
    return [412, { resourceType: 'OperationOutcome', issue: [] }];
  }
  const body = JSON.parse(text);
  const next = { ...body, meta: { ...body.meta, versionId: String(Number(versionId) + 1) } };
  stored.set(id, next);
  return [200, next];
}

/** Runs it while `work({ url, calls, stored })` goes on. */
export function withUpstream(work) {
  const stored = new Map(kPatients.map((one) => [one.id, one]));
  const calls = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    calls.push({ method, url, headers });
    const [status, body] = answerTo(stored, request, await textOf(request));
    const etag = body.meta?.versionId && { etag: `W/"${body.meta.versionId}"` };
    response.writeHead(status, { 'content-type': 'application/fhir+json', ...etag });
    response.end(JSON.stringify(body));
  });
  return listening(server, (port) =>
    work({ url: `http://127.0.0.1:${port}/r4`, calls, stored, port }),
  );
}
