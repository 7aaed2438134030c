// What a policy allows, refuses and releases, in one line each.
import assert from 'node:assert/strict';
import { decode, encode } from './support.mjs';

export const kReading = ['read', 'vread', 'search', 'history'];
export const kWriting = ['create', 'update', 'delete'];
export const kEvery = [...kReading, ...kWriting];

/** The interactions that the policy has any rule for, by type. */
export function grants(policy, wanted) {
  for (const [type, interactions] of Object.entries(wanted)) {
    const granted = kEvery.filter((interaction) => policy.can(interaction, type));
    assert.deepEqual(granted, interactions, type);
  }
}

/** Every reading interaction, and a searchset, gives these bytes; undefined is a denial. */
export function leaves(policy, body, wanted) {
  for (const interaction of kReading) {
    assert.equal(decode(policy.redact(interaction, encode(body))), wanted, interaction);
    assert.equal(policy.decide(interaction, body).allowed, wanted !== undefined, interaction);
  }
  const bundle = (...resources) =>
    `{"resourceType":"Bundle","type":"searchset","entry":[${resources
      .map((resource) => `{"resource":${resource},"search":{"mode":"match"}}`)
      .join(',')}]}`;
  const none = '{"resourceType":"Bundle","type":"searchset"}';
  assert.equal(
    decode(policy.redact('search', bundle(body))),
    wanted === undefined ? none : bundle(wanted),
  );
}

export const passes = (policy, body) => leaves(policy, body, body);
export const denied = (policy, body, reason = 'criteria') => {
  leaves(policy, body, undefined);
  assert.equal(policy.decide('read', body).reason, reason);
};

/** Writes are decided by type, interaction and criteria. */
export function decides(policy, interactions, body, allowed) {
  for (const interaction of interactions) {
    assert.equal(policy.decide(interaction, body).allowed, allowed, interaction);
  }
}
