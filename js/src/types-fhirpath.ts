// The shapes of FHIRPath evaluation.
import type { Body } from './types.js';

export interface FhirPathOptions {
  /**
   * Refuses what can never yield anything: unknown elements, a leading type name other than the type of the input, a choice
   * element under its JSON key, and order-dependent functions on unordered collections (FHIRPath N1, 10.4). Elements are known
   * from `type` on, or from a leading type name (`Patient.name`). Default false.
   */
  strict?: boolean | undefined;
  /** The FHIR type that the expression starts from, such as `Patient` or `HumanName`. Default: whatever the input says. */
  type?: string | null | undefined;
  /** `null`: plain JSON without FHIR's types, whatever `resourceType` says. Default `r4`. */
  model?: 'r4' | null | undefined;
}

export interface EvaluateOptions {
  /**
   * Values of `%name`: a loaded resource; a JSON value, where a string is a String and an array a collection; or JSON as a
   * `Uint8Array`. `null` and `undefined` are the empty collection. `%context`, `%resource` and `%rootResource` may be given too.
   */
  variables?: Readonly<Record<string, unknown>> | null | undefined;
  /**
   * What `now()`, `today()` and `timeOfDay()` give (SPEC 6.2): a Date, with the zone of the host, or text with its own such as
   * `2026-01-02T03:04:05+01:00`. Default: the clock of the host at the call.
   */
  now?: Date | string | null | undefined;
}

/** A value with its type. */
export interface TypedValue {
  /** `System.*` or `FHIR.*`; `FHIR.BackboneElement` for those of a resource, `System.Any` for an object outside the model. */
  type: string;
  /**
   * Dates, times, decimals, longs and quantities as FHIRPath text; booleans, integers and strings as they are; elements and
   * resources as plain objects; `null` for a primitive that has only extensions.
   */
  value: unknown;
}

/** A resource, or another JSON value, that the engine has read and keeps; it holds engine memory until `free()`. */
export interface LoadedResource {
  /** Overwrites it and gives the memory back. May be called again. */
  free(): void;
  [Symbol.dispose](): void;
}

/**
 * A compiled FHIRPath expression: immutable, evaluated any number of times. It holds engine memory until `free()`. `memberOf`,
 * `conformsTo` and other functions that need an answer from outside end in `EvaluationError` `host-function-required`.
 */
export interface FhirPath {
  /**
   * The result as plain values: dates, times and quantities as text, numbers as JavaScript numbers, elements and resources
   * as plain objects, and what `resolve()` knows of a resource elsewhere as `{ resourceType }`. A primitive that has only
   * extensions is left out.
   * @throws EvaluationError the expression cannot be evaluated on this input
   * @throws ResourceError the resource or a variable is not well-formed JSON
   * @throws LimitError a bound of `limits` was passed
   */
  evaluate(resource: Body | LoadedResource, options?: EvaluateOptions | null): unknown[];
  /** The same with types, and without a loss of digits. */
  evaluateTyped(resource: Body | LoadedResource, options?: EvaluateOptions | null): TypedValue[];
  /** Gives the memory back. May be called again. */
  free(): void;
  [Symbol.dispose](): void;
}
