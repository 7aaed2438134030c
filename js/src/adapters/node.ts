// Node: a listener for `node:http`, and a server that is set up for it. HTTP/1.1 only.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { outcomeResponse } from '../gateway/outcome.js';
import type { Handler } from './internal/handler.js';
import { urlOf } from './internal/target.js';

export interface NodeOptions<Env = unknown> {
  /** What the gateway's functions get as `env`. */
  readonly env?: Env;
  /**
   * What the client used, where a proxy ends TLS in front of this process. Default: what the socket is. `baseUrl` of the gateway with
   * its origin says the same, and more.
   */
  readonly protocol?: 'http' | 'https' | undefined;
}

export interface NodeServerOptions<Env = unknown> extends NodeOptions<Env> {
  /** Bytes of the request line and headers together, beyond which Node answers 431. Default 16 KiB. */
  readonly maxHeaderSize?: number | undefined;
  /** Milliseconds until all headers must be there. Default 10,000. */
  readonly headersTimeout?: number | undefined;
  /** Milliseconds until the whole request must be there. Default 60,000. */
  readonly requestTimeout?: number | undefined;
}

const kMaxHeaders = 100; // names on one request; Node itself would drop those beyond its own limit, unseen
const kMaxHeaderSize = 16 << 10; // bytes: a token and a long query fit
const kMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const invalid = (text: string) => outcomeResponse(400, 'invalid', text);

// Each header as often as it was sent: `request.headers` would keep the first `Authorization` of two and hide the other.
function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  const { rawHeaders } = incoming;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  }
  return headers;
}

// Read as it is asked for. Left alone when it is cancelled, so that an answer can still be sent.
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array);
      },
      cancel() {
        incoming.pause();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The Request that a message is, or the refusal of one that cannot be told as it was sent. */
function requestOf(
  incoming: IncomingMessage & { originalUrl?: string },
  protocol: 'http' | 'https',
  signal: AbortSignal,
): Request | Response {
  const { method = '', rawHeaders } = incoming;
  if (incoming.readableDidRead || incoming.readableEnded) {
    return outcomeResponse(500, 'exception', 'a body parser stands before the gateway');
  }
  if (!kMethods.has(method)) return outcomeResponse(405, 'not-supported', 'unknown method');
  if (rawHeaders.length > 2 * kMaxHeaders) {
    return outcomeResponse(431, 'too-long', 'too many headers');
  }
  const headers = headersOf(incoming);
  // Express and others cut their own path off `url`.
  const url = urlOf(
    protocol,
    headers.get('host') ?? undefined,
    incoming.originalUrl ?? incoming.url ?? '',
  );
  if (url === undefined) return invalid('the request target is not canonical');
  const hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length')) > 0;
  const bodiless = method === 'GET' || method === 'HEAD';
  if (hasBody && bodiless) return invalid('a body where none belongs');
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal };
  if (hasBody) Object.assign(init, { body: bodyOf(incoming), duplex: 'half' });
  return new Request(url, init);
}

const drained = (outgoing: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
  });

async function send(response: Response, incoming: IncomingMessage, outgoing: ServerResponse) {
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) headers[name] = value;
  // The rest of a body that nobody read is not waited for.
  if (!incoming.complete) headers['connection'] = 'close';
  const reader = incoming.method === 'HEAD' ? undefined : response.body?.getReader();
  if (reader === undefined) {
    await response.body?.cancel();
    outgoing.writeHead(response.status, headers).end();
    return;
  }
  const cancel = () => void reader.cancel().catch(() => undefined);
  outgoing.once('close', cancel);
  try {
    let head = false;
    for (;;) {
      const { done, value } = await reader.read();
      if (outgoing.destroyed) return;
      // Written with the first chunk, so that a small answer is one packet.
      if (!head) outgoing.writeHead(response.status, headers);
      head = true;
      if (done) break;
      if (!outgoing.write(value)) await drained(outgoing);
    }
    outgoing.off('close', cancel).end();
  } catch {
    // A body that broke off ends the connection, so that it cannot be taken for a whole one.
    outgoing.destroy();
  }
}

/**
 * `http.createServer(nodeListener(gateway))`, with the address of the socket as the peer's. A client that goes away aborts the
 * request's signal. Where other handlers stand before it, none of them may have read the body: that is answered with 500.
 */
export function nodeListener<Env>(gateway: Handler<Env>, options: NodeOptions<Env> = {}) {
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) gone.abort();
    });
    const secure = 'encrypted' in incoming.socket && incoming.socket.encrypted === true;
    const protocol = options.protocol ?? (secure ? 'https' : 'http');
    try {
      const request = requestOf(incoming, protocol, gone.signal);
      const response =
        request instanceof Response
          ? request
          : await gateway.handle(request, options.env as Env, {
              remoteAddress: incoming.socket.remoteAddress,
            });
      await send(response, incoming, outgoing);
    } catch {
      outgoing.destroy();
    }
  };
}

/** A server with limits for requests that are slow or large; not listening yet. */
export function nodeServer<Env>(
  gateway: Handler<Env>,
  options: NodeServerOptions<Env> = {},
): Server {
  const { maxHeaderSize = kMaxHeaderSize, headersTimeout = 10_000 } = options;
  const { requestTimeout = 60_000 } = options;
  const limits = { maxHeaderSize, headersTimeout, requestTimeout, requireHostHeader: true };
  return createServer({ ...limits, insecureHTTPParser: false }, nodeListener(gateway, options));
}
