// Bulk export: the state and the files of an export are reached by sealed links only (SPEC 13.6), each line is decided on (8.3).
import { belowBase } from '../base.js';
import { type Exchange, Refusal } from '../exchange.js';
import { acceptsJson, bodiless, notAcceptable, released, retryAfter } from '../headers.js';
import type { Sealed } from '../seal.js';
import { failureOf, unreadable } from '../upstream.js';
import { filtered } from './stream.js';

const kAsync = { prefer: 'respond-async' };

/** `$export`, which the options list. */
export async function kickOff(exchange: Exchange, url: string): Promise<Response> {
  const { request, upstream } = exchange;
  if (!/\brespond-async\b/i.test(request.headers.get('prefer') ?? '')) {
    throw new Refusal(400, 'invalid', 'an export needs `Prefer: respond-async`', 'operation');
  }
  const answer = await upstream.send(
    request.method === 'POST'
      ? {
          method: 'POST',
          url,
          headers: { ...kAsync, 'content-type': 'application/fhir+json' },
          body: exchange.body,
        }
      : { method: 'GET', url, headers: kAsync },
  );
  if (answer.status !== 202) throw answer.status < 300 ? unreadable('export') : failureOf(answer);
  void answer.body?.cancel().catch(() => undefined);
  const state = belowBase(upstream.baseUrl, answer.headers.get('content-location') ?? '');
  if (state === undefined) throw unreadable('export');
  const sealed = { url: state, kind: 'export', interaction: 'search', type: null } as const;
  return bodiless(202, { 'content-location': await exchange.sealer.seal(exchange, sealed) });
}

interface Manifest {
  readonly transactionTime?: unknown;
  readonly output?: unknown;
}

/** The manifest with sealed files of the types that the caller may search; without counts, deletions and errors. */
async function manifest(exchange: Exchange, sealed: Sealed, body: Uint8Array): Promise<string> {
  let parsed: Manifest;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as Manifest;
  } catch {
    throw unreadable('invalid-json');
  }
  if (!Array.isArray(parsed?.output)) throw unreadable('export');
  const output: { type: string; url: string }[] = [];
  for (const file of parsed.output as ({ type?: unknown; url?: unknown } | null)[]) {
    const { type, url } = file ?? {};
    if (typeof type !== 'string' || typeof url !== 'string') continue;
    const below = belowBase(exchange.upstream.baseUrl, url); // elsewhere it would bypass the gateway
    if (below === undefined || !exchange.policy.can('search', type)) continue;
    const link = { url: below, kind: 'file', interaction: 'search', type } as const;
    output.push({ type, url: await exchange.sealer.seal(exchange, link) });
  }
  const { transactionTime } = parsed;
  const time = typeof transactionTime === 'string' && !Number.isNaN(Date.parse(transactionTime));
  return JSON.stringify({
    ...(time ? { transactionTime } : {}),
    request: await exchange.sealer.seal(exchange, sealed),
    requiresAccessToken: true,
    output,
    error: [],
  });
}

/** The state of an export: 202 until its manifest is there; `DELETE` ends it. */
export async function exportState(exchange: Exchange, sealed: Sealed): Promise<Response> {
  const { request, upstream } = exchange;
  const { url } = sealed;
  const isDelete = request.method === 'DELETE';
  const method = isDelete ? 'DELETE' : 'GET';
  const answer = await upstream.send({ method, url, headers: { accept: 'application/json' } });
  if (answer.status === 202 || (isDelete && answer.status === 204)) {
    void answer.body?.cancel().catch(() => undefined);
    return bodiless(202, retryAfter(answer));
  }
  if (answer.status !== 200 || isDelete) throw failureOf(answer);
  const body = await manifest(exchange, sealed, await upstream.json(answer));
  return released(body, { 'content-type': 'application/json' });
}

export async function exportFile(exchange: Exchange, sealed: Sealed): Promise<Response> {
  const { policy, request, upstream } = exchange;
  if (!acceptsJson(request, true)) throw notAcceptable();
  if (sealed.type === null || !policy.can('search', sealed.type)) {
    throw new Refusal(403, 'forbidden', 'not allowed', 'no-rule');
  }
  const headers = { accept: 'application/fhir+ndjson' };
  const answer = await upstream.send({ method: 'GET', url: sealed.url, headers });
  if (answer.status !== 200) throw failureOf(answer);
  return filtered(exchange, answer, { format: 'ndjson', interaction: 'search' });
}
