// Where the caller's address stands (SPEC 12.4).
import type { ClientIp, Peer } from './types.js';

export function clientAddress(
  option: ClientIp | undefined,
  request: Request,
  peer: Peer,
): string | undefined {
  if (typeof option === 'function') return option(request, peer);
  return option === undefined ? peer.remoteAddress : undefined;
}
