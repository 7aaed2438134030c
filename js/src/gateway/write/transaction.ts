// A transaction: every entry is checked first, then all are sent as one Bundle with what was checked, or nothing is.
import { isLosslessNumber, parse } from 'lossless-json';
import { LimitError, ResourceError } from '../../errors.js';
import type { RequestCheck } from '../../types-request.js';
import { validators } from '../etag.js';
import { type Exchange, Refusal } from '../exchange.js';
import { belowBase } from '../base.js';
import { isFhirJson, released } from '../headers.js';
import { readsCurrent } from '../read/instance.js';
import { failureOf, unreadable } from '../upstream.js';
import { placeOf, preferred } from './answer.js';
import { checked } from './batch.js';
import {
  conditionalReference,
  conditionalReferences,
  invalid,
  isObject,
  type Tree,
} from './body.js';
import { bytesOf, type Entry, jsonOf, requestOf } from './entries.js';
import {
  changed,
  missing,
  prepareCreate,
  prepareDelete,
  type Prepared,
  prepareUpdate,
} from './prepare.js';

const kLocal = /^urn:(uuid|oid):[A-Za-z0-9.-]{1,128}$/;

const notHere = (text: string) => new Refusal(403, 'forbidden', text, 'transaction');

/** Text for text: what names an entry that updates names its resource, for the check as for the server (FHIR R4, 3.1.0.11.2). */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => renamed(one, names));
  if (!isObject(value) || isLosslessNumber(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, renamed(one, names)]),
  );
}

async function prepare(own: Exchange, check: RequestCheck): Promise<Prepared | string> {
  const { kind, interaction, resourceType: type, id, url, form } = check;
  if (check.conditional) throw notHere('conditional entries are not taken in a transaction');
  if (check.patch) throw notHere('patches are not taken in a transaction');
  if (kind === 'instance' && interaction === 'read' && url !== null && !check.head) {
    // Servers answer a transaction that reads what is missing with a failure of the whole: so does the gateway, and alike for what is
    // hidden.
    if (type === null || id === null || !(await readsCurrent(own, type, id))) throw missing();
    return url;
  }
  if (interaction === 'search' && form === null && url !== null && !check.head) return url;
  if (type !== null && kind === 'type' && interaction === 'create') return prepareCreate(own, type);
  if (type !== null && id !== null && kind === 'instance') {
    if (interaction === 'update') return prepareUpdate(own, type, id);
    if (interaction === 'delete') return prepareDelete(own, type, id);
  }
  throw notHere('this is not taken in a transaction');
}

interface Planned {
  /** The entry that is sent, as text. */
  readonly text: string;
  readonly isWrite: boolean;
}

async function plan(exchange: Exchange, entries: readonly Entry[]): Promise<Planned[]> {
  const names = new Map<string, string>();
  const targets = new Set<string>();
  for (const { method, url, fullUrl } of entries) {
    const target = url.split('?', 1)[0] as string;
    if ((method === 'PUT' || method === 'DELETE') && target.includes('/')) {
      if (targets.has(target)) throw invalid('two entries write the same resource', 'repeated');
      targets.add(target);
    }
    if (fullUrl === undefined) continue;
    if (!kLocal.test(fullUrl)) {
      // References to it would be changed by the server, after the check.
      if (method === 'POST') throw invalid('what is created is named by a urn:uuid', 'name');
      continue;
    }
    if (names.has(fullUrl)) throw invalid('two entries have the same name', 'repeated');
    // What a create will be called is not known yet; what else is named so is what its URL says.
    names.set(fullUrl, method === 'POST' ? fullUrl : target);
  }
  const planned: Planned[] = [];
  for (const entry of entries) {
    const { method, fullUrl } = entry;
    const resource = entry.resource && (renamed(entry.resource, names) as Tree);
    if (conditionalReferences(resource).size > 0) throw conditionalReference();
    const own = requestOf(exchange, { ...entry, resource });
    const ready = await prepare(own, checked(own));
    if (typeof ready === 'string') {
      planned.push({ text: `{"request":${jsonOf({ method, url: ready })}}`, isWrite: false });
      continue;
    }
    const { call, body, ifMatch } = ready;
    const request = jsonOf({ method: call.method, url: call.url, ...(ifMatch && { ifMatch }) });
    const isNamed = call.method === 'POST' && fullUrl !== undefined && kLocal.test(fullUrl);
    const name = isNamed ? `"fullUrl":${jsonOf(fullUrl)},` : '';
    const stored = body === undefined ? '' : `"resource":${new TextDecoder().decode(body)},`;
    planned.push({ text: `{${name}${stored}"request":${request}}`, isWrite: true });
  }
  return planned;
}

/** A place of the server's, as one of the gateway's; undefined where it lies elsewhere. */
function moved(exchange: Exchange, url: unknown): string | undefined {
  if (typeof url !== 'string') return undefined;
  const below = belowBase(exchange.upstream.baseUrl, url);
  return below === undefined ? undefined : `${exchange.baseUrl}/${below}`;
}

interface Answered {
  /** As the filter let it through. */
  readonly entry: Tree;
  /** Of a write, which is done whatever is shown of it: what the server said. */
  readonly raw: Tree | undefined;
  readonly wantsBody: boolean;
}

/** Places, versions and times of one entry: of its resource, not of the server's words. */
function own(exchange: Exchange, { entry, raw, wantsBody }: Answered): Tree {
  const { resource } = entry;
  const response = (raw ?? entry)['response'];
  const given = isObject(response) ? response : {};
  const status = /^[1-5][0-9]{2}/.exec(String(given['status'] ?? ''))?.[0] ?? '500';
  const headers = isObject(resource) ? validators(resource as never) : {};
  const place = placeOf(exchange.upstream.baseUrl, given['location']);
  const version = headers['etag']?.slice(3, -1);
  const modified = headers['last-modified'];
  const result: Tree = {
    status,
    ...(place !== undefined && {
      location: `${exchange.baseUrl}/${place}${version === undefined ? '' : `/_history/${version}`}`,
    }),
    ...(headers['etag'] !== undefined && { etag: headers['etag'] }),
    ...(modified !== undefined && { lastModified: new Date(modified).toISOString() }),
    ...(raw === undefined && given['outcome'] !== undefined && { outcome: given['outcome'] }),
  };
  if (!isObject(resource) || !wantsBody) return { response: result };
  if (resource['resourceType'] !== 'Bundle' || resource['type'] !== 'searchset') {
    return { resource, response: result };
  }
  // Pages of a search inside of an answer have no link: none of them is the gateway's.
  const { link: _, entry: found, ...bundle } = resource;
  const kept = (Array.isArray(found) ? (found as unknown[]) : []).map((one) => {
    if (!isObject(one)) return one;
    const { fullUrl, ...rest } = one;
    const url = moved(exchange, fullUrl);
    return url === undefined ? rest : { fullUrl: url, ...rest };
  });
  return {
    resource: { ...bundle, ...(kept.length > 0 && { entry: kept }) },
    response: result,
  };
}

export async function transaction(
  exchange: Exchange,
  given: readonly (Entry | Refusal)[],
): Promise<Response> {
  const { policy, upstream, record, request } = exchange;
  const entries = given.map((entry) => {
    if (entry instanceof Refusal) throw entry;
    return entry;
  });
  const planned = await plan(exchange, entries);
  const text = planned.map((one) => one.text).join(',');
  const sent = `{"resourceType":"Bundle","type":"transaction"${text && `,"entry":[${text}]`}}`;
  const answer = await upstream.send({
    ...{ method: 'POST', url: '', body: sent },
    headers: { 'content-type': 'application/fhir+json', prefer: 'return=representation' },
  });
  if (answer.status === 412) {
    void answer.body?.cancel().catch(() => undefined);
    throw changed();
  }
  if (answer.status !== 200 && answer.status !== 201) throw failureOf(answer);
  if (!isFhirJson(answer.headers)) throw unreadable('media-type');
  const body = await upstream.json(answer);
  let filtered: Uint8Array<ArrayBuffer> | undefined;
  try {
    filtered = policy.redact('batch', body, { request: sent });
  } catch (error) {
    if (error instanceof LimitError || error instanceof ResourceError) throw unreadable(error.code);
    throw error;
  }
  if (filtered === undefined) throw new Refusal(403, 'forbidden', 'not allowed', 'no-rule');
  const tree = parse(new TextDecoder().decode(filtered)) as Tree;
  const results = Array.isArray(tree['entry']) ? (tree['entry'] as Tree[]) : [];
  const raw = parse(new TextDecoder().decode(body)) as { entry?: Tree[] };
  const wanted = preferred(request) === 'representation';
  const entry = results.map((one, index) => {
    if (planned[index]?.isWrite !== true) {
      return own(exchange, { entry: one, raw: undefined, wantsBody: true });
    }
    const said = raw.entry?.[index] ?? {};
    const { resource } = said;
    // SPEC 9.8: where nothing grants `read`, no body.
    const isReadable = isObject(resource) && policy.decide('read', bytesOf(resource)).allowed;
    return own(exchange, { entry: isReadable ? one : {}, raw: said, wantsBody: wanted });
  });
  record.released = entry.length;
  return released(
    jsonOf({
      resourceType: 'Bundle',
      type: 'transaction-response',
      ...(entry.length > 0 && { entry }),
    }),
  );
}
