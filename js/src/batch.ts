// The answer to a batch: what was asked, and where a body goes from here.
import { bytesOfBody, checkNames, interactionIndex } from './input.js';
import type { Boundary } from './memory.js';
import type { BatchExtra, EntryInteraction } from './types-batch.js';
import type { Body } from './types.js';

const kNames = ['interaction', 'resourceType'];

const encoder = new TextEncoder();

function checked(entry: EntryInteraction | null): EntryInteraction | null {
  if (entry === null || entry === undefined) return null;
  if (typeof entry === 'string') {
    interactionIndex(entry);
    return entry;
  }
  checkNames(entry, kNames, 'entryInteractions');
  interactionIndex(entry.interaction);
  const { interaction, resourceType } = entry;
  if (resourceType !== undefined && resourceType !== null && typeof resourceType !== 'string') {
    throw new TypeError('a resource type is a string');
  }
  return { interaction, resourceType };
}

/**
 * What was asked, as the engine takes it: the Bundle that was sent, or the interactions as a JSON array. Empty when neither is
 * given, which the engine refuses.
 * @throws TypeError both are given, or a list that is none
 */
export function requestsOf(extra: BatchExtra | null | undefined): Uint8Array {
  const { request, entryInteractions } = extra ?? {};
  const listed = entryInteractions !== undefined && entryInteractions !== null;
  if (request !== undefined && request !== null) {
    if (listed) throw new TypeError('`request` and `entryInteractions` say the same: give one');
    if (Array.isArray(request)) throw new TypeError('`request` is the Bundle that was sent');
    return bytesOfBody(request);
  }
  if (!listed) return new Uint8Array(0);
  if (!Array.isArray(entryInteractions)) {
    throw new TypeError('`entryInteractions` is an array, one for each entry');
  }
  return encoder.encode(JSON.stringify(entryInteractions.map(checked)));
}

/** A body on its way to the engine, as the answer to an interaction or to a batch. */
export interface Answered {
  references(boundary: Boundary, policy: number): string[];
  redact(boundary: Boundary, policy: number): Uint8Array<ArrayBuffer> | undefined;
}

export function answerTo(requests: Uint8Array, body: Body): Answered {
  const bytes = bytesOfBody(body);
  return {
    references: (boundary, policy) => boundary.batchReferences(policy, requests, bytes),
    redact: (boundary, policy) => boundary.redactBatch(policy, requests, bytes),
  };
}
