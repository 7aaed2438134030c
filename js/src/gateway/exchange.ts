// What the parts of the gateway hand to each other.
import type { Policy, RequestCheck } from '../types.js';
import type { Sealer } from './seal.js';
import type { DecisionRecord, GatewayOptions, Peer, Principal } from './types.js';

/** Where a request ends early: an answer of SPEC 14. The text holds no value of the request or of a resource. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** Of the OperationOutcome. */
    readonly code: string,
    text: string,
    /** For the decision log. */
    readonly reason: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(text);
  }
}

/** A call of the FHIR server. */
export interface UpstreamCall {
  readonly method: string;
  /** Relative to the base, as `checkRequest` or the gateway wrote it. */
  readonly url: string;
  /** Beside `accept` and the gateway's own credentials: `content-type`, `if-match`, `prefer`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
}

/** One resource as the server has it. */
export interface StoredResource {
  readonly body: Uint8Array<ArrayBuffer>;
  /** `meta.versionId`; undefined where it has none. */
  readonly versionId: string | undefined;
  /** What `If-Match` says to change this version only: its `ETag`, else `W/"versionId"`; undefined where it has neither. */
  readonly etag: string | undefined;
}

/** The FHIR server, for one exchange. What it throws is a Refusal: 502, 504, or 413 of a body over the limit. */
export interface Upstream {
  /** Without trailing slash. */
  readonly baseUrl: string;
  /** The answer as it came, undecided: redirects are refused, the body is decoded, nothing of it was looked at. */
  send(call: UpstreamCall): Promise<Response>;
  /** The body of an answer, whole, of at most `maxResponseBytes`, that says it is FHIR JSON. */
  json(answer: Response): Promise<Uint8Array<ArrayBuffer>>;
  /** `Type/id` or a version of it; undefined for 404 and 410. Any other answer is a Refusal. */
  stored(url: string): Promise<StoredResource | undefined>;
}

/** One request on its way. */
export interface Exchange<Env = unknown> {
  readonly request: Request;
  /** What the client sent, at most `maxRequestBytes`; empty where there is none. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly env: Env;
  readonly peer: Peer;
  readonly options: GatewayOptions<Env>;
  readonly principal: Principal;
  readonly policy: Policy;
  readonly upstream: Upstream;
  /** Where the client finds the gateway: with origin, without trailing slash. */
  readonly baseUrl: string;
  /** What the client asked for, relative to that and as it was written. */
  readonly url: string;
  /** Milliseconds between two chunks of an upstream body. */
  readonly timeout: number;
  readonly sealer: Sealer;
  readonly signal: AbortSignal;
  /** Filled in on the way; written by whoever made it. */
  readonly record: DecisionRecord;
  /** The same exchange for one entry of a batch, with a record of its own; see `interact` of dispatch.ts. */
  entry(request: Request, body: Uint8Array<ArrayBuffer>): Exchange<Env>;
}

/** Carries out what `check` allows. */
export type Interact = (exchange: Exchange, check: RequestCheck) => Promise<Response>;
