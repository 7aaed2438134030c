// The Worker: FHIR requests go through the gateway, everything else is a static file of the page, if one is bound.
import { createEngine } from 'fhirwall';
import { searchParameters, users } from './access.mjs';
import { createGateway } from './gateway.mjs';

let engine; // one for each isolate; holds no user
let gateway;

function gatewayFor(env) {
  return createGateway({
    users,
    searchParameters,
    upstream: env.UPSTREAM,
    compile: async (documents) => (await (engine ??= createEngine())).compilePolicy(documents),
    fetch: (url, init) => fetch(url, init),
    // Set by Cloudflare on every request; a header of that name sent by a client does not get here.
    clientIp: (request) => request.headers.get('cf-connecting-ip') ?? undefined,
  });
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname.startsWith('/fhir/')) {
      gateway ??= gatewayFor(env);
      return gateway(request);
    }
    return env.ASSETS?.fetch(request) ?? new Response('not found\n', { status: 404 });
  },
};
