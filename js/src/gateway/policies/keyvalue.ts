// Policies in a key-value store, such as Workers KV.
import { isJson } from '../shared.js';
import type { PolicyDocuments, PolicySource, Principal } from '../types.js';

/** What of a KV namespace is used. */
export interface KeyValueNamespace {
  get(key: string, options: { type: 'text'; cacheTtl?: number }): Promise<string | null>;
}

export interface KeyValuePolicies {
  /** A binding of Workers KV; or `get`. */
  readonly namespace?: KeyValueNamespace | undefined;
  /** Null and undefined: there is no such key. */
  readonly get?: ((key: string) => Promise<string | null | undefined>) | undefined;
  /** Where the principal's documents are. Undefined: nowhere, 403. */
  readonly key: (principal: Principal) => string | undefined;
  /** Seconds for which the edge keeps a value, in front of `policyCache`. Default: that of the platform. */
  readonly cacheTtl?: number | undefined;
}

/** The value is a JSON object of `PolicyDocuments`. @throws TypeError */
export function keyValuePolicies(given: KeyValuePolicies): PolicySource {
  const { namespace, get, key, cacheTtl } = given;
  if ((namespace === undefined) === (get === undefined) || typeof key !== 'function') {
    throw new TypeError('`key` and one of `namespace` and `get` are needed');
  }
  const read = (name: string) =>
    get === undefined
      ? namespace?.get(name, { type: 'text', ...(cacheTtl === undefined ? {} : { cacheTtl }) })
      : get(name);
  return {
    async load(principal) {
      const name = key(principal);
      if (name === undefined || name === '') return undefined;
      const text = await read(name);
      if (text === null || text === undefined) return undefined;
      const documents: unknown = JSON.parse(text);
      if (!isJson(documents)) throw new Error('no documents');
      return documents as PolicyDocuments;
    },
  };
}
