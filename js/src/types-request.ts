// What a request of FHIR's REST interface may do (SPEC 13).
import type { Interaction } from './types.js';

/** A request, as it came. */
export interface FhirRequest {
  /** In capitals. */
  method: string;
  /** Relative to the FHIR base, without leading slash: `Patient/1`, `Patient?name=a`; empty for the base itself. */
  url: string;
  /** Those that say what is asked: `Content-Type`, `If-None-Exist`, and what overrides a method. */
  headers?: Headers | Readonly<Record<string, string>> | null | undefined;
  /** Looked at for `_search`, and for a batch or transaction. */
  body?: Uint8Array | string | null | undefined;
}

export interface RequestCheckOptions {
  /** `medplum`: `_compartment`, `_project` and `_account` are search parameters there, and narrow queries. Default `fhir`. */
  upstreamKind?: 'fhir' | 'medplum' | undefined;
  /** Writes of Subscription (SPEC 13.5). Default false. */
  allowSubscriptions?: boolean | undefined;
}

export type RequestKind =
  'instance' | 'type' | 'system' | 'batch' | 'operation' | 'metadata' | 'compartment';

/** `OperationOutcome` with one issue and no value of the request. */
export interface RequestOutcome {
  resourceType: 'OperationOutcome';
  issue: [{ severity: 'error'; code: string; details: { text: string } }];
}

/**
 * May the request go on, and as what? Instances are not decided on here: their versions are for `redact` and `checkWrite`.
 * An answer to what is allowed still goes through `redact` or `filterStream`.
 */
export interface RequestCheck {
  allowed: boolean;
  /** 200 when allowed; otherwise 400, 403, 413 or 415 by SPEC 14. */
  status: number;
  /** Stable: `allowed`, `no-rule`, `search-parameter`, `not-canonical`, `limit`, `operation`, `media-type`, `conditional-reference`. */
  reason: string;
  /** Null where the request could not be understood; so are those below where they do not apply. */
  kind: RequestKind | null;
  /** For an instance, a type, the system or a compartment. PATCH is `update`. */
  interaction: Interaction | null;
  /** Of a compartment search: the type searched; null: any. */
  resourceType: string | null;
  id: string | null;
  version: string | null;
  /** Without `$`. */
  operation: string | null;
  compartment: string | null;
  /** By a query or `If-None-Exist`: never forwarded (SPEC 13.4). */
  conditional: boolean;
  patch: boolean;
  head: boolean;
  /** What to send upstream instead: canonical, narrowed, without what was removed. Null where it is refused, of a conditional form, and of a batch. */
  url: string | null;
  /** What to send as the form of a search by POST; null where there is none. */
  form: string | null;
  /** Of a conditional form: the guarded and narrowed search to carry out first, `Patient?identifier=a`. */
  criteria: string | null;
  /** `_include` and `_revinclude` that were taken out, as the client wrote them (SPEC 13.2). */
  removed: string[];
  /** Is every resource that the rules refuse kept out by the query already (SPEC 13.3)? Then `exactTotals` is true. */
  exact: boolean;
  /** Of a batch or transaction, in order; a refused one does not refuse the others. */
  entries: RequestCheck[] | null;
  /** Of what is refused. */
  outcome: RequestOutcome | null;
}
