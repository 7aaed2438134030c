// Express: `app.use('/fhir', expressMiddleware(gateway))`, before any body parser.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from './internal/handler.js';
import { nodeListener, type NodeOptions } from './node.js';

/**
 * Takes the path as the client sent it, so that `baseUrl` of the gateway names the whole path that this is mounted at. Everything is
 * answered: nothing goes on to a handler behind it. `trust proxy` of Express counts for nothing here; `clientIp` of the gateway does.
 */
export function expressMiddleware<Env>(
  gateway: Handler<Env>,
  options: NodeOptions<Env> = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = nodeListener(gateway, options);
  return (request, response) => void listener(request, response);
}
