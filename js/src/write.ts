// A write on its way to the engine: three bodies that go in as one.
import { instantOf } from './clock.js';
import { bytesOfBody, checkNames } from './input.js';
import type { Boundary } from './memory.js';
import type { Body } from './types.js';
import type { WriteDecision, WriteRequest } from './types-write.js';

const kInteractions = ['create', 'update', 'patch', 'delete'];
const kNames = ['interaction', 'before', 'after', 'patch'];

/** A request whose bodies were checked and brought into bytes; empty where there is none. */
export interface Write {
  interaction: 'create' | 'update' | 'delete';
  before: Uint8Array;
  change: Uint8Array;
  patches: boolean;
}

const given = (value: unknown): boolean => value !== undefined && value !== null;

const bytesOf = (value: unknown): Uint8Array =>
  given(value) ? bytesOfBody(value as Body) : new Uint8Array(0);

/** @throws TypeError a request that contradicts itself */
export function writeOf(request: WriteRequest): Write {
  if (typeof request !== 'object' || request === null) {
    throw new TypeError('checkWrite takes { interaction, before, after, patch }');
  }
  checkNames(request, kNames, 'checkWrite');
  const { interaction, before, after, patch } = request;
  if (!kInteractions.includes(interaction)) {
    throw new TypeError(`unknown interaction; one of ${kInteractions.join(', ')}`);
  }
  const patches = interaction === 'patch';
  if (given(patch) !== patches) {
    throw new TypeError('`patch` goes with the interaction `patch`, and with no other');
  }
  if (given(after) !== (interaction === 'create' || interaction === 'update')) {
    throw new TypeError('`after` goes with create and update, and with nothing else');
  }
  if (interaction === 'create' && given(before)) {
    throw new TypeError('what is created has no stored version');
  }
  return {
    interaction: patches ? 'update' : interaction,
    before: bytesOf(before),
    change: bytesOf(patches ? patch : after),
    patches,
  };
}

export function runWrite(
  boundary: Boundary,
  policy: number,
  interaction: number,
  write: Write,
): WriteDecision {
  const { before, change, patches } = write;
  const { ms, zone } = instantOf(undefined);
  const { outcome, body } = boundary.checkWrite(before, change, (size) => [
    ...([policy, interaction, before.length, size, patches ? 1 : 0, ms, zone] as const),
  ]);
  const decision = outcome as WriteDecision;
  const stores = decision.allowed && write.interaction !== 'delete';
  return { ...decision, body: stores ? body : undefined };
}
