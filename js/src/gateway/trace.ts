// W3C Trace Context: the request's trace goes on to the server as another span of it.
import { hexOf } from './shared.js';

// Fetched for many requests at once: names of spans are no secrets. When first needed, since some runtimes have none before.
const pool = new Uint8Array(1536);
let left = 0;

function made(bytes: number): string {
  if (left < bytes) {
    crypto.getRandomValues(pool);
    left = pool.length;
  }
  left -= bytes;
  return hexOf(pool.subarray(left, left + bytes));
}

// A later version may have more after another `-`, which this one does not pass on.
const kTraceparent = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

const isZero = (hex: string) => /^0+$/.test(hex);

export function traceOf(headers: Headers): { traceId: string; traceparent: string } {
  const [, version, trace = '', span = '', flags = '', more] =
    kTraceparent.exec(headers.get('traceparent') ?? '') ?? [];
  const isValid =
    version !== undefined &&
    !isZero(trace) &&
    !isZero(span) &&
    !(version === '00' && more !== undefined);
  const traceId = isValid ? trace : made(16);
  // Of the flags only `sampled` is known.
  const sampled = isValid ? Number.parseInt(flags, 16) & 1 : 1;
  return { traceId, traceparent: `00-${traceId}-${made(8)}-0${sampled}` };
}
