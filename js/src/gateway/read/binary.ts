// A Binary's own bytes (SPEC 8.5, 10.4): from what was released of it, never from the upstream's raw form.
import { accepted, acceptsJson, released } from '../headers.js';

const kMediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

interface Binary {
  readonly contentType?: unknown;
  readonly data?: unknown;
}

function bytesOf(data: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Undefined where the client takes JSON, or does not take what this is. */
export function rawBinary(
  request: Request,
  { contentType, data }: Binary,
  headers: Readonly<Record<string, string>>,
): Response | undefined {
  if (acceptsJson(request) || typeof contentType !== 'string') return undefined;
  const type = (contentType.split(';', 1)[0] as string).trim().toLowerCase();
  const bytes = bytesOf(data);
  if (!kMediaType.test(type) || bytes === undefined) return undefined;
  const family = `${type.split('/', 1)[0] as string}/*`;
  if (!accepted(request).some((range) => range.type === type || range.type === family))
    return undefined;
  return released(bytes, {
    ...headers,
    'content-type': type,
    // It is somebody's upload: no page of this origin.
    'content-security-policy': 'sandbox',
    'content-disposition': 'attachment',
  });
}
