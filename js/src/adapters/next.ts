// Next.js: the function of `middleware.ts`. What is no FHIR path goes on to the application.
import { type Handler, isBelow } from './internal/handler.js';
import { type EdgeContext, vercelHandler } from './vercel.js';

export interface NextOptions<Env = unknown> {
  /** The path of the gateway, as in its `baseUrl`. Default `/fhir`. */
  readonly path?: string | undefined;
  /** What the gateway's functions get as `env`. */
  readonly env?: Env;
}

/**
 * `export const middleware = nextMiddleware(gateway)`. Nothing else may be found below the path: the application has no page there, so
 * that a request which another spelling leads past the gateway finds nothing.
 */
export function nextMiddleware<Env>(
  gateway: Handler<Env>,
  options: NextOptions<Env> = {},
): (request: Request, event?: EdgeContext) => Promise<Response | undefined> {
  const { path = '/fhir', env } = options;
  const handler = vercelHandler(gateway, env as Env);
  return async (request, event) =>
    isBelow(new URL(request.url).pathname, path) ? handler(request, event) : undefined;
}
