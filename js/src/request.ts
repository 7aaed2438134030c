// Requests as the engine takes them (SPEC 13).
import { bytesOfBody, checkNames, isBytes, isWellFormed } from './input.js';
import type {
  FhirRequest,
  RequestCheck,
  RequestCheckOptions,
  RequestOutcome,
} from './types-request.js';

/** What of a request the engine looks at: one header of each pair behind the other, with NUL between. */
export interface RequestText {
  flags: number;
  method: string;
  url: string;
  headers: string;
  body: Uint8Array;
}
export type Ask = (request: RequestText) => unknown;

// wasm/handles.hpp
const kMedplum = 1;
const kAllowSubscriptions = 2;

// Headers that say what is asked.
const kHeaders =
  /^(content-(type|encoding)|if-none-exist|x-http-method(-override)?|x-method-override)$/i;
const kNone = new Uint8Array(0);

function flagsOf(options: RequestCheckOptions | null | undefined): number {
  const { upstreamKind = 'fhir', allowSubscriptions = false } = options ?? {};
  if (options) checkNames(options, ['upstreamKind', 'allowSubscriptions'], 'checkRequest options');
  if (upstreamKind !== 'fhir' && upstreamKind !== 'medplum') {
    throw new TypeError('upstreamKind is fhir or medplum');
  }
  return (
    (upstreamKind === 'medplum' ? kMedplum : 0) |
    (allowSubscriptions === true ? kAllowSubscriptions : 0)
  );
}

function headersOf(headers: FhirRequest['headers']): string {
  if (headers === undefined || headers === null) return '';
  const entries =
    typeof (headers as Headers).entries === 'function'
      ? [...(headers as Headers).entries()]
      : Object.entries(headers as Record<string, string>);
  let text = '';
  for (const [name, value] of entries) {
    if (!kHeaders.test(name)) continue;
    if (typeof value !== 'string' || value.includes('\0')) {
      throw new TypeError('a header is a string without control characters');
    }
    text += `${name}\0${value}\0`;
  }
  return text;
}

/** A refusal of what the engine was not asked. */
function refused(status: number, reason: string, code: string, text: string): RequestCheck {
  const outcome: RequestOutcome = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code, details: { text } }],
  };
  return {
    ...{ allowed: false, status, reason, kind: null, interaction: null, resourceType: null },
    ...{ id: null, version: null, operation: null, compartment: null, conditional: false },
    ...{ patch: false, head: false, url: null, form: null, criteria: null, removed: [] },
    ...{ exact: false, entries: null, outcome },
  };
}

const notCanonical = (text: string) => refused(400, 'not-canonical', 'invalid', text);

type Entry = { request?: { method?: unknown; url?: unknown; ifNoneExist?: unknown } };

/** SPEC 13.1: entry by entry, each like a request of its own. Undefined: no batch or transaction. */
function entriesOf(body: Uint8Array): Entry[] | undefined {
  try {
    const bundle = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as {
      resourceType?: unknown;
      type?: unknown;
      entry?: unknown;
    };
    const entries = bundle.entry ?? [];
    const known = bundle.type === 'batch' || bundle.type === 'transaction';
    return bundle.resourceType === 'Bundle' && known && Array.isArray(entries)
      ? (entries as Entry[])
      : undefined;
  } catch {
    return undefined;
  }
}

function checkEntry(entry: Entry | null, flags: number, ask: Ask): RequestCheck {
  const { method, url, ifNoneExist } = entry?.request ?? {};
  if (typeof method !== 'string' || typeof url !== 'string') {
    return notCanonical('an entry has no request');
  }
  if (ifNoneExist !== undefined && typeof ifNoneExist !== 'string') {
    return notCanonical('ifNoneExist is a string');
  }
  const headers = ifNoneExist === undefined ? {} : { 'if-none-exist': ifNoneExist };
  if (!isWellFormed(url) || !isWellFormed(ifNoneExist ?? '') || ifNoneExist?.includes('\0')) {
    return notCanonical('the text is no Unicode');
  }
  const check = ask({ flags, method, url, headers: headersOf(headers), body: kNone });
  const found = check as RequestCheck;
  return found.kind === 'batch' ? notCanonical('a batch holds no batch') : found;
}

export function runRequest(
  request: FhirRequest,
  options: RequestCheckOptions | null | undefined,
  ask: Ask,
): RequestCheck {
  if (typeof request !== 'object' || (request as object | null) === null) {
    throw new TypeError('checkRequest takes { method, url, headers, body }');
  }
  checkNames(request, ['method', 'url', 'headers', 'body'], 'checkRequest');
  const flags = flagsOf(options);
  const { method, url, body } = request;
  if (typeof method !== 'string' || typeof url !== 'string') {
    throw new TypeError('method and url are strings');
  }
  if (typeof body !== 'string' && !isBytes(body ?? kNone)) {
    throw new TypeError('the body is bytes or a string');
  }
  if (!isWellFormed(url)) return notCanonical('the text is no Unicode');
  const headers = headersOf(request.headers);
  const bytes = bytesOfBody(body ?? kNone);
  // The engine looks at forms only.
  const path = url.split('?', 1)[0]!;
  const form = path.endsWith('_search') ? bytes : kNone;
  const check = ask({ flags, method, url, headers, body: form }) as RequestCheck;
  if (check.kind !== 'batch' || !check.allowed) return check;
  const entries = entriesOf(bytes);
  if (entries === undefined) return notCanonical('the body is no batch or transaction');
  return { ...check, entries: entries.map((entry) => checkEntry(entry, flags, ask)) };
}
