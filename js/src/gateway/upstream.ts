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

/**
 * The body in chunks, decoded, each within `timeout`. What the platform has decoded already keeps its `Content-Encoding` in some
 * runtimes, so the bytes say which it is: no JSON begins like a compressed stream.
 */
export async function* chunksOf(answer: Response, timeout: number): AsyncGenerator<Bytes> {
  if (answer.body === null) return;
  let reader = answer.body.getReader() as ReadableStreamDefaultReader<Bytes>;
  const next = async () => {
    const current = reader;
    try {
      return await within(current.read(), timeout, () => void current.cancel().catch(() => 0));
    } catch (error) {
      throw error instanceof Refusal ? error : unreadable('truncated');
    }
  };
  let done = false;
  try {
    let head = await next();
    while (!head.done && head.value.length === 0) head = await next();
    const encoding = answer.headers.get('content-encoding') ?? '';
    if (!head.done && encoding !== '' && encoding !== 'identity') {
      const format = isGzip(head.value) ? 'gzip' : isZlib(head.value) ? 'deflate' : undefined;
      if (format !== undefined) {
        const source = reader;
        let first: Bytes | undefined = head.value;
        const encoded = new ReadableStream<Bytes>({
          async pull(controller) {
            const chunk = first === undefined ? await source.read() : { done: false, value: first };
            first = undefined;
            if (chunk.value === undefined) controller.close();
            else controller.enqueue(chunk.value);
          },
          cancel: (reason) => source.cancel(reason),
        });
        reader = encoded.pipeThrough(new DecompressionStream(format)).getReader();
        head = await next();
      }
    }
    for (let chunk = head; !chunk.done; chunk = await next()) yield chunk.value;
    done = true;
  } finally {
    if (!done) void reader.cancel().catch(() => undefined);
  }
}

export async function wholeOf(answer: Response, timeout: number, limit: number): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let size = 0;
  for await (const chunk of chunksOf(answer, timeout)) {
    size += chunk.length;
    if (size > limit) throw new Refusal(413, 'too-long', 'the answer is too long', 'limit');
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0] as Bytes;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** What a body says of itself; a body that is no JSON object is unreadable. */
export function identityOf(body: Bytes): {
  resourceType: unknown;
  id: unknown;
  meta?: { versionId?: unknown } | undefined;
} {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof parsed === 'object' && parsed !== null) return parsed as never;
  } catch {
    // as below
  }
  throw unreadable('invalid-json');
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
  const credentials = async () => {
    const { headers } = settings;
    return { ...(typeof headers === 'function' ? await headers(principal) : headers) };
  };

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
      own ??= credentials();
      Object.assign(headers, await within(own, timeout, abort));
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
    const { resourceType, id, meta } = identityOf(body);
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
