// The policy of a principal, from the documents of its source.
import type { AccessPolicy, Engine, Policy, PolicyInput } from '../../types.js';
import { Refusal } from '../exchange.js';
import { isJson } from '../shared.js';
import type { ActingFor, GatewayOptions, PolicyDocuments, Principal } from '../types.js';

const kDocuments = [
  ...['policies', 'membership', 'profile', 'scopes', 'launchPatient', 'project', 'linkedProjects'],
];

/** `ProjectMembership/1`, or a profile. */
const kReference = /^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64}$/;

/** Says what is so, and not only that nothing is known: what was compiled before no longer holds. */
export class Settled extends Refusal {}

const forbidden = (reason: string) =>
  new Settled(403, 'forbidden', 'nothing is granted to this caller', reason);

/** Always the same (SPEC 10.3). */
const noBehalf = () =>
  new Settled(403, 'forbidden', 'acting for somebody else is not possible', 'on-behalf-of');

const invalid = () =>
  new Settled(503, 'transient', 'the policy is not available', 'policy-unavailable');

function listOf(policies: PolicyInput['policies']): readonly AccessPolicy[] {
  if (policies === undefined || policies === null) return [];
  return Array.isArray(policies) ? policies : [policies as AccessPolicy];
}

/** Those of both; one that is in both stands once. */
function joined(ours: PolicyInput['policies'], theirs: PolicyInput['policies']): AccessPolicy[] {
  const own = listOf(ours);
  const ids = new Set(own.map((policy) => policy.id));
  const more = listOf(theirs).filter(({ id }) => id === undefined || !ids.has(id));
  return [...own, ...more];
}

/** @throws Refusal */
function inputOf(
  documents: PolicyDocuments,
  principal: Principal,
  target: ActingFor | undefined,
): PolicyInput {
  // A document from outside that names `options` could switch off anything.
  if (!isJson(documents) || !Object.keys(documents).every((name) => kDocuments.includes(name))) {
    throw invalid();
  }
  const { membership } = documents;
  const own = membership?.profile?.reference;
  // A membership found by one claim and a profile by another: the token speaks of two people.
  const isSomebodyElse =
    membership && principal.profile && own !== undefined && own !== principal.profile;
  if (isSomebodyElse) throw forbidden('no-membership');
  const profile = documents.profile ?? (membership ? undefined : principal.profile);
  const { policies, ...acting } = target ?? {};
  return {
    ...documents,
    profile,
    scopes: documents.scopes ?? principal.scopes,
    launchPatient: documents.launchPatient ?? principal.launchPatient,
    ...(target === undefined
      ? {}
      : { policies: joined(documents.policies, policies), onBehalfOf: acting }),
  };
}

/** What does not compile: because of what the caller brought, or of the documents. */
function refusalOf(error: unknown, principal: Principal, documents: PolicyDocuments): Refusal {
  const { issues } = error as {
    issues?: readonly { severity: string; code: string; path: string }[];
  };
  const errors = (issues ?? []).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) throw error; // the engine failed, and not the policy
  if (errors.some(({ code }) => code === 'on-behalf-of')) return noBehalf();
  const brought = [
    ...((documents.scopes ?? undefined) === undefined && principal.scopes ? ['scopes'] : []),
    ...((documents.launchPatient ?? undefined) === undefined ? ['launchPatient'] : []),
  ];
  return errors.every(({ path }) => brought.includes(path)) ? forbidden('scopes') : invalid();
}

/** @throws Refusal; whatever else it throws means that nothing is known */
export async function compileFor<Env>(
  options: GatewayOptions<Env>,
  engine: () => Promise<Engine>,
  principal: Principal,
  onBehalfOf: string | undefined,
  signal: AbortSignal,
): Promise<Policy> {
  const { policies } = options;
  const documents = (await policies.load(principal, signal)) ?? undefined;
  if (documents === undefined) throw forbidden('no-membership');
  let target: ActingFor | undefined;
  if (onBehalfOf !== undefined) {
    const { membership } = documents;
    const isAdmin = membership?.admin === true && (membership.active ?? true) === true;
    if (!isAdmin || !kReference.test(onBehalfOf)) throw noBehalf();
    target = (await policies.onBehalfOf?.(onBehalfOf, principal, signal)) ?? undefined;
    if (target === undefined) throw noBehalf();
  }
  const input = inputOf(documents, principal, target);
  const compiler = await engine();
  if (signal.aborted) throw new Error('aborted');
  try {
    return compiler.compilePolicy({ ...input, options: options.policyOptions });
  } catch (error) {
    throw refusalOf(error, principal, documents);
  }
}
