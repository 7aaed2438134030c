import type { Issue } from './types.js';

// No message holds a value of a resource (SPEC P6).

/** The policy, criteria or expression did not compile. `issues` says everything that is wrong (SPEC 1.3). */
export class PolicyCompileError extends Error {
  /** The code of the first error, such as `unknown-parameter`. */
  readonly code: string;
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[], omitted = 0) {
    const errors = issues.filter((issue) => issue.severity === 'error');
    const [first] = errors;
    const more = errors.length - 1 + omitted;
    const place = first?.path ? `${first.path}: ` : '';
    super(`${place}${first?.message ?? 'refused'}${more > 0 ? ` (and ${more} more)` : ''}`);
    this.code = first?.code ?? 'refused';
    this.issues = issues;
  }
}

/** The body is not what it claims to be, or cannot be redacted. */
export class ResourceError extends Error {
  /** Such as `invalid-json` or `duplicate-key`. */
  readonly code: string;
  /**
   * Bytes from the start of the body; in a stream from the start of the stream. 0 where the body is well-formed but cannot be
   * redacted: a place would count the hidden bytes in front of it.
   */
  readonly offset: number;

  constructor(code: string, message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}

// Bounds of an evaluation, which are passed at no place of a text.
const kWithoutPlace = ['expression-too-complex', 'result-too-large'];

/** A bound of `createEngine({ limits })` was passed. */
export class LimitError extends Error {
  /** Such as `too-large` or `too-deep`. */
  readonly code: string;
  /** Where in the body or stream, in bytes; 0 for the steps and the memory of an evaluation. */
  readonly offset: number;

  constructor(code: string, message: string, offset: number) {
    super(kWithoutPlace.includes(code) ? message : `${message} (at byte ${offset})`);
    this.code = code;
    this.offset = offset;
  }
}

/** A FHIRPath expression cannot be evaluated on this input. The message says what was expected. */
export class EvaluationError extends Error {
  /** Such as `singleton-expected` or `unknown-variable`. */
  readonly code: string;
  /** UTF-8 bytes from the start of the expression. */
  readonly offset: number;

  constructor(code: string, message: string, offset: number) {
    super(`${message} (at byte ${offset} of the expression)`);
    this.code = code;
    this.offset = offset;
  }
}

/** The engine itself failed or could not be started. Nothing was released. */
export class EngineFault extends Error {
  /** `wasm-not-found`, `invalid-wasm`, `wrong-abi`, `out-of-memory` or `engine-fault`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Something was used after it was freed or had failed. */
export class StateError extends Error {
  /** `freed` or `poisoned`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

// Names survive minification this way, and are no own property of each error.
for (const [name, type] of Object.entries({
  PolicyCompileError,
  ResourceError,
  LimitError,
  EvaluationError,
  EngineFault,
  StateError,
})) {
  Object.defineProperty(type.prototype, 'name', {
    value: name,
    configurable: true,
    writable: true,
  });
}
