// A FHIR server of few lines, and gateways in front of it, for the tests of what reads.
import { createEngine } from 'fhirwall';
import { createGateway, staticPolicies } from 'fhirwall/gateway';

export const engine = await createEngine();
export const kUpstream = 'http://upstream.internal/r4';
export const kEdge = 'https://edge.example/fhir';

export const kCanary = 'CANARY7';

export const json = (value, headers = {}, status = 200) =>
  new Response(typeof value === 'string' ? value : JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/fhir+json', ...headers },
  });

export const patient = (id, more = {}) => ({
  resourceType: 'Patient',
  id,
  meta: { versionId: '3', lastUpdated: '2024-01-02T03:04:05Z' },
  active: true,
  birthDate: `1970-${kCanary}`,
  ...more,
});

export const searchset = (resources, more = {}) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: 4711,
  ...more,
  entry: resources.map((resource) => ({
    fullUrl: `${kUpstream}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode: 'match' },
  })),
});

/** Patients who are active, without their day of birth; everything about observations. */
export const kPolicy = {
  resourceType: 'AccessPolicy',
  resource: [
    { resourceType: 'Patient', criteria: 'Patient?active=true', hiddenFields: ['birthDate'] },
    { resourceType: 'Observation' },
  ],
};

/** `routes`: by `METHOD path` or path, with or without query, a value or a function of the call that gives a Response. */
export function fakeUpstream(routes) {
  const calls = [];
  const fetch = async (url, init) => {
    const call = { url, ...init, path: url.slice(kUpstream.length).replace(/^\//, '') };
    calls.push(call);
    const [plain] = call.path.split('?'); // queries are narrowed
    const route =
      routes[`${init.method} ${call.path}`] ??
      routes[call.path] ??
      routes[`${init.method} ${plain}`] ??
      routes[plain] ??
      routes['*'];
    if (route === undefined) return json({ resourceType: 'OperationOutcome' }, {}, 404);
    return typeof route === 'function' ? route(call) : json(route);
  };
  return { fetch, calls };
}

/**
 * A gateway in front of `routes`. The caller is who `x-user` names, and `get` sends as `user`; `records` are those of the decision log.
 */
export function gatewayTo(routes, options = {}) {
  const upstream = fakeUpstream(routes);
  const records = [];
  const { policy = kPolicy, upstream: more, ...others } = options;
  const gateway = createGateway({
    upstream: { baseUrl: kUpstream, fetch: upstream.fetch, ...more },
    auth: (request) => {
      const subject = request.headers.get('x-user');
      return subject === null ? undefined : { subject, issuer: 'https://issuer.example' };
    },
    policies: staticPolicies({ policies: policy }),
    engine,
    log: (record) => records.push(record),
    ...others,
  });
  const get = (url, init = {}, user = 'someone') => {
    const headers = new Headers(init.headers);
    if (user !== null) headers.set('x-user', user);
    const whole = url.startsWith('https://')
      ? url
      : `${kEdge}${/^(\?|$)/.test(url) ? '' : '/'}${url}`;
    return gateway.fetch(new Request(whole, { ...init, headers }), {});
  };
  return { gateway, get, calls: upstream.calls, records };
}

/** Status, headers and body of an answer as one text. */
export async function textOf(response) {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  return `${response.status}\n${headers}\n\n${await response.text()}`;
}

export const outcomeOf = async (response) => {
  const { resourceType, issue } = await response.json();
  return resourceType === 'OperationOutcome' && issue.length === 1 ? issue[0].code : undefined;
};
