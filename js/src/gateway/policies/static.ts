// Policies that are known beforehand.
import type { PolicyDocuments, PolicySource } from '../types.js';
import { fits, matcherOf, type MembershipMatch, only, type StoredMembership } from './match.js';

/** Without `memberships`: the same documents for everybody who has a token. */
export interface StaticPolicies extends PolicyDocuments {
  /** Who may what. A principal must match exactly one of them. */
  readonly memberships?: readonly StoredMembership[] | undefined;
  /** Which membership is a principal's. Default `profile`. */
  readonly match?: MembershipMatch | undefined;
}

/** @throws TypeError */
export function staticPolicies(given: StaticPolicies): PolicySource {
  const { memberships, match, ...documents } = given;
  if (memberships === undefined) {
    if (match !== undefined) throw new TypeError('`match` needs `memberships`');
    return { load: () => Promise.resolve(documents) };
  }
  if (!Array.isArray(memberships) || documents.membership || documents.profile) {
    throw new TypeError('`memberships` stands instead of `membership` and `profile`');
  }
  const find = matcherOf(match ?? 'profile');
  return {
    async load(principal) {
      const key = find(principal);
      const membership = key && only(memberships.filter((one) => fits(key, one)));
      return membership && { ...documents, membership };
    },
    async onBehalfOf(reference) {
      const [type, id] = reference.split('/');
      const isTarget = (one: StoredMembership) =>
        type === 'ProjectMembership' ? one.id === id : one.profile?.reference === reference;
      const membership = only(memberships.filter(isTarget));
      return membership && { membership, project: documents.project };
    },
  };
}
