// The FHIR server: one place for its credentials, its time limits and its failures (SPEC 14).
import { isPlain } from './base.js';
import { Refusal, type StoredResource, type Upstream, type UpstreamCall } from './exchange.js';
import { isFhirJson, retryAfter } from './headers.js';
import type { Principal, UpstreamOptions } from './types.js';

export interface UpstreamSettings extends UpstreamOptions {
  readonly baseUrl: string;
  readonly timeout: number;
  readonly maxResponseBytes: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

export const unreadable = (reason = 'upstream') =>
  new Refusal(502, 'processing', 'the answer of the server cannot be read', reason);
const late = () => new Refusal(504, 'timeout', 'the server did not answer in time', 'timeout');
const gone = () => new Refusal(499, 'processing', 'the client is gone', 'disconnected');

/** An answer that is no success, as SPEC 14 has it: status class and code, and nothing that the server says. */
export function failureOf(answer: Response): Refusal {
  void answer.body?.cancel().catch(() => undefined);
  const { status } = answer;
  if (status === 404 || status === 410)
    return new Refusal(404, 'not-found', 'not found', 'missing');
  if (status === 429) {
    return new Refusal(429, 'throttled', 'too many requests', 'upstream', retryAfter(answer));
  }
  const kCodes: Record<number, string> = {
    400: 'invalid',
    409: 'conflict',
    412: 'conflict',
    422: 'processing',
  };
  const code = kCodes[status];
  if (code !== undefined) return new Refusal(status, code, 'the server refused this', 'upstream');
  return new Refusal(502, 'processing', 'the server failed', 'upstream');
}

/** Rejects with what `refuse` makes when `work` takes longer. */
async function within<T>(work: Promise<T>, timeout: number, refuse: () => void): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late()); // first, since what is given up settles, too
      refuse();
    }, timeout);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

const isGzip = (bytes: Bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isZlib = (bytes: Bytes) =>
  ((bytes[0] ?? 0) & 0x0f) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0;

/** A body, chunk by chunk. */
export interface Chunks {
  /** Undefined at the end. @throws Refusal */
  next(): Promise<Bytes | undefined>;
  cancel(): void;
}

const kReadBytes = 64 << 10;

/**
 * In an edge worker a body comes in pieces of 4 KiB unless more are asked for, and each piece costs as much as a large one. Elsewhere
 * that would be a copy more.
 */
function readerOf(body: ReadableStream<Bytes>) {
  if ('WebSocketPair' in globalThis) {
    try {
      const reader = body.getReader({ mode: 'byob' });
      return {
        read: () => reader.read(new Uint8Array(kReadBytes)),
        cancel: () => reader.cancel(),
      };
    } catch {
      // not a stream of the platform's own
    }
  }
  return body.getReader();
}

/** Reads, each within `timeout`. One timer serves them all: when it ends, it looks at since when one waits. */
function timed(body: ReadableStream<Bytes>, timeout: number): Chunks {
  const reader = readerOf(body);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let fail: ((reason: Refusal) => void) | undefined; // of the read that waits
  let since = 0;
  const cancel = () => {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  };
  const look = () => {
    timer = undefined;
    if (fail === undefined) return;
    const left = since + timeout - Date.now();
    if (left > 0) {
      timer = setTimeout(look, Math.min(left, timeout));
    } else {
      fail(late()); // first, since what is given up settles, too
      cancel();
    }
  };
  return {
    next: () =>
      new Promise((resolve, reject) => {
        since = Date.now();
        fail = reject;
        timer ??= setTimeout(look, timeout);
        reader.read().then(
          ({ done, value }) => {
            fail = undefined;
            if (done) clearTimeout(timer);
            resolve(done ? undefined : value); // what ends a read into a buffer is an empty one
          },
          (error: unknown) => {
            fail = undefined;
            clearTimeout(timer);
            reject(error instanceof Refusal ? error : unreadable('truncated'));
          },
        );
      }),
    cancel,
  };
}

/**
 * The body decoded. What the platform has decoded already keeps its `Content-Encoding` in some runtimes, so the bytes say which it
 * is: no JSON begins like a compressed stream.
 */
export function chunksOf(answer: Response, timeout: number): Chunks {
  const body = answer.body as ReadableStream<Bytes> | null;
  if (body === null) return { next: () => Promise.resolve(undefined), cancel: () => undefined };
  const encoding = answer.headers.get('content-encoding') ?? '';
  const plain = timed(body, timeout);
  if (encoding === '' || encoding === 'identity') return plain;
  let chunks: Chunks | undefined;
  return {
    async next() {
      if (chunks !== undefined) return chunks.next();
      let head = await plain.next();
      while (head?.length === 0) head = await plain.next();
      chunks = plain;
      if (head === undefined) return undefined;
      const format = isGzip(head) ? 'gzip' : isZlib(head) ? 'deflate' : undefined;
      if (format === undefined) return head;
      let first: Bytes | undefined = head;
      const encoded = new ReadableStream<Bytes>({
        async pull(controller) {
          const chunk = first ?? (await plain.next());
          first = undefined;
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        },
        cancel: () => plain.cancel(),
      });
      chunks = timed(encoded.pipeThrough(new DecompressionStream(format)), timeout);
      return chunks.next();
    },
    cancel: () => (chunks ?? plain).cancel(),
  };
}

export async function wholeOf(answer: Response, timeout: number, limit: number): Promise<Bytes> {
  const source = chunksOf(answer, timeout);
  const chunks: Bytes[] = [];
  let size = 0;
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
    size += chunk.length;
    if (size > limit) {
      source.cancel();
      throw new Refusal(413, 'too-long', 'the answer is too long', 'limit');
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Bytes) : joined(chunks);
}

export function joined(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

interface Identity {
  readonly resourceType: unknown;
  readonly id: unknown;
  readonly meta?: { readonly versionId?: unknown } | undefined;
}

/** What a body says of itself; a body that is no JSON object is unreadable. */
export function identityOf(body: Bytes): Identity {
  try {
    const parsed: unknown = JSON.parse(decoder.decode(body));
    if (typeof parsed === 'object' && parsed !== null) return parsed as never;
  } catch {
    // as below
  }
  throw unreadable('invalid-json');
}

// What the server's resources say of themselves, for where nothing of one is hidden.
const identities = new WeakMap<Bytes, Identity>();

/** The same of what was released of a stored resource, which is not read a second time where all of it was. */
export function releasedIdentity(stored: Bytes, body: Bytes): Identity {
  const known = identities.get(stored);
  if (known === undefined || stored.length !== body.length) return identityOf(body);
  for (let at = 0; at < body.length; ++at) {
    if (stored[at] !== body[at]) return identityOf(body);
  }
  return known;
}

const kInstance = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

export function openUpstream(
  settings: UpstreamSettings,
  principal: Principal,
  traceparent: string | undefined,
  signal: AbortSignal,
): Upstream {
  const { baseUrl, timeout } = settings;
  const fetchUpstream = settings.fetch ?? globalThis.fetch; // not as a method: some runtimes refuse that
  let own: Promise<Record<string, string>> | undefined;
  const { headers: given } = settings;
  const credentials =
    typeof given === 'function' && (async () => ({ ...(await given(principal)) }));

  const send = async (call: UpstreamCall): Promise<Response> => {
    if (!isPlain(call.url)) throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
    if (signal.aborted) throw gone();
    const headers: Record<string, string> = { accept: 'application/fhir+json', ...call.headers };
    if (traceparent !== undefined) headers['traceparent'] = traceparent;
    const controller = new AbortController();
    const abort = () => controller.abort();
    signal.addEventListener('abort', abort, { once: true });
    let answer: Response;
    try {
      if (credentials) {
        own ??= credentials();
        Object.assign(headers, await within(own, timeout, abort));
      } else {
        Object.assign(headers, given);
      }
      const work = fetchUpstream(
        call.url === '' || call.url[0] === '?' ? baseUrl + call.url : `${baseUrl}/${call.url}`,
        {
          method: call.method,
          headers,
          body: call.body ?? null,
          redirect: 'manual',
          signal: controller.signal,
        },
      );
      answer = await within(work, timeout, abort);
    } catch (error) {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) throw gone();
      if (error instanceof Refusal) throw error;
      throw new Refusal(502, 'processing', 'the server cannot be reached', 'unreachable');
    }
    // LEAKS 67: a redirect leads past the gateway, or the gateway's credentials elsewhere.
    if (
      answer.type === 'opaqueredirect' ||
      answer.redirected ||
      (answer.status >= 300 && answer.status < 400)
    ) {
      controller.abort();
      throw new Refusal(502, 'processing', 'the server redirects', 'redirect');
    }
    return answer;
  };

  const json = async (answer: Response): Promise<Bytes> => {
    if (!isFhirJson(answer.headers)) {
      void answer.body?.cancel().catch(() => undefined);
      throw unreadable('media-type');
    }
    return wholeOf(answer, timeout, settings.maxResponseBytes);
  };

  const stored = async (url: string): Promise<StoredResource | undefined> => {
    const answer = await send({ method: 'GET', url });
    if (answer.status === 404 || answer.status === 410) {
      void answer.body?.cancel().catch(() => undefined);
      return undefined;
    }
    if (answer.status !== 200) throw failureOf(answer);
    const body = await json(answer);
    const identity = identityOf(body);
    identities.set(body, identity);
    const { resourceType, id, meta } = identity;
    const version = meta?.versionId;
    const asked = kInstance.exec(url.split('?', 1)[0] as string);
    const other = asked?.[3] !== undefined && version !== undefined && version !== asked[3];
    // Another resource than was asked for is no answer.
    if (asked === null || resourceType !== asked[1] || id !== asked[2] || other)
      throw unreadable('identity');
    const versionId = typeof version === 'string' ? version : undefined;
    const tag = answer.headers.get('etag') ?? '';
    const etag = /^(W\/)?"[!#-~]+"$/.test(tag)
      ? tag
      : versionId !== undefined && /^[A-Za-z0-9\-.]+$/.test(versionId)
        ? `W/"${versionId}"`
        : undefined;
    return { body, versionId, etag };
  };

  return { baseUrl, send, json, stored };
}
