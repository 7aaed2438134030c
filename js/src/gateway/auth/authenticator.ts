// Who asks.
import { within } from '../shared.js';
import type { GatewayOptions, Principal, PrincipalFunction } from '../types.js';
import { type Check, expired, invalid, required, unavailable } from './answers.js';
import { checkedPrincipal } from './claims.js';
import { introspectionCheck } from './introspection.js';
import { jwtCheck } from './jwt.js';

/** @throws Refusal 401 or 503 */
export type Authenticate<Env> = (
  request: Request,
  env: Env,
  signal: AbortSignal,
) => Promise<Principal>;

const kMaxToken = 16_384; // characters
const kMaxWait = 10_000; // milliseconds for the host's own function

/** The one token of the `Authorization` header. A second header makes it a list, which is none. */
function tokenOf(request: Request): string {
  const header = request.headers.get('authorization');
  if (header === null || !/^bearer(\s|$)/i.test(header)) throw required();
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header)?.[1];
  if (token === undefined || token.length > kMaxToken) throw invalid();
  return token;
}

function ofFunction<Env>(identify: PrincipalFunction<Env>): Authenticate<Env> {
  return async (request, env, signal) => {
    let principal: Principal | undefined;
    try {
      const work = identify(request, env);
      const isLater = typeof (work as { then?: unknown } | undefined)?.then === 'function';
      const awaited = isLater ? await within(Promise.resolve(work), kMaxWait, signal) : work;
      const given = (awaited as Principal | undefined) ?? undefined;
      principal = given === undefined ? undefined : checkedPrincipal(given); // `false` is nobody either
    } catch {
      throw unavailable();
    }
    if (principal === undefined) throw required();
    if ((principal.expires ?? Infinity) * 1000 <= Date.now()) throw expired();
    return principal;
  };
}

/** @throws TypeError a gateway with wrong options does not start */
function checkOf(auth: { readonly type?: unknown }): Check {
  if (auth.type === 'jwt') return jwtCheck(auth as Parameters<typeof jwtCheck>[0]);
  if (auth.type === 'introspection') {
    return introspectionCheck(auth as Parameters<typeof introspectionCheck>[0]);
  }
  throw new TypeError('`auth.type` is `jwt` or `introspection`');
}

export function authenticator<Env>(auth: GatewayOptions<Env>['auth']): Authenticate<Env> {
  if (typeof auth === 'function') return ofFunction(auth);
  const check = checkOf(auth);
  return async (request, _env, signal) => check(tokenOf(request), signal);
}
