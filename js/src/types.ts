// The shapes of the public API. What the engine does is said at each method.
import type { BatchExtra } from './types-batch.js';
import type { FhirPath, FhirPathOptions, LoadedResource } from './types-fhirpath.js';
import type { PolicyOptions } from './types-options.js';
import type { FhirRequest, RequestCheck, RequestCheckOptions } from './types-request.js';
import type { Explanation, WriteDecision, WriteRequest } from './types-write.js';

export type * from './types-batch.js';
export type * from './types-fhirpath.js';
export type * from './types-options.js';
export type * from './types-request.js';
export type * from './types-write.js';

/** What is done with a resource. `patch` counts as `update` and is spelt so. */
export type Interaction = 'read' | 'vread' | 'search' | 'history' | 'create' | 'update' | 'delete';

/**
 * A FHIR resource or Bundle: UTF-8 bytes (fastest), a string, or a plain object, which counts as its `JSON.stringify`. Bytes
 * are copied into the engine during the call and not kept.
 */
export type Body = Uint8Array | string | object;

/**
 * Answers what a reference leads to (SPEC 5.8): `Patient/1` with that resource, and for `_has` a search such as
 * `Observation?patient=Patient/1` with its searchset Bundle. It is called before a decision and cannot wait: what must be fetched is
 * fetched in advance, by `references()`, and given as `resolved`. `undefined`, `null`, and a body that is no such resource are no
 * answer, and without an answer no criterion holds. What it throws reaches the caller.
 */
export type Resolve = (reference: string) => Body | null | undefined;

/** Answers by reference, fetched in advance. */
export type ResolvedResources =
  ReadonlyMap<string, Body | null | undefined> | Readonly<Record<string, Body | null | undefined>>;

/** A last argument of calls that may look at other resources. */
export interface Resolved {
  resolved?: ResolvedResources | null | undefined;
}

export interface Reference {
  reference?: string | undefined;
  display?: string | undefined;
}

/** One rule of an `AccessPolicy`. The first rule that matches a resource decides (SPEC 4.2). */
export interface AccessPolicyResource {
  /** A resource type, or `*`. */
  resourceType?: string | undefined;
  /** A FHIR search such as `Patient?address-state=CA`; it starts with this rule's own type. */
  criteria?: string | undefined;
  /** Deprecated: the same as the criterion `_compartment=<reference>`. */
  compartment?: Reference | undefined;
  /** Deprecated: `true` means read, vread, history and search. */
  readonly?: boolean | undefined;
  /** What the rule grants; all when absent, nothing when empty. */
  interaction?: readonly string[] | undefined;
  /** Element paths that are cut from what is released. */
  hiddenFields?: readonly string[] | undefined;
  readonlyFields?: readonly string[] | undefined;
  writeConstraint?: readonly object[] | undefined;
}

export interface AccessPolicyIpAccessRule {
  name?: string | undefined;
  /** `*`, an address, a CIDR, or a dotted IPv4 prefix (SPEC 12.1). */
  value?: string | undefined;
  action?: 'allow' | 'block' | undefined;
}

/** Medplum's `AccessPolicy` resource. */
export interface AccessPolicy {
  resourceType?: 'AccessPolicy' | undefined;
  id?: string | undefined;
  name?: string | undefined;
  compartment?: Reference | undefined;
  resource?: readonly AccessPolicyResource[] | undefined;
  ipAccessRule?: readonly AccessPolicyIpAccessRule[] | undefined;
}

export interface MembershipAccess {
  policy?: Reference | undefined;
  parameter?:
    | readonly {
        name?: string | undefined;
        valueString?: string | undefined;
        valueReference?: Reference | undefined;
      }[]
    | undefined;
}

/** Medplum's `ProjectMembership` resource: which policies apply, and with which parameters. */
export interface ProjectMembership {
  resourceType?: 'ProjectMembership' | undefined;
  id?: string | undefined;
  /** False denies everything (SPEC 2.7). */
  active?: boolean | undefined;
  /** An admin of the project, as far as a `project` is given (SPEC 10.2). */
  admin?: boolean | undefined;
  /** Checked against the `project` that is given; by itself it has no effect. */
  project?: Reference | undefined;
  profile?: Reference | undefined;
  accessPolicy?: Reference | undefined;
  access?: readonly MembershipAccess[] | undefined;
}

/** Medplum's `Project` resource: what of it counts here. */
export interface Project {
  resourceType: 'Project';
  id?: string | undefined;
  superAdmin?: boolean | undefined;
  /** Of a linked project: the only types that it shares. */
  exportedResourceType?: readonly string[] | undefined;
}

/** What `compilePolicy` takes. `undefined` and `null` mean absent, also inside the documents. */
export interface PolicyInput {
  /** Without a membership all apply in order; with one, those that it references (SPEC 16). */
  policies?: AccessPolicy | readonly AccessPolicy[] | null | undefined;
  membership?: ProjectMembership | null | undefined;
  /** Who asks, as `Patient/123`; defaults to the membership's profile. */
  profile?: string | Reference | null | undefined;
  /**
   * SMART scopes, with spaces between them: `openid patient/Observation.rs?category=laboratory`. Where one of them is about resources,
   * the policy grants what both grant (SPEC 11).
   */
  scopes?: string | null | undefined;
  /** Who `patient/` scopes are about, as `Patient/123`; defaults to a profile that is a Patient (SPEC 11.4). */
  launchPatient?: string | Reference | null | undefined;
  /**
   * The caller's project. With it, a resource must carry its id in `meta.project`, or a linked project's to be read, and active
   * `admin` members get rules for the admin types (SPEC 10.1, 10.2). Without it nothing is checked, whatever the membership says.
   */
  project?: Project | Reference | null | undefined;
  /** Projects that can be read from, too; each as far as its `exportedResourceType` goes. */
  linkedProjects?: readonly Project[] | null | undefined;
  /**
   * The member for whom the caller acts: the policy, profile, admin rights and project are theirs, the scopes the caller's, and
   * the IP rules of both hold. The caller's `membership` must be an active admin of the same project as this active one; else the
   * only issue is `on-behalf-of`, always the same (SPEC 10.3). Absent means that the caller acts alone: a request that names
   * somebody who was not found takes `{}` here, which refuses.
   */
  onBehalfOf?:
    | {
        membership?: ProjectMembership | null | undefined;
        project?: Project | Reference | null | undefined;
      }
    | null
    | undefined;
  options?: PolicyOptions | null | undefined;
}

/** Something in a policy document that is wrong, or a warning about it. */
export interface Issue {
  severity: 'error' | 'warning';
  /** Stable and machine readable, such as `unknown-parameter`. */
  code: string;
  /** Where in the compile input: `policies[0].resource[2].criteria`. */
  path: string;
  /** UTF-8 bytes inside the string at `path`. */
  offset: number;
  message: string;
}

/** Which rule decided: its index in `policy.rules`, or in its list of IP rules, and the policy it stands in. */
export interface RuleReference {
  index: number;
  source: string;
}

export interface IpDecision {
  allowed: boolean;
  reason: string;
  rule: RuleReference | null;
}

export interface Decision {
  allowed: boolean;
  /** Stable: `rule`, `no-rule`, `criteria` and others. */
  reason: string;
  rule: RuleReference | null;
  /** Paths that are cut for this type when allowed, whether or not this resource has them (SPEC 15.1). */
  hidden: string[];
}

/** A rule of the assembled policy, variables bound. */
export type AssembledRule = Readonly<Record<string, unknown>>;

export interface FilterStreamOptions {
  /**
   * `ndjson`: one resource a line. `bundle`: one Bundle that answers `search` or `history`. `resource`: any body, which is held until
   * it ends. Default `ndjson`. Answers to batches are not streamed.
   */
  format?: 'ndjson' | 'bundle' | 'resource' | undefined;
  /** Default `search`. */
  interaction?: Interaction | undefined;
  /** A line that is no valid resource ends the stream with an error, or is dropped and counted. Default `error`. */
  onInvalid?: 'error' | 'drop' | undefined;
  /** What the stream may look at beside its own resources; a policy's `resolve` is not called for streams. */
  resolved?: ResolvedResources | null | undefined;
  /** Only with format `bundle`. */
  rewrite?: StreamRewrite | null | undefined;
}

/**
 * For a gateway in front of a FHIR server: what URLs of a Bundle's envelope begin with is exchanged while it streams (SPEC 14).
 * `fullUrl`, `response.location` and `request.url` of an entry that begin with `from` and a slash, however that is escaped, begin
 * with `to` instead; the rest of their bytes stays. Those that begin with neither `from` nor `urn:uuid:` or `urn:oid:`, and are not
 * relative as `Patient/1` is, are cut, since they name an internal host. `link` of the Bundle is left out and handed over as
 * `FilterStream.links`; `link` of entries is cut. References in resources are data and stay.
 */
export interface StreamRewrite {
  /** `http` or `https` URL without query, fragment or trailing slash. */
  from: string;
  /** The same. */
  to: string;
}

/** What a stream did so far; complete when the readable side has ended. */
export interface StreamCounts {
  /** Resources let through. */
  readonly released: number;
  /** Resources that the policy refused. */
  readonly refused: number;
  /** Lines dropped by `onInvalid: 'drop'`. */
  readonly invalid: number;
}

/** A transform for `pipeThrough`. */
export interface FilterStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  readonly counts: StreamCounts;
  /**
   * With `rewrite`, once `readable` has ended: JSON text of the links of the Bundle that the filter allows, `[{"relation":..,"url":..}]`
   * as the server wrote them, at most 64 KiB; undefined without any.
   */
  readonly links: string | undefined;
}

/**
 * A compiled policy: immutable, and safe to share between requests. It holds engine memory until `free()`; with
 * `using policy = ...` that happens by itself. After `free()` every method throws `StateError`.
 */
export interface Policy {
  /** 64 hex digits; changes with any input that can change a decision. */
  readonly hash: string;
  /** The assembled rules with variables bound. */
  readonly rules: readonly AssembledRule[];
  /** Issues of severity `warning`. */
  readonly warnings: readonly Issue[];

  /** May this address ask at all? Absent or unparsable is blocked if there are IP rules (SPEC 12). */
  checkIp(address: string | null | undefined): IpDecision;

  /** Is there any rule for this type and interaction (SPEC 4.3)? False for an unknown type. */
  can(interaction: Interaction, resourceType: string): boolean;

  /**
   * Decides on one resource without output. What `resolved` and the policy's `resolve` answer influences the decision and nothing
   * else.
   * @throws ResourceError the body is not one well-formed FHIR JSON resource
   * @throws LimitError a bound of `limits` was passed
   */
  decide(interaction: Interaction, resource: Body, extra?: Resolved | null): Decision;

  /**
   * Filters and redacts one resource, or the Bundle that answers `search` (type `searchset`) or `history` (SPEC 7, 8): such an answer
   * needs no rule for Bundle, and its entries are decided one by one. Any other Bundle is decided like a resource, then what is in
   * it by `read`. The result is a new array; every byte in it is a byte of the input in its order, or a fixed literal.
   * @returns undefined when denied; an answer whose entries are all refused is an answer without entries
   * @throws ResourceError the body is not one well-formed FHIR JSON resource
   * @throws LimitError a bound of `limits` was passed
   */
  redact(
    interaction: Interaction,
    body: Body,
    extra?: Resolved | null,
  ): Uint8Array<ArrayBuffer> | undefined;

  /**
   * Filters and redacts the answer to a batch or transaction, entry by entry: what each asked for comes from what was sent (SPEC
   * 8.2). A read is decided as such, a search or history is filtered like one, what a write answers loses what `read` hides (9.8).
   * An entry that is refused becomes `{"response":{"status":"403"}}`, and so does one that reads what may be refused and finds
   * nothing: both look alike.
   * @returns undefined when the policy denies everything
   * @throws ResourceError `batch-request`: `extra` says not what was sent; `batch-entries`: the answer has another number of entries;
   * `unsupported-bundle`: the body is no Bundle of type `batch-response` or `transaction-response`; and as above. The `offset` of what
   * is no well-formed JSON counts in that body, what was sent coming first.
   * @throws LimitError a bound of `limits` was passed
   */
  redact(
    interaction: 'batch',
    body: Body,
    extra: BatchExtra | null | undefined,
  ): Uint8Array<ArrayBuffer> | undefined;

  /**
   * How one resource is decided: which rules were tried, which parameter failed, and which paths are removed, each with its reason
   * (SPEC 15.1). For authors of policies, not for callers. It names no value of the resource.
   * @throws ResourceError the body is not one well-formed FHIR JSON resource
   * @throws LimitError a bound of `limits` was passed
   */
  explain(interaction: Interaction, resource: Body, extra?: Resolved | null): Explanation;

  /**
   * Decides on a write, and says what to store (SPEC 9): the submission with hidden and readonly elements as they are stored, with
   * the server's part of `meta` (`project`, `account`, `accounts`) set and without the client's. Criteria hold before and after,
   * `writeConstraint` on exactly the bytes in `body`. An expression that asks for the time gets that of the option `now`, or the
   * host's clock.
   * @throws TypeError a request that contradicts itself
   * @throws ResourceError a body is not one well-formed FHIR JSON resource; `offset` counts in that body
   * @throws LimitError a bound of `limits` was passed
   */
  checkWrite(request: WriteRequest, extra?: Resolved | null): WriteDecision;
  /** What a request may do, and what to send to the server for it (SPEC 13). */
  checkRequest(request: FhirRequest, options?: RequestCheckOptions | null): RequestCheck;

  /**
   * What a decision on this resource, or on the entries of this answer to a search or history, would look at and `resolved` has no answer for:
   * `Patient/1`, `Observation?patient=Patient/1` (SPEC 5.8). With the answers it may list more, one step deeper. `resolve` is not
   * called.
   * @throws ResourceError the body is not one well-formed FHIR JSON resource
   * @throws LimitError a bound of `limits` was passed
   */
  references(resource: Body, interaction: Interaction, extra?: Resolved | null): string[];
  /** The same of the answer to a batch, see `redact`. */
  references(body: Body, interaction: 'batch', extra: BatchExtra | null | undefined): string[];

  /**
   * Filters as `redact` does, but streams of any length, holding at most one resource and one chunk (SPEC 8.3, 8.4). A failure errors both
   * sides with `ResourceError` or `LimitError`, whose `offset` counts bytes from the start of the stream. Freeing the policy does
   * not end streams that it opened.
   */
  filterStream(options?: FilterStreamOptions | null): FilterStream;

  /** Gives the memory back. May be called again. */
  free(): void;
  [Symbol.dispose](): void;
}

export interface SearchOptions {
  /** As in `PolicyOptions`. */
  baseUrls?: readonly string[] | null | undefined;
  /** As in `PolicyOptions`. */
  searchParameters?: readonly object[] | null | undefined;
  /** As in `PolicyOptions`. */
  compartmentDefinitions?: readonly object[] | null | undefined;
  /** As in `PolicyOptions`. */
  resolve?: Resolve | boolean | null | undefined;
}

export type SearchParameterType =
  | 'number'
  | 'date'
  | 'string'
  | 'token'
  | 'reference'
  | 'composite'
  | 'quantity'
  | 'uri'
  | 'special';

/** A search parameter as criteria know it. */
export interface SearchParameterInfo {
  readonly code: string;
  readonly type: SearchParameterType;
  /** FHIRPath; empty for a parameter that no expression decides. */
  readonly expression: string;
  /** The types that a reference may lead to; empty for any. */
  readonly targets: readonly string[];
  /** The parts of a composite value `a$b`. */
  readonly components?: readonly {
    readonly code: string;
    readonly type: SearchParameterType;
    readonly expression: string;
  }[];
  /** Can criteria use it without a modifier? */
  readonly supported: boolean;
  /** Why not. */
  readonly reason?: string;
  /** What may stand behind `:`; `type` is the name of any type that the reference may lead to. */
  readonly modifiers: readonly string[];
  /** What may stand in front of a value. */
  readonly prefixes?: readonly string[];
}

/** Compiled criteria; holds engine memory until `free()`. */
export interface Search {
  /**
   * Does one resource satisfy the criteria (SPEC 5)?
   * @throws ResourceError the body is not one well-formed FHIR JSON resource
   * @throws LimitError a bound of `limits` was passed
   */
  matches(resource: Body, extra?: Resolved | null): boolean;
  /** As `Policy.references`. */
  references(resource: Body, extra?: Resolved | null): string[];
  /** Gives the memory back. May be called again. */
  free(): void;
  [Symbol.dispose](): void;
}

export interface Engine {
  /**
   * Compiles documents into a policy: all or nothing, and every problem is reported (SPEC 1.3). A string is taken as the JSON
   * text of the input.
   * @throws PolicyCompileError with `issues`
   */
  compilePolicy(input: PolicyInput | string): Policy;
  /**
   * Compiles criteria such as `Patient?address-state=CA`.
   * @throws PolicyCompileError with `issues`
   */
  search(criteria: string, options?: SearchOptions | null): Search;
  /**
   * The search parameters of a resource type that criteria know without any being supplied, by code; of `*` those that every type
   * has. Frozen.
   * @throws TypeError there is no such type
   */
  searchParameters(type: string): readonly SearchParameterInfo[];
  /**
   * Compiles a FHIRPath expression such as `name.where(use = 'official').given`.
   * @throws PolicyCompileError with one issue
   */
  fhirpath(expression: string, options?: FhirPathOptions | null): FhirPath;
  /**
   * Reads a resource once, for several evaluations. The engine keeps its bytes, and so does the JavaScript side, for the case that
   * the engine must be started again.
   * @throws ResourceError it is not well-formed JSON
   * @throws LimitError a bound of `limits` was passed
   */
  load(resource: Body): LoadedResource;
}

/** Bounds of the engine (SPEC P8). Each is a positive integer below 2^32. */
export interface Limits {
  /** One whole body, in bytes. Default 256 MiB. */
  maxBodyBytes?: number | undefined;
  /** One NDJSON line or streamed Bundle entry, in bytes. Default 16 MiB. */
  maxResourceBytes?: number | undefined;
  /** Nested objects and arrays. Default 128. */
  maxDepth?: number | undefined;
  /** JSON values in one body. Default 33,554,432. */
  maxNodes?: number | undefined;
  /** The compile input as JSON, in bytes. Default 1 MiB. */
  maxPolicyBytes?: number | undefined;
  /** Rules of the assembled policy. Default 1000. */
  maxRules?: number | undefined;
  /** One criteria or FHIRPath text, in bytes. Default 16 KiB. */
  maxExpressionBytes?: number | undefined;
  /** Brackets in one FHIRPath text. Default 64. */
  maxExpressionNesting?: number | undefined;
  /** Steps for each expression and resource. Default 1,000,000. */
  maxEvaluationSteps?: number | undefined;
  /** Values that one FHIRPath evaluation computes, and its result, each in bytes. Default 16 MiB. */
  maxEvaluationBytes?: number | undefined;
  /** Issues reported by one compile. Default 100. */
  maxIssues?: number | undefined;
}

/** The engine's WebAssembly: a compiled module, a response, bytes, or where to find it. */
export type WasmSource =
  WebAssembly.Module | Response | ArrayBuffer | ArrayBufferView | URL | string;

export interface EngineOptions {
  /** Default: the `engine.wasm` of this package, as the runtime loads it. */
  wasm?: WasmSource | PromiseLike<WasmSource> | null | undefined;
  limits?: Limits | null | undefined;
}

/**
 * Starts an engine with memory of its own.
 * @throws EngineFault `wasm-not-found`, `invalid-wasm` or `wrong-abi`
 * @throws TypeError an unknown option or a limit that is no positive integer
 */
export type CreateEngine = (options?: EngineOptions | null) => Promise<Engine>;
