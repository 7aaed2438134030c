// Where policies come from.
import type { PolicyDocuments, PolicySource } from '../types.js';

/** The same documents for everybody. */
export function staticPolicies(documents: PolicyDocuments): PolicySource {
  return { load: () => Promise.resolve(documents) };
}
