// W3C Trace Context: the request's trace goes on to the server as another span of it.
import { hexOf } from './shared.js';

const made = (bytes: number) => hexOf(crypto.getRandomValues(new Uint8Array(bytes)));

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
