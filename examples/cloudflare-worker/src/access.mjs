// Who may see what: three demonstration users. A fixed word in the Authorization header is no authentication: worker.mjs says what
// takes the place of `auth` and `documents` in a deployment.

const reading = ['read', 'search'];

// The front desk: all patients, but only from the clinic's own network.
const frontDesk = {
  resourceType: 'AccessPolicy',
  id: 'front-desk',
  name: 'Front desk',
  ipAccessRule: [
    { value: '10.20.', action: 'allow' },
    { value: '*', action: 'block' },
  ],
  resource: [{ resourceType: 'Patient', interaction: reading }],
};

// A patient: what lies in the own compartment, and nothing of anybody else.
const ownRecord = {
  resourceType: 'AccessPolicy',
  id: 'own-record',
  name: 'Own record',
  resource: [
    { resourceType: 'Patient', criteria: 'Patient?_compartment=%patient', interaction: reading },
    {
      resourceType: 'Observation',
      criteria: 'Observation?_compartment=%patient&status=final,amended,corrected',
      interaction: reading,
    },
    {
      resourceType: 'Encounter',
      criteria: 'Encounter?_compartment=%patient',
      interaction: reading,
    },
  ],
};

// A treating physician: the own patients, without what identifies or locates them beyond the name.
const treating = {
  resourceType: 'AccessPolicy',
  id: 'treating',
  name: 'Treating physician',
  resource: [
    {
      resourceType: 'Patient',
      criteria: 'Patient?general-practitioner=%profile',
      interaction: reading,
      hiddenFields: ['identifier', 'telecom', 'address', 'birthDate'],
    },
    {
      resourceType: 'Observation',
      criteria: 'Observation?performer=%profile',
      interaction: reading,
      hiddenFields: ['note'],
    },
    {
      resourceType: 'Encounter',
      criteria: 'Encounter?practitioner=%profile',
      interaction: reading,
    },
  ],
};

const membership = (policy, profile) => ({
  resourceType: 'ProjectMembership',
  id: `membership-${policy.id}`,
  project: { reference: 'Project/demo' },
  user: { reference: `User/${policy.id}` },
  profile: { reference: profile },
  accessPolicy: { reference: `AccessPolicy/${policy.id}` },
});

const user = (title, policy, profile) => ({
  title,
  policies: [policy],
  membership: membership(policy, profile),
});

// Bearer token -> the documents that a policy is compiled from.
export const users = {
  'demo-front-desk': user('Front desk, not in the clinic', frontDesk, 'Practitioner/front-desk'),
  'demo-patient': user('Ana Ruiz, patient', ownRecord, 'Patient/ana'),
  'demo-physician': user('Dr. Okafor, physician', treating, 'Practitioner/okafor'),
};

// Who asks; undefined is a 401.
export function auth(request) {
  const [, token] = /^Bearer ([\w-]+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token === undefined || !Object.hasOwn(users, token)) return undefined;
  return { subject: token, profile: users[token].membership.profile.reference };
}

// What they may do, as `staticPolicies` takes it: each has the policy that the membership of the own profile names.
export const documents = {
  policies: Object.values(users).flatMap((one) => one.policies),
  memberships: Object.values(users).map((one) => one.membership),
};
