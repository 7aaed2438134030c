import { type Answered, answerTo, requestsOf } from './batch.js';
import { accepted, type Host, Lease, type Outcome } from './compiled.js';
import { kDispose } from './dispose.js';
import {
  bodyOf,
  checkNames,
  formatIndex,
  interactionIndex,
  onInvalidIndex,
  policyText,
  rewriteOf,
} from './input.js';
import type { Boundary } from './memory.js';
import { checkResolved, gather, splitResolve } from './references.js';
import { runRequest } from './request.js';
import { openFilterStream } from './streams.js';
import type { BatchExtra } from './types-batch.js';
import type { FhirRequest, RequestCheck, RequestCheckOptions } from './types-request.js';
import type { Explanation, WriteDecision, WriteRequest } from './types-write.js';
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
  PolicyInput,
  Resolve,
  Resolved,
  ResolvedResources,
} from './types.js';
import { runWrite, writeOf } from './write.js';

export function deepFreeze<T>(value: T): T {
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
  readonly #resolve: Resolve | undefined;

  constructor(lease: Lease, outcome: Outcome, resolve: Resolve | undefined) {
    this.#lease = lease;
    // Nothing is asked where no rule looks at another resource.
    this.#resolve = outcome.references === true ? resolve : undefined;
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

  /** Runs `work` where it sees what the host fetched for what `ask` lists. */
  #withResolved<T>(
    ask: (boundary: Boundary, handle: number) => string[],
    given: ResolvedResources | null | undefined,
    resolve: Resolve | undefined,
    work: (boundary: Boundary, handle: number) => T,
  ): T {
    const asked = (resolved: Uint8Array | undefined) => {
      const { boundary, handle } = this.#lease.use();
      return boundary.withResolved(resolved, () => ask(boundary, handle));
    };
    const resolved = gather(() => this.#lease.use().boundary, given, resolve, asked);
    const { boundary, handle } = this.#lease.use();
    return boundary.withResolved(resolved, () => work(boundary, handle));
  }

  /** One resource's decision or explanation, as the engine has it. */
  #ask<T>(
    interaction: Interaction,
    resource: Body,
    extra: Resolved | null | undefined,
    ask: (boundary: Boundary, handle: number, index: number, body: Uint8Array | string) => unknown,
  ): T {
    this.#lease.use();
    checkResolved(extra);
    const index = interactionIndex(interaction);
    const body = bodyOf(resource);
    return this.#withResolved(
      (boundary, handle) => boundary.references(handle, index, body),
      extra?.resolved,
      this.#resolve,
      (boundary, handle) => ask(boundary, handle, index, body) as T,
    );
  }

  decide(interaction: Interaction, resource: Body, extra?: Resolved | null): Decision {
    return this.#ask(interaction, resource, extra, (boundary, ...call) => boundary.decide(...call));
  }

  explain(interaction: Interaction, resource: Body, extra?: Resolved | null): Explanation {
    return this.#ask(interaction, resource, extra, (boundary, ...call) =>
      boundary.explain(...call),
    );
  }

  redact(
    interaction: Interaction | 'batch',
    body: Body,
    extra?: Resolved | BatchExtra | null,
  ): Uint8Array<ArrayBuffer> | undefined {
    const { references, redact } = this.#answered(interaction, body, extra);
    return this.#withResolved(references, extra?.resolved, this.#resolve, redact);
  }

  #answered(
    interaction: Interaction | 'batch',
    given: Body,
    extra: Resolved | BatchExtra | null | undefined,
  ): Answered {
    this.#lease.use();
    if (interaction === 'batch') {
      checkResolved(extra, ['resolved', 'request', 'entryInteractions']);
      return answerTo(requestsOf(extra), given);
    }
    checkResolved(extra);
    const index = interactionIndex(interaction);
    const body = bodyOf(given);
    return {
      references: (boundary, policy) => boundary.references(policy, index, body),
      redact: (boundary, policy) => boundary.redact(policy, index, body),
    };
  }

  checkWrite(request: WriteRequest, extra?: Resolved | null): WriteDecision {
    this.#lease.use();
    checkResolved(extra);
    const write = writeOf(request);
    const index = interactionIndex(write.interaction);
    // What is looked at: the stored version, to be read and to be changed, and what is submitted.
    const looks: [number, Uint8Array][] = [
      [interactionIndex('read'), write.before],
      [index, write.before],
      [index, write.patches ? new Uint8Array(0) : write.change],
    ];
    const ask = (resolved: Uint8Array | undefined) => {
      const wanted = looks.flatMap(([interaction, body]) => {
        if (body.length === 0) return [];
        const { boundary, handle } = this.#lease.use();
        return boundary.withResolved(resolved, () =>
          boundary.references(handle, interaction, body),
        );
      });
      return [...new Set(wanted)];
    };
    const boundaryNow = () => this.#lease.use().boundary;
    const resolved = gather(boundaryNow, extra?.resolved, this.#resolve, ask);
    const { boundary, handle } = this.#lease.use();
    return boundary.withResolved(resolved, () => runWrite(boundary, handle, index, write));
  }

  checkRequest(request: FhirRequest, options?: RequestCheckOptions | null): RequestCheck {
    this.#lease.use();
    return runRequest(request, options, (text) => {
      const { boundary, handle } = this.#lease.use();
      return boundary.checkRequest(handle, text);
    });
  }

  references(
    body: Body,
    interaction: Interaction | 'batch',
    extra?: Resolved | BatchExtra | null,
  ): string[] {
    const { references } = this.#answered(interaction, body, extra);
    return this.#withResolved(() => [], extra?.resolved, undefined, references);
  }

  filterStream(options?: FilterStreamOptions | null): FilterStream {
    this.#lease.use();
    const wanted = options ?? {};
    checkNames(
      wanted,
      ['format', 'interaction', 'onInvalid', 'resolved', 'rewrite'],
      'filterStream options',
    );
    if ((wanted.interaction as string) === 'batch') {
      throw new TypeError('an answer to a batch is not streamed: redact() takes it whole');
    }
    const interaction = interactionIndex(wanted.interaction ?? 'search');
    const format = formatIndex(wanted.format ?? 'ndjson');
    const onInvalid = onInvalidIndex(wanted.onInvalid ?? 'error');
    const rewrite = rewriteOf(wanted.rewrite);
    if (rewrite && wanted.format !== 'bundle') {
      throw new TypeError('`rewrite` is for the format bundle');
    }
    return this.#withResolved(
      () => [],
      wanted.resolved,
      undefined,
      (boundary, handle) =>
        openFilterStream(
          boundary,
          boundary.openStream(handle, interaction, format, onInvalid, rewrite),
        ),
    );
  }

  free(): void {
    this.#lease.free((boundary, handle) => boundary.freePolicy(handle));
  }

  [kDispose](): void {
    this.free();
  }
}

export function compilePolicy(host: Host, given: PolicyInput | string): Policy {
  const { input, resolve } = splitResolve(given);
  const text = policyText(input);
  const boundary = host.healthy();
  const outcome = accepted(boundary.compilePolicy(text));
  const again = (fresh: Boundary) => accepted(fresh.compilePolicy(text)).handle;
  const lease = new Lease(host, boundary, outcome.handle, 'policy', again);
  return new CompiledPolicy(lease, outcome, resolve);
}
