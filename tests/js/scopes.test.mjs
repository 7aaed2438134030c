// SMART scopes through the API (SPEC 11): what a policy grants under scopes, what is refused, and for random policies and scopes that
// exactly what both grant is granted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, everything, fails, kSeed, policyOf, randomFrom } from './support.mjs';

const engine = await createEngine();

const kInteractions = ['read', 'vread', 'search', 'history', 'create', 'update', 'delete'];
const kOf = {
  c: ['create'],
  r: ['read', 'vread', 'history'],
  u: ['update'],
  d: ['delete'],
  s: ['search'],
};

function withPolicy(input, use) {
  const policy = engine.compilePolicy(input);
  try {
    return use(policy);
  } finally {
    policy.free();
  }
}

const kLaboratory = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { text: 'x' },
  subject: { reference: 'Patient/p1' },
};
const kVitalSigns = { ...kLaboratory, category: [{ coding: [{ code: 'vital-signs' }] }] };
const kOfAnother = { ...kLaboratory, subject: { reference: 'Patient/p2' } };

test('an app with laboratory results of one patient', () => {
  const input = {
    policies: policyOf(
      { resourceType: 'Patient', criteria: 'Patient?_compartment=%patient' },
      { resourceType: 'Observation', criteria: 'Observation?_compartment=%patient' },
    ),
    profile: 'Patient/p1',
    scopes: 'openid launch/patient patient/Observation.rs?category=laboratory',
  };
  withPolicy(input, (policy) => {
    assert.deepEqual(policy.rules, [
      {
        resourceType: 'Observation',
        criteria: 'Observation?_compartment=Patient/p1&category=laboratory&_compartment=Patient/p1',
        interaction: ['read', 'vread', 'search', 'history'],
      },
    ]);
    assert.equal(policy.can('read', 'Patient'), false);
    assert.equal(policy.can('update', 'Observation'), false);
    const released = decode(policy.redact('read', kLaboratory));
    assert.equal(released, JSON.stringify(kLaboratory));
    for (const refused of [kVitalSigns, kOfAnother, { resourceType: 'Patient', id: 'p1' }]) {
      assert.equal(policy.redact('read', refused), undefined);
    }
    assert.equal(policy.decide('delete', kLaboratory).reason, 'no-rule');
  });
});

test('each letter grants its interactions and no other', () => {
  for (const [letter, interactions] of Object.entries(kOf)) {
    withPolicy({ policies: everything, scopes: `user/Patient.${letter}` }, (policy) => {
      for (const one of kInteractions) {
        assert.equal(policy.can(one, 'Patient'), interactions.includes(one), `${letter} ${one}`);
        assert.equal(policy.can(one, 'Observation'), false);
      }
    });
  }
});

test('scopes without a resource scope leave the policy alone, or deny everything', () => {
  for (const scopes of ['openid fhirUser launch/patient', '', null, undefined]) {
    withPolicy({ policies: everything, scopes }, (policy) => {
      assert.equal(policy.can('delete', 'Patient'), true);
    });
    const options = { requireScopes: true };
    withPolicy({ policies: everything, scopes, options }, (policy) => {
      const { allowed, reason } = policy.decide('read', { resourceType: 'Patient', id: 'p1' });
      assert.deepEqual([allowed, reason], [false, 'no-scope']);
    });
  }
});

test('the reason is a rule where scopes narrow what is unrestricted', () => {
  const options = { allowUnrestricted: true };
  const patient = { resourceType: 'Patient', id: 'p1' };
  const decide = (scopes) =>
    withPolicy({ options, scopes }, (policy) => {
      const { allowed, reason, rule } = policy.decide('read', patient);
      return [allowed, reason, rule?.source];
    });
  assert.deepEqual(decide(undefined), [true, 'unrestricted', 'options.allowUnrestricted']);
  assert.deepEqual(decide('user/Patient.r'), [true, 'rule', 'options.allowUnrestricted']);
  assert.deepEqual(decide('user/Group.r'), [false, 'no-rule', undefined]);
});

test('what is wrong with scopes refuses, with its place', () => {
  const refusal = (input) => {
    const error = fails(
      () => engine.compilePolicy({ policies: everything, ...input }),
      'PolicyCompileError',
    );
    return error.issues.map(({ code, path, offset }) => `${code} ${path} ${offset}`);
  };
  const table = [
    [{ scopes: 'openid patient/*.sr', launchPatient: 'Patient/1' }, 'scope-syntax scopes 18'],
    [{ scopes: 'Patient/*.rs' }, 'scope-syntax scopes 0'],
    [{ scopes: 'user/*.rs\tuser/*.c' }, 'scope-syntax scopes 9'],
    // Offsets count UTF-8 bytes.
    [{ scopes: '\u00e9 user/*.x' }, 'scope-syntax scopes 10'],
    [{ scopes: '\u00e9 user/Patient.r?foo=1' }, 'unknown-parameter scopes 18'],
    [
      { scopes: 'user/Patient.r?name=%profile', profile: 'Patient/1' },
      'variable-not-allowed scopes 20',
    ],
    [{ scopes: 'openid patient/*.rs' }, 'missing-patient scopes 7'],
    [{ scopes: 'patient/*.rs', profile: 'Practitioner/1' }, 'missing-patient scopes 0'],
    [
      { scopes: 'patient/*.rs', profile: 'Patient/1', launchPatient: 'Patient/' },
      'invalid-value launchPatient 0',
    ],
    [{ launchPatient: { reference: 'Group/1' } }, 'invalid-value launchPatient.reference 0'],
    [{ launchPatient: {} }, 'missing-property launchPatient.reference 0'],
  ];
  for (const [input, issue] of table) assert.deepEqual(refusal(input), [issue]);
});

test('an unknown type grants nothing and is a warning', () => {
  withPolicy({ policies: everything, scopes: 'user/Foo.cruds' }, (policy) => {
    assert.deepEqual(policy.rules, []);
    assert.equal(policy.warnings[0].code, 'unknown-resource-type');
  });
});

// SPEC 7.4: that a rule hides elements of a contained Organization counts, whether or not a scope lets the caller read one.
test('scopes that take a rule away do not release what it hides', () => {
  const policies = policyOf(
    { resourceType: 'Organization', hiddenFields: ['name'] },
    { resourceType: 'Observation' },
  );
  const organization = { resourceType: 'Organization', id: 'c', name: 'Hidden Clinic' };
  const resource = {
    ...kLaboratory,
    contained: [organization],
    performer: [{ reference: '#c' }],
  };
  const release = (scopes) =>
    withPolicy({ policies, scopes }, (policy) => {
      try {
        return decode(policy.redact('read', resource)) ?? '';
      } catch (error) {
        assert.equal(error.name, 'ResourceError');
        return '';
      }
    });
  for (const scopes of [undefined, 'user/Observation.rs', 'user/*.rs']) {
    assert.ok(!release(scopes).includes('Hidden Clinic'), scopes);
  }
});

// --- Random policies and scopes.

const kQueries = {
  Patient: ['gender=male', 'active=true', '_id=p1', 'name=peter', 'gender=male,female&active=true'],
  Observation: ['status=final', 'subject=Patient/p1', '_tag=a', 'status:not=final'],
  Organization: ['_id=g1', 'active=true', '_tag=a'],
  '*': ['_id=p1', '_tag=a', '_id=o1,g1'],
};
const kResources = [
  { resourceType: 'Patient', id: 'p1', active: true, gender: 'male', name: [{ given: ['Peter'] }] },
  { resourceType: 'Patient', id: 'p2', gender: 'female', meta: { tag: [{ code: 'a' }] } },
  { resourceType: 'Observation', id: 'o1', status: 'final', subject: { reference: 'Patient/p1' } },
  {
    resourceType: 'Observation',
    id: 'o2',
    status: 'amended',
    subject: { reference: 'Patient/p2' },
    meta: { tag: [{ code: 'a' }] },
  },
  { resourceType: 'Organization', id: 'g1', active: true },
  { resourceType: 'Organization', id: 'g2', meta: { tag: [{ code: 'a' }] } },
];
const kHidden = { Patient: 'name', Observation: 'status', Organization: 'active', '*': 'meta.tag' };
const kTypes = Object.keys(kQueries);

const pick = (random, list) => list[random(list.length)];
const some = (random, list) => list.filter(() => random(2) === 0);

function randomRule(random) {
  const resourceType = pick(random, kTypes);
  const rule = { resourceType };
  if (random(2) === 0) rule.criteria = `${resourceType}?${pick(random, kQueries[resourceType])}`;
  if (random(3) === 0) rule.hiddenFields = [kHidden[resourceType]];
  if (random(2) === 0) rule.interaction = some(random, kInteractions);
  else if (random(4) === 0) rule.readonly = true;
  return rule;
}

function randomScope(random) {
  const type = pick(random, kTypes);
  const letters = some(random, [...'cruds']).join('') || pick(random, [...'cruds']);
  // A query for `*` must compile for each type.
  const query = random(3) === 0 ? pick(random, kQueries[type]) : undefined;
  return { level: pick(random, ['patient', 'user', 'system']), type, letters, query };
}
const textOf = ({ level, type, letters, query }) =>
  `${level}/${type}.${letters}${query === undefined ? '' : `?${query}`}`;

const searches = new Map();
function matches(criteria, resource) {
  if (!searches.has(criteria)) searches.set(criteria, engine.search(criteria));
  return searches.get(criteria).matches(resource);
}

// What a scope grants by itself.
function grants(scope, interaction, resource) {
  const { resourceType } = resource;
  const holds = (query) => matches(`${resourceType}?${query}`, resource);
  return (
    (scope.type === '*' || scope.type === resourceType) &&
    [...scope.letters].some((letter) => kOf[letter].includes(interaction)) &&
    (scope.query === undefined || holds(scope.query)) &&
    (scope.level !== 'patient' || holds('_compartment=Patient/p1'))
  );
}

// Of each resource and interaction, in one order.
const kCases = kResources.flatMap((resource) =>
  kInteractions.map((interaction) => ({ resource, interaction })),
);
const decisionsOf = (policies, scopes) =>
  withPolicy(
    { policies, launchPatient: 'Patient/p1', scopes: scopes?.map(textOf).join(' ') },
    (policy) =>
      kCases.map(({ resource, interaction }) => {
        const { allowed, hidden } = policy.decide(interaction, resource);
        return { allowed, hidden, body: decode(policy.redact(interaction, resource)) };
      }),
  );

test(`random policies and scopes: exactly what both grant is granted, with the same bytes (seed ${kSeed})`, (t) => {
  const random = randomFrom(kSeed);
  let granted = 0;
  let taken = 0;
  for (let round = 0; round < 400; round += 1) {
    const policies = policyOf(...Array.from({ length: 1 + random(5) }, () => randomRule(random)));
    const scopes = Array.from({ length: 1 + random(3) }, () => randomScope(random));
    const said = JSON.stringify([policies.resource, scopes.map(textOf)]);
    const whole = decisionsOf(policies);
    const scoped = decisionsOf(policies, scopes);
    const more = decisionsOf(policies, [...scopes, randomScope(random)]);
    const fewer = decisionsOf(
      policies,
      scopes.map((scope) => ({ ...scope, letters: pick(random, [...scope.letters]) })),
    );
    kCases.forEach(({ resource, interaction }, i) => {
      const where = `${interaction} ${resource.id} ${said}`;
      if (scoped[i].allowed) {
        assert.ok(whole[i].allowed, `widened: ${where}`);
        assert.ok(more[i].allowed, `a further scope took away: ${where}`);
        // The same rule decides: what it hides is hidden. What answers a write, and versions, need `read` too (SPEC 9.1, 9.8).
        const reads = scoped[i - (i % kInteractions.length)].allowed;
        if (reads || interaction === 'search') assert.equal(scoped[i].body, whole[i].body, where);
        else if (interaction !== 'create') assert.equal(scoped[i].body, undefined, where);
        const hidden = new Set(scoped[i].hidden);
        assert.ok(
          whole[i].hidden.every((path) => hidden.has(path)),
          where,
        );
        granted += 1;
      } else if (whole[i].allowed) {
        taken += 1;
      }
      if (fewer[i].allowed) assert.ok(scoped[i].allowed, `fewer letters grant more: ${where}`);
      // What is created has no id yet, and is in no compartment of its own.
      if (interaction !== 'create') {
        const wanted = whole[i].allowed && scopes.some((one) => grants(one, interaction, resource));
        assert.equal(scoped[i].allowed, wanted, where);
      }
    });
  }
  assert.ok(granted > 500 && taken > 500, `${granted} granted, ${taken} taken away`);
  t.diagnostic(`${granted} decisions granted under scopes, ${taken} taken away by them`);
});
