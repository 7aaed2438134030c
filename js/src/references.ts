// What decisions ask about other resources, and what the host answers (SPEC 5.8). The engine never calls the host: before a call it
// says what it would look at, and what was found goes in with the body.
import { LimitError, ResourceError } from './errors.js';
import { bodyOf, checkNames, isWellFormed } from './input.js';
import type { Boundary } from './memory.js';
import type { Body, Resolve, Resolved, ResolvedResources } from './types.js';

const kRounds = 3; // a chain follows at most that many references

const encoder = new TextEncoder();

/** The function of an option `resolve`, and what the engine is told of it. */
export function resolverOf(option: unknown): { resolve: Resolve | undefined; given: boolean } {
  if (typeof option === 'function') return { resolve: option as Resolve, given: true };
  if (option === undefined || option === null || typeof option === 'boolean') {
    return { resolve: undefined, given: option === true };
  }
  throw new TypeError('`resolve` is a function, or true');
}

/** Takes a function out of the options of a compile input: the engine is told only that there is one. */
export function splitResolve(input: unknown): { input: unknown; resolve: Resolve | undefined } {
  const options = (input as { options?: { resolve?: unknown } | null } | null)?.options;
  if (typeof options !== 'object' || options === null || typeof options.resolve !== 'function') {
    return { input, resolve: undefined };
  }
  const { resolve } = resolverOf(options.resolve);
  return { input: { ...(input as object), options: { ...options, resolve: true } }, resolve };
}

/** Answers by reference, each checked to be one JSON value: none can say anything about another (SPEC P1). */
class Answers {
  readonly #boundary: () => Boundary;
  readonly #values = new Map<string, Uint8Array | undefined>();

  constructor(boundary: () => Boundary) {
    this.#boundary = boundary;
  }

  add(reference: unknown, answer: unknown): void {
    if (typeof reference !== 'string') throw new TypeError('a reference is a string');
    if (!isWellFormed(reference)) return; // no reference is written so
    this.#values.set(reference, this.#checked(answer));
  }

  addAll(resolved: ResolvedResources | null | undefined): void {
    if (resolved === undefined || resolved === null) return;
    const tag = Object.prototype.toString.call(resolved);
    if (tag === '[object Map]') {
      Map.prototype.forEach.call(resolved, (answer, reference) => this.add(reference, answer));
    } else if (tag === '[object Object]') {
      for (const [reference, answer] of Object.entries(resolved)) this.add(reference, answer);
    } else {
      throw new TypeError('`resolved` is a Map or an object of resources by their reference');
    }
  }

  // A copy, since the host may write to its own bytes before they are used.
  #checked(answer: unknown): Uint8Array | undefined {
    if (answer === undefined || answer === null) return undefined;
    if (typeof (answer as { then?: unknown }).then === 'function') {
      throw new TypeError(
        'an answer is a promise, but a decision cannot wait: fetch what `references()` lists in advance, and give it as `resolved`',
      );
    }
    try {
      const body = bodyOf(answer as Body);
      const bytes = typeof body === 'string' ? encoder.encode(body) : body.slice();
      const boundary = this.#boundary();
      boundary.freeResource(boundary.load(bytes));
      return bytes;
    } catch (error) {
      if (error instanceof ResourceError || error instanceof LimitError) return undefined;
      throw error;
    }
  }

  /** `{ "Patient/1": ..., ... }`; undefined when nothing was asked. */
  envelope(): Uint8Array | undefined {
    if (this.#values.size === 0) return undefined;
    const parts: Uint8Array[] = [];
    let separator = '{';
    for (const [reference, bytes] of this.#values) {
      parts.push(encoder.encode(`${separator}${JSON.stringify(reference)}:`));
      parts.push(bytes ?? encoder.encode('null'));
      separator = ',';
    }
    parts.push(encoder.encode('}'));
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Refuses unknown names in a last argument. */
export function checkResolved(
  extra: Resolved | null | undefined,
  names: readonly string[] = ['resolved'],
): void {
  if (extra !== undefined && extra !== null) checkNames(extra, names, 'the last argument');
}

/**
 * What goes in with a body: what the caller gave, and what `resolve` answers to the references that `ask` still lists.
 * @param boundary where answers are checked; asked for each time, since a host function may do anything
 */
export function gather(
  boundary: () => Boundary,
  given: ResolvedResources | null | undefined,
  resolve: Resolve | undefined,
  ask: (resolved: Uint8Array | undefined) => string[],
): Uint8Array | undefined {
  if (resolve === undefined && (given === undefined || given === null)) return undefined;
  const answers = new Answers(boundary);
  answers.addAll(given);
  for (let round = 0; resolve !== undefined && round < kRounds; ++round) {
    const wanted = ask(answers.envelope());
    if (wanted.length === 0) break;
    for (const reference of wanted) answers.add(reference, resolve(reference));
  }
  return answers.envelope();
}
