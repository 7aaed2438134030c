// The Bundle of a batch or transaction as it was sent. Its numbers keep their digits.
import { parse, stringify } from 'lossless-json';
import { isPlain } from '../base.js';
import { type Exchange, Refusal } from '../exchange.js';
import { type Bytes, invalid, isObject, needsJson, type Tree, treeOf } from './body.js';

export interface Entry {
  readonly method: string;
  /** Relative to the base. */
  readonly url: string;
  readonly fullUrl: string | undefined;
  readonly resource: Tree | undefined;
  /** Of `request`: what stands for headers. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Sent {
  readonly type: 'batch' | 'transaction';
  /** In order; a Refusal where an entry cannot be understood. */
  readonly entries: readonly (Entry | Refusal)[];
}

const kMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const kConditions = {
  ifMatch: 'if-match',
  ifNoneMatch: 'if-none-match',
  ifNoneExist: 'if-none-exist',
  ifModifiedSince: 'if-modified-since',
};

export const jsonOf = (value: unknown): string => stringify(value) as string;
export const bytesOf = (value: unknown): Bytes => new TextEncoder().encode(jsonOf(value));

/** What lies below the gateway's own base, without it. */
function relative(baseUrl: string, url: string): string {
  const below = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : url;
  if (below === '' || !isPlain(below) || /^[^?]*:/.test(below)) {
    throw invalid('the URL of an entry is not below this base', 'not-canonical');
  }
  return below;
}

function entryOf(baseUrl: string, value: unknown): Entry {
  const request = isObject(value) ? value['request'] : undefined;
  if (!isObject(value) || !isObject(request)) throw invalid('an entry without `request`');
  const { method, url } = request;
  if (typeof method !== 'string' || !kMethods.includes(method) || typeof url !== 'string') {
    throw invalid('an entry without method and URL');
  }
  const headers: Record<string, string> = {};
  for (const [name, header] of Object.entries(kConditions)) {
    const text = request[name];
    if (text === undefined) continue;
    if (typeof text !== 'string' || !/^[ -~]+$/.test(text)) {
      throw invalid('a condition of an entry is no text');
    }
    headers[header] = text;
  }
  const { resource, fullUrl } = value;
  if (resource !== undefined && !isObject(resource)) throw invalid('an entry without resource');
  if (fullUrl !== undefined && typeof fullUrl !== 'string') throw invalid('`fullUrl` is no text');
  return { method, url: relative(baseUrl, url), fullUrl, resource, headers };
}

/** @throws Refusal when the Bundle as a whole cannot be taken */
export function sentBy(exchange: Exchange): Sent {
  needsJson(exchange);
  const tree = treeOf(exchange.body, (text) => parse(text));
  const type = isObject(tree) ? tree['type'] : undefined;
  if (!isObject(tree) || tree['resourceType'] !== 'Bundle') throw invalid('the body is no Bundle');
  if (type !== 'batch' && type !== 'transaction') {
    throw invalid('the Bundle is no batch and no transaction');
  }
  const { entry = [] } = tree;
  if (!Array.isArray(entry)) throw invalid('`entry` is no array');
  if (entry.length > (exchange.options.maxBatchEntries ?? 100)) {
    throw new Refusal(413, 'too-long', 'too many entries', 'limit');
  }
  const entries = (entry as unknown[]).map((value) => {
    try {
      return entryOf(exchange.baseUrl, value);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  });
  return { type, entries };
}

const fromBase64 = (text: string): Bytes => {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw invalid('`data` is no base64');
  }
};

/** An entry as a request of its own. A patch that is no FHIR stands in a Binary. */
export function requestOf(exchange: Exchange, entry: Entry): Exchange {
  const { method, url, resource } = entry;
  const headers = new Headers(entry.headers);
  const prefer = exchange.request.headers.get('prefer');
  if (prefer !== null) headers.set('prefer', prefer);
  let body: Bytes | undefined;
  if (resource !== undefined && method !== 'GET' && method !== 'HEAD' && method !== 'DELETE') {
    const { contentType, data } = resource;
    const isPatch = method === 'PATCH' && resource['resourceType'] === 'Binary';
    if (isPatch && (typeof contentType !== 'string' || typeof data !== 'string')) {
      throw invalid('a patch without content');
    }
    body = isPatch ? fromBase64(data as string) : bytesOf(resource);
    if (isPatch && contentType !== 'application/json-patch+json') {
      throw new Refusal(415, 'not-supported', 'no patch of this type', 'media-type');
    }
    headers.set('content-type', isPatch ? 'application/json-patch+json' : 'application/fhir+json');
  }
  const whole = `${exchange.baseUrl}${url.startsWith('?') ? '' : '/'}${url}`;
  const request = new Request(whole, { method, headers, ...(body === undefined ? {} : { body }) });
  return exchange.entry(request, body ?? new Uint8Array(0));
}
