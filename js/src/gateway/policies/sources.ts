// Where policies come from.
export { keyValuePolicies } from './keyvalue.js';
export type { KeyValueNamespace, KeyValuePolicies } from './keyvalue.js';
export { medplumPolicies } from './medplum.js';
export type { MedplumPolicies } from './medplum.js';
export type { MembershipKey, MembershipMatch, StoredMembership } from './match.js';
export { staticPolicies } from './static.js';
export type { StaticPolicies } from './static.js';
