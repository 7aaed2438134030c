import { accepted, type Host, Lease } from './compiled.js';
import { Compiled, Loaded } from './fhirpath.js';
import { bodyOf, checkNames, jsonOf } from './input.js';
import type { Boundary } from './memory.js';
import { compilePolicy, deepFreeze } from './policy.js';
import { checkResolved, gather, resolverOf } from './references.js';
import { kDispose } from './dispose.js';
import type {
  Body,
  Engine,
  FhirPath,
  FhirPathOptions,
  LoadedResource,
  Policy,
  PolicyInput,
  Resolve,
  Resolved,
  Search,
  SearchOptions,
  SearchParameterInfo,
} from './types.js';

const kSearchOptions = ['baseUrls', 'searchParameters', 'compartmentDefinitions', 'resolve'];

class CompiledSearch implements Search {
  readonly #lease: Lease;
  readonly #resolve: Resolve | undefined;

  constructor(host: Host, criteria: string, options: SearchOptions) {
    checkNames(options, kSearchOptions, 'search options');
    const { resolve, given } = resolverOf(options.resolve);
    const text = jsonOf({ ...options, resolve: given }, 'the search options');
    const compile = (boundary: Boundary) => accepted(boundary.compileSearch(criteria, text));
    const boundary = host.healthy();
    const outcome = compile(boundary);
    this.#lease = new Lease(
      host,
      boundary,
      outcome.handle,
      'search',
      (fresh) => compile(fresh).handle,
    );
    this.#resolve = outcome.references === true ? resolve : undefined;
  }

  matches(resource: Body, extra?: Resolved | null): boolean {
    return this.#run(resource, extra, this.#resolve, (boundary, handle, body) =>
      boundary.matches(handle, body),
    );
  }

  references(resource: Body, extra?: Resolved | null): string[] {
    return this.#run(resource, extra, undefined, (boundary, handle, body) =>
      boundary.searchReferences(handle, body),
    );
  }

  #run<T>(
    resource: Body,
    extra: Resolved | null | undefined,
    resolve: Resolve | undefined,
    work: (boundary: Boundary, handle: number, body: Uint8Array | string) => T,
  ): T {
    this.#lease.use();
    checkResolved(extra);
    const body = bodyOf(resource);
    const ask = (resolved: Uint8Array | undefined) => {
      const { boundary, handle } = this.#lease.use();
      return boundary.withResolved(resolved, () => boundary.searchReferences(handle, body));
    };
    const resolved = gather(() => this.#lease.use().boundary, extra?.resolved, resolve, ask);
    const { boundary, handle } = this.#lease.use();
    return boundary.withResolved(resolved, () => work(boundary, handle, body));
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
    return compilePolicy(this.#host, input);
  }

  search(criteria: string, options?: SearchOptions | null): Search {
    if (typeof criteria !== 'string') throw new TypeError('criteria are a string');
    return new CompiledSearch(this.#host, criteria, options ?? {});
  }

  searchParameters(type: string): readonly SearchParameterInfo[] {
    if (typeof type !== 'string') throw new TypeError('a resource type is a string');
    const text = this.#host.healthy().searchParameters(type);
    if (text === '') throw new TypeError('no such resource type');
    return deepFreeze(JSON.parse(text) as SearchParameterInfo[]);
  }

  fhirpath(expression: string, options?: FhirPathOptions | null): FhirPath {
    if (typeof expression !== 'string') throw new TypeError('an expression is a string');
    return new Compiled(this.#host, expression, options ?? {});
  }

  load(resource: Body): LoadedResource {
    return new Loaded(this.#host, resource);
  }
}
