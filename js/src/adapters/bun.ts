// Bun: `Bun.serve({ fetch: bunHandler(gateway) })`.
import type { Handler } from './internal/handler.js';

/** What this needs of `Bun.Server`. */
export interface BunServer {
  requestIP(request: Request): { readonly address: string } | null;
}

export function bunHandler<Env>(
  gateway: Handler<Env>,
  env?: Env,
): (request: Request, server: BunServer) => Promise<Response> {
  return (request, server) =>
    gateway.handle(request, env as Env, { remoteAddress: server.requestIP(request)?.address });
}
