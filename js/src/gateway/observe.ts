// `audit-only` (SPEC 15.6): what would have been answered is found out without writing anything, then the request goes on as it is.
import { type Exchange, Refusal, type Upstream } from './exchange.js';
import { bodiless } from './headers.js';
import { kHeaders } from './outcome.js';

/** Ends the rehearsal of a write where it would be sent: everything that is checked before has passed. */
class WouldWrite extends Error {
  constructor(readonly status?: number) {
    super();
  }
}

function rehearsing(upstream: Upstream): Upstream {
  return {
    ...upstream,
    send(call) {
      const isSearch = call.method === 'POST' && /(^|\/)_search(\?|$)/.test(call.url);
      if (call.headers?.['prefer'] === 'respond-async') throw new WouldWrite(202); // an export begins
      if (call.method !== 'GET' && !isSearch) throw new WouldWrite();
      return upstream.send(call);
    },
  };
}

/** The status that `enforce` would answer with. */
export async function rehearse(
  exchange: Exchange,
  work: (exchange: Exchange) => Promise<Response>,
): Promise<number> {
  try {
    const answer = await work({ ...exchange, upstream: rehearsing(exchange.upstream) });
    void answer.body?.cancel().catch(() => undefined);
    return answer.status;
  } catch (error) {
    if (error instanceof WouldWrite) {
      return error.status ?? (exchange.request.method === 'POST' ? 201 : 200);
    }
    return error instanceof Refusal ? error.status : 500;
  }
}

const kForwarded = [
  'accept',
  'content-type',
  'prefer',
  'if-match',
  'if-none-exist',
  'if-none-match',
];
const kReturned = ['content-type', 'etag', 'last-modified', 'location', 'content-location'];

/** The request as it came, with the gateway's credentials, and the answer as it comes. */
export async function forward(
  upstream: Upstream,
  request: Request,
  url: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const pick = (from: Headers, names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = from.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
  const { method } = request;
  const answer = await upstream.send({
    method,
    url,
    headers: pick(request.headers, kForwarded),
    ...(body.length > 0 ? { body } : {}),
  });
  const headers = pick(answer.headers, kReturned);
  if (answer.body === null) return bodiless(answer.status, headers);
  return new Response(answer.body, { status: answer.status, headers: { ...kHeaders, ...headers } });
}
