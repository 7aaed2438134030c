// What workerd serves for workerd.test.mjs: one gateway for each way in which an address is known; the first part of the path says which.
// The FHIR server is the one at the address that is bound in when this is bundled.
import { createGateway } from 'fhirwall/gateway';
import { byName, people } from './people.mjs';

/* global UPSTREAM */

const kAddresses = [
  { value: '203.0.113.7', action: 'allow' },
  { value: '198.51.100.', action: 'allow' },
  { value: '*', action: 'block' },
];

// `open`: the people's own policies; the others: the same with a list of addresses.
const withAddresses = (documents) => ({
  ...documents,
  policies: [documents.policies].flat().map((one) => ({ ...one, ipAccessRule: kAddresses })),
});

const gatewayOf = (baseUrl, clientIp, limited) =>
  createGateway({
    ...{ upstream: UPSTREAM, auth: byName, baseUrl, clientIp, log: null },
    policies: {
      async load({ subject }) {
        const documents = people[subject]?.documents;
        return documents && limited ? withAddresses(documents) : documents;
      },
    },
  });

const gateways = {
  fhir: gatewayOf('/fhir', undefined, false),
  connection: gatewayOf('/connection', { trustedProxies: 0 }, true),
  proxy: gatewayOf('/proxy', { trustedProxies: 1 }, true),
  cloudflare: gatewayOf('/cloudflare', 'cloudflare', true),
};

export default {
  fetch(request, env, context) {
    const [, first] = new URL(request.url).pathname.split('/');
    return (gateways[first] ?? gateways.fhir).fetch(request, env, context);
  },
};
