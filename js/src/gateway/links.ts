// `Bundle.link` of what is released (SPEC 13.6): the client's own query, and sealed pages.
import { belowBase } from './base.js';
import type { Exchange } from './exchange.js';
import type { Sealed } from './seal.js';

const kPages = ['first', 'previous', 'prev', 'next']; // `last` counts what is hidden

/** JSON text of `link`, from what the filter kept of the upstream's. A page that lies elsewhere has no link. */
export async function linksOf(
  exchange: Exchange,
  kept: string | undefined,
  { interaction, type }: Pick<Sealed, 'interaction' | 'type'>,
): Promise<string> {
  const { baseUrl, url } = exchange;
  const self = url === '' || url.startsWith('?') ? baseUrl + url : `${baseUrl}/${url}`;
  const links = [{ relation: 'self', url: self }];
  const upstream: unknown = kept === undefined ? [] : JSON.parse(kept);
  for (const link of Array.isArray(upstream) ? (upstream as Record<string, unknown>[]) : []) {
    const { relation, url: page } = link;
    if (typeof relation !== 'string' || typeof page !== 'string') continue;
    if (!kPages.includes(relation) || links.some((other) => other.relation === relation)) continue;
    const relative = belowBase(exchange.upstream.baseUrl, page);
    if (relative === undefined) continue;
    const sealed = await exchange.sealer.seal(exchange, {
      url: relative,
      kind: 'page',
      interaction,
      type,
    });
    links.push({ relation, url: sealed });
  }
  return JSON.stringify(links);
}
