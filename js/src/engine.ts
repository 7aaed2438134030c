import { accepted, type Host, Lease } from './compiled.js';
import { Compiled, Loaded } from './fhirpath.js';
import { bodyOf, policyText } from './input.js';
import { compilePolicy } from './policy.js';
import { kDispose } from './dispose.js';
import type {
  Body,
  Engine,
  FhirPath,
  FhirPathOptions,
  LoadedResource,
  Policy,
  PolicyInput,
  Search,
} from './types.js';

class CompiledSearch implements Search {
  readonly #lease: Lease;

  constructor(host: Host, criteria: string) {
    const compile = (boundary: ReturnType<Host['healthy']>) =>
      accepted(boundary.compileSearch(criteria)).handle;
    const boundary = host.healthy();
    this.#lease = new Lease(host, boundary, compile(boundary), 'search', compile);
  }

  matches(resource: Body): boolean {
    const { boundary, handle } = this.#lease.use();
    return boundary.matches(handle, bodyOf(resource));
  }

  free(): void {
    this.#lease.free((boundary, handle) => boundary.freeSearch(handle));
  }

  [kDispose](): void {
    this.free();
  }
}

export class HostedEngine implements Engine {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  compilePolicy(input: PolicyInput | string): Policy {
    return compilePolicy(this.#host, policyText(input));
  }

  search(criteria: string): Search {
    if (typeof criteria !== 'string') throw new TypeError('criteria are a string');
    return new CompiledSearch(this.#host, criteria);
  }

  fhirpath(expression: string, options?: FhirPathOptions | null): FhirPath {
    if (typeof expression !== 'string') throw new TypeError('an expression is a string');
    return new Compiled(this.#host, expression, options ?? {});
  }

  load(resource: Body): LoadedResource {
    return new Loaded(this.#host, resource);
  }
}
