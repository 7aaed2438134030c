// Projects, their admins, and acting on behalf of others through the API (SPEC 10.1 to 10.3): what is released, from bodies, Bundles and
// streams, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { chunksOf, decode, encode, everything, fails, kSeed, randomFrom } from './support.mjs';

const engine = await createEngine();

function withPolicy(input, use) {
  const policy = engine.compilePolicy(input);
  try {
    return use(policy);
  } finally {
    policy.free();
  }
}

const kProject = { resourceType: 'Project', id: 'own', name: 'Own' };
const kShared = { resourceType: 'Project', id: 'shared', exportedResourceType: ['ValueSet'] };
const kInput = { policies: everything, project: kProject, linkedProjects: [kShared] };
const of = (project, resourceType = 'Patient') => ({ resourceType, id: '1', meta: { project } });

test('a resource of another project is not there', () => {
  withPolicy(kInput, (policy) => {
    for (const [resource, interaction, reason] of [
      [of('own'), 'read', 'rule'],
      [of('shared', 'ValueSet'), 'search', 'rule'],
      [of('shared'), 'read', 'project'],
      [of('shared', 'ValueSet'), 'update', 'project'],
      [of('other'), 'read', 'project'],
      [{ resourceType: 'Patient', id: '1' }, 'read', 'project'],
      [of('own', 'User'), 'read', 'no-rule'],
    ]) {
      const decision = policy.decide(interaction, resource);
      assert.equal(decision.reason, reason);
      assert.equal(decision.allowed, reason === 'rule');
      assert.equal(policy.redact(interaction, resource) !== undefined, reason === 'rule');
      // SPEC 4.3: that is no matter of the type.
      assert.equal(policy.can(interaction, resource.resourceType), reason !== 'no-rule');
    }
  });
});

test('what the check reads is not released', () => {
  withPolicy(kInput, (policy) => {
    const released = decode(policy.redact('read', { ...of('own'), gender: 'other' }));
    assert.deepEqual(JSON.parse(released), { resourceType: 'Patient', id: '1', gender: 'other' });
  });
});

test('Bundles and streams hold what belongs to the project', async () => {
  const resources = ['own', 'other', 'shared', 'own'].flatMap((project, i) => [
    { ...of(project), id: `p${i}` },
    { ...of(project, 'ValueSet'), id: `v${i}` },
  ]);
  const wanted = ['p0', 'v0', 'v2', 'p3', 'v3'];
  const policy = engine.compilePolicy(kInput);
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
  const { entry } = JSON.parse(decode(policy.redact('search', bundle)));
  assert.deepEqual(
    entry.map(({ resource }) => resource.id),
    wanted,
  );
  const text = resources.map((resource) => `${JSON.stringify(resource)}\n`).join('');
  for (const size of [1, 17, text.length]) {
    const stream = policy.filterStream({ format: 'ndjson', interaction: 'search' });
    const answer = new Response(chunksOf(encode(text), size).pipeThrough(stream));
    const lines = (await answer.text()).trim().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).id),
      wanted,
    );
    assert.equal(stream.counts.refused, resources.length - wanted.length);
  }
  policy.free();
});

const memberOf = (id, more) => ({
  resourceType: 'ProjectMembership',
  accessPolicy: { reference: `AccessPolicy/${id}` },
  project: { reference: 'Project/own' },
  profile: { reference: `Practitioner/${id}` },
  ...more,
});
const kPolicies = [
  {
    ...{ resourceType: 'AccessPolicy', id: 'admin', resource: [{ resourceType: '*' }] },
    ipAccessRule: [{ value: '10.', action: 'allow' }],
  },
  {
    ...{ resourceType: 'AccessPolicy', id: 'user' },
    resource: [{ resourceType: 'Patient', criteria: 'Patient?general-practitioner=%profile' }],
  },
];

test('an admin of a given project gets rules for admin types', () => {
  const membership = memberOf('admin', { admin: true });
  withPolicy({ policies: kPolicies, membership, project: kProject }, (policy) => {
    assert.deepEqual(
      policy.rules.map(({ resourceType, criteria }) => criteria ?? resourceType),
      [
        '*',
        'Project?_id=own',
        'ProjectMembership?_project=Project/own',
        'UserSecurityRequest?_project=Project/own',
        'User?_project=Project/own',
      ],
    );
    const user = { ...of('own', 'User'), email: 'a@b.test', passwordHash: 'canary' };
    const decision = policy.decide('read', user);
    assert.deepEqual(decision.rule, { index: 4, source: 'membership.admin' });
    assert.ok(decision.hidden.includes('passwordHash'));
    assert.equal(JSON.parse(decode(policy.redact('read', user))).email, 'a@b.test');
    assert.ok(!decode(policy.redact('read', user)).includes('canary'));
    assert.equal(policy.decide('read', of('own', 'PasswordChangeRequest')).reason, 'no-rule');
    // SPEC 10.4: a Binary without a context is for admins.
    assert.equal(policy.decide('read', of('own', 'Binary')).allowed, true);
  });
  for (const input of [
    { membership },
    { membership: { ...membership, admin: false }, project: kProject },
    { membership: { ...membership, active: false }, project: kProject },
    { membership: { ...membership, admin: undefined }, project: kProject },
  ]) {
    withPolicy({ policies: kPolicies, ...input }, (policy) => {
      assert.deepEqual(policy.rules, [{ resourceType: '*' }]);
      for (const type of ['Project', 'ProjectMembership', 'User', 'UserSecurityRequest']) {
        assert.equal(policy.can('read', type), false);
      }
      assert.equal(policy.decide('read', of('own', 'Binary')).allowed, false);
    });
  }
});

test('on behalf of a member: their policy and profile, the scopes of the caller, the addresses of both', () => {
  const input = {
    ...{ policies: kPolicies, membership: memberOf('admin', { admin: true }), project: kProject },
    onBehalfOf: { membership: memberOf('user'), project: { reference: 'Project/own' } },
    scopes: 'system/*.rs',
  };
  const patient = {
    ...of('own'),
    generalPractitioner: [{ reference: 'Practitioner/user' }],
  };
  withPolicy(input, (policy) => {
    assert.equal(policy.decide('read', patient).allowed, true);
    assert.equal(policy.decide('update', patient).reason, 'no-rule');
    const ofCaller = { ...patient, generalPractitioner: [{ reference: 'Practitioner/admin' }] };
    assert.equal(policy.decide('read', ofCaller).reason, 'criteria');
    assert.equal(policy.decide('read', { ...patient, meta: {} }).reason, 'project');
    assert.equal(policy.can('read', 'Observation'), false);
    assert.equal(policy.can('read', 'Project'), false);
    assert.equal(policy.checkIp('10.0.0.1').allowed, true);
    assert.deepEqual(policy.checkIp('11.0.0.1').rule?.source ?? null, null);
    assert.equal(policy.checkIp('11.0.0.1').allowed, false);
    // Who acts alone is somebody else.
    withPolicy({ ...input, onBehalfOf: undefined }, (alone) => {
      assert.notEqual(alone.hash, policy.hash);
      assert.equal(alone.can('read', 'Observation'), true);
    });
    withPolicy({ ...input, membership: memberOf('user'), onBehalfOf: null }, (target) => {
      assert.notEqual(target.hash, policy.hash);
      assert.deepEqual(target.rules, policy.rules);
    });
  });
});

test('an unusable target is refused, always alike', () => {
  const admin = memberOf('admin', { admin: true });
  const user = memberOf('user');
  const inputs = [
    { membership: memberOf('admin'), onBehalfOf: { membership: user } },
    { membership: { ...admin, active: false }, onBehalfOf: { membership: user } },
    { membership: admin, onBehalfOf: { membership: { ...user, active: false } } },
    { membership: admin, onBehalfOf: { membership: { ...user, project: undefined } } },
    {
      membership: admin,
      onBehalfOf: { membership: { ...user, project: { reference: 'Project/x' } } },
    },
    { membership: admin, onBehalfOf: { membership: user, project: { reference: 'Project/x' } } },
    { membership: admin, onBehalfOf: {} },
    { membership: admin, onBehalfOf: { membership: null } },
    { membership: null, profile: 'Practitioner/1', onBehalfOf: { membership: user } },
  ];
  const issues = inputs.map((input) => {
    const compile = () => engine.compilePolicy({ policies: kPolicies, ...input });
    return fails(compile, 'PolicyCompileError').issues;
  });
  for (const one of issues) assert.deepEqual(one, issues[0]);
  assert.equal(issues[0].length, 1);
  assert.equal(issues[0][0].code, 'on-behalf-of');
});

test('what is malformed is an issue', () => {
  for (const [input, ...lines] of [
    [{ project: 'Project/own' }, 'wrong-type project'],
    [{ project: { reference: 'own' } }, 'invalid-value project.reference'],
    [{ project: {} }, 'missing-property project.reference'],
    [{ project: { resourceType: 'Project' } }, 'missing-property project.id'],
    [{ linkedProjects: [kShared] }, 'missing-property project'],
    [{ project: kProject, linkedProjects: [kProject] }, 'inconsistent-input linkedProjects[0].id'],
    [
      { project: kProject, linkedProjects: [{ reference: 'Project/x' }] },
      'missing-property linkedProjects[0].resourceType',
    ],
    [
      { membership: memberOf('user'), project: { reference: 'Project/x' } },
      'inconsistent-input project.reference',
    ],
  ]) {
    const profile = input.membership ? undefined : 'Practitioner/1';
    const compile = () => engine.compilePolicy({ policies: kPolicies, profile, ...input });
    const { issues } = fails(compile, 'PolicyCompileError');
    assert.deepEqual(
      issues.map(({ code, path }) => `${code} ${path}`),
      lines,
    );
  }
});

// SPEC P3: what the check reads decides, and nothing else comes of it.
test('what is released does not depend on which project it came from', () => {
  const random = randomFrom(kSeed);
  const linked = [kShared, { resourceType: 'Project', id: 'open' }];
  withPolicy({ ...kInput, linkedProjects: linked }, (policy) => {
    for (let round = 0; round < 200; ++round) {
      const body = (project) => ({ ...of(project), birthDate: `19${10 + random(90)}-01-01` });
      const one = body('own');
      const other = { ...one, meta: { project: 'open' } };
      assert.equal(decode(policy.redact('read', one)), decode(policy.redact('read', other)));
      const hidden = { ...one, meta: { project: `x${random(1000)}` } };
      assert.equal(policy.redact('read', hidden), undefined);
    }
  });
});
