// The cases of what goes besides the hidden fields, for differences.test.mjs.
import assert from 'node:assert/strict';
import { input, patient, released, rule, withPolicy } from './policies.mjs';

const observation = (more) => ({ resourceType: 'Observation', id: '2', ...more });

export const kClosureCases = {
  '7.3 texts': () => {
    const name = [{ text: 'Ana Ruiz', family: 'Ruiz', given: ['Ana'] }];
    const text = { status: 'generated', div: '<div>Ana</div>' };
    const document = input(rule({ hiddenFields: ['name.family'] }));
    assert.deepEqual(
      released(document, patient({ text, name })),
      patient({ name: [{ given: ['Ana'] }] }),
    );
    assert.deepEqual(released(input(rule()), patient({ text, name })), patient({ name }));
    const everybody = input({ resourceType: '*' });
    assert.deepEqual(released(everybody, patient({ text, name })), patient({ text, name }));
    const coded = input({ resourceType: 'Observation', hiddenFields: ['code.coding.code'] });
    const code = { text: 'Pulse', coding: [{ system: 's', code: 'c', display: 'd' }] };
    assert.deepEqual(
      released(coded, observation({ code })),
      observation({ code: { coding: [{ system: 's' }] } }),
    );
  },
  '7.3 references': () => {
    const rules = ['Observation', 'Organization'].map((resourceType) => ({ resourceType }));
    const subject = { reference: 'Patient/1' };
    const said = { ...subject, display: 'Ana', identifier: { value: '1' } };
    const performer = [{ reference: 'Organization/1', display: 'Ward' }];
    assert.deepEqual(
      released(input(rules), observation({ subject: said, performer })),
      observation({ subject, performer }),
    );
    const one = [...rules, rule({ criteria: 'Patient?_id=1' })];
    const other = { reference: 'Patient/2', display: 'Bo' };
    assert.deepEqual(
      released(input(one), observation({ subject: said, focus: [other] })),
      observation({ subject: said, focus: [{ reference: 'Patient/2' }] }),
    );
    const named = [...rules, rule({ hiddenFields: ['name'] })];
    assert.deepEqual(
      released(input(named), observation({ subject: said })),
      observation({ subject: { ...subject, identifier: { value: '1' } } }),
    );
  },
  '7.4 contained': () => {
    const organization = { resourceType: 'Organization', id: 'o', active: true };
    const contained = [
      { resourceType: 'Practitioner', id: 'p' },
      { ...organization, name: 'Ward' },
    ];
    const rules = [rule(), { resourceType: 'Organization', hiddenFields: ['name'] }];
    const generalPractitioner = [{ reference: '#p' }, { reference: '#o' }];
    assert.deepEqual(
      released(input(rules), patient({ contained, generalPractitioner })),
      patient({ contained: [organization], generalPractitioner: [{ reference: '#o' }] }),
    );
  },
  '7.4 nested': () => {
    const bundle = (...entry) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: entry.map((resource) => ({ resource })),
    });
    const rules = [{ resourceType: 'Bundle' }, { resourceType: 'Parameters' }, rule()];
    assert.deepEqual(
      released(input(rules), bundle(patient(), observation(), bundle(observation(), patient()))),
      bundle(patient(), bundle(patient())),
    );
    const parameters = (...parameter) => ({ resourceType: 'Parameters', parameter });
    const kept = { name: 'b', part: [{ name: 'c', resource: patient() }] };
    assert.deepEqual(
      released(input(rules), parameters({ name: 'a', resource: observation() }, kept)),
      parameters(kept),
    );
    assert.equal(released(input(rule()), bundle(patient())), undefined);
    const document = { ...bundle(observation(), patient()), type: 'document' };
    assert.equal(released(input(rules), document), undefined);
  },
  '8.2 histories': () => {
    const version = (resource) => ({ resource, request: { method: 'PUT', url: 'Patient/1?x=1' } });
    const bundle = (...entry) => ({ resourceType: 'Bundle', type: 'history', entry });
    const deleted = { request: { method: 'DELETE', url: 'Patient/2' } };
    const kept = { resource: patient(), request: { method: 'PUT', url: 'Patient/1' } };
    assert.deepEqual(
      released(
        input([{ resourceType: 'Bundle' }, rule({ criteria: 'Patient?_id=1' })]),
        bundle(version(patient()), version(observation()), deleted),
        'history',
      ),
      bundle(kept),
    );
    withPolicy(input(rule()), (policy) => {
      const entry = [observation(), patient()].map((resource) => ({ resource }));
      const answer = { resourceType: 'Bundle', type: 'batch-response', entry };
      const request = {
        resourceType: 'Bundle',
        type: 'batch',
        entry: ['Observation/1', 'Patient/1'].map((url) => ({ request: { method: 'GET', url } })),
      };
      const bytes = policy.redact('batch', answer, { request });
      assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes)).entry, [
        { response: { status: '403' } },
        { resource: patient() },
      ]);
      assert.throws(() => policy.redact('batch', answer), { code: 'batch-request' });
    });
  },
};
