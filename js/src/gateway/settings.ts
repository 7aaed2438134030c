// The options, checked once, with their defaults: a gateway with wrong options does not start.
import { upstreamBase } from './base.js';
import { isJson, numberOf, utf8 } from './shared.js';
import type { GatewayOptions, OperationRule } from './types.js';
import type { UpstreamSettings } from './upstream.js';

const kMegabyte = 1 << 20;
const kMost = 2 ** 31 - 1;

export interface Settings {
  readonly upstream: UpstreamSettings;
  readonly maxRequestBytes: number;
  readonly isAudit: boolean;
}

// The compiler sees to it that each list is that of its type.
type Names<T> = Readonly<Record<keyof T, true>>;
type Part<K extends keyof GatewayOptions> = Exclude<GatewayOptions[K], string | undefined>;

const kOptions: Names<GatewayOptions> = {
  ...({ upstream: true, auth: true, policies: true, policyOptions: true } as const),
  ...({ policyCache: true, baseUrl: true, clientIp: true, operations: true } as const),
  ...({ sealKey: true, pagingTtl: true, hashKey: true, allowSubscriptions: true } as const),
  ...({ maxReferences: true, mode: true, maxRequestBytes: true, maxResponseBytes: true } as const),
  ...({ maxBatchEntries: true, smartConfiguration: true, log: true, audit: true } as const),
  ...({ cors: true, engine: true } as const),
};
const kUpstream: Names<Part<'upstream'>> = {
  ...({ baseUrl: true, headers: true, fetch: true, timeout: true, kind: true } as const),
};
const kPolicyCache: Names<Part<'policyCache'>> = { ttl: true, refresh: true, max: true };
const kAudit: Names<Part<'audit'>> = { sink: true, observer: true };
const kCors: Names<Part<'cors'>> = { origins: true, maxAge: true };
const kOperation: Names<OperationRule> = { result: true, methods: true };

const kResults = ['resource', 'searchset', 'history', 'parameters', 'none'];

const wrong = (text: string) => new TypeError(text);

/** What is misspelt would count as absent, and absent may mean less strict. */
function named(value: unknown, names: Readonly<Record<string, true>>, where: string): void {
  if (value === undefined) return;
  if (!isJson(value)) throw wrong(`\`${where}\` is no object`);
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(names, name)) {
      throw wrong(`\`${where === 'options' ? '' : `${where}.`}${name}\` is no option`);
    }
  }
}

/** @throws TypeError also for what would be made into a key of zeros */
export function keyBytes(value: unknown, name: string, least: number): Uint8Array<ArrayBuffer> {
  const bytes =
    typeof value === 'string'
      ? utf8(value)
      : value instanceof Uint8Array
        ? new Uint8Array(value)
        : undefined;
  if (bytes === undefined || bytes.length < least) {
    throw wrong(`\`${name}\` is a string or Uint8Array with at least ${least} bytes`);
  }
  return bytes;
}

function checkUpstream(given: Exclude<GatewayOptions['upstream'], string>): void {
  named(given, kUpstream, 'upstream');
  const { headers, kind, fetch: own } = given;
  if (kind !== undefined && kind !== 'fhir' && kind !== 'medplum') {
    throw wrong('`upstream.kind` is `fhir` or `medplum`');
  }
  if (own !== undefined && typeof own !== 'function') throw wrong('`upstream.fetch` is a function');
  if (headers === undefined || typeof headers === 'function') return;
  if (!isJson(headers) || !Object.values(headers).every((value) => typeof value === 'string')) {
    throw wrong('`upstream.headers` are texts by name, or a function');
  }
}

function checkOperations(operations: GatewayOptions['operations']): void {
  if (operations !== undefined && !isJson(operations)) throw wrong('`operations` is no object');
  for (const [name, rule] of Object.entries(operations ?? {})) {
    if (!/^(?:[A-Z][A-Za-z]+\/)?\$[A-Za-z][A-Za-z0-9\-_.]*$/.test(name)) {
      throw wrong('an operation is named `$name` or `Type/$name`');
    }
    const where = `operations.${name}`;
    if (!isJson(rule)) throw wrong(`\`${where}\` is no object`);
    named(rule, kOperation, where);
    if (!kResults.includes(rule.result)) {
      throw wrong(`\`${where}.result\` is one of \`${kResults.join('`, `')}\``);
    }
    const { methods } = rule as { methods?: unknown };
    const isList = (list: unknown): list is unknown[] => Array.isArray(list) && list.length > 0;
    if (
      methods !== undefined &&
      !(isList(methods) && methods.every((one) => one === 'GET' || one === 'POST'))
    ) {
      throw wrong(`\`${where}.methods\` are \`GET\` and \`POST\``);
    }
  }
}

/** @throws TypeError */
export function settingsOf<Env>(options: GatewayOptions<Env>): Settings {
  named(options ?? null, kOptions, 'options');
  const { upstream, mode = 'enforce', allowSubscriptions, policies } = options;
  if (options.auth === undefined || options.auth === null) throw wrong('`auth` is missing');
  if (typeof policies?.load !== 'function') throw wrong('`policies` is missing');
  if (policies.onBehalfOf !== undefined && typeof policies.onBehalfOf !== 'function') {
    throw wrong('`policies.onBehalfOf` is a function');
  }
  if (upstream === undefined || upstream === null) throw wrong('`upstream` is missing');
  if (mode !== 'enforce' && mode !== 'audit-only') {
    throw wrong('`mode` is `enforce` or `audit-only`');
  }
  if (allowSubscriptions !== undefined && typeof allowSubscriptions !== 'boolean') {
    throw wrong('`allowSubscriptions` is true or false');
  }
  const smart = options.smartConfiguration;
  if (smart !== undefined && !isJson(smart)) throw wrong('`smartConfiguration` is no object');
  named(options.policyCache, kPolicyCache, 'policyCache');
  named(options.audit, kAudit, 'audit');
  named(options.cors, kCors, 'cors');
  checkOperations(options.operations);
  numberOf(options.maxReferences, 0, 'maxReferences', 0, 10_000);
  numberOf(options.maxBatchEntries, 100, 'maxBatchEntries', 0, 100_000);
  numberOf(options.pagingTtl, 300, 'pagingTtl', 1, 86_400);
  const given = typeof upstream === 'string' ? { baseUrl: upstream } : upstream;
  checkUpstream(given);
  return {
    upstream: {
      ...given,
      baseUrl: upstreamBase(given.baseUrl),
      timeout: numberOf(given.timeout, 10_000, 'upstream.timeout', 1, 600_000),
      maxResponseBytes: numberOf(
        options.maxResponseBytes,
        32 * kMegabyte,
        'maxResponseBytes',
        1,
        kMost,
      ),
    },
    maxRequestBytes: numberOf(options.maxRequestBytes, 10 * kMegabyte, 'maxRequestBytes', 0, kMost),
    isAudit: mode === 'audit-only',
  };
}
