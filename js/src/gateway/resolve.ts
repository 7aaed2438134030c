// What criteria and `securityContext` look at in other resources, fetched before a decision (SPEC 5.8, 10.4).
import type { Interaction, ResolvedResources } from '../types.js';
import { isPlain } from './base.js';
import { type Exchange, Refusal } from './exchange.js';

const kRounds = 3; // a chain follows at most that many references

/**
 * Answers for what decisions on `body` look at; undefined where they look at nothing else. What is missing stays without an answer,
 * and then no criterion holds.
 */
export async function resolveReferences(
  exchange: Exchange,
  body: Uint8Array | string | object,
  interaction: Interaction,
  most = exchange.options.maxReferences ?? 0,
): Promise<ResolvedResources | undefined> {
  if (most <= 0) return undefined;
  const { policy, upstream } = exchange;
  const resolved = new Map<string, Uint8Array | undefined>();
  for (let round = 0; round < kRounds; ++round) {
    const wanted = policy
      .references(body, interaction, { resolved })
      .filter((reference) => !resolved.has(reference));
    if (wanted.length === 0) break;
    if (resolved.size + wanted.length > most) {
      throw new Refusal(413, 'too-long', 'too many references to look at', 'limit');
    }
    await Promise.all(
      wanted.map(async (reference) => resolved.set(reference, await fetchOne(upstream, reference))),
    );
  }
  return resolved.size === 0 ? undefined : resolved;
}

async function fetchOne(
  upstream: Exchange['upstream'],
  reference: string,
): Promise<Uint8Array | undefined> {
  if (!/^[A-Z][A-Za-z]+[/?]/.test(reference) || !isPlain(reference)) return undefined;
  if (!reference.includes('?')) return (await upstream.stored(reference))?.body;
  const answer = await upstream.send({ method: 'GET', url: reference });
  if (answer.status === 200) return upstream.json(answer);
  void answer.body?.cancel().catch(() => undefined);
  return undefined;
}
