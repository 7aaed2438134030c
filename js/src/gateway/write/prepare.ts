// Decides on a write without sending it (SPEC 9): what is sent is what was checked, on the version that was checked.
import { LimitError, ResourceError } from '../../errors.js';
import type { Interaction, ResolvedResources } from '../../types.js';
import type { WriteDecision, WriteIssue, WriteRequest } from '../../types-write.js';
import { validators } from '../etag.js';
import { type Exchange, Refusal, type StoredResource, type UpstreamCall } from '../exchange.js';
import { resolveReferences } from '../resolve.js';
import { identityOf } from '../upstream.js';
import { shown } from '../read/instance.js';
import {
  type Bytes,
  conditionalReference,
  conditionalReferences,
  invalid,
  needsJson,
  needsPatch,
  submitted,
  treeOf,
} from './body.js';

/** A write that may be sent. */
export interface Prepared {
  readonly call: UpstreamCall;
  /** Of a create or update. */
  readonly body: Bytes | undefined;
  /** `If-Match` of the version that was checked. */
  readonly ifMatch: string | undefined;
  /** Warnings, without values (SPEC 9.3). */
  readonly issues: readonly WriteIssue[];
}

const kContexts = 4; // a Binary's `securityContext`, which may be a Binary's again (SPEC 10.4)

/** Missing, deleted, and not for this caller. */
export const missing = () => new Refusal(404, 'not-found', 'not found', 'not-found');
export const changed = () =>
  new Refusal(412, 'conflict', 'the version is not the current one', 'version');

/** What checkWrite looks at beside the bodies themselves. */
async function resolvedFor(
  exchange: Exchange,
  type: string,
  looks: readonly (readonly [Bytes | undefined, Interaction])[],
): Promise<ResolvedResources | undefined> {
  const most = Math.max(exchange.options.maxReferences ?? 0, type === 'Binary' ? kContexts : 0);
  const all = new Map<string, Uint8Array | undefined>();
  for (const [body, interaction] of most > 0 ? looks : []) {
    if (body === undefined) continue;
    const found = await resolveReferences(exchange, body, interaction, most);
    for (const [name, answer] of (found ?? []) as Iterable<[string, Uint8Array]>) {
      all.set(name, answer);
    }
  }
  return all.size === 0 ? undefined : all;
}

/** SPEC 14: what a refused write is to the caller, who learns no more than this. */
export function refusalFor({ reason, rule }: WriteDecision, { record }: Exchange): Refusal {
  record.rule = rule;
  switch (reason) {
    case 'no-before':
    case 'not-readable':
      return missing();
    case 'identity':
      return new Refusal(400, 'invalid', 'type and id cannot be changed', reason);
    case 'patch': // on what the caller may read (SPEC 9.6)
      return new Refusal(422, 'processing', 'the patch cannot be applied', reason);
    case 'constraint':
      return new Refusal(403, 'business-rule', 'not allowed', reason);
    default:
      return new Refusal(403, 'forbidden', 'not allowed', reason);
  }
}

/** Failures of the engine with what the client sent; the stored version was read before without any. */
export function failureWith(error: unknown): unknown {
  if (error instanceof LimitError) {
    return new Refusal(413, 'too-long', `the body is over a limit: ${error.code}`, 'limit');
  }
  if (error instanceof ResourceError) {
    return invalid(`the body cannot be read: ${error.code}`, error.code);
  }
  return error;
}

async function decide(
  exchange: Exchange,
  type: string,
  write: WriteRequest & { before?: Bytes; after?: Bytes },
): Promise<WriteDecision> {
  const { interaction, before, after } = write;
  const result = interaction === 'create' ? interaction : 'update';
  let decision: WriteDecision;
  try {
    const resolved = await resolvedFor(exchange, type, [
      [before, 'read'],
      [before, interaction === 'delete' ? interaction : 'update'],
      [after, result],
    ]);
    decision = exchange.policy.checkWrite(write, { resolved });
  } catch (error) {
    throw failureWith(error);
  }
  if (!decision.allowed) throw refusalFor(decision, exchange);
  exchange.record.rule = decision.rule;
  return decision;
}

/** The stored version, where the caller may read it and meant this one. Compared is what the caller was shown (LEAKS 53). */
async function current(exchange: Exchange, type: string, id: string): Promise<StoredResource> {
  const { request, upstream } = exchange;
  const stored = await upstream.stored(`${type}/${id}`);
  if (stored === undefined) throw missing();
  const body = await shown(exchange, stored, 'read', type);
  if (body === undefined) throw missing();
  const tag = validators(identityOf(body) as never)['etag']?.slice(2);
  const names = (header: string) =>
    header.split(',').some((one) => {
      const text = one.trim();
      return text === '*' || (tag !== undefined && text.replace(/^W\//, '') === tag);
    });
  const match = request.headers.get('if-match');
  if (match !== null && !names(match)) throw changed();
  const none = request.headers.get('if-none-match');
  if (none !== null && names(none)) throw changed();
  return stored;
}

const kJson = { 'content-type': 'application/fhir+json', prefer: 'return=representation' };

export async function prepareCreate(exchange: Exchange, type: string): Promise<Prepared> {
  needsJson(exchange);
  submitted(exchange.body, type, null);
  const decision = await decide(exchange, type, { interaction: 'create', after: exchange.body });
  const body = decision.body as Bytes;
  return {
    call: { method: 'POST', url: type, headers: kJson, body },
    ...{ body, ifMatch: undefined, issues: decision.issues },
  };
}

function put(stored: StoredResource, url: string, decision: WriteDecision): Prepared {
  const { etag } = stored;
  if (etag === undefined) {
    // Whether it is still the version that was checked could not be told (SPEC 13.4).
    throw new Refusal(409, 'conflict', 'the server names no version', 'version');
  }
  const body = decision.body as Bytes;
  return {
    call: { method: 'PUT', url, headers: { ...kJson, 'if-match': etag }, body },
    ...{ body, ifMatch: etag, issues: decision.issues },
  };
}

export async function prepareUpdate(
  exchange: Exchange,
  type: string,
  id: string,
): Promise<Prepared> {
  needsJson(exchange);
  submitted(exchange.body, type, id);
  const stored = await current(exchange, type, id);
  const write = { interaction: 'update', before: stored.body, after: exchange.body } as const;
  return put(stored, `${type}/${id}`, await decide(exchange, type, write));
}

/** SPEC 9.6: a patch becomes an update; the server never sees it. */
export async function preparePatch(
  exchange: Exchange,
  type: string,
  id: string,
): Promise<Prepared> {
  needsPatch(exchange);
  const stored = await current(exchange, type, id);
  const write = { interaction: 'patch', before: stored.body, patch: exchange.body } as const;
  const decision = await decide(exchange, type, write);
  const before = conditionalReferences(treeOf(stored.body));
  for (const reference of conditionalReferences(treeOf(decision.body as Bytes))) {
    if (!before.has(reference)) throw conditionalReference();
  }
  return put(stored, `${type}/${id}`, decision);
}

export async function prepareDelete(
  exchange: Exchange,
  type: string,
  id: string,
): Promise<Prepared> {
  const stored = await current(exchange, type, id);
  const write = { interaction: 'delete', before: stored.body } as const;
  const { issues } = await decide(exchange, type, write);
  const headers: Record<string, string> = stored.etag ? { 'if-match': stored.etag } : {};
  return {
    call: { method: 'DELETE', url: `${type}/${id}`, headers },
    ...{ body: undefined, ifMatch: stored.etag, issues },
  };
}
