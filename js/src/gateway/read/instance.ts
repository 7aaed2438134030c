// Reading one resource, or a version of it.
import { type Exchange, type Interact, Refusal, type StoredResource } from '../exchange.js';
import { notModified, validators } from '../etag.js';
import { acceptsJson, bodiless, notAcceptable, released } from '../headers.js';
import { notFound } from '../outcome.js';
import { resolveReferences } from '../resolve.js';
import { releasedIdentity } from '../upstream.js';
import { rawBinary } from './binary.js';
import { refusalOf } from './stream.js';

const kContexts = 4; // a Binary's `securityContext`, which may be a Binary's again (SPEC 10.4)

/** Does somebody read the record? Those of a batch's entries are read by nobody. */
const isRecorded = ({ options, record }: Exchange) =>
  record.kind !== 'batch' && (options.log !== null || options.audit !== undefined);

/** What the caller may see of a stored resource; undefined where that is nothing. With `notes`, the record says by which rule. */
export async function shown(
  exchange: Exchange,
  stored: StoredResource,
  interaction: 'read' | 'vread',
  resourceType: string | null,
  notes = false,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { body } = stored;
  const most = Math.max(
    exchange.options.maxReferences ?? 0,
    resourceType === 'Binary' ? kContexts : 0,
  );
  try {
    const resolved = await resolveReferences(exchange, body, interaction, most);
    if (notes && isRecorded(exchange)) {
      exchange.record.rule = exchange.policy.decide(interaction, body, { resolved }).rule;
    }
    return exchange.policy.redact(interaction, body, { resolved });
  } catch (error) {
    throw refusalOf(error);
  }
}

/** May the caller read what is current? Who may not sees nothing of its past either (SPEC 9.1). */
export async function readsCurrent(exchange: Exchange, type: string, id: string): Promise<boolean> {
  const stored = await exchange.upstream.stored(`${type}/${id}`);
  return stored !== undefined && (await shown(exchange, stored, 'read', type)) !== undefined;
}

export const read: Interact = async (exchange, check) => {
  const { request, upstream, record } = exchange;
  const { resourceType, id, version } = check;
  if (check.url === null || resourceType === null || id === null) {
    throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
  }
  const isBinary = resourceType === 'Binary';
  if (!isBinary && !acceptsJson(request)) throw notAcceptable();
  const missing = () => {
    record.allowed = false;
    record.reason = 'not-found';
    return notFound();
  };
  const stored = await upstream.stored(check.url);
  if (stored === undefined) return missing();
  const wanted = version === null ? 'read' : 'vread';
  const body = await shown(exchange, stored, wanted, resourceType, true);
  if (body === undefined) return missing();
  if (version !== null && !(await readsCurrent(exchange, resourceType, id))) return missing();
  const resource = releasedIdentity(stored.body, body);
  const headers = validators(resource as never);
  record.released = 1;
  const raw = isBinary ? rawBinary(request, resource as never, headers) : undefined;
  if (raw === undefined && !acceptsJson(request)) throw notAcceptable();
  if (notModified(request, headers)) return bodiless(304, headers);
  return raw ?? released(body, headers);
};
