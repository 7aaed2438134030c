// What callers hand in, checked and brought into the two forms that the engine takes: bytes and text.
import { ResourceError } from './errors.js';
import type { Body, Interaction, StreamRewrite } from './types.js';

// In the order of the engine's enumeration.
const kInteractions = ['read', 'vread', 'search', 'history', 'create', 'update', 'delete'];
const kFormats = ['ndjson', 'bundle', 'resource'];
const kOnInvalid = ['error', 'drop'];

function indexIn(names: readonly string[], value: unknown, what: string): number {
  const index = names.indexOf(value as string);
  if (index < 0) throw new TypeError(`unknown ${what}; one of ${names.join(', ')}`);
  return index;
}

/** SPEC 16: `patch` counts as `update`. */
export const interactionIndex = (name: Interaction): number =>
  (name as string) === 'patch'
    ? kInteractions.indexOf('update')
    : indexIn(kInteractions, name, 'interaction');
export const formatIndex = (name: string): number => indexIn(kFormats, name, 'format');
export const onInvalidIndex = (name: string): number => indexIn(kOnInvalid, name, 'onInvalid');

// Without query, fragment and trailing slash, and of characters that JSON need not escape.
const kBase = /^https?:\/\/[!$-;=@-[\]_a-z~]*[!$-.0-;=@-[\]_a-z~]$/;

const isBase = (value: unknown) => typeof value === 'string' && kBase.test(value);

/** A copy, which nobody changes any more. */
export function rewriteOf(value: StreamRewrite | null | undefined): StreamRewrite | undefined {
  if (value === undefined || value === null) return undefined;
  checkNames(value, ['from', 'to'], 'rewrite');
  const { from, to } = value;
  if (!isBase(from) || !isBase(to)) {
    throw new TypeError('rewrite.from and rewrite.to are URLs without query and trailing slash');
  }
  return { from, to };
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** Refuses unknown option names, so that a misspelt one is never silently without effect. */
export function checkNames(value: object, known: readonly string[], what: string): void {
  if (typeof value !== 'object') throw new TypeError(`${what} must be an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`unknown name in ${what}: ${unknown}; known are ${known.join(', ')}`);
  }
}

/** By tag and not by `instanceof`, which fails for arrays of another realm. */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && tagOf(value) === 'Uint8Array';

// What an array really is: an own property `length` or a method of a subclass may say otherwise, and the engine's memory is
// written by these numbers.
const kTypedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
const read = <T>(name: 'buffer' | 'byteOffset' | 'byteLength', bytes: Uint8Array): T =>
  Reflect.get(kTypedArray, name, bytes) as T;

/**
 * A plain view of the same bytes.
 * @throws TypeError for memory that another thread can change, and for memory that is gone
 */
export function checkBytes(bytes: Uint8Array): Uint8Array {
  const buffer = read<ArrayBufferLike>('buffer', bytes);
  if (tagOf(buffer) === 'SharedArrayBuffer') {
    throw new TypeError('bytes in a SharedArrayBuffer can change while they are read: copy them');
  }
  try {
    return new Uint8Array(buffer, read('byteOffset', bytes), read('byteLength', bytes));
  } catch {
    throw new TypeError('the buffer of these bytes is detached');
  }
}

function stringify(
  value: object,
  what: string,
  replacer?: (key: string, value: unknown) => unknown,
) {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, replacer);
  } catch (cause) {
    throw new TypeError(`${what} cannot be written as JSON`, { cause });
  }
  if (text === undefined) throw new TypeError(`${what} cannot be written as JSON`);
  return text;
}

export const isWellFormed: (text: string) => boolean =
  typeof String.prototype.isWellFormed === 'function'
    ? (text) => text.isWellFormed()
    : (text) => !/\p{Surrogate}/u.test(text);

/** A body as bytes or as text that has a UTF-8 form. */
export function bodyOf(body: Body): Uint8Array | string {
  if (typeof body === 'string') {
    // Encoding would silently put U+FFFD in place of a lone surrogate (SPEC 8.1).
    if (!isWellFormed(body)) {
      throw new ResourceError('invalid-utf8', 'the text holds a lone surrogate', 0);
    }
    return body;
  }
  if (isBytes(body)) return checkBytes(body);
  if (typeof body === 'object' && body !== null && !ArrayBuffer.isView(body)) {
    const tag = tagOf(body);
    if (tag === 'Object' || tag === 'Array') return stringify(body, 'the body');
  }
  throw new TypeError('a body is a Uint8Array, a string or a plain object');
}

const encoder = new TextEncoder();

export function bytesOfBody(body: Body): Uint8Array {
  const given = bodyOf(body);
  return typeof given === 'string' ? encoder.encode(given) : given;
}

/** The value of a FHIRPath variable as JSON: a string is a String, bytes are JSON. */
export function jsonOfVariable(name: string, value: unknown): Uint8Array | string {
  if (isBytes(value)) return checkBytes(value);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'bigint':
      return String(value);
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value);
      break;
    case 'object': {
      const tag = tagOf(value);
      if (tag === 'Object' || tag === 'Array') return stringify(value as object, `%${name}`);
    }
  }
  throw new TypeError(`%${name} is a loaded resource, a JSON value, or JSON as a Uint8Array`);
}

/** The compile input as JSON text. `null` counts as absent inside the documents (SPEC 16). */
export function policyText(input: unknown): string {
  if (typeof input === 'string') return input;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TypeError('compilePolicy takes an object { policies, ... } or its JSON text');
  }
  return jsonOf(input, 'the policy input');
}

/** Documents and options as JSON text, without what is `null`. */
export function jsonOf(input: object, what: string): string {
  return stringify(input, what, (_key, value) => {
    // JSON would leave these out or write `null`, and a rule without its criteria grants more (SPEC P1).
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new TypeError(`a ${typeof value} is no JSON value`);
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new TypeError('a number that is not finite is no JSON value');
    }
    return value === null ? undefined : value;
  });
}
