// Vercel's edge runtime: `export default vercelHandler(gateway)`, with `clientIp: 'vercel'` in the options of the gateway.
import type { Handler } from './internal/handler.js';

/** What this needs of the runtime's context. */
export interface EdgeContext {
  waitUntil?(work: Promise<unknown>): void;
}

export function vercelHandler<Env>(
  gateway: Handler<Env>,
  env?: Env,
): (request: Request, context?: EdgeContext) => Promise<Response> {
  return (request, context) =>
    gateway.handle(request, env as Env, {
      waitUntil: context?.waitUntil && ((work) => context.waitUntil?.(work)),
    });
}
