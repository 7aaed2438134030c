// What an adapter needs of a gateway.
import type { Gateway } from '../../gateway/types.js';

export type Handler<Env> = Pick<Gateway<Env>, 'handle'>;

/** `/fhir` and all below it, compared as the path is written: what is spelt in another way is none of it. */
export function isBelow(pathname: string, base: string): boolean {
  return pathname === base || pathname.startsWith(base.endsWith('/') ? base : `${base}/`);
}
