// Which membership is a principal's?
import type { ProjectMembership, Reference } from '../../types.js';
import type { Principal } from '../types.js';

/** What Medplum's `ProjectMembership` says beside what a policy is made from. */
export interface StoredMembership extends ProjectMembership {
  readonly user?: Reference | undefined;
  readonly userName?: string | undefined;
  readonly externalId?: string | undefined;
}

/** Everything that is named must agree. */
export interface MembershipKey {
  readonly profile?: string | undefined;
  /** `User/1`. */
  readonly user?: string | undefined;
  readonly externalId?: string | undefined;
  readonly userName?: string | undefined;
}

/**
 * `profile`: `membership.profile` is the token's `fhirUser`. `user`: `membership.user` is `User/` with the subject. `externalId`: it is the
 * subject. `email`: `membership.userName` is the claim `email`, which `email_verified` must confirm. A function says it itself;
 * undefined: nobody's.
 */
export type MembershipMatch =
  | 'profile'
  | 'user'
  | 'externalId'
  | 'email'
  | ((principal: Principal) => MembershipKey | undefined);

/** Letters of ASCII only: other pairs of letters would make two addresses one. */
const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

const kMatches: Readonly<Record<string, (principal: Principal) => MembershipKey | undefined>> = {
  profile: ({ profile }) => ({ profile }),
  user: ({ subject }) => ({ user: subject.startsWith('User/') ? subject : `User/${subject}` }),
  externalId: ({ subject }) => ({ externalId: subject }),
  email: ({ claims }) =>
    claims?.email_verified === true && typeof claims.email === 'string'
      ? { userName: lower(claims.email) }
      : undefined,
};

/** @throws TypeError */
export function matcherOf(
  match: MembershipMatch,
): (principal: Principal) => MembershipKey | undefined {
  const find =
    typeof match === 'function' ? match : Object.hasOwn(kMatches, match) && kMatches[match];
  if (!find)
    throw new TypeError('`match` is `profile`, `user`, `externalId`, `email` or a function');
  return (principal) => {
    const key = find(principal) ?? {};
    const values = [key.profile, key.user, key.externalId, key.userName];
    const isNamed = values.some((value) => value !== undefined && value !== '');
    return isNamed && values.every((value) => value !== '') ? key : undefined;
  };
}

/** Does it agree in everything that the key names? */
export function fits(key: MembershipKey, membership: StoredMembership): boolean {
  const { profile, user, externalId, userName } = membership;
  const pairs = [
    [key.profile, profile?.reference],
    [key.user, user?.reference],
    [key.externalId, externalId],
    [
      key.userName && lower(key.userName),
      typeof userName === 'string' ? lower(userName) : userName,
    ],
  ];
  return pairs.every(([wanted, has]) => wanted === undefined || wanted === has);
}

/** Exactly one, or nobody: two would be a guess. */
export const only = <T>(found: readonly T[]): T | undefined =>
  found.length === 1 ? found[0] : undefined;
