// What the README says is refused, at compile time or as a body, is refused with an error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { input, refused, rule, withPolicy } from './policies.mjs';

test('what the README says is refused at compile time is refused', () => {
  const feature = 'unsupported-feature';
  refused(input(rule(), { options: { operations: { x: 1 } } }), feature);
  for (const [name, value] of Object.entries({
    ...{ contained: true, displays: false, mark: 'x', absent: 'null', exactTotals: 'yes', tags: 1 },
  })) {
    refused(input(rule(), { options: { [name]: value } }));
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
  const answer = { resourceType: 'Bundle', type: 'batch-response', entry: [{}] };
  const entry = [{ request: { method: 'GET', url: 'Patient/1' } }];
  const request = { resourceType: 'Bundle', type: 'batch', entry };
  withPolicy(input([{ resourceType: '*' }]), (policy) => {
    const code = (work) => {
      try {
        work();
      } catch (error) {
        return error.name === 'ResourceError' ? error.code : error.name;
      }
      return 'released';
    };
    const redact = (body, extra) => code(() => policy.redact('batch', body, extra));
    assert.equal(redact(answer), 'batch-request');
    assert.equal(redact({ ...answer, entry: [{}, {}] }, { request }), 'batch-entries');
    assert.equal(redact({ ...answer, type: 'searchset' }, { request }), 'unsupported-bundle');
    assert.equal(redact(answer, { request }), 'released');
    assert.throws(() => policy.filterStream({ format: 'bundle', interaction: 'batch' }), TypeError);
  });
});
