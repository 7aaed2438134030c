// What policies, searches and expressions have in common: a handle in an instance, and the text to get it again from a fresh one.
import { EngineFault, PolicyCompileError, StateError } from './errors.js';
import { Boundary } from './memory.js';
import type { AssembledRule, Issue, Limits } from './types.js';

/** The engine's instance; replaced after a trap. */
export class Host {
  readonly #module: WebAssembly.Module;
  readonly #limits: Limits;
  #boundary: Boundary;

  private constructor(module: WebAssembly.Module, limits: Limits, boundary: Boundary) {
    this.#module = module;
    this.#limits = limits;
    this.#boundary = boundary;
  }

  static async start(module: WebAssembly.Module, limits: Limits): Promise<Host> {
    return new Host(module, limits, await Boundary.start(module, limits));
  }

  healthy(): Boundary {
    if (this.#boundary.poisoned) {
      this.#boundary = Boundary.startNow(this.#module, this.#limits);
    }
    return this.#boundary;
  }
}

/** The answer of a compile (wasm/handles.hpp). */
export interface Outcome {
  handle: number;
  hash?: string;
  references?: boolean;
  rules?: AssembledRule[];
  variables?: string[];
  clock?: boolean;
  issues: Issue[];
  omitted: number;
}

export function accepted(outcome: unknown): Outcome {
  const { handle, issues, omitted } = outcome as Outcome;
  if (handle === 0) {
    if (issues.some((issue) => issue.severity === 'error') || omitted > 0) {
      throw new PolicyCompileError(issues, omitted);
    }
    throw new EngineFault('engine-fault', 'the engine holds no more compiled things of this kind');
  }
  return outcome as Outcome;
}

/** A handle that survives one trap: at its next use it is compiled again on a fresh instance, but only once. */
export class Lease {
  readonly #host: Host;
  readonly #what: string;
  #compile: ((boundary: Boundary) => number) | undefined;
  #boundary: Boundary;
  #handle: number;
  #again = false;

  constructor(
    host: Host,
    boundary: Boundary,
    handle: number,
    what: string,
    compile: (boundary: Boundary) => number,
  ) {
    this.#host = host;
    this.#boundary = boundary;
    this.#handle = handle;
    this.#what = what;
    this.#compile = compile;
  }

  use(): { boundary: Boundary; handle: number } {
    if (this.#compile === undefined) throw new StateError('freed', `this ${this.#what} was freed`);
    if (this.#boundary.poisoned) {
      if (this.#again) {
        throw new EngineFault('engine-fault', `the engine failed twice under this ${this.#what}`);
      }
      this.#again = true;
      const boundary = this.#host.healthy();
      this.#handle = this.#compile(boundary);
      this.#boundary = boundary;
    }
    return { boundary: this.#boundary, handle: this.#handle };
  }

  free(release: (boundary: Boundary, handle: number) => void): void {
    if (this.#compile === undefined) return;
    this.#compile = undefined;
    release(this.#boundary, this.#handle);
  }
}
