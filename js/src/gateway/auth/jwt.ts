// JWT access tokens: RFC 9068, SMART App Launch.
import { createLocalJWKSet, createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { ask, isJson, numberOf, secureUrl, within } from '../shared.js';
import type { JwtAuth } from '../types.js';
import { type Check, expired, invalid, unavailable } from './answers.js';
import { ClaimError, principalOf, textOf } from './claims.js';

const kAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

const kTypes = /^(application\/)?(at\+)?jwt$/i;
const kAccessTokenType = /^(application\/)?at\+jwt$/i;

/** Only an ID token has them; one whose audience is a client that is also a resource server would pass otherwise. */
const kOfIdTokens = ['nonce', 'at_hash', 'c_hash'];

/** The token's fault. Anything else is the keys'. */
const kTokenErrors = [
  ...['ERR_JWT_CLAIM_VALIDATION_FAILED', 'ERR_JWT_INVALID', 'ERR_JWS_INVALID'],
  ...[
    'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    'ERR_JOSE_ALG_NOT_ALLOWED',
    'ERR_JOSE_NOT_SUPPORTED',
  ],
  ...['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS'],
];

const kKeysTimeout = 5000; // milliseconds for the keys
const kMaxKeysBytes = 1 << 18; // of the key set
const kRetry = 1000; // milliseconds before a failed fetch of keys is tried again
const kCooldown = 30_000; // milliseconds before an unknown key id fetches the keys again

function remoteKeys(auth: JwtAuth, timeout: number): JWTVerifyGetKey {
  let failed = -Infinity;
  const keysTtl = numberOf(auth.keysTtl, 600, 'keysTtl', 1, 86_400) * 1000;
  const fetchKeys = async (url: string, init: RequestInit) => {
    if (Date.now() < failed + kRetry) throw new Error('no answer');
    try {
      const { headers } = init;
      const own = { ...{ fetch: auth.fetch, url, timeout, maxBytes: kMaxKeysBytes } };
      const { status, body } = await ask({ ...own, init: { ...(headers ? { headers } : {}) } });
      if (status !== 200) throw new Error('no keys');
      return new Response(body);
    } catch (error) {
      failed = Date.now();
      throw error;
    }
  };
  return createRemoteJWKSet(new URL(secureUrl(auth.jwksUrl as string, 'jwksUrl')), {
    cacheMaxAge: keysTtl,
    cooldownDuration: Math.min(kCooldown, keysTtl),
    timeoutDuration: timeout,
    [customFetch]: fetchKeys as never,
  });
}

function localKeys(jwks: { readonly keys: readonly object[] }): JWTVerifyGetKey {
  const isPublic = (key: unknown) => isJson(key) && key.kty !== 'oct' && key.d === undefined;
  if (!Array.isArray(jwks.keys) || jwks.keys.length === 0 || !jwks.keys.every(isPublic)) {
    throw new TypeError('`jwks` holds public keys');
  }
  return createLocalJWKSet(jwks as unknown as JSONWebKeySet);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** @throws TypeError a gateway with wrong options does not start */
export function jwtCheck(auth: JwtAuth): Check {
  const { issuer } = auth;
  const audience: string[] =
    typeof auth.audience === 'string' ? [auth.audience] : [...(auth.audience ?? [])];
  if (!isText(issuer)) throw new TypeError('`issuer` is missing');
  if (audience.length === 0 || !audience.every(isText))
    throw new TypeError('`audience` is missing');
  const algorithms = [...(auth.algorithms ?? kAlgorithms)];
  if (algorithms.length === 0 || !algorithms.every((name) => kAlgorithms.includes(name))) {
    throw new TypeError('`algorithms` are asymmetric ones');
  }
  const clockSkew = numberOf(auth.clockSkew, 30, 'clockSkew', 0, 300);
  const timeout = numberOf(auth.timeout, kKeysTimeout, 'timeout', 1, 60_000);
  if ((auth.jwks === undefined) === (auth.jwksUrl === undefined)) {
    throw new TypeError('one of `jwks` and `jwksUrl` is needed');
  }
  const keys = auth.jwks === undefined ? remoteKeys(auth, timeout) : localKeys(auth.jwks);

  return async (token, signal) => {
    const verify = async () => {
      const options: JWTVerifyOptions = {
        ...{ issuer, audience, algorithms, clockTolerance: clockSkew },
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(Date.now()),
      };
      return jwtVerify(token, keys, options);
    };
    let payload: JWTPayload;
    let typ: string | undefined;
    try {
      // Twice the time of the keys: once for those that are too old, once for an unknown one.
      const verified = await within(verify(), 2 * timeout + 1000, signal);
      ({ payload } = verified);
      ({ typ } = verified.protectedHeader);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ERR_JWT_EXPIRED') throw expired();
      throw kTokenErrors.includes(code ?? '') ? invalid() : unavailable();
    }
    const isAccessToken = typ !== undefined && kAccessTokenType.test(typ);
    const hasMark = kOfIdTokens.some((name) => payload[name] !== undefined);
    if ((typ !== undefined && !kTypes.test(typ)) || (hasMark && !isAccessToken)) throw invalid();
    try {
      const subject = textOf(payload, 'sub');
      const { exp } = payload;
      if (subject === undefined || !Number.isFinite(exp)) throw new ClaimError('sub');
      return principalOf(payload, subject, issuer, (exp as number) + clockSkew);
    } catch {
      throw invalid();
    }
  };
}
