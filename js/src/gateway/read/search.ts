// Searches and histories: the guarded query goes upstream, what comes back goes through the filter.
import { type Exchange, type Interact, Refusal } from '../exchange.js';
import { acceptsJson, notAcceptable } from '../headers.js';
import { linksOf } from '../links.js';
import { notFound } from '../outcome.js';
import type { Sealed } from '../seal.js';
import { failureOf } from '../upstream.js';
import { readsCurrent } from './instance.js';
import { filtered } from './stream.js';

/** The Bundle in an answer, filtered, with links of the gateway's own. */
export async function bundle(
  exchange: Exchange,
  answer: Response,
  interaction: 'search' | 'history',
  type: string | null,
): Promise<Response> {
  if (answer.status !== 200) throw failureOf(answer);
  return filtered(exchange, answer, {
    format: 'bundle',
    interaction,
    links: (kept) => linksOf(exchange, kept, { interaction, type }),
  });
}

export const search: Interact = async (exchange, check) => {
  if (!acceptsJson(exchange.request)) throw notAcceptable();
  const { url, form } = check;
  if (url === null) throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
  const answer = await exchange.upstream.send(
    form === null
      ? { method: 'GET', url }
      : {
          method: 'POST',
          url,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: form,
        },
  );
  return bundle(exchange, answer, 'search', check.resourceType);
};

export const history: Interact = async (exchange, check) => {
  if (!acceptsJson(exchange.request)) throw notAcceptable();
  const { url, resourceType, id } = check;
  if (url === null) throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
  if (id !== null && !(await readsCurrent(exchange, resourceType ?? '', id))) {
    exchange.record.allowed = false;
    exchange.record.reason = 'not-found';
    return notFound();
  }
  return bundle(
    exchange,
    await exchange.upstream.send({ method: 'GET', url }),
    'history',
    resourceType,
  );
};

/** A page that a sealed link leads to. The seal says that this caller asked for it under this policy. */
export async function page(exchange: Exchange, sealed: Sealed): Promise<Response> {
  const { interaction, type, url } = sealed;
  if (!acceptsJson(exchange.request)) throw notAcceptable();
  if (interaction !== 'search' && interaction !== 'history') {
    throw new Refusal(403, 'forbidden', 'this link does not work, or no longer', 'page');
  }
  if (type !== null && !exchange.policy.can(interaction, type)) {
    throw new Refusal(403, 'forbidden', 'not allowed', 'no-rule');
  }
  return bundle(exchange, await exchange.upstream.send({ method: 'GET', url }), interaction, type);
}
