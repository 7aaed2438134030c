import { accepted, type Host, Lease, type Outcome } from './compiled.js';
import { kDispose } from './dispose.js';
import { bodyOf, checkNames, formatIndex, interactionIndex, onInvalidIndex } from './input.js';
import type { Boundary } from './memory.js';
import { openFilterStream } from './streams.js';
import type {
  AssembledRule,
  Body,
  Decision,
  FilterStream,
  FilterStreamOptions,
  Interaction,
  IpDecision,
  Issue,
  Policy,
} from './types.js';

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

class CompiledPolicy implements Policy {
  readonly hash: string;
  readonly rules: readonly AssembledRule[];
  readonly warnings: readonly Issue[];
  readonly #lease: Lease;

  constructor(lease: Lease, outcome: Outcome) {
    this.#lease = lease;
    this.hash = outcome.hash ?? '';
    this.rules = deepFreeze(outcome.rules ?? []);
    this.warnings = deepFreeze(outcome.issues.filter((issue) => issue.severity === 'warning'));
  }

  checkIp(address: string | null | undefined): IpDecision {
    const { boundary, handle } = this.#lease.use();
    if (address !== undefined && address !== null && typeof address !== 'string') {
      throw new TypeError('an address is a string');
    }
    return boundary.checkIp(handle, address ?? '') as IpDecision;
  }

  can(interaction: Interaction, resourceType: string): boolean {
    const { boundary, handle } = this.#lease.use();
    if (typeof resourceType !== 'string') throw new TypeError('a resource type is a string');
    return boundary.can(handle, interactionIndex(interaction), resourceType);
  }

  decide(interaction: Interaction, resource: Body): Decision {
    const { boundary, handle } = this.#lease.use();
    return boundary.decide(handle, interactionIndex(interaction), bodyOf(resource)) as Decision;
  }

  redact(interaction: Interaction, body: Body): Uint8Array<ArrayBuffer> | undefined {
    const { boundary, handle } = this.#lease.use();
    return boundary.redact(handle, interactionIndex(interaction), bodyOf(body));
  }

  filterStream(options?: FilterStreamOptions | null): FilterStream {
    const { boundary, handle } = this.#lease.use();
    const wanted = options ?? {};
    checkNames(wanted, ['format', 'interaction', 'onInvalid'], 'filterStream options');
    const stream = boundary.openStream(
      handle,
      interactionIndex(wanted.interaction ?? 'search'),
      formatIndex(wanted.format ?? 'ndjson'),
      onInvalidIndex(wanted.onInvalid ?? 'error'),
    );
    return openFilterStream(boundary, stream);
  }

  free(): void {
    this.#lease.free((boundary, handle) => boundary.freePolicy(handle));
  }

  [kDispose](): void {
    this.free();
  }
}

/** Compiles the JSON text of a policy input. */
export function compilePolicy(host: Host, text: string): Policy {
  const boundary = host.healthy();
  const outcome = accepted(boundary.compilePolicy(text));
  const again = (fresh: Boundary) => accepted(fresh.compilePolicy(text)).handle;
  return new CompiledPolicy(new Lease(host, boundary, outcome.handle, 'policy', again), outcome);
}
