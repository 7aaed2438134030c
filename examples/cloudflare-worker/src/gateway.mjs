// A small read-only FHIR gateway: GET of one resource and GET search, nothing else. Every other request, and every error on
// the way, ends in an OperationOutcome of the gateway's own; no byte of an upstream answer leaves without the policy.

const kType = /^[A-Z][A-Za-z]{1,63}$/;
const kId = /^[A-Za-z0-9.-]{1,64}$/;
const kPageSize = '200';
const kUpstreamTimeout = 10_000; // milliseconds

const kHeaders = {
  'content-type': 'application/fhir+json; charset=utf-8',
  'cache-control': 'private, no-store',
  vary: 'Authorization',
  'x-content-type-options': 'nosniff',
};

function outcome(status, code, text, headers = {}) {
  const issue = [{ severity: 'error', code, details: { text } }];
  return new Response(JSON.stringify({ resourceType: 'OperationOutcome', issue }), {
    status,
    headers: { ...kHeaders, ...headers },
  });
}

const unauthorised = () =>
  outcome(401, 'login', 'authentication is required', { 'www-authenticate': 'Bearer' });
const notFound = () => outcome(404, 'not-found', 'not found');
const forbidden = (text) => outcome(403, 'forbidden', text);

// What a request asks for, or a refusal. Nothing of its URL is forwarded as it came: the upstream URL is built from what was
// understood here.
function classify(request, prefix, searchParameters) {
  const url = new URL(request.url);
  if (request.method !== 'GET') return { refusal: forbidden('this gateway only reads') };
  const [type, id, ...more] = url.pathname.slice(prefix.length).split('/');
  if (!kType.test(type) || more.length > 0) {
    return { refusal: outcome(400, 'invalid', 'the path is not Type or Type/id') };
  }
  if (id !== undefined) {
    if (!kId.test(id) || url.search !== '') {
      return { refusal: outcome(400, 'invalid', 'the path is not Type/id') };
    }
    return { interaction: 'read', type, path: `${type}/${id}`, query: '' };
  }
  const allowed = searchParameters[type] ?? ['_id'];
  const query = new URLSearchParams();
  for (const [name, value] of url.searchParams) {
    if (!allowed.includes(name))
      return { refusal: forbidden('this search parameter is not offered') };
    query.append(name, value);
  }
  query.set('_count', kPageSize);
  return { interaction: 'search', type, path: type, query: `?${query}` };
}

// Options:
//   compile: ({ policies, membership }) -> policy; may be asynchronous
//   users: token -> { policies, membership }
//   searchParameters: type -> names that may be forwarded
//   upstream: base URL of the FHIR server
//   fetch: how the FHIR server is called
//   prefix: path of the gateway, `/fhir/`
//   clientIp: request -> address text or undefined; from the platform, never from a header a client can set
export function createGateway(options) {
  const { compile, users, searchParameters, upstream, clientIp } = options;
  const prefix = options.prefix ?? '/fhir/';
  const compiled = new Map(); // token -> policy: immutable, so all requests of an isolate share it

  async function policyOf(token) {
    if (!compiled.has(token)) {
      const { policies, membership } = users[token];
      compiled.set(token, await compile({ policies, membership }));
    }
    return compiled.get(token);
  }

  async function handle(request) {
    const [, token] = /^Bearer ([\w-]+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
    if (token === undefined || !Object.hasOwn(users, token)) return unauthorised();
    let policy;
    try {
      policy = await policyOf(token);
    } catch {
      return outcome(503, 'transient', 'the access policy is not available');
    }
    if (!policy.checkIp(clientIp(request)).allowed) {
      return outcome(403, 'security', 'this address is not admitted');
    }
    const { refusal, interaction, type, path, query } = classify(request, prefix, searchParameters);
    if (refusal) return refusal;
    if (!policy.can(interaction, type))
      return forbidden(`${interaction} of ${type} is not allowed`);

    let answer;
    try {
      answer = await options.fetch(`${upstream}/${path}${query}`, {
        headers: { accept: 'application/fhir+json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(kUpstreamTimeout),
      });
    } catch (error) {
      return error?.name === 'TimeoutError'
        ? outcome(504, 'timeout', 'the FHIR server did not answer in time')
        : outcome(502, 'processing', 'the FHIR server cannot be reached');
    }
    // A deleted or missing instance and one that the policy refuses look the same.
    if (interaction === 'read' && (answer.status === 404 || answer.status === 410))
      return notFound();
    const mediaType = (answer.headers.get('content-type') ?? '').split(';')[0].trim();
    if (answer.status !== 200 || !/^application\/(fhir\+)?json$/.test(mediaType)) {
      return outcome(502, 'processing', 'the FHIR server gave an unusable answer');
    }
    let released;
    try {
      released = policy.redact(interaction, new Uint8Array(await answer.arrayBuffer()));
    } catch {
      // Not FHIR JSON, over a limit, or a kind of content that cannot be redacted.
      return outcome(502, 'processing', 'the answer of the FHIR server cannot be released');
    }
    if (released === undefined)
      return interaction === 'read' ? notFound() : forbidden('not allowed');
    return new Response(released, { status: 200, headers: kHeaders });
  }

  return async (request) => {
    try {
      return await handle(request);
    } catch {
      return outcome(500, 'exception', 'the gateway failed');
    }
  };
}
