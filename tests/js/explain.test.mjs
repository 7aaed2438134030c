// `explain` through the API: which rules were tried, which clause failed, which paths go and why; and no value of the resource
// (SPEC 15.1).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { kEvery } from './decisions.mjs';
import { hasSynthea, synthea, written } from './search_sample.mjs';
import { encode, fails, policyOf } from './support.mjs';

const engine = await createEngine();

const kPolicies = [
  {
    id: 'a',
    ...policyOf(
      {
        resourceType: 'Observation',
        criteria: 'Observation?status=final&code=x,y',
        readonly: true,
      },
      { resourceType: 'Observation', interaction: ['create'] },
      { resourceType: 'Patient', criteria: 'Patient?active=true', hiddenFields: ['birthDate'] },
    ),
  },
  {
    id: 'b',
    ...policyOf(
      { resourceType: 'Observation', criteria: 'Observation?status:not=final' },
      {
        resourceType: 'Patient',
        hiddenFields: ['name.family', "extension('urn:x')", 'telecom.value'],
      },
    ),
  },
];
const policy = engine.compilePolicy({ policies: kPolicies });
const at = (index) => ({ index, source: index < 3 ? 'AccessPolicy/a' : 'AccessPolicy/b' });

test('which rules were tried, and what came of each', () => {
  const final = { resourceType: 'Observation', status: 'final', code: { coding: [{ code: 'y' }] } };
  const other = { ...final, code: { coding: [{ code: 'z' }] } };
  const table = [
    ['read', final, 'rule', 0, [{ ...at(0), outcome: 'decides' }]],
    [
      ...['read', other, 'criteria', null],
      [
        { ...at(0), outcome: 'criteria', criterion: 'code=x,y' },
        { ...at(1), outcome: 'interaction' },
        { ...at(3), outcome: 'criteria', criterion: 'status:not=final' },
      ],
    ],
    [
      ...['search', { ...other, status: 'amended' }, 'rule', 3],
      [
        { ...at(0), outcome: 'criteria', criterion: 'status=final' },
        { ...at(1), outcome: 'interaction' },
        { ...at(3), outcome: 'decides' },
      ],
    ],
    [
      ...['create', other, 'rule', 1],
      [
        { ...at(0), outcome: 'interaction' },
        { ...at(1), outcome: 'decides' },
      ],
    ],
    [
      ...['delete', final, 'criteria', null],
      [
        { ...at(0), outcome: 'interaction' },
        { ...at(1), outcome: 'interaction' },
        { ...at(3), outcome: 'criteria', criterion: 'status:not=final' },
      ],
    ],
    ['read', { resourceType: 'Basic' }, 'no-rule', null, []],
  ];
  for (const [interaction, resource, reason, rule, tried] of table) {
    const said = `${interaction} ${JSON.stringify(resource)}`;
    const explanation = policy.explain(interaction, resource);
    assert.deepEqual(explanation.tried, tried, said);
    assert.equal(explanation.reason, reason, said);
    assert.deepEqual(explanation.rule, rule === null ? null : at(rule), said);
    assert.deepEqual(Object.keys(explanation), ['allowed', 'reason', 'rule', 'tried', 'hidden']);
  }
});

test('every path that goes, with the entry and the step that it comes from', () => {
  const hidden = policy.explain('read', { resourceType: 'Patient' }).hidden;
  const path = (name, field, step) => ({ path: name, field, step });
  const sorted = (list) => [...list].sort((a, b) => (a.path < b.path ? -1 : 1));
  const ofRule = (list) => list.filter(({ field }) => field !== null);
  assert.deepEqual(
    sorted(ofRule(hidden)),
    sorted([
      path('name.family', 'name.family', 'field'),
      path('name.text', 'name.family', 'closure'),
      path("extension('urn:x')", "extension('urn:x')", 'field'),
      path('telecom.value', 'telecom.value', 'field'),
      path('text', 'name.family', 'narrative'),
    ]),
  );
  assert.deepEqual(
    ofRule(policy.explain('read', { resourceType: 'Patient', active: true }).hidden).map(
      (one) => one.field,
    ),
    ['birthDate', 'birthDate'],
  );
  // What the policy as a whole removes: here nobody may know a Practitioner or a RelatedPerson.
  assert.deepEqual(
    hidden.filter(({ field }) => field === null),
    [
      path('contained', null, 'contained'),
      path('generalPractitioner.display', null, 'reference'),
      path('generalPractitioner.identifier', null, 'reference'),
      path('link.other.display', null, 'reference'),
      path('link.other.identifier', null, 'reference'),
    ],
  );
  assert.deepEqual(policy.explain('read', { resourceType: 'Basic' }).hidden, []);
  // What is listed is what is cut, also where this resource has none of it.
  const decision = policy.decide('read', { resourceType: 'Patient' });
  assert.deepEqual(hidden.map((one) => one.path).sort(), [...decision.hidden].sort());
});

test('explain agrees with decide, in every form of body', () => {
  const bodies = [...written, ...(hasSynthea ? synthea().slice(0, 200) : [])];
  for (const body of bodies) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    for (const interaction of kEvery) {
      const { allowed, reason, rule } = policy.decide(interaction, text);
      const explanation = policy.explain(interaction, text);
      assert.deepEqual(
        [explanation.allowed, explanation.reason, explanation.rule],
        [allowed, reason, rule],
      );
      const last = explanation.tried.at(-1);
      assert.equal(last?.outcome === 'decides', allowed);
      assert.deepEqual(policy.explain(interaction, encode(text)), explanation);
      assert.deepEqual(policy.explain(interaction, JSON.parse(text)), explanation);
    }
  }
});

// Every string in it, but for what says the type.
function planted(value, canary) {
  if (typeof value === 'string') return `${canary}${value}`;
  if (typeof value === 'number') return 424_242;
  if (Array.isArray(value)) return value.map((item) => planted(item, canary));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      name === 'resourceType' ? child : planted(child, canary),
    ]),
  );
}

test('no value of the resource is in it', () => {
  const canary = 'canary-9d1c-';
  const resources = [...written, ...(hasSynthea ? synthea().slice(0, 300) : [])];
  let explained = 0;
  for (const body of resources) {
    const resource = planted(typeof body === 'string' ? JSON.parse(body) : body, canary);
    for (const interaction of kEvery) {
      const text = JSON.stringify(policy.explain(interaction, resource));
      assert.equal(text.includes('canary'), false, text);
      assert.equal(text.includes('424242'), false, text);
      explained += 1;
    }
  }
  assert.ok(explained > 50);
});

test('what is hidden and read by nothing changes no explanation', () => {
  const of = (family) => ({
    resourceType: 'Patient',
    id: '1',
    name: [{ family }],
    text: { family },
  });
  const one = policy.explain('read', of('Simpson'));
  for (const resource of [of('Szyslak'), of(undefined), { resourceType: 'Patient', id: '1' }]) {
    assert.deepEqual(policy.explain('read', resource), one);
  }
});

test('what is no resource is an error; what nobody may see is explained', () => {
  fails(() => policy.explain('read', '{'), 'ResourceError', 'invalid-json', 1);
  fails(() => policy.explain('read', '{"id":1,"id":2}'), 'ResourceError', 'duplicate-key');
  fails(() => policy.explain('reads', '{}'), 'TypeError');
  fails(() => policy.explain('read', 1), 'TypeError');
  const nothing = engine.compilePolicy({ policies: [] });
  assert.deepEqual(nothing.explain('read', { resourceType: 'Patient' }), {
    ...{ allowed: false, reason: 'no-policy', rule: null, tried: [], hidden: [] },
  });
  const project = { resourceType: 'Project', id: 'p' };
  const owned = engine.compilePolicy({ policies: kPolicies[1], project });
  const elsewhere = { resourceType: 'Patient', meta: { project: 'q' } };
  const explanation = owned.explain('read', elsewhere);
  assert.deepEqual([explanation.allowed, explanation.reason], [false, 'project']);
  assert.equal(JSON.stringify(explanation).includes('"q"'), false);
});
