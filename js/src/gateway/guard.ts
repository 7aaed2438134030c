// What a request may do, asked of the policy (SPEC 13).
import type { Policy } from '../types.js';
import type { FhirRequest, RequestCheck } from '../types-request.js';
import { Refusal } from './exchange.js';
import type { GatewayOptions } from './types.js';

/** The policy's own answer, with what the options say of the upstream and of Subscription. */
export function guard<Env>(
  policy: Policy,
  request: FhirRequest,
  options: GatewayOptions<Env>,
): RequestCheck {
  const { upstream, allowSubscriptions } = options;
  return policy.checkRequest(request, {
    upstreamKind: typeof upstream === 'string' ? 'fhir' : (upstream.kind ?? 'fhir'),
    allowSubscriptions: allowSubscriptions ?? false,
  });
}

/** Operations are refused by the policy and allowed by the options (SPEC 13.7). */
export const goesOn = (check: RequestCheck) => check.allowed || check.reason === 'operation';

export function refusalBy(check: RequestCheck): Refusal {
  const [issue] = check.outcome?.issue ?? [];
  const text = issue?.details.text ?? 'not allowed';
  return new Refusal(check.status, issue?.code ?? 'forbidden', text, check.reason);
}
