// AuditEvents.
import type { DecisionRecord, GatewayOptions } from './types.js';

export function auditor<Env>(
  options: GatewayOptions<Env>,
): ((record: DecisionRecord, env: Env) => Promise<void>) | undefined {
  if (options.audit !== undefined) throw new TypeError('there is no `audit`');
  return undefined;
}
