// What a write answers (SPEC 9.8, 14): the part of the stored resource that leaves, and a place of the gateway's own.
import { belowBase } from '../base.js';
import { validators } from '../etag.js';
import { type Exchange, Refusal } from '../exchange.js';
import { bodiless, isFhirJson, released } from '../headers.js';
import { resolveReferences } from '../resolve.js';
import { failureOf, identityOf } from '../upstream.js';
import type { Bytes } from './body.js';
import { changed, type Prepared } from './prepare.js';

type Wanted = 'minimal' | 'representation' | 'operationoutcome';

/** `Prefer: return=`; a representation unless something else is asked for. */
export function preferred(request: Request): Wanted {
  const header = request.headers.get('prefer') ?? '';
  const found = /(?:^|[,;\s])return\s*=\s*"?(minimal|representation|OperationOutcome)\b/i.exec(
    header,
  );
  return (found?.[1]?.toLowerCase() ?? 'representation') as Wanted;
}

const kPlace = /^([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** `Type/id` of a `Location` of the upstream's; undefined where it leads elsewhere. */
export function placeOf(upstream: string, location: unknown): string | undefined {
  if (typeof location !== 'string') return undefined;
  const below = belowBase(upstream, location) ?? location;
  return kPlace.exec(below)?.[1];
}

/** The body of an answer, if it is the resource that was written. */
async function echoOf(exchange: Exchange, answer: Response, type: string) {
  const { upstream } = exchange;
  if (answer.status === 204 || answer.body === null || !isFhirJson(answer.headers)) {
    void answer.body?.cancel().catch(() => undefined);
    return undefined;
  }
  try {
    const body = await upstream.json(answer);
    const { resourceType, id } = identityOf(body);
    return resourceType === type && typeof id === 'string' ? { body, id } : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined; // it is written, whatever is said of it
    throw error;
  }
}

/** Without a reason to show it there is none. */
async function visible(
  exchange: Exchange,
  body: Bytes,
  interaction: 'create' | 'update',
): Promise<Bytes | undefined> {
  try {
    const resolved = await resolveReferences(exchange, body, interaction);
    const reading = await resolveReferences(exchange, body, 'read');
    const both = new Map([
      ...((resolved ?? []) as Iterable<[string, Bytes]>),
      ...((reading ?? []) as Iterable<[string, Bytes]>),
    ]);
    const { policy } = exchange;
    // SPEC 9.8: of a creation, too, a server tells more than what was sent.
    if (!policy.decide('read', body, { resolved: both }).allowed) return undefined;
    return policy.redact(interaction, body, { resolved: both });
  } catch {
    return undefined; // the write is done: an error would say that it is not
  }
}

function outcomeOf(prepared: Prepared): string {
  const issue = prepared.issues.map(({ path, message }) => ({
    severity: 'warning',
    code: 'business-rule',
    details: { text: message },
    ...(path === '' ? {} : { expression: [path] }),
  }));
  const done = { severity: 'information', code: 'informational', details: { text: 'done' } };
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: [done, ...issue] });
}

/** Sends a write once. What changed since it was checked is a conflict, and not tried again. */
export async function carryOut(
  exchange: Exchange,
  prepared: Prepared,
  type: string,
  id: string | null,
): Promise<Response> {
  const { request, upstream, baseUrl } = exchange;
  const answer = await upstream.send(prepared.call);
  if (answer.status === 412) {
    void answer.body?.cancel().catch(() => undefined);
    throw changed();
  }
  if (answer.status < 200 || answer.status > 204) throw failureOf(answer);
  const wanted = preferred(request);
  const done = (headers: Record<string, string>, body: Bytes | undefined, status: number) => {
    if (wanted === 'operationoutcome') return released(outcomeOf(prepared), headers, status);
    return wanted === 'minimal' || body === undefined
      ? bodiless(status, headers)
      : released(body, headers, status);
  };
  if (prepared.body === undefined) {
    void answer.body?.cancel().catch(() => undefined);
    return done({}, undefined, wanted === 'operationoutcome' ? 200 : 204);
  }
  const isCreate = id === null;
  const location = answer.headers.get('location') ?? answer.headers.get('content-location');
  const echo = await echoOf(exchange, answer, type);
  const own = echo !== undefined && (isCreate || echo.id === id) ? echo : undefined;
  const body =
    own === undefined
      ? undefined
      : await visible(exchange, own.body, isCreate ? 'create' : 'update');
  const headers = body === undefined ? {} : validators(identityOf(body) as never);
  const named = own === undefined ? placeOf(upstream.baseUrl, location) : `${type}/${own.id}`;
  const place = isCreate ? (named?.startsWith(`${type}/`) ? named : undefined) : `${type}/${id}`;
  const version = headers['etag']?.slice(3, -1);
  if (place !== undefined) {
    headers['location'] =
      `${baseUrl}/${place}${version === undefined ? '' : `/_history/${version}`}`;
  }
  if (body !== undefined) exchange.record.released = 1;
  return done(headers, body, isCreate ? 201 : 200);
}
