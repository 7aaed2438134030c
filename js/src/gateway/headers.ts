// What of a request's headers counts, and which headers an answer has.
import { Refusal } from './exchange.js';
import { kHeaders } from './outcome.js';

/** Names the membership on whose behalf the caller wants to act (SPEC 10.3). */
export const kOnBehalfOf = 'x-medplum-on-behalf-of';

interface MediaRange {
  readonly type: string;
  readonly weight: number;
}

export function accepted(request: Request): readonly MediaRange[] {
  return (request.headers.get('accept') ?? '')
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { type, weight: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ type, weight }) => type !== '' && weight > 0);
}

const kJson = /^(\*\/\*|application\/(\*|json|fhir\+json|json\+fhir))$/;
const kNdjson = /^application\/(fhir\+ndjson|x-ndjson|ndjson)$/;

/** Does the client take FHIR JSON (or NDJSON, for files)? Without `Accept` it takes anything. */
export function acceptsJson(request: Request, lines = false): boolean {
  if (!request.headers.get('accept')?.trim()) return true;
  return accepted(request).some(
    ({ type }) => kJson.test(type) || type === 'text/*' || (lines && kNdjson.test(type)),
  );
}

export const notAcceptable = () =>
  new Refusal(415, 'not-supported', 'answers are FHIR JSON', 'media-type');

/** Does `_format` ask for something else? */
export const asksForOther = (query: URLSearchParams) =>
  query.getAll('_format').some((value) => !/^(json|application\/(fhir[ +])?json)$/.test(value));

const isJsonType = (value: string | null, types: RegExp) => {
  const [type = '', ...parameters] = (value ?? '').toLowerCase().split(';');
  return (
    types.test(type.trim()) &&
    parameters.every((parameter) => {
      const [name = '', text = ''] = parameter.split('=', 2).map((part) => part.trim());
      return name !== 'charset' || /^"?utf-?8"?$/.test(text);
    })
  );
};

/** SPEC 8.5: an upstream's answer that is anything else is not looked into. */
export const isFhirJson = (headers: Headers) =>
  isJsonType(headers.get('content-type'), /^application\/(fhir\+json|json)$/);
export const isFhirLines = (headers: Headers) =>
  isJsonType(headers.get('content-type'), /^application\/(fhir\+ndjson|ndjson|x-ndjson)$/);

/** Seconds of `Retry-After`; a date would tell the clock of the server. */
export function retryAfter(answer: Response): Record<string, string> {
  const value = answer.headers.get('retry-after') ?? '';
  return /^[0-9]{1,5}$/.test(value) ? { 'retry-after': value } : {};
}

/** An answer with a body that was released. */
export function released(
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | string | null,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return new Response(body, { status, headers: { ...kHeaders, ...headers } });
}

/** An answer without a body. */
export function bodiless(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  const { 'content-type': _, ...others } = kHeaders;
  return new Response(null, { status, headers: { ...others, ...headers } });
}
