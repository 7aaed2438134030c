// The options, checked once, with their defaults.
import { upstreamBase } from './base.js';
import type { GatewayOptions } from './types.js';
import type { UpstreamSettings } from './upstream.js';

const kMegabyte = 1 << 20;

export interface Settings {
  readonly upstream: UpstreamSettings;
  readonly maxRequestBytes: number;
  readonly isAudit: boolean;
}

const kNumbers = [
  ...(['maxReferences', 'maxRequestBytes', 'maxResponseBytes', 'maxBatchEntries'] as const),
  'pagingTtl' as const,
];

/** @throws TypeError: a gateway with wrong options does not start */
export function settingsOf<Env>(options: GatewayOptions<Env>): Settings {
  const { upstream, mode = 'enforce' } = options;
  if (options.auth === undefined || options.auth === null) throw new TypeError('`auth` is missing');
  if (typeof options.policies?.load !== 'function') throw new TypeError('`policies` is missing');
  if (upstream === undefined || upstream === null) throw new TypeError('`upstream` is missing');
  if (mode !== 'enforce' && mode !== 'audit-only') {
    throw new TypeError('`mode` is `enforce` or `audit-only`');
  }
  for (const name of kNumbers) {
    const value = options[name];
    if (value !== undefined && !(value >= 0)) throw new TypeError(`\`${name}\` is no number`);
  }
  for (const name of Object.keys(options.operations ?? {})) {
    if (!/^(?:[A-Z][A-Za-z]+\/)?\$[A-Za-z][A-Za-z0-9\-_.]*$/.test(name)) {
      throw new TypeError('an operation is named `$name` or `Type/$name`');
    }
  }
  const given = typeof upstream === 'string' ? { baseUrl: upstream } : upstream;
  return {
    upstream: {
      ...given,
      baseUrl: upstreamBase(given.baseUrl),
      timeout: given.timeout ?? 10_000,
      maxResponseBytes: options.maxResponseBytes ?? 32 * kMegabyte,
    },
    maxRequestBytes: options.maxRequestBytes ?? 10 * kMegabyte,
    isAudit: mode === 'audit-only',
  };
}
