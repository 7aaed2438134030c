// The policy vectors as data: what is expected of each, and which of them are exceptions. Nothing here knows an engine.
import { readFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

const kOverruled = new Map(read('overruled.json').map((row) => [row.id, row.expected]));

// A `spec_expected` may be a mere remark.
const kDecisions = [
  ...['accessPolicy', 'allowed', 'denied', 'deny', 'error', 'hidden', 'match', 'outcome'],
  ...['reject_parameter', 'reject_policy', 'resource', 'resourceCriteria', 'scopes', 'accepted'],
  ...['added', 'effectivePolicy', 'meta', 'only', 'results', 'status', 'stored', 'url'],
  ...['account', 'compartment', 'ids', 'total', 'valid'],
];
const decides = (expected) => kDecisions.some((key) => expected?.[key] !== undefined);

/** Overruled, else strict, else the FHIR specification where it has a decision, else the reference. */
export function expectedOf(vector) {
  const candidates = [
    kOverruled.get(vector.id),
    vector.strict_expected,
    vector.spec_expected,
    vector.expect,
  ];
  const expected = candidates.find(decides);
  if (expected === undefined) throw new Error(`${vector.id} expects nothing`);
  return expected;
}

/** Is the policy, the parameter or the criterion itself expected to be refused? */
export const expectsRefusal = (expected) =>
  expected.reject_policy === true ||
  expected.reject_parameter === true ||
  expected.valid === false ||
  expected.error !== undefined;

/** What grants nothing: a policy that is refused does the same. */
export const expectsDenial = (expected) =>
  expected.allowed === false ||
  expected.denied === true ||
  expected.deny === true ||
  expected.match === false ||
  expected.outcome === 'block' ||
  expected.status >= 400 ||
  expected.error !== undefined;

/** The vectors of one topic; of these operations only, when given. */
export function vectorsOf(topic, operations) {
  const vectors = read(`${topic}.json`);
  const kept = operations ? vectors.filter(({ op }) => operations.includes(op)) : vectors;
  if (kept.length === 0) throw new Error(`no vectors of topic ${topic}`);
  return kept;
}

/**
 * Rows `{ id, rule, why }`, by id. `instead` is what the engine does where a rule outweighs the vector; `field` names an input of
 * the vector that the API has no counterpart of.
 */
export function exceptions() {
  const rows = read('exceptions.json');
  const byId = new Map(rows.map((row) => [row.id, row]));
  if (byId.size !== rows.length) throw new Error('exceptions.json names a vector twice');
  return byId;
}
