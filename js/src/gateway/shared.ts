// What asking somebody else has in common: bounds on time, size and memory.

/** The entry not used for longest goes first. */
export class Recent<T> {
  readonly #max: number;
  readonly #gone: (value: T) => void;
  readonly #entries = new Map<string, T>();

  constructor(max: number, gone: (value: T) => void = () => undefined) {
    this.#max = max;
    this.#gone = gone;
  }

  get(key: string): T | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.delete(key);
    this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#max) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#gone(value);
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
}

/** Settles with `work`, or rejects after `timeout` milliseconds or with `signal`; `work` itself goes on. */
export function within<T>(work: Promise<T>, timeout: number, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => end(() => reject(new Error('aborted')));
    const timer = setTimeout(() => end(() => reject(new Error('timed out'))), timeout);
    work.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error as Error)),
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
  });
}

/**
 * In an edge worker, what one request waits for ends with that request, and another one that waits for the same would wait forever: there
 * nothing under way is shared.
 */
export const sharesWork = (): boolean =>
  !('WebSocketPair' in globalThis) && !('EdgeRuntime' in globalThis);

const kEncoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => kEncoder.encode(text);

const kHex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function hexOf(bytes: ArrayBuffer | Uint8Array): string {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += kHex[byte] as string;
  return text;
}

/** SHA-256, so that a cache holds no token. */
export const digest = async (text: string): Promise<string> =>
  hexOf(await crypto.subtle.digest('SHA-256', utf8(text)));

export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function bounded(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      void reader.cancel().catch(() => undefined);
      throw new Error('too long');
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

export interface Ask {
  readonly fetch: typeof fetch | undefined;
  readonly url: string;
  readonly init: RequestInit;
  /** Milliseconds for the whole answer. */
  readonly timeout: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** The body of an answer, whole; a redirect is an answer, and not followed. @throws Error without a value in its text */
export async function ask(given: Ask): Promise<{ status: number; body: Uint8Array<ArrayBuffer> }> {
  const { url, init, timeout, maxBytes, signal } = given;
  const send = given.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  const controller = new AbortController();
  const work = async () => {
    const response = await send(url, {
      ...init,
      redirect: 'manual',
      signal: controller.signal,
    });
    return { status: response.status, body: await bounded(response, maxBytes) };
  };
  try {
    return await within(work(), timeout, signal);
  } catch {
    throw new Error('no answer');
  } finally {
    controller.abort();
  }
}

/** @throws Error without a value in its text */
export function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    throw new Error('no JSON');
  }
}

/** A number of an option. @throws TypeError */
export function numberOf(
  value: number | undefined,
  otherwise: number,
  name: string,
  least: number,
  most: number,
): number {
  const number = value ?? otherwise;
  if (typeof number === 'number' && number >= least && number <= most) return number;
  throw new TypeError(`\`${name}\` is a number from ${least} to ${most}`);
}

/** Keys and answers about tokens travel over https, or within the machine. @throws TypeError */
export function secureUrl(value: string, name: string): string {
  let url: URL | undefined;
  try {
    url = new URL(value);
  } catch {
    // said below
  }
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal);
  if (url === undefined || !isSecure || url.username !== '' || url.password !== '') {
    throw new TypeError(`\`${name}\` is an https URL`);
  }
  return url.href;
}
