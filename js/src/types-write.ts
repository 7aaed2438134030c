// The shapes of writes and explanations. What the engine does is said at the methods of `Policy`.
import type { Body, RuleReference } from './types.js';

/** A write that a caller asks for. */
export interface WriteRequest {
  /** `patch` is an update whose content comes from `patch`. */
  interaction: 'create' | 'update' | 'patch' | 'delete';
  /** The version that is stored now, whole, as the server has it. Update, patch and delete are denied without it (SPEC 9.7). */
  before?: Body | null | undefined;
  /** What a create or update submits. */
  after?: Body | null | undefined;
  /** JSON Patch (RFC 6902), an array, or FHIRPath Patch, a `Parameters` resource (FHIR R4, 3.1.0.8.2). */
  patch?: Uint8Array | string | readonly object[] | object | null | undefined;
}

/** What is reported about a write, allowed or not; it names no value. */
export interface WriteIssue {
  severity: 'error' | 'warning';
  /** Stable: `readonly-element`, `hidden-element`, `patch-not-found` and others. */
  code: string;
  /** The element as in `hiddenFields`, or the operation as `patch[0]`. */
  path: string;
  message: string;
}

export interface WriteDecision {
  allowed: boolean;
  /** Stable: `rule`, `no-rule`, `no-before`, `not-readable`, `before`, `result`, `identity`, `conflict`, `constraint` and others. */
  reason: string;
  /** The rule that decides the result; of a delete, the stored version. */
  rule: RuleReference | null;
  issues: WriteIssue[];
  /** What to store, byte for byte what was checked (SPEC 9.4); undefined when denied, and for a delete. */
  body: Uint8Array<ArrayBuffer> | undefined;
}

/** A rule that was tried, in order. */
export interface TriedRule extends RuleReference {
  /** `interaction`: it does not grant this one. `criteria`: they do not hold. `decides`: no later rule counts. */
  outcome: 'interaction' | 'criteria' | 'decides';
  /** The first parameter that does not hold, variables bound: `status=final`. */
  criterion?: string;
}

/** A path that is removed, and why. */
export interface HiddenPath {
  path: string;
  /** The entry of `hiddenFields` that it comes from; null where it is the policy as a whole that removes it. */
  field: string | null;
  /**
   * `field`: it is that entry. `closure`: it would tell it (SPEC 7.3 b). `narrative`: it may repeat anything (7.3 a). Of the policy as a
   * whole, which removes what stands there unless whom it names, or what it is, lets it stay: `reference`, a display or an identifier
   * (7.3 c); `contained`, resources or parts of them (7.4); `bundle`, what tells of entries that are not there, and resources (8.2).
   */
  step: 'field' | 'closure' | 'narrative' | 'reference' | 'contained' | 'bundle';
}

/** How one resource is decided; without any value of it. */
export interface Explanation {
  allowed: boolean;
  reason: string;
  rule: RuleReference | null;
  /** Up to the rule that decides. */
  tried: TriedRule[];
  /** Of the rule that decides; whether or not this resource has them. */
  hidden: HiddenPath[];
}
