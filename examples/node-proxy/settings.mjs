// The gateway's options from the environment. What is missing or wrong ends the start: a gateway that guards half is none.
import { readFileSync } from 'node:fs';
import { staticPolicies } from 'fhirwall/gateway';

const kKeyBytes = 32;

/** `UPSTREAM`, `JWKS_URL`, `ISSUER`, `AUDIENCE`, `POLICIES`, and what is optional beside them. */
export function settingsFrom(environment) {
  const need = (name) => {
    const value = environment[name];
    if (!value) throw new Error(`${name} is not set`);
    return value;
  };
  const sealKey = environment.SEAL_KEY;
  if (sealKey !== undefined && Buffer.byteLength(sealKey) < kKeyBytes) {
    throw new Error(`SEAL_KEY has fewer than ${kKeyBytes} bytes`);
  }
  const token = environment.UPSTREAM_TOKEN;
  return {
    upstream: {
      baseUrl: need('UPSTREAM'),
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
    },
    auth: {
      type: 'jwt',
      jwksUrl: need('JWKS_URL'),
      issuer: need('ISSUER'),
      audience: need('AUDIENCE'),
    },
    policies: policiesIn(need('POLICIES')),
    clientIp: { trustedProxies: Number(environment.TRUSTED_PROXIES ?? 0) },
    ...(sealKey && { sealKey }),
  };
}

/**
 * A file of `{ "policies": [AccessPolicy], "memberships": [ProjectMembership] }`: a caller has the policies of the membership whose
 * profile is `fhirUser` of the token. Nobody else has any.
 */
export function policiesIn(file) {
  const { policies, memberships } = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(policies) || !Array.isArray(memberships)) {
    throw new Error(`${file} holds no policies and memberships`);
  }
  return staticPolicies({ policies, memberships });
}
