// What workerd serves for seeds.test.mjs: a gateway with the documentation's policies. The FHIR server is the one at the address that is
// bound in when this is bundled.
import { createGateway } from 'fhirwall/gateway';
import { byCaller, callers } from './seeds.mjs';

/* global UPSTREAM */

export default createGateway({
  ...{ upstream: UPSTREAM, auth: byCaller, clientIp: { trustedProxies: 1 }, log: null },
  policies: { load: async ({ subject }) => callers[subject]?.documents },
});
