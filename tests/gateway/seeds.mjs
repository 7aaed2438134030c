// The examples of the policy language's own documentation as documents, and who asks with each. Nothing of Node's here: it runs in
// workerd, too.

const policy = (name, resource, more) => ({
  ...{ resourceType: 'AccessPolicy', ...(name && { name }), ...more },
  resource,
});
const example = (rule) => policy('Patient Example', [{ resourceType: 'Patient', ...rule }]);
const kFields = ['name', 'address'];

// A rule for what is in a compartment: criteria, and the deprecated `compartment` (SPEC 4.5).
const byCriteria = (resourceType, reference) => ({
  resourceType,
  criteria: `${resourceType}?_compartment=${reference}`,
});
const byCompartment = (resourceType, reference) => ({ resourceType, compartment: { reference } });

const kOwnTypes = ['Patient', 'Observation', 'DiagnosticReport', 'MedicationRequest', 'Coverage'];
kOwnTypes.push('PaymentNotice', 'CarePlan', 'Immunization', 'Communication');
const kCommonTypes = ['Organization', 'Practitioner', 'Schedule', 'Slot'];
const patientAccess = (rule, id) => ({
  ...{ resourceType: 'AccessPolicy', name: 'Patient Access Policy Template' },
  ...(id && { id }),
  compartment: { reference: '%patient' },
  resource: [
    ...kOwnTypes.map((type) => rule(type, '%patient')),
    ...kCommonTypes.map((resourceType) => ({ resourceType, readonly: true })),
    { resourceType: 'Binary' },
  ],
});

const partnership = (id, rule) => {
  const compartment = { reference: `Organization/${id}`, display: 'Example Customer Organization' };
  return {
    ...{ resourceType: 'AccessPolicy', name: 'Patient Example', compartment },
    resource: [rule(compartment)],
  };
};

const membership = (reference, name, values, display) => ({
  resourceType: 'ProjectMembership',
  access: values.map((value) => ({
    policy: { reference: `AccessPolicy/${reference}`, ...(display && { display }) },
    parameter: [{ name, valueReference: { reference: value } }],
  })),
});
const organizations = (display) =>
  membership(
    ...['123', 'provider_organization', ['Organization/abc', 'Organization/def'], display],
  );

const byOrganization = (resourceType, parameter) => ({
  resourceType,
  criteria: `${resourceType}?${parameter}=%provider_organization`,
});
const template = (...rules) => ({
  ...{ resourceType: 'AccessPolicy', id: '123', name: 'Parameterized Access Policy' },
  resource: rules,
});

export const kAccounts = ['abc-123', 'a23a2966-d58a-4098-b41b-e8f18bcda339'];
const kTemplate = 'patient-access-policy-template';
const kExpressions = [
  "%before.exists() implies %before.status != 'final'",
  "status = 'final' implies subject.exists()",
];
const kNames = { parameterized: 'Parameterized Access Policy' };

/** As the documentation has them, member by member. */
export const documents = {
  type: example({}),
  california: policy('Criteria Based Access Policy', [
    { resourceType: 'Patient', criteria: 'Patient?address-state=CA' },
  ]),
  readonly: example({ readonly: true }),
  readonlyFields: example({ readonlyFields: kFields }),
  hidden: example({ hiddenFields: kFields }),
  hiddenReadonly: example({ readonly: true, hiddenFields: kFields }),
  constraints: policy('Write Constraints Access Policy', [
    {
      resourceType: 'Observation',
      writeConstraint: kExpressions.map((expression) => ({
        ...{ language: 'text/fhirpath', expression },
      })),
    },
  ]),
  compartment: policy('Write Constraints Access Policy', [
    byCriteria('Observation', 'Patient/xyz'),
  ]),
  practitioner: policy('GP Access Policy', [
    { resourceType: 'Patient', criteria: 'Patient?general-practitioner=%profile' },
  ]),
  organization: policy('Criteria Based Access Policy', [
    { resourceType: 'Patient', criteria: 'Patient?organization=Organization/123' },
  ]),
  parameterized: template(
    ...[byOrganization('Patient', 'organization'), byOrganization('DiagnosticReport', 'performer')],
  ),
  parameterizedPatients: template(byOrganization('Patient', 'organization')),
  organizations: organizations(),
  organizationsByName: organizations(kNames.parameterized),
  partner: partnership(kAccounts[0], ({ reference }) => ({
    ...byCriteria('Patient', reference),
    readonly: true,
  })),
  partnerCompartment: partnership(kAccounts[1], (compartment) => ({
    ...{ resourceType: 'Patient', readonly: true, compartment },
  })),
  patient: patientAccess(byCriteria, kTemplate),
  patientCompartment: patientAccess(byCompartment),
  caregiver: membership(kTemplate, 'patient', ['Patient/xyz', 'Patient/uvw']),
};

/** The rules of the documentation on addresses: some are allowed, then `*` blocks the rest; `8.8.` is 8.8.8.8 and not 8.7.8.8. */
const kAddresses = [
  { name: 'Office', value: '203.0.113.7', action: 'allow' },
  { name: 'VPN', value: '8.8.', action: 'allow' },
  { name: 'Everyone else', value: '*', action: 'block' },
];
const kBlocked = [{ name: 'Range', value: '8.8.', action: 'block' }];

const kWho = ['xyz', 'uvw', 'rst'];
const kHomer = ['54aa8595-e3a7-48ae-af91-9c7cb940149b', 'homer-2'];

/** Stands in what a resource says, and so where it is shown. */
export const markOf = (id) => `cnry-${id}.`;
const reference = (type, id) => ({ reference: `${type}/${id}` });
const meta = (more) => ({ versionId: '1', lastUpdated: '2022-01-13T16:21:11.870Z', ...more });
const made = (resourceType, id, more) => ({ resourceType, id, meta: meta(), ...more });

const patient = (id, state, practitioner, organization) =>
  made('Patient', id, {
    gender: 'female',
    birthDate: '1956-05-12',
    name: [{ family: markOf(`name-${id}`) }],
    address: [{ state, city: markOf(`city-${id}`) }],
    telecom: [{ value: markOf(id) }],
    generalPractitioner: [reference('Practitioner', practitioner)],
    managingOrganization: reference('Organization', organization),
  });
const of = (who, more) => ({ subject: reference('Patient', who), ...more });
const text = (id) => ({ text: markOf(id) });

/** Everything that the server holds. */
export const resources = [
  ...['abc', 'def', '123', ...kAccounts].map((id) => made('Organization', id, { name: 'O' })),
  ...['123', '9'].map((id) => made('Practitioner', id, { name: [{ family: 'P' }] })),
  made('Schedule', 's', { actor: [reference('Practitioner', '9')] }),
  made('Slot', 's', { schedule: reference('Schedule', 's'), status: 'free' }),
  patient('xyz', 'CA', '123', '123'),
  patient('uvw', 'CA', '9', 'abc'),
  patient('rst', 'NV', '123', 'def'),
  ...kHomer.map((id, index) =>
    made('Patient', id, {
      meta: meta({
        account: {
          ...reference('Organization', kAccounts[index]),
          display: 'Example Customer Organization',
        },
        // The server folds accounts into the compartments that it stores (SPEC 5.6).
        compartment: [reference('Organization', kAccounts[index])],
      }),
      name: [{ given: ['Homer'], family: 'Simpson' }],
      telecom: [{ value: markOf(id) }],
    }),
  ),
  ...kWho.flatMap((who, index) => {
    const id = (prefix) => `${prefix}-${who}`;
    const [performer] = [['abc', 'def', '123'][index]];
    return [
      made('Observation', id('o'), of(who, { status: 'preliminary', code: text(id('o')) })),
      made('Observation', id('f'), of(who, { status: 'final', code: text(id('f')) })),
      made(
        ...['DiagnosticReport', id('d')],
        of(who, {
          ...{ status: 'final', code: text(id('d')) },
          performer: [reference('Organization', performer)],
        }),
      ),
      made(
        ...['MedicationRequest', id('m')],
        of(who, { status: 'active', intent: 'order', medicationCodeableConcept: text(id('m')) }),
      ),
      made('Coverage', id('c'), {
        ...{ status: 'active', type: text(id('c')), beneficiary: reference('Patient', who) },
        payor: [reference('Organization', '123')],
      }),
      made(
        'CarePlan',
        id('p'),
        of(who, { status: 'active', intent: 'plan', title: markOf(id('p')) }),
      ),
      made('Immunization', id('i'), {
        ...{ status: 'completed', vaccineCode: text(id('i')), patient: reference('Patient', who) },
        occurrenceDateTime: '2022-01-01',
      }),
      made('Communication', id('n'), of(who, { status: 'completed', note: [text(id('n'))] })),
      made('Task', id('t'), { status: 'draft', intent: 'order', description: markOf(id('t')) }),
    ];
  }),
];

const allOf = (...who) =>
  who.flatMap((one) => [one, ...[...'ofdmcpin'].map((prefix) => `${prefix}-${one}`)]);
const ofType = (wanted) =>
  resources.filter(({ resourceType }) => resourceType === wanted).map(({ id }) => id);
const kPatients = ofType('Patient');
const kWithFields = [...kPatients, ...kWho.flatMap((id) => [`name-${id}`, `city-${id}`])];
const withFields = (...ids) => ids.flatMap((id) => [id, `name-${id}`, `city-${id}`]);

const by = (policies, sees, more) => ({ documents: { policies, ...more }, sees });
const xyz = { profile: 'Patient/xyz' };
const carer = { profile: 'RelatedPerson/carer' };
const ownTo = (reference) => membership(kTemplate, 'patient', [reference]);
const kCompartments = { ...documents.patientCompartment, id: kTemplate };

/** By the name that their token is: the documents that hold for them, and whose marks they may see. */
export const callers = {
  type: by(documents.type, kWithFields),
  california: by(documents.california, withFields('xyz', 'uvw')),
  readonly: by(documents.readonly, kWithFields),
  readonlyFields: by(documents.readonlyFields, kWithFields),
  hidden: by(documents.hidden, kPatients),
  hiddenReadonly: by(documents.hiddenReadonly, kPatients),
  constraints: by(documents.constraints, ofType('Observation')),
  compartment: by(documents.compartment, ['o-xyz', 'f-xyz']),
  practitioner: by(documents.practitioner, withFields('xyz', 'rst'), {
    profile: 'Practitioner/123',
  }),
  organization: by(documents.organization, withFields('xyz')),
  parameterized: by(...[documents.parameterized, [...withFields('uvw', 'rst'), 'd-xyz', 'd-uvw']], {
    membership: documents.organizations,
  }),
  parameterizedPatients: by(documents.parameterizedPatients, withFields('uvw', 'rst'), {
    membership: documents.organizationsByName,
  }),
  unbound: by(documents.parameterized, [], {
    membership: {
      resourceType: 'ProjectMembership',
      access: [{ policy: { reference: 'AccessPolicy/123' } }],
    },
  }),
  partner: by(documents.partner, [kHomer[0]]),
  partnerCompartment: by(documents.partnerCompartment, [kHomer[1]]),
  patient: by(documents.patient, [...allOf('xyz'), ...withFields('xyz')], {
    ...{ membership: ownTo('Patient/xyz'), ...xyz },
  }),
  patientCompartment: by(kCompartments, [...allOf('xyz'), ...withFields('xyz')], {
    ...{ membership: ownTo('Patient/xyz'), ...xyz },
  }),
  caregiver: by(documents.patient, [...allOf('xyz', 'uvw'), ...withFields('xyz', 'uvw')], {
    ...{ membership: documents.caregiver, ...carer },
  }),
  caregiverCompartment: by(kCompartments, [...allOf('xyz', 'uvw'), ...withFields('xyz', 'uvw')], {
    ...{ membership: documents.caregiver, ...carer },
  }),
  addresses: by({ ...documents.type, ipAccessRule: kAddresses }, kWithFields),
  blocked: by({ ...documents.type, ipAccessRule: kBlocked }, kWithFields),
};

/** Ids of what stands in a text and is not this caller's to see. */
export function marksFor(name, text) {
  const sees = new Set(callers[name]?.sees);
  const ids = [...text.matchAll(/cnry-([A-Za-z0-9-]+)\./g)].map(([, id]) => id);
  return [...new Set(ids)].filter((id) => !sees.has(id));
}

/** For `auth` of a gateway. */
export function byCaller(request) {
  const [, subject] = /^Bearer (\w+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
  if (!Object.hasOwn(callers, subject ?? '')) return undefined;
  return { subject, issuer: 'https://issuer.example' };
}
