// Compiled policies, one for each request.
import type { Engine, Policy } from '../../types.js';
import { Refusal } from '../exchange.js';
import type { GatewayOptions, PolicyDocuments, Principal } from '../types.js';

export interface PolicyLease {
  readonly policy: Policy;
  release(): void;
}

export interface PolicyStore {
  policyFor(
    principal: Principal,
    onBehalfOf: string | undefined,
    signal: AbortSignal,
  ): Promise<PolicyLease>;
  free(): void;
}

export function policyStore<Env>(
  options: GatewayOptions<Env>,
  engine: () => Promise<Engine>,
): PolicyStore {
  const unavailable = () =>
    new Refusal(503, 'transient', 'the policy is not available', 'policy-unavailable');
  return {
    async policyFor(principal, onBehalfOf, signal) {
      if (onBehalfOf !== undefined) {
        throw new Refusal(403, 'forbidden', 'not allowed', 'on-behalf-of');
      }
      let documents: PolicyDocuments | undefined;
      try {
        documents = await options.policies.load(principal, signal);
      } catch {
        throw unavailable();
      }
      if (documents === undefined) {
        throw new Refusal(403, 'forbidden', 'not allowed', 'no-membership');
      }
      try {
        const { profile, scopes, launchPatient } = principal;
        const input = { profile, scopes, launchPatient, ...documents };
        const policy = (await engine()).compilePolicy({ ...input, options: options.policyOptions });
        return { policy, release: () => policy.free() };
      } catch {
        throw unavailable();
      }
    },
    free: () => undefined,
  };
}
