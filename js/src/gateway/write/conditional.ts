// Conditional create, update, patch and delete (SPEC 13.4): a guarded, filtered search, then the plain interaction. No lock stands
// between the two: who creates the same at the same time creates it twice, as with most servers.
import type { RequestCheck } from '../../types-request.js';
import { belowBase } from '../base.js';
import { validators } from '../etag.js';
import { type Exchange, type Interact, Refusal } from '../exchange.js';
import { acceptsJson, bodiless, notAcceptable, released } from '../headers.js';
import { shown } from '../read/instance.js';
import { refusalOf } from '../read/stream.js';
import { resolveReferences } from '../resolve.js';
import { failureOf, identityOf } from '../upstream.js';
import { preferred } from './answer.js';
import {
  type Bytes,
  invalid,
  isObject,
  needsJson,
  needsPatch,
  submitted,
  textOf,
  type Tree,
  treeOf,
} from './body.js';
import { missing } from './prepare.js';
import { create, patch, remove, update } from './write.js';

const kPage = 100; // matches that are asked for at once, where some may be refused
const kPages = 10;

interface Match {
  readonly id: string;
  /** What the caller may read of it. */
  readonly body: Bytes;
}

/** Ids among the matches of one page that the caller may see. */
async function visibleIds(exchange: Exchange, page: Bytes, type: string): Promise<string[]> {
  let filtered: Bytes | undefined;
  try {
    const resolved = await resolveReferences(exchange, page, 'search');
    filtered = exchange.policy.redact('search', page, { resolved });
  } catch (error) {
    throw refusalOf(error);
  }
  const tree = filtered === undefined ? {} : (treeOf(filtered) as Tree);
  const entries = Array.isArray(tree['entry']) ? (tree['entry'] as unknown[]) : [];
  return entries.flatMap((entry) => {
    if (!isObject(entry) || !isObject(entry['resource'])) return [];
    const { resourceType, id } = entry['resource'];
    const mode = isObject(entry['search']) ? entry['search']['mode'] : undefined;
    const isMatch = resourceType === type && (mode === undefined || mode === 'match');
    return isMatch && typeof id === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(id) ? [id] : [];
  });
}

function nextOf(exchange: Exchange, page: Bytes): string | undefined {
  const { link } = identityOf(page) as unknown as { link?: unknown };
  for (const one of Array.isArray(link) ? (link as unknown[]) : []) {
    if (isObject(one) && one['relation'] === 'next' && typeof one['url'] === 'string') {
      return belowBase(exchange.upstream.baseUrl, one['url']);
    }
  }
  return undefined;
}

/**
 * The only resource that matches and that the caller may read; undefined where there is none. What is hidden does not count, so
 * pages of it are passed over. @throws Refusal where several match
 */
async function only(
  exchange: Exchange,
  criteria: string,
  type: string,
  exact: boolean,
): Promise<Match | undefined> {
  const { upstream } = exchange;
  const several = () =>
    new Refusal(412, 'conflict', 'the condition selects more than one', 'multiple-matches');
  const matches = new Map<string, Match>();
  const seen = new Set<string>();
  let url: string | undefined = `${criteria}&_count=${exact ? 2 : kPage}`;
  for (let pages = 0; url !== undefined; ++pages) {
    if (pages === kPages) throw several();
    const answer = await upstream.send({ method: 'GET', url });
    if (answer.status !== 200) throw failureOf(answer);
    const page = await upstream.json(answer);
    for (const id of await visibleIds(exchange, page, type)) {
      if (seen.has(id)) continue;
      seen.add(id);
      const stored = await upstream.stored(`${type}/${id}`);
      const body = stored && (await shown(exchange, stored, 'read', type));
      if (body !== undefined) matches.set(id, { id, body });
      if (matches.size > 1) throw several();
    }
    url = nextOf(exchange, page);
  }
  return [...matches.values()][0];
}

/** The submission with the id of the resource that it updates. */
function withId(exchange: Exchange, type: string, id: string): Exchange {
  const tree = submitted(exchange.body, type, null);
  if (Object.hasOwn(tree, 'id')) {
    if (tree['id'] !== id) throw invalid('the body has another id than what is selected');
    return exchange;
  }
  const text = textOf(exchange.body).replace(/^\s*\{/, `{"id":"${id}",`);
  return { ...exchange, body: new TextEncoder().encode(text) };
}

function existing(exchange: Exchange, type: string, { id, body }: Match): Response {
  const headers = validators(identityOf(body) as never);
  const version = headers['etag']?.slice(3, -1);
  headers['location'] =
    `${exchange.baseUrl}/${type}/${id}${version === undefined ? '' : `/_history/${version}`}`;
  exchange.record.released = 1;
  return preferred(exchange.request) === 'representation'
    ? released(body, headers)
    : bodiless(200, headers);
}

export const conditional: Interact = async (exchange, check) => {
  const { interaction, resourceType: type, criteria, exact } = check;
  if (type === null || criteria === null || !criteria.includes('?')) {
    throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
  }
  if (!acceptsJson(exchange.request)) throw notAcceptable();
  let tree: Tree | undefined;
  if (check.patch) {
    needsPatch(exchange);
  } else if (interaction !== 'delete') {
    needsJson(exchange);
    tree = submitted(exchange.body, type, null);
  }
  const match = await only(exchange, criteria, type, exact);
  const plain = (id: string | null): RequestCheck => ({
    ...check,
    ...{ conditional: false, criteria: null, id, kind: id === null ? 'type' : 'instance' },
    url: id === null ? type : `${type}/${id}`,
  });
  if (interaction === 'create') {
    return match === undefined ? create(exchange, plain(null)) : existing(exchange, type, match);
  }
  if (interaction === 'delete') {
    return match === undefined ? bodiless(204) : remove(exchange, plain(match.id));
  }
  if (check.patch) {
    if (match === undefined) throw missing();
    return patch(exchange, plain(match.id));
  }
  if (match !== undefined) return update(withId(exchange, type, match.id), plain(match.id));
  if (!exchange.policy.can('create', type)) {
    throw new Refusal(403, 'forbidden', 'not allowed', 'no-rule');
  }
  if (tree !== undefined && Object.hasOwn(tree, 'id')) {
    throw invalid('nothing is selected, and what is created has no id yet');
  }
  return create(exchange, { ...plain(null), interaction: 'create' });
};
