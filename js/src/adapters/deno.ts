// Deno: `Deno.serve(denoHandler(gateway))`.
import type { Handler } from './internal/handler.js';

/** What this needs of `Deno.ServeHandlerInfo`; a Unix socket has no host name. */
export interface DenoInfo {
  readonly remoteAddr: { readonly hostname?: string } | object;
}

export function denoHandler<Env>(
  gateway: Handler<Env>,
  env?: Env,
): (request: Request, info: DenoInfo) => Promise<Response> {
  return (request, { remoteAddr }) =>
    gateway.handle(request, env as Env, {
      remoteAddress: 'hostname' in remoteAddr ? remoteAddr.hostname : undefined,
    });
}
