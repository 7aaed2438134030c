// The gateway that each runtime serves, and what it must answer there. Runs in all of them: nothing of Node's here.
import { createGateway } from 'fhirwall/gateway';

const rule = {
  resourceType: 'Patient',
  criteria: 'Patient?general-practitioner=%profile',
  hiddenFields: ['birthDate'],
};
const policyFor = (allowed) => ({
  resourceType: 'AccessPolicy',
  ipAccessRule: [
    { value: allowed, action: 'allow' },
    { value: '*', action: 'block' },
  ],
  resource: [rule],
});
const users = { here: policyFor('127.0.0.1'), elsewhere: policyFor('10.0.0.0/8') };

export const gatewayFor = (upstream, more) =>
  createGateway({
    upstream,
    auth(request) {
      const [, subject] = /^Bearer (\w+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
      return Object.hasOwn(users, subject ?? '')
        ? { subject, profile: 'Practitioner/okafor' }
        : undefined;
    },
    policies: { load: async ({ subject }) => ({ policies: users[subject] }) },
    log: null,
    ...more,
  });
