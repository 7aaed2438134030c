// Answers of the gateway's own (SPEC 14).
import type { Refusal } from './exchange.js';

/** On every answer: nothing may be kept by a cache that somebody else reads. */
export const kHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/fhir+json; charset=utf-8',
  'cache-control': 'private, no-store',
  vary: 'Authorization',
  'x-content-type-options': 'nosniff',
};

/** `text` is the gateway's: never of the upstream, a resource, or the request. */
export function outcomeResponse(
  status: number,
  code: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const issue = [{ severity: 'error', code, details: { text } }];
  return new Response(JSON.stringify({ resourceType: 'OperationOutcome', issue }), {
    status,
    headers: { ...kHeaders, ...headers },
  });
}

export const refused = (refusal: Refusal): Response =>
  outcomeResponse(refusal.status, refusal.code, refusal.message, refusal.headers);

/** Missing, deleted, and not for this caller: one answer, byte for byte. */
export const notFound = (): Response => outcomeResponse(404, 'not-found', 'not found');
