// What the README says is refused, at compile time or as a body, is refused with an error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { input, patient, refused, released, rule } from './policies.mjs';

test('what the README says is refused at compile time is refused', () => {
  const feature = 'unsupported-feature';
  const options = {
    contained: 'keep',
    displays: true,
    mark: 'redacted',
    absent: 'mask',
    exactTotals: true,
    operations: { x: 1 },
  };
  for (const [name, value] of Object.entries(options)) {
    refused(input(rule(), { options: { [name]: value } }), feature);
  }
  for (const criteria of [
    ...['Location?near=1', 'Patient?_filter=organization.name eq a', 'Patient?_filter=gender in a'],
    ...[
      'Observation?_filter=code ss a',
      'Observation?_filter=code sb a',
      'Patient?_filter:not=_id eq a',
    ],
    ...['Patient?_text=a', 'Patient?_content=a', 'Patient?_list=a'],
    ...['Patient?_has:Observation:patient:code=1', 'Patient?organization.name=x'],
    ...['Patient?gender:in=x', 'Patient?gender:not-in=x', 'Patient?gender:above=x'],
    ...['Patient?gender:below=x', 'Patient?gender:of-type=a|b|c', 'Patient?gender:text=a'],
    ...['ValueSet?url:below=x', 'ActivityDefinition?depends-on:below=http://x.test/a'],
  ]) {
    const [resourceType] = criteria.split('?');
    refused(input({ resourceType, criteria }));
  }
});

test('what the README says is refused as a body is refused', () => {
  const everything = input([{ resourceType: '*' }, { resourceType: 'Patient' }]);
  const hiding = input(rule({ hiddenFields: ['birthDate'] }));
  const contained = patient({ contained: [{ resourceType: 'Organization', id: 'o' }] });
  for (const [document, interaction, body] of [
    [everything, 'read', { resourceType: 'Bundle', type: 'collection' }],
    [everything, 'history', { resourceType: 'Bundle', type: 'history' }],
    [
      everything,
      'search',
      {
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [{ resource: { resourceType: 'Bundle', type: 'document' } }],
      },
    ],
    [
      everything,
      'read',
      { resourceType: 'Parameters', parameter: [{ name: 'a', resource: patient() }] },
    ],
    [hiding, 'read', contained],
  ]) {
    assert.throws(() => released(document, body, interaction), { name: 'ResourceError' });
  }
  assert.deepEqual(released(input(rule()), contained), contained);
  const other = input([rule(), { resourceType: 'Organization', hiddenFields: ['name'] }]);
  assert.throws(() => released(other, contained), { name: 'ResourceError' });
  const person = patient({ contained: [{ resourceType: 'Practitioner', id: 'p' }] });
  assert.throws(() => released(input(rule()), person), { name: 'ResourceError' });
  const granted = input([rule(), { resourceType: 'Practitioner' }]);
  assert.deepEqual(released(granted, person), person);
});
