// Compiled FHIRPath expressions, and resources that stay loaded for them.
import { accepted, type Host, Lease } from './compiled.js';
import { instantOf, kEpoch } from './clock.js';
import { kDispose } from './dispose.js';
import { PolicyCompileError } from './errors.js';
import { bodyOf, checkNames, isWellFormed, jsonOfVariable } from './input.js';
import { type Boundary, kRecords, kTyped, type ResultForm } from './memory.js';
import type {
  Body,
  EvaluateOptions,
  FhirPath,
  FhirPathOptions,
  LoadedResource,
  TypedValue,
} from './types.js';

/** The variable at an index of the expression's list, and the resource that it is; 0: empty. */
type Binding = readonly [index: number, resource: number];

const kNoBindings: readonly Binding[] = [];

export class Loaded implements LoadedResource {
  readonly #host: Host;
  readonly #lease: Lease;

  constructor(host: Host, resource: Body) {
    const body = bodyOf(resource);
    // Kept for a fresh engine; bytes are the caller's, who may write to them.
    const kept = typeof body === 'string' ? body : body.slice();
    const load = (boundary: Boundary) => boundary.load(kept);
    const boundary = host.healthy();
    this.#host = host;
    this.#lease = new Lease(host, boundary, load(boundary), 'resource', load);
  }

  static is(value: unknown): value is Loaded {
    return typeof value === 'object' && value !== null && #lease in value;
  }

  /** Its handle in that engine. @throws StateError after free() */
  static handleOf(loaded: Loaded, host: Host): number {
    if (host !== loaded.#host) throw new TypeError('the resource is loaded into another engine');
    return loaded.#lease.use().handle;
  }

  // Inside an object it would silently be `{}`.
  toJSON(): never {
    throw new TypeError('a loaded resource is no JSON value');
  }

  free(): void {
    this.#lease.free((boundary, handle) => boundary.freeResource(handle));
  }

  [kDispose](): void {
    this.free();
  }
}

export class Compiled implements FhirPath {
  readonly #host: Host;
  readonly #lease: Lease;
  readonly #variables: readonly string[];
  readonly #readsClock: boolean;

  constructor(host: Host, expression: string, options: FhirPathOptions) {
    checkNames(options, ['strict', 'type', 'model'], 'fhirpath options');
    const { strict = false, type, model = 'r4' } = options;
    if (typeof strict !== 'boolean') throw new TypeError('strict is a boolean');
    if (type !== undefined && type !== null && typeof type !== 'string') {
      throw new TypeError('type is the name of a FHIR type');
    }
    if (model !== 'r4' && model !== null) throw new TypeError("model is 'r4' or null");
    if (model === null && (strict || type))
      throw new TypeError('without a model there are no types');
    if (!isWellFormed(expression)) {
      const message = 'the expression holds a lone surrogate, which has no UTF-8 form';
      const issue = { severity: 'error', code: 'fhirpath-syntax', path: '', offset: 0 } as const;
      throw new PolicyCompileError([{ ...issue, message }]);
    }
    const compile = (boundary: Boundary) =>
      accepted(boundary.compileFhirPath(expression, type ?? '', strict, model === null));
    const boundary = host.healthy();
    const outcome = compile(boundary);
    this.#host = host;
    this.#variables = outcome.variables ?? [];
    this.#readsClock = outcome.clock === true;
    const again = (fresh: Boundary) => compile(fresh).handle;
    this.#lease = new Lease(host, boundary, outcome.handle, 'expression', again);
  }

  evaluate(resource: Body | LoadedResource, options?: EvaluateOptions | null): unknown[] {
    return this.#run(resource, options, kRecords);
  }

  evaluateTyped(resource: Body | LoadedResource, options?: EvaluateOptions | null): TypedValue[] {
    return this.#run(resource, options, kTyped) as TypedValue[];
  }

  free(): void {
    this.#lease.free((boundary, handle) => boundary.freeExpression(handle));
  }

  [kDispose](): void {
    this.free();
  }

  #run(
    resource: Body | LoadedResource,
    options: EvaluateOptions | null | undefined,
    form: ResultForm,
  ): unknown[] {
    const { boundary, handle } = this.#lease.use();
    const target = Loaded.is(resource) ? Loaded.handleOf(resource, this.#host) : bodyOf(resource);
    if (options === undefined || options === null) {
      const { ms, zone } = this.#readsClock ? instantOf(undefined) : kEpoch;
      return boundary.evaluate(handle, target, kNoBindings, form, ms, zone);
    }
    checkNames(options, ['variables', 'now'], 'evaluate options');
    const { ms, zone } = this.#readsClock || options.now ? instantOf(options.now) : kEpoch;
    const temporary: number[] = [];
    try {
      const bindings = this.#bind(boundary, options.variables ?? {}, temporary);
      return boundary.evaluate(handle, target, bindings, form, ms, zone);
    } finally {
      for (const loaded of temporary) boundary.freeResource(loaded);
    }
  }

  /** The values of those variables that the expression names; what is loaded for this call only goes to `temporary`. */
  #bind(
    boundary: Boundary,
    variables: NonNullable<EvaluateOptions['variables']>,
    temporary: number[],
  ): readonly Binding[] {
    if (typeof variables !== 'object') throw new TypeError('variables must be an object');
    const bindings: Binding[] = [];
    for (const [index, name] of this.#variables.entries()) {
      if (!Object.hasOwn(variables, name)) continue;
      const value: unknown = variables[name];
      if (value === undefined || value === null) {
        bindings.push([index, 0]);
      } else if (Loaded.is(value)) {
        bindings.push([index, Loaded.handleOf(value, this.#host)]);
      } else {
        const loaded = boundary.load(jsonOfVariable(name, value));
        temporary.push(loaded);
        bindings.push([index, loaded]);
      }
    }
    return bindings;
  }
}
