// Pages of other origins, which browsers keep from answers unless the server lets them (CORS). It opens nothing to who has no token.
import { numberOf } from './shared.js';
import type { CorsOptions } from './types.js';

const kMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const kTaken = [
  ...['authorization', 'content-type', 'accept', 'prefer', 'traceparent'],
  ...['if-match', 'if-none-match', 'if-none-exist', 'if-modified-since'],
  'x-medplum-on-behalf-of',
].join(', ');
const kExposed = 'ETag, Location, Content-Location, Last-Modified, Retry-After';
const kVary = 'Authorization, Origin';
const kLongest = 86_400; // seconds: no browser keeps a preflight longer

/** Scheme, host and port, as a browser writes them. `null` stands for many origins and is none. */
function isOrigin(text: unknown): boolean {
  if (typeof text !== 'string' || !/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  return new URL(text).origin === text;
}

export interface Cors {
  /** The answer to a preflight of a listed origin; undefined for every other request. */
  preflight(request: Request): Response | undefined;
  /** Adds to an answer what its page needs to read it. */
  mark(request: Request, response: Response): Response;
}

/** Undefined without the option. @throws TypeError a gateway with wrong options does not start */
export function corsOf(options: CorsOptions | undefined): Cors | undefined {
  if (options === undefined) return undefined;
  const { origins } = options;
  const isList = Array.isArray(origins) && origins.length > 0 && origins.every(isOrigin);
  if (origins !== '*' && !isList) {
    throw new TypeError('`cors.origins` is `*` or a list of origins such as `https://app.example`');
  }
  const maxAge =
    options.maxAge === undefined
      ? undefined
      : Math.floor(numberOf(options.maxAge, 0, 'cors.maxAge', 0, kLongest));
  const listed = new Set(origins === '*' ? [] : origins);
  /** What `Access-Control-Allow-Origin` says. */
  const allowed = (request: Request): string | undefined => {
    const origin = request.headers.get('origin');
    if (origin === null) return undefined;
    if (origins === '*') return '*';
    return listed.has(origin) ? origin : undefined;
  };
  return {
    preflight(request) {
      const isPreflight =
        request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
      const origin = isPreflight ? allowed(request) : undefined;
      if (origin === undefined) return undefined;
      return new Response(null, {
        status: 204,
        headers: {
          'access-control-allow-methods': kMethods,
          'access-control-allow-headers': kTaken,
          ...(maxAge === undefined ? {} : { 'access-control-max-age': `${maxAge}` }),
        },
      });
    },
    mark(request, response) {
      response.headers.set('vary', kVary);
      const origin = allowed(request);
      if (origin === undefined) return response;
      response.headers.set('access-control-allow-origin', origin);
      // A preflight has nothing to read.
      if (!response.headers.has('access-control-allow-methods')) {
        response.headers.set('access-control-expose-headers', kExposed);
      }
      return response;
    },
  };
}
