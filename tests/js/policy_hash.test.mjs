// The hash of a policy: the same for the same documents however they are written, and another one for each input that can change a
// decision.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';

const engine = await createEngine();

const isObject = (value) => typeof value === 'object' && value !== null;

const kMembership = {
  resourceType: 'ProjectMembership',
  active: true,
  profile: { reference: 'Practitioner/1' },
  access: [
    {
      policy: { reference: 'AccessPolicy/a' },
      parameter: [{ name: 'org', valueReference: { reference: 'Organization/1' } }],
    },
  ],
};
const kInput = {
  policies: [
    {
      resourceType: 'AccessPolicy',
      id: 'a',
      compartment: { reference: 'Organization/1' },
      resource: [
        {
          resourceType: 'Patient',
          criteria: 'Patient?organization=%org',
          interaction: ['read', 'search', 'update'],
          hiddenFields: ['birthDate', 'name'],
          readonlyFields: ['gender', 'address'],
          writeConstraint: [{ language: 'text/fhirpath', expression: 'active' }],
        },
        { resourceType: 'Observation', readonly: true },
      ],
      ipAccessRule: [
        { value: '10.0.0.0/8', action: 'allow' },
        { value: '*', action: 'block' },
      ],
    },
  ],
  membership: kMembership,
  scopes: 'patient/*.rs user/Patient.u',
  launchPatient: 'Patient/1',
  project: { resourceType: 'Project', id: 'p' },
  linkedProjects: [{ resourceType: 'Project', id: 'q', exportedResourceType: ['ValueSet'] }],
  options: { extendedMeta: false, baseUrls: ['https://a.example/fhir'] },
};
const hashOf = (input) => {
  const policy = engine.compilePolicy(input);
  policy.free();
  return policy.hash;
};

const edited = (option, value) => ({
  ...kInput,
  options: { ...kInput.options, [option]: value },
});

// The same with the members of every object in another order.
function turned(value) {
  if (Array.isArray(value)) return value.map(turned);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, child]) => [name, turned(child)]),
  );
}

test('the hash of a policy does not depend on how its documents are written', async () => {
  const hash = hashOf(kInput);
  assert.match(hash, /^[0-9a-f]{64}$/);
  const same = {
    'once more': kInput,
    'other order of members': turned(kInput),
    'as text': JSON.stringify(kInput),
    'with white space': JSON.stringify(turned(kInput), undefined, 3),
    'with escapes': JSON.stringify(kInput).replaceAll('Patient?', '\\u0050atient?'),
    // What is fetched counts for each decision by itself.
    'with resources to fetch': edited('resolve', true),
    'with null and undefined': { ...kInput, onBehalfOf: null, profile: undefined },
  };
  for (const [how, input] of Object.entries(same)) assert.equal(hashOf(input), hash, how);
  const another = await createEngine();
  assert.equal(another.compilePolicy(kInput).hash, hash, 'another engine');
});

test('the hash of a policy changes with every input that can change a decision', () => {
  const edit = (path, value) => {
    const input = structuredClone(kInput);
    const keys = path.split('.');
    const last = keys.pop();
    const target = keys.reduce((object, key) => (object[key] ??= {}), input);
    if (value === undefined) delete target[last];
    else target[last] = value;
    return input;
  };
  const rule = 'policies.0.resource.0';
  const edits = [
    ['policies.0.compartment.reference', 'Organization/2'],
    ['policies.0.compartment', undefined],
    [`${rule}.criteria`, 'Patient?organization=%org&active=true'],
    [`${rule}.criteria`, 'Patient?organization:missing=false'],
    [`${rule}.criteria`, undefined],
    [`${rule}.compartment`, { reference: 'Organization/1' }],
    [`${rule}.interaction`, ['read', 'search']],
    [`${rule}.interaction`, []],
    [`${rule}.interaction`, undefined],
    [`${rule}.hiddenFields`, ['birthDate']],
    [`${rule}.hiddenFields`, ['birthDate', 'name.family']],
    [`${rule}.readonlyFields`, ['gender']],
    [`${rule}.readonlyFields`, undefined],
    [`${rule}.writeConstraint.0.expression`, 'active.not()'],
    [`${rule}.writeConstraint`, undefined],
    [rule, { resourceType: 'Group', criteria: 'Group?managing-entity=%org' }],
    ['policies.0.resource.1', { resourceType: 'Observation' }],
    ['policies.0.resource.1', { resourceType: 'Condition', readonly: true }],
    ['policies.0.resource', [...kInput.policies[0].resource].reverse()],
    ['policies.0.ipAccessRule.0.value', '10.0.0.0/9'],
    ['policies.0.ipAccessRule.0.action', 'block'],
    ['policies.0.ipAccessRule', [...kInput.policies[0].ipAccessRule].reverse()],
    ['policies.0.ipAccessRule', undefined],
    ['membership.active', false],
    ['membership.admin', true],
    ['membership.access.0.parameter.0.valueReference.reference', 'Organization/2'],
    ['membership.access', [...kMembership.access, ...kMembership.access]],
    ['scopes', 'patient/*.rs user/Patient.cu'],
    ['scopes', 'user/*.rs user/Patient.u'],
    ['scopes', 'patient/*.rs?_tag=x user/Patient.u'],
    ['scopes', undefined],
    ['launchPatient', 'Patient/2'],
    ['project', { resourceType: 'Project', id: 'p2' }],
    ['project', undefined, 'linkedProjects'],
    ['linkedProjects.0.id', 'q2'],
    ['linkedProjects.0.exportedResourceType', ['CodeSystem']],
    ['linkedProjects.0.exportedResourceType', undefined],
    ['linkedProjects', undefined],
    ['options.defaultResourceTypes', true],
    ['options.closure', 'fields-only'],
    ['options.unknownElements', 'keep'],
    ['options.extendedMeta', true],
    ['options.binaryWithoutContext', 'allow'],
    ['options.readonlyConflict', 'restore'],
    ['options.baseUrls', ['https://b.example/fhir']],
    ['options.baseUrls', undefined],
    ['options.now', '2024-01-01T00:00:00Z'],
    [
      'options.searchParameters',
      [
        {
          ...{ resourceType: 'SearchParameter', code: 'pet', base: ['Patient'], type: 'string' },
          expression: "Patient.extension('urn:pet').value",
        },
      ],
    ],
    [
      'options.compartmentDefinitions',
      [
        {
          resourceType: 'CompartmentDefinition',
          code: 'Organization',
          resource: [{ code: 'Patient', param: ['organization'] }],
        },
      ],
    ],
  ];
  // Options that count for something only where others are as here.
  const { scopes: _, ...unscoped } = kInput;
  const admin = edit('project.superAdmin', true);
  admin.membership.admin = true;
  const { options } = kInput;
  for (const [input, option] of [
    [{ policies: [] }, { allowUnrestricted: true }],
    [{ ...unscoped, options }, { requireScopes: true }],
    [{ ...admin, options }, { superAdminTypes: true }],
  ]) {
    const said = JSON.stringify(option);
    const more = { ...input, options: { ...input.options, ...option } };
    assert.notEqual(hashOf(more), hashOf(input), said);
  }
  const seen = new Map([[hashOf(kInput), 'nothing']]);
  for (const [path, value, ...gone] of edits) {
    const input = edit(path, value);
    for (const name of gone) delete input[name];
    const said = `${path} = ${JSON.stringify(value)}`;
    const hash = hashOf(input);
    assert.equal(seen.get(hash), undefined, `${said} is the same as ${seen.get(hash)}`);
    seen.set(hash, said);
  }
});
