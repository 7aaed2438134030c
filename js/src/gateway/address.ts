// Where the caller's address stands (SPEC 12.4).
import type { ClientIp, Peer } from './types.js';

const kMaxProxies = 16;

/** Headers that the platform sets itself, whatever the client sent. */
const kPlatforms: Readonly<Record<string, string>> = {
  cloudflare: 'cf-connecting-ip',
  fly: 'fly-client-ip',
  vercel: 'x-real-ip',
};

const isV4 = (text: string) =>
  /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text) &&
  text.split('.').every((octet) => Number(octet) <= 255);

function isV6(text: string): boolean {
  const tail = text.slice(text.lastIndexOf(':') + 1);
  const isMixed = tail.includes('.');
  if (isMixed && !isV4(tail)) return false;
  // The last four octets of a mixed address are two groups.
  const plain = isMixed ? `${text.slice(0, -tail.length)}0:0` : text;
  const halves = plain.split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const isFull = halves.length === 1 && groups.length === 8;
  const isShort = halves.length === 2 && groups.length <= 7;
  return (isFull || isShort) && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group));
}

/** Without brackets and port; undefined for what is no address. A zone belongs to one machine, and is none. */
export function plainAddress(text: string | null | undefined): string | undefined {
  if (typeof text !== 'string') return undefined;
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '');
  const [, inner] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(trimmed) ?? [];
  if (inner !== undefined) return isV6(inner) ? inner : undefined;
  const [, v4] = /^([\d.]+)(?::\d{1,5})?$/.exec(trimmed) ?? [];
  if (v4 !== undefined) return isV4(v4) ? v4 : undefined;
  return isV6(trimmed) ? trimmed : undefined;
}

/** @throws TypeError a gateway with wrong options does not start */
export function checkClientIp(option: ClientIp | undefined): void {
  if (option === undefined || typeof option === 'function') return;
  if (typeof option === 'string') {
    if (Object.hasOwn(kPlatforms, option)) return;
  } else {
    const count = option?.trustedProxies;
    if (Number.isInteger(count) && count >= 0 && count <= kMaxProxies) return;
  }
  throw new TypeError('`clientIp` is a platform, `{ trustedProxies }` or a function');
}

/** The entry that the outermost of the proxies wrote. What stands left of it is the client's own word. */
function forwardedFor(list: string | null, proxies: number): string | undefined {
  const trusted = (list ?? '').split(',').slice(-proxies).map(plainAddress);
  // A list that is shorter, or was not written by a proxy, went another way than was configured.
  return trusted.length === proxies && !trusted.includes(undefined) ? trusted[0] : undefined;
}

/** Undefined: unknown, which blocks wherever the policy has IP rules (SPEC 12.3). */
export function clientAddress(
  option: ClientIp | undefined,
  request: Request,
  peer: Peer,
): string | undefined {
  try {
    checkClientIp(option);
    if (typeof option === 'function') return plainAddress(option(request, peer));
    if (typeof option === 'string')
      return plainAddress(request.headers.get(kPlatforms[option] ?? ''));
    const proxies = option?.trustedProxies ?? 0;
    if (proxies === 0) return plainAddress(peer.remoteAddress);
    return forwardedFor(request.headers.get('x-forwarded-for'), proxies);
  } catch {
    return undefined;
  }
}
