// Who asks.
import { Refusal } from '../exchange.js';
import type { GatewayOptions, Principal } from '../types.js';

export type Authenticate<Env> = (
  request: Request,
  env: Env,
  signal: AbortSignal,
) => Promise<Principal>;

export function authenticator<Env>(auth: GatewayOptions<Env>['auth']): Authenticate<Env> {
  if (typeof auth !== 'function') throw new TypeError('`auth` is a function');
  return async (request, env) => {
    let principal: Principal | undefined;
    try {
      principal = await auth(request, env);
    } catch {
      throw new Refusal(503, 'transient', 'authentication is not available', 'auth-unavailable');
    }
    if (principal !== undefined) return principal;
    throw new Refusal(401, 'login', 'authentication is required', 'login', {
      'www-authenticate': 'Bearer',
    });
  };
}
