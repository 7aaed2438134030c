// A FHIR server that stores: versions, `If-Match`, searches that find all of a type, transactions. For the tests of what writes.
import { gatewayTo, json, kCanary, kUpstream } from './fake.mjs';

export const kWrites = {
  resourceType: 'AccessPolicy',
  resource: [
    {
      resourceType: 'Patient',
      criteria: 'Patient?active=true',
      hiddenFields: ['birthDate'],
      readonlyFields: ['gender'],
    },
    { resourceType: 'Observation' },
    { resourceType: 'Group', interaction: ['create'] },
    { resourceType: 'Practitioner', readonly: true },
    {
      resourceType: 'Device',
      writeConstraint: [{ language: 'text/fhirpath', expression: 'lotNumber.exists()' }],
    },
  ],
};

export const kSecret = `1970-${kCanary}`;

/** `versions`: without it the server names none. `before(call)` runs ahead of each write, and may answer instead. */
export function storeOf(resources, { versions = true, before } = {}) {
  const stored = new Map();
  let count = 0;
  const put = (resource, version) => {
    const { meta, ...rest } = resource;
    const versionId = String(version);
    const whole = versions ? { ...rest, meta: { ...meta, versionId } } : rest;
    stored.set(`${resource.resourceType}/${resource.id}`, { whole, text: undefined, version });
  };
  resources.forEach((resource) => put(resource, 3));
  const etag = ({ version }) => (versions ? { etag: `W/"${version}"`, 'x-secret': kCanary } : {});
  const textOf = ({ text, whole }) => text ?? JSON.stringify(whole);
  const failed = (status, text = kCanary) =>
    json(
      { resourceType: 'OperationOutcome', issue: [{ severity: 'error', diagnostics: text }] },
      { 'x-secret': kCanary },
      status,
    );
  /** Stores a text as it came, with its version put into it. */
  const write = (place, body, version, status) => {
    const id = place.split('/')[1];
    const tree = JSON.parse(body);
    const lead = `{"id":"${id}",`;
    let text = Object.hasOwn(tree, 'id') ? body : body.replace(/^\{/, lead);
    const { meta } = tree;
    if (versions && !meta?.versionId) {
      const member = `"versionId":"${version}"`;
      text = meta
        ? text.replace(/"meta":\{/, `"meta":{${member}${Object.keys(meta).length > 0 ? ',' : ''}`)
        : text.replace(/^\{/, `{"meta":{${member}},`);
    }
    const entry = { whole: JSON.parse(text), text, version };
    stored.set(place, entry);
    const location = `${kUpstream}/${place}/_history/${version}`;
    return { status, entry, location };
  };

  function one(method, url, body, ifMatch) {
    const [path] = url.split('?');
    const entry = stored.get(path);
    if (method === 'GET' && path.includes('/')) return { status: entry ? 200 : 404, entry };
    if (method === 'GET') {
      const found = [...stored].filter(([place]) => place.startsWith(`${path}/`));
      const bundle = {
        resourceType: 'Bundle',
        type: 'searchset',
        total: found.length,
        link: [{ relation: 'self', url: `${kUpstream}/${url}` }],
        entry: found.map(([place, { whole }]) => ({
          fullUrl: `${kUpstream}/${place}`,
          resource: whole,
          search: { mode: 'match' },
        })),
      };
      return { status: 200, entry: { text: JSON.stringify(bundle), version: 0 } };
    }
    if (method === 'POST') return write(`${path}/new-${++count}`, body, 1, 201);
    if (ifMatch && entry && ifMatch !== `W/"${entry.version}"`) return { status: 412 };
    if (method === 'DELETE') {
      stored.delete(path);
      return { status: 204 };
    }
    return write(path, body, (entry?.version ?? 0) + 1, entry ? 200 : 201);
  }

  const serve = async (call) => {
    const { method, path } = call;
    if (method !== 'GET') {
      const instead = await before?.(call);
      if (instead !== undefined) return instead;
    }
    const body =
      call.body &&
      (typeof call.body === 'string' ? call.body : new TextDecoder().decode(call.body));
    call.text = body;
    if (path === '' && method === 'POST') {
      const results = JSON.parse(body).entry.map(({ resource, request }) => {
        const done = one(request.method, request.url, JSON.stringify(resource), request.ifMatch);
        const { status, entry, location } = done;
        const response = {
          status: `${status} Fine`,
          location,
          etag: entry && `W/"${entry.version}"`,
        };
        return { resource: entry && JSON.parse(textOf(entry)), response };
      });
      if (results.some(({ response }) => response.status.startsWith('412'))) return failed(412);
      return json({ resourceType: 'Bundle', type: 'transaction-response', entry: results });
    }
    const { status, entry, location } = one(method, path, body, call.headers['if-match']);
    if (status === 204) return new Response(null, { status });
    if (entry === undefined) return failed(status);
    return json(textOf(entry), { ...etag(entry), ...(location && { location }) }, status);
  };
  return { serve, stored, put, failed, textOf: (place) => textOf(stored.get(place)) };
}

/** A gateway in front of such a server. `send(method, url, body, headers)`. */
export function writingTo(resources, options = {}) {
  const { versions, before, ...others } = options;
  const store = storeOf(resources, { versions, before });
  const found = gatewayTo({ '*': store.serve }, { policy: kWrites, ...others });
  const send = (method, url, body, headers = {}) =>
    found.get(url, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const writes = () =>
    found.calls.filter(({ method, path }) => method !== 'GET' && !path.includes('_search'));
  return { ...found, ...store, send, writes };
}

export const person = (id, more = {}) => ({
  resourceType: 'Patient',
  id,
  active: true,
  birthDate: kSecret,
  gender: 'female',
  ...more,
});

/** What the caller is shown of it. */
export const shown = (id, more = {}) => {
  const { birthDate: _, ...rest } = person(id, more);
  return rest;
};
