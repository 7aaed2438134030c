// The Worker: FHIR requests go through the gateway, everything else is a static file of the page, if one is bound.
import { env } from 'cloudflare:workers';
import { createGateway, staticPolicies } from 'fhirwall/gateway';
import { auth, documents } from './access.mjs';

const gateway = createGateway({
  upstream: env.UPSTREAM,
  // In a deployment: { type: 'jwt', jwksUrl: env.JWKS_URL, issuer: env.ISSUER, audience: env.AUDIENCE }
  auth,
  // In a deployment: medplumPolicies or keyValuePolicies of `fhirwall/gateway`, or an object of your own
  policies: staticPolicies(documents),
  // CF-Connecting-IP, which Cloudflare sets on every request; one sent by a client does not get here.
  clientIp: 'cloudflare',
});

export default {
  fetch(request, bindings, context) {
    const { pathname } = new URL(request.url);
    if (pathname === '/fhir' || pathname.startsWith('/fhir/')) {
      return gateway.fetch(request, bindings, context);
    }
    return bindings.ASSETS?.fetch(request) ?? new Response('not found\n', { status: 404 });
  },
};
