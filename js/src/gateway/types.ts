// The shapes of `fhirwall/gateway`. What each part does is said where it is made.
import type { EngineOptions, Engine, PolicyInput, PolicyOptions } from '../types.js';

/** Who asks, as the token, or the host's own authentication, says. */
export interface Principal {
  /** Stable and unique at the issuer: `sub`. Part of no answer; logged as a keyed hash only. */
  readonly subject: string;
  /** `iss`; memberships of one issuer's subjects are no other's. */
  readonly issuer?: string | undefined;
  /** `fhirUser`, as `Practitioner/1`. */
  readonly profile?: string | undefined;
  /** SMART scopes with spaces between them; absent: the token has none. */
  readonly scopes?: string | undefined;
  /** `patient` of a SMART launch: `Patient/1`. */
  readonly launchPatient?: string | undefined;
  /** Seconds since 1970: nothing made for this principal is used later. */
  readonly expires?: number | undefined;
  /** All that the token says, for `policies`: JSON, and no member of a principal beside these reaches them. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** JWT access tokens (RFC 9068, SMART App Launch), verified with `jose`. */
export interface JwtAuth {
  readonly type: 'jwt';
  /** The issuer's keys: an https URL, fetched when a key is first needed and again when an unknown one is named. */
  readonly jwksUrl?: string | undefined;
  /** Instead of `jwksUrl`: the keys themselves (RFC 7517). */
  readonly jwks?: { readonly keys: readonly object[] } | undefined;
  readonly issuer: string;
  /** The token must name one of them. */
  readonly audience: string | readonly string[];
  /** Default: the asymmetric ones (`RS256 PS256 ES256 ES384 EdDSA` and so on); `none` and HMAC are never taken. */
  readonly algorithms?: readonly string[] | undefined;
  /** Seconds that the clocks may differ. Default 30, at most 300. */
  readonly clockSkew?: number | undefined;
  /** Seconds for which keys are kept. Default 600. */
  readonly keysTtl?: number | undefined;
  /** For `jwksUrl`. Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds for a fetch of the keys. Default 5000. */
  readonly timeout?: number | undefined;
}

/** Opaque tokens, by introspection (RFC 7662). */
export interface IntrospectionAuth {
  readonly type: 'introspection';
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where given, the answer must name it. */
  readonly issuer?: string | undefined;
  /** Where given, the answer must name one of them. */
  readonly audience?: string | readonly string[] | undefined;
  /** Seconds for which an answer is kept, never beyond `exp`: so long does a revoked token work. Default 30; 0 asks each time. */
  readonly ttl?: number | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds for an answer. Default 5000. */
  readonly timeout?: number | undefined;
}

/** Undefined: not authenticated, 401. What it throws, and what is no principal, is a 503. */
export type PrincipalFunction<Env> = (
  request: Request,
  env: Env,
) => Principal | undefined | Promise<Principal | undefined>;

/** What of `PolicyInput` depends on who asks; scopes, profile and launch patient of the principal are filled in where absent. */
export type PolicyDocuments = Pick<
  PolicyInput,
  'policies' | 'membership' | 'profile' | 'scopes' | 'launchPatient' | 'project' | 'linkedProjects'
>;

/** For whom the caller acts. `policies` are those of the target that `load` does not give already. */
export type ActingFor = NonNullable<PolicyInput['onBehalfOf']> & Pick<PolicyInput, 'policies'>;

/** Where policies come from. Ready-made: `staticPolicies`, `medplumPolicies`, `keyValuePolicies`. */
export interface PolicySource {
  /**
   * The documents for a principal. Undefined: nobody knows the principal, 403. What it throws, and what does not compile, is a 503;
   * never an allowance.
   */
  load(principal: Principal, signal: AbortSignal): Promise<PolicyDocuments | undefined>;
  /**
   * The membership on whose behalf the caller wants to act, as the header names it (SPEC 10.3). Undefined: there is none, which
   * refuses. Absent: the header is refused for everybody.
   */
  onBehalfOf?(
    reference: string,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<ActingFor | undefined>;
}

/** What the connection says, where the platform has it. */
export interface Peer {
  /** Address of the other end of the connection, without port. */
  readonly remoteAddress?: string | undefined;
  /** Keeps a worker alive for what is done after the answer. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/**
 * Where the caller's address stands (SPEC 12.4). A name: a header that this platform sets on every request and no client can.
 * `{ trustedProxies: 0 }`, the default: the connection's own; `n`: the nth from the right of `X-Forwarded-For`, with the connection
 * behind it. Undefined, and what is no address: blocked wherever the policy has IP rules.
 */
export type ClientIp =
  | 'cloudflare'
  | 'fly'
  | 'vercel'
  | { readonly trustedProxies: number }
  | ((request: Request, peer: Peer) => string | undefined);

export interface UpstreamOptions {
  /** Of the FHIR server: `https://fhir.example/r4`. */
  readonly baseUrl: string;
  /** The gateway's own credentials; `Authorization` of the client is never forwarded. May be asynchronous, to refresh a token. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((principal: Principal) => Record<string, string> | Promise<Record<string, string>>)
    | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds until headers must be there, and between two chunks of a body. Default 10,000. */
  readonly timeout?: number | undefined;
  /**
   * `medplum`: `_compartment`, `_project` and `_account` are search parameters there, and narrow queries. Default `fhir`.
   */
  readonly kind?: 'fhir' | 'medplum' | undefined;
}

/** What an operation answers with, and so how it is released. `$` stands in front of the name. */
export type OperationResult = 'resource' | 'searchset' | 'history' | 'parameters' | 'none';

export interface OperationRule {
  readonly result: OperationResult;
  /** `POST` only unless given; with `GET`, parameters stand in the URL. */
  readonly methods?: readonly ('GET' | 'POST')[] | undefined;
}

/** One line per request. No member holds a value of a resource, a token, a query or an address. */
export interface DecisionRecord {
  time: string; // ISO 8601, UTC
  mode: 'enforce' | 'audit-only';
  /** Of `traceparent`, or made here. */
  traceId: string;
  method: string;
  kind: string | null; // as `RequestCheck.kind`
  interaction: string | null;
  resourceType: string | null;
  /** Of the answer. */
  status: number;
  /** What would have been answered, in `audit-only` mode. */
  wouldBe?: number;
  allowed: boolean;
  /** `rule`, `no-rule`, `ip`, `search-parameter` and so on. */
  reason: string;
  rule: { index: number; source: string } | null;
  /** Keyed hash of the subject; absent without `hashKey`. */
  subject?: string;
  /** Keyed hash of the query; absent without `hashKey`. */
  query?: string;
  /** Keyed hash of `Type/id`; absent without `hashKey`. */
  instance?: string;
  policy: string | null; // `policy.hash`
  /** Entries of a Bundle, or lines, let through and refused. */
  released?: number;
  refused?: number;
  /** Milliseconds from request to the head of the answer. */
  duration: number;
}

export interface AuditOptions {
  /** Takes a FHIR R4 AuditEvent (SPEC 15.5). What it throws is counted, and changes no answer. */
  readonly sink: (event: object, env: unknown) => void | Promise<void>;
  /** `AuditEvent.source.observer.display`. Default `fhirwall`. */
  readonly observer?: string | undefined;
}

/** Pages of other origins that may call the gateway from a browser (CORS). Tokens are theirs to send: cookies are never taken. */
export interface CorsOptions {
  /** Exact, as `https://app.example`, with the port where it is not the scheme's; `*`: all. */
  readonly origins: readonly string[] | '*';
  /** Seconds for which a browser keeps what a preflight was answered. Default: the browser's own. */
  readonly maxAge?: number | undefined;
}

export interface GatewayOptions<Env = unknown> {
  readonly upstream: string | UpstreamOptions;
  readonly auth: JwtAuth | IntrospectionAuth | PrincipalFunction<Env>;
  readonly policies: PolicySource;
  /** Options of every policy that is compiled (SPEC 16). */
  readonly policyOptions?: PolicyOptions | undefined;
  /** Compiled policies, kept by principal. Times in seconds. */
  readonly policyCache?:
    | {
        /** Never used beyond it. Default 60. */
        readonly ttl?: number | undefined;
        /** Loaded anew in the background this long before. Default a quarter of `ttl`. */
        readonly refresh?: number | undefined;
        /** Default 500; the one not used for longest goes. */
        readonly max?: number | undefined;
      }
    | undefined;
  /**
   * Where clients find the gateway: the path `/fhir`, or with the origin `https://api.example/fhir`, which `link`, `fullUrl` and
   * `Location` then begin with. Default `/fhir`, at the origin of each request.
   */
  readonly baseUrl?: string | undefined;
  readonly clientIp?: ClientIp | undefined;
  /** By name with `$`, or `Type/$name`: `{ 'Patient/$everything': { result: 'searchset', methods: ['GET'] } }` (SPEC 13.7). */
  readonly operations?: Readonly<Record<string, OperationRule>> | undefined;
  /** Seals paging links (SPEC 13.6). Instances that serve the same clients share it: 32 bytes or more. Absent: made for each
   * instance, so that links end with it. */
  readonly sealKey?: Uint8Array | string | undefined;
  /** Seconds for which a paging link works. Default 300. */
  readonly pagingTtl?: number | undefined;
  /** Keys the hashes in log and audit. Absent: there are none. */
  readonly hashKey?: Uint8Array | string | undefined;
  /** Writes of Subscription (SPEC 13.5). Default false. */
  readonly allowSubscriptions?: boolean | undefined;
  /** Fetches what criteria look at in other resources (SPEC 5.8), at most this many for one answer. Default 0: none are. */
  readonly maxReferences?: number | undefined;
  /** `audit-only` decides and records, and forwards everything (SPEC 15.6): for trying out a policy where another one still guards. */
  readonly mode?: 'enforce' | 'audit-only' | undefined;
  /** Bytes of a request's body. Default 10 MiB. */
  readonly maxRequestBytes?: number | undefined;
  /** Bytes of an upstream answer that is held whole. Default 32 MiB. Streams are held to the engine's `limits`. */
  readonly maxResponseBytes?: number | undefined;
  /** Entries of a batch or transaction. Default 100. */
  readonly maxBatchEntries?: number | undefined;
  /** Answered at `.well-known/smart-configuration`. Absent: 404. */
  readonly smartConfiguration?: object | undefined;
  /** Takes the decision log. Default: one JSON line each to `console.log`; `null`: none. */
  readonly log?: ((record: DecisionRecord, env: Env) => void) | null | undefined;
  readonly audit?: AuditOptions | undefined;
  /** Default: no page of another origin reads an answer. */
  readonly cors?: CorsOptions | undefined;
  /** Default: `createEngine()` of `fhirwall`, once. */
  readonly engine?: Engine | Promise<Engine> | EngineOptions | undefined;
}

/**
 * A gateway: `export default createGateway(...)` is a Worker. It keeps compiled policies, keys and nothing of any request.
 */
export interface Gateway<Env = unknown> {
  /** The handler of Workers: never rejects; what fails is an OperationOutcome. */
  fetch(
    request: Request,
    env?: Env,
    context?: { waitUntil?(work: Promise<unknown>): void },
  ): Promise<Response>;
  /** The same where the connection's address is known. */
  handle(request: Request, env: Env, peer: Peer): Promise<Response>;
  /** Frees the compiled policies; a request after it starts anew. */
  free(): void;
}
