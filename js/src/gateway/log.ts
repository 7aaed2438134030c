// The decision log: one JSON line for each request, without a value of a resource, a token, a query or an address (SPEC P6).
import { keyBytes } from './settings.js';
import { hexOf, utf8 } from './shared.js';
import type { DecisionRecord, GatewayOptions } from './types.js';

export interface DecisionLog<Env> {
  /** HMAC-SHA-256 with `hashKey`, in hex; undefined without it. */
  hash(text: string): Promise<string | undefined>;
  /** Never throws. */
  write(record: DecisionRecord, env: Env): void;
  /** How often the log could not be written. */
  readonly failures: number;
}

const kMinKey = 16; // bytes: a shorter one is guessed, and then every hash is

const kMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

type Rule = (value: unknown) => boolean;
const matches =
  (pattern: RegExp): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const kWord = matches(/^[A-Za-z][A-Za-z-]{0,63}$/);
const kHash = matches(/^[0-9a-f]{64}$/);
const kNumber: Rule = (value) => typeof value === 'number' && Number.isFinite(value);
const kRule: Rule = (value) =>
  typeof value === 'object' && kNumber((value as { index?: unknown } | null)?.index);

/** What each member may look like. A method, or anything else that a client made up, is not written down. */
const kMembers: Readonly<Record<keyof DecisionRecord, Rule>> = {
  time: matches(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  mode: kWord,
  traceId: matches(/^[0-9a-f]{32}$/),
  method: (value) => kMethods.includes(value as string),
  kind: kWord,
  interaction: kWord,
  resourceType: matches(/^[A-Z][A-Za-z]{1,63}$/),
  status: kNumber,
  wouldBe: kNumber,
  allowed: (value) => typeof value === 'boolean',
  reason: kWord,
  rule: kRule,
  subject: kHash,
  query: kHash,
  instance: kHash,
  policy: kHash,
  released: kNumber,
  refused: kNumber,
  duration: kNumber,
};

/** The record with what a log may hold, in a fixed order; null stands for what it may not. */
export function plainRecord(record: DecisionRecord): DecisionRecord {
  const members = Object.entries(kMembers).flatMap(([name, holds]) => {
    const value = record[name as keyof DecisionRecord];
    return value === undefined ? [] : [[name, holds(value) ? value : null]];
  });
  return Object.fromEntries(members) as DecisionRecord;
}

/** @throws TypeError a gateway with wrong options does not start */
export function hasher(
  hashKey: Uint8Array | string | undefined,
): (text: string) => Promise<string | undefined> {
  if (hashKey === undefined) return () => Promise.resolve(undefined);
  const bytes = keyBytes(hashKey, 'hashKey', kMinKey);
  let key: Promise<CryptoKey> | undefined;
  return async (text) => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    key ??= crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
    return hexOf(await crypto.subtle.sign('HMAC', await key, utf8(text)));
  };
}

const toConsole = (record: DecisionRecord) => console.log(JSON.stringify(record));

/** @throws TypeError a gateway with wrong options does not start */
export function decisionLog<Env>(options: GatewayOptions<Env>): DecisionLog<Env> {
  const { log = toConsole } = options;
  if (log !== null && typeof log !== 'function') throw new TypeError('`log` is a function or null');
  let failures = 0;
  const failed = () => void (failures += 1);
  return {
    hash: hasher(options.hashKey),
    write(record, env) {
      try {
        const work: unknown = log?.(plainRecord(record), env);
        if (work instanceof Promise) work.catch(failed);
      } catch {
        failed();
      }
    },
    get failures() {
      return failures;
    },
  };
}
