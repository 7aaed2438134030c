// The options of a policy.
import type { Resolve } from './types.js';

/** An option that this version does not honour is an issue, unless it asks for what is done anyway. */
export interface PolicyOptions {
  /** No policy at all allows everything instead of nothing (SPEC 2.3). Default false. */
  allowUnrestricted?: boolean | undefined;
  /** Adds read-only `SearchParameter` and `StructureDefinition` rules (SPEC 2.5). Default false. */
  defaultResourceTypes?: boolean | undefined;
  /** Without any resource scope everything is denied, instead of the policy standing alone (SPEC 11.3). Default false. */
  requireScopes?: boolean | undefined;
  /**
   * Whether what repeats hidden elements goes too: narratives, summaries such as `HumanName.text`, `Reference.display` (SPEC 7.3).
   * `fields-only` leaves them; resources inside of resources are judged all the same. Default `strict`.
   */
  closure?: 'strict' | 'fields-only' | undefined;
  /**
   * `strict`: a Reference loses `display` and `identifier` where its target's are hidden, or where it names a person whom the caller
   * cannot read (SPEC 7.3 c). `keep` leaves them. Default `strict`.
   */
  displays?: 'strict' | 'keep' | undefined;
  /**
   * Resources in `contained` (SPEC 7.4). `strict`: they leave with their container, without what any rule for their type hides; persons
   * whose type the policy does not grant for `read` are cut. `policy`: each is decided by `read` on its own. `keep`: none is cut for
   * being a person. One of unknown type is cut in any case. Default `strict`.
   */
  contained?: 'strict' | 'policy' | 'keep' | undefined;
  /**
   * Says in `meta` that a resource is not complete: `subsetted` adds the tag SUBSETTED, `redacted` the security label REDACTED. It is put
   * on every resource whose rule can cut something, whether or not it did (SPEC 7.8). Default `none`.
   */
  mark?: 'none' | 'subsetted' | 'redacted' | undefined;
  /**
   * `mask` puts an extension `data-absent-reason` with `masked` at each hidden path whose parent is there, whether or not anything
   * stood in it (SPEC 7.8). Default `remove`.
   */
  absent?: 'remove' | 'mask' | undefined;
  /**
   * `total` of a filtered searchset or history stays. Only for hosts that have narrowed the query so that it finds exactly what the
   * caller may see: any other `total` tells how much was refused (SPEC 8.2). Default false.
   */
  exactTotals?: boolean | undefined;
  /** Elements that the FHIR model does not know, where a rule hides anything (SPEC 7.2). Default `cut`. */
  unknownElements?: 'cut' | 'keep' | undefined;
  /** Lets `meta.author, project, account(s), compartment, onBehalfOf` out (SPEC 7.7). Default false. */
  extendedMeta?: boolean | undefined;
  /**
   * Lets active admins of a `project` with `superAdmin` reach the admin types: as the policy says, and without bounds those that
   * it does not mention (SPEC 10.2). The check of projects stays. Default false.
   */
  superAdminTypes?: boolean | undefined;
  /** A Binary without `securityContext` (SPEC 10.4). Default `deny`. */
  binaryWithoutContext?: 'deny' | 'allow' | undefined;
  /** Absolute references below these URLs count as relative ones (SPEC 5.3). */
  baseUrls?: readonly string[] | undefined;
  /**
   * `SearchParameter` resources that criteria may use beside those of R4, Medplum and US Core, of which they override none. Read
   * are `code`, `base`, `type` (all but `composite` and `special`), `expression` and `target`, whatever the `status`.
   */
  searchParameters?: readonly object[] | undefined;
  /**
   * `CompartmentDefinition` resources for other types than Patient, Practitioner, Encounter, RelatedPerson and Device: with one
   * for Organization, `_compartment=Organization/1` also holds for what its parameters say (SPEC 5.6).
   */
  compartmentDefinitions?: readonly object[] | undefined;
  /**
   * Allows criteria that look at other resources: chains of up to three references, and `_has` (SPEC 5.8). A function answers
   * them; `true` where every call brings its own `resolved`. Streams never call it. Default false.
   */
  resolve?: Resolve | boolean | undefined;
}
