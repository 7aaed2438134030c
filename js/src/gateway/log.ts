// The decision log: one JSON line for each request.
import type { DecisionRecord, GatewayOptions } from './types.js';

export interface DecisionLog<Env> {
  /** Undefined without `hashKey`. */
  hash(text: string): Promise<string | undefined>;
  write(record: DecisionRecord, env: Env): void;
}

export function decisionLog<Env>(options: GatewayOptions<Env>): DecisionLog<Env> {
  const { log = (record) => console.log(JSON.stringify(record)) } = options;
  return {
    hash: () => Promise.resolve(undefined),
    write: (record, env) => log?.(record, env),
  };
}
