// Short ways to compile a policy and look at what it does, for the checks of the README.
import assert from 'node:assert/strict';
import { createEngine } from 'fhirwall';

export const engine = await createEngine();
const decoder = new TextDecoder();

export const patient = (more = {}) => ({ resourceType: 'Patient', id: '1', ...more });
export const rule = (more = {}) => ({ resourceType: 'Patient', ...more });
export const input = (rules, more = {}, policy = {}) => ({
  policies: [{ resourceType: 'AccessPolicy', id: 'p', resource: [rules].flat(), ...policy }],
  ...more,
});
export const membership = (more = {}) => ({
  resourceType: 'ProjectMembership',
  profile: { reference: 'Practitioner/9' },
  access: [{ policy: { reference: 'AccessPolicy/p' }, ...more.access }],
  ...more.membership,
});

export function withPolicy(document, work) {
  const policy = engine.compilePolicy(document);
  try {
    return work(policy);
  } finally {
    policy.free();
  }
}

// undefined when denied, else the released resource.
export const released = (document, resource, interaction = 'read') =>
  withPolicy(document, (policy) => {
    const bytes = policy.redact(interaction, resource);
    return bytes && JSON.parse(decoder.decode(bytes));
  });
export const allowed = (criteria, resource, more) =>
  released(input({ resourceType: resource.resourceType, criteria }, more), resource) !== undefined;
export const can = (document, interaction, type) =>
  withPolicy(document, (policy) => policy.can(interaction, type));
export const ip = (values, address) =>
  withPolicy(
    input(rule(), {}, { ipAccessRule: values }),
    (policy) => policy.checkIp(address).allowed,
  );
export const refused = (document, code) =>
  assert.throws(
    () => engine.compilePolicy(document).free(),
    (error) => error.name === 'PolicyCompileError' && (code === undefined || error.code === code),
    JSON.stringify(document),
  );
