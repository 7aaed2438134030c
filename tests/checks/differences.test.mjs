// The README's tables of differences from the reference: each row's rule has a case here that shows what fhirwall does, and what it
// says is refused is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kClosureCases } from './differences_closure.mjs';
import { kProjectCases } from './differences_projects.mjs';
import { kWriteCases } from './differences_writes.mjs';
import {
  allowed,
  can,
  engine,
  input,
  ip,
  membership,
  patient,
  refused,
  released,
  rule,
  withPolicy,
} from './policies.mjs';
import { read } from './tree.mjs';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const observation = (more) => ({ resourceType: 'Observation', id: '2', ...more });
const yes = (...what) => assert.equal(allowed(...what), true, what[0]);
const no = (...what) => assert.equal(allowed(...what), false, what[0]);

const kCases = {
  ...kClosureCases,
  ...kWriteCases,
  ...kProjectCases,
  '1.3 inert': () => {
    refused(input(rule({ hiddenFields: ['birthDay'] })), 'unknown-path');
    refused(input(rule({ criteria: 'Patient?no-such=1' })), 'unknown-parameter');
    refused(input(rule({ criteria: 'Patient?gender:nope=1' })), 'unsupported-modifier');
    refused(input(rule({ hiddenField: ['name'] })), 'unknown-property');
    try {
      engine.compilePolicy(input(rule({ hiddenFields: ['a', 'b'], criteria: 'Patient?x=1' })));
      assert.fail('compiled');
    } catch (error) {
      assert.equal(error.issues.length, 3);
    }
  },
  '1.3 empty': () => {
    for (const criteria of ['', 'Patient?', 'Patient?_count=1', 'Patient?gender=male?x=1']) {
      refused(input(rule({ criteria })));
    }
  },
  '1.3 writeConstraint': () => {
    const constrained = (expression) =>
      input(rule({ writeConstraint: [{ language: 'text/fhirpath', expression }] }));
    refused(constrained('nam.empty()'), 'unknown-path');
    assert.equal(can(constrained('name.exists()'), 'read', 'Patient'), true);
  },
  '1.3 readonly': () => refused(input(rule({ readonly: true, interaction: ['update'] }))),
  2.3: () => {
    assert.equal(can({}, 'read', 'Patient'), false);
    assert.equal(
      can(
        {
          policies: [],
          membership: { resourceType: 'ProjectMembership', profile: { reference: 'Patient/1' } },
        },
        'read',
        'Patient',
      ),
      false,
    );
    assert.equal(can({ options: { allowUnrestricted: true } }, 'read', 'Patient'), true);
  },
  2.5: () => {
    assert.equal(can(input(rule()), 'read', 'SearchParameter'), false);
    const options = { defaultResourceTypes: true };
    assert.equal(can(input(rule(), { options }), 'read', 'SearchParameter'), true);
    assert.equal(can(input(rule(), { options }), 'update', 'StructureDefinition'), false);
  },
  2.7: () => {
    const inactive = membership({ membership: { active: false } });
    assert.equal(can(input(rule(), { membership: inactive }), 'read', 'Patient'), false);
    assert.equal(can(input(rule(), { membership: membership() }), 'read', 'Patient'), true);
  },
  4.1: () => {
    const any = input({ resourceType: '*', criteria: '*?_id=1' });
    assert.ok(released(any, patient()));
    assert.equal(released(any, observation()), undefined);
  },
  4.2: () => {
    const rules = [
      rule({ interaction: ['search'], hiddenFields: ['birthDate'] }),
      rule({ interaction: ['read'] }),
    ];
    const resource = patient({ birthDate: '1970-01-01' });
    assert.equal(released(input(rules), resource, 'search').birthDate, undefined);
    assert.equal(released(input(rules), resource, 'read').birthDate, '1970-01-01');
  },
  8.6: () => {
    const partial = patient({
      gender: 'male',
      meta: {
        tag: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
            code: 'SUBSETTED',
          },
        ],
      },
    });
    no('Patient?gender=male', partial);
    yes('Patient?gender=male', patient({ gender: 'male' }));
    assert.ok(released(input(rule()), partial));
  },
  10.4: () => {
    const binary = { resourceType: 'Binary', id: 'b', contentType: 'text/plain' };
    const grant = { resourceType: 'Binary' };
    assert.equal(released(input(grant), binary), undefined);
    const options = { binaryWithoutContext: 'allow' };
    assert.ok(released(input(grant, { options }), binary));
    const context = { ...binary, securityContext: { reference: 'Patient/1' } };
    assert.equal(released(input(grant, { options }), context), undefined);
  },

  3.1: () => {
    const parameter = [{ name: 'org', valueString: 'x' }];
    const more = { membership: membership({ access: { parameter } }) };
    refused(input(rule({ criteria: 'Patient?name=%organization' }), more), 'unbound-variable');
    yes('Patient?name=%org', patient({ name: [{ family: 'X' }] }), more);
  },
  '3.2 patient': () => {
    const own = rule({ criteria: 'Patient?_compartment=%patient' });
    refused(input(own, { profile: 'Practitioner/1' }), 'unbound-variable');
    assert.ok(released(input(own, { profile: 'Patient/1' }), patient()));
  },
  '3.2 names': () => {
    for (const name of ['profile', 'before', 'context']) {
      const parameter = [{ name, valueString: 'x' }];
      refused(
        input(rule(), { membership: membership({ access: { parameter } }) }),
        'invalid-parameter',
      );
    }
  },
  3.3: () => {
    const parameter = [{ name: 'state', valueString: 'CA,NY&gender=male' }];
    const more = { membership: membership({ access: { parameter } }) };
    const address = (state) => patient({ address: [{ state }] });
    no('Patient?address-state=%state', address('CA'), more);
    no('Patient?address-state=%state', address('NY'), more);
    yes('Patient?address-state=%state', address('CA,NY&gender=male'), more);
  },
  3.4: () => {
    refused(input(rule({ criteria: 'Patient?gender:not=%missing' })), 'unbound-variable');
    const parameter = [{ name: 'empty', valueString: '' }];
    const more = { membership: membership({ access: { parameter } }) };
    refused(input(rule({ criteria: 'Patient?name=%empty' }), more));
  },

  5.2: () => {
    for (const name of ['gender:in', 'gender:above', 'gender:of-type', 'gender:Patient']) {
      refused(input(rule({ criteria: `Patient?${name}=male` })), 'unsupported-modifier');
    }
    const subject = (reference) => observation({ subject: { reference } });
    yes('Observation?subject:Patient=1', subject('Patient/1'));
    no('Observation?subject:Group=1', subject('Patient/1'));
  },
  '5.3 string': () => {
    const named = patient({ name: [{ family: 'L\u00f3pez', given: ['Anna'] }] });
    yes('Patient?family=lop', named);
    no('Patient?family=pez', named);
    yes('Patient?family:contains=PEZ', named);
    no('Patient?family:exact=L%C3%B3p', named);
    no('Patient?family:exact=lopez', named);
    yes('Patient?family:exact=L%C3%B3pez', named);
    no('Patient?address-state=CA', patient({ address: [{ state: 'NCA' }] }));
  },
  '5.3 uri': () => {
    const profiled = patient({ meta: { profile: ['http://x.test/a-extended'] } });
    no('Patient?_profile=http://x.test/a', profiled);
    yes('Patient?_profile=http://x.test/a-extended', profiled);
    const valueSet = { resourceType: 'ValueSet', id: '1', url: 'http://x.test/a/b' };
    yes('ValueSet?url:below=http://x.test/a', valueSet);
    no('ValueSet?url:below=http://x.test/a/', { ...valueSet, url: 'http://x.test/a-extended' });
    yes('ValueSet?url:above=http://x.test/a/b/c', valueSet);
    no('ValueSet?url:above=http://x.test/a/bc', valueSet);
  },
  '5.3 token': () => {
    const coded = observation({
      status: 'final',
      code: {
        text: 'Pressure',
        coding: [{ system: 'http://loinc.org', code: 'A-1', display: 'Pulse' }],
      },
    });
    yes('Observation?code=http://loinc.org|A-1', coded);
    yes('Observation?code=A-1', coded);
    for (const value of ['Pressure', 'Pulse', 'a-1', 'http://loinc.org|a-1', '|A-1']) {
      no(`Observation?code=${value}`, coded);
    }
    yes('Observation?status=final', coded);
    yes('Observation?status=http://hl7.org/fhir/observation-status|final', coded);
    no('Observation?status=http://x.test|final', coded);
    no('Observation?status=|final', coded);
    yes('Observation?code:text=press', coded);
    yes('Observation?code:text=PULSE', coded);
    no('Observation?code:text=A-1', coded);
    const type = { coding: [{ system: 'http://t.test', code: 'MR' }] };
    const identified = patient({ identifier: [{ type, value: '7' }] });
    yes('Patient?identifier:of-type=http://t.test|MR|7', identified);
    no('Patient?identifier:of-type=http://t.test|MR|8', identified);
    no('Patient?_id=A', patient({ id: 'a' }));
  },
  '5.3 number': () => {
    const risk = (probabilityDecimal) => ({
      resourceType: 'RiskAssessment',
      id: '1',
      prediction: [{ probabilityDecimal }],
    });
    yes('RiskAssessment?probability=gt0.8', risk(0.81));
    no('RiskAssessment?probability=gt0.8', risk(0.8));
    yes('RiskAssessment?probability=100', risk(100.4));
    no('RiskAssessment?probability=100', risk(100.5));
    const weighs = (value, code, more) =>
      observation({ valueQuantity: { value, system: 'http://unitsofmeasure.org', code, ...more } });
    yes('Observation?value-quantity=ge5|http://unitsofmeasure.org|g', weighs(5000, 'mg'));
    no('Observation?value-quantity=ge5|http://unitsofmeasure.org|g', weighs(4999, 'mg'));
    no('Observation?value-quantity=ne5|http://unitsofmeasure.org|g', weighs(7, 'mL'));
    yes('Observation?value-quantity=lt5', weighs(5, 'g', { comparator: '<' }));
    no('Observation?value-quantity=gt4', weighs(5, 'g', { comparator: '<' }));
  },
  '5.3 composite': () => {
    const component = (code, value) => ({ code: { coding: [{ code }] }, valueQuantity: { value } });
    const pressure = observation({ component: [component('high', 150), component('low', 70)] });
    yes('Observation?component-code-value-quantity=high$gt140', pressure);
    no('Observation?component-code-value-quantity=low$gt140', pressure);
  },
  '5.3 date': () => {
    const at = (effectiveDateTime) => observation({ effectiveDateTime });
    no('Observation?date=2023-02', at('2023-03-02'));
    yes('Observation?date=2023-02', at('2023-02-28'));
    no('Observation?date=2023-02-28', at('2023-02'));
    yes(
      'Observation?date=2023-02-28T10:00:00Z',
      at('2023-02-28T12:00:00%2B02:00'.replace('%2B', '+')),
    );
    yes('Observation?date=2021-01-01,2023-02-28', at('2023-02-28'));
  },
  '5.3 reference': () => {
    const subject = (reference) => observation({ subject: { reference } });
    yes('Observation?subject=Patient/1', subject('Patient/1/_history/2'));
    yes('Observation?subject=1', subject('Patient/1'));
    no('Observation?subject=Patient/1', subject('https://x.test/fhir/Patient/1'));
    const options = { baseUrls: ['https://x.test/fhir'] };
    yes('Observation?subject=Patient/1', subject('https://x.test/fhir/Patient/1'), { options });
  },
  5.5: () => {
    yes('Patient?gender:not=male', patient({ gender: 'female' }));
    yes('Patient?gender:not=male', patient());
    no('Patient?gender:not=male', patient({ gender: 'MALE' }));
    no('Patient?gender:not=male', patient({ gender: 5 }));
    const coded = observation({ code: { text: 'A-1', coding: [{ code: 'B' }] } });
    no('Observation?code:not=A-1', coded);
  },
  5.6: () => {
    yes(
      'Observation?_compartment=Patient/homer',
      observation({ subject: { reference: 'Patient/homer' } }),
    );
    const stored = { compartment: [{ reference: 'Patient/marge' }] };
    const both = observation({ subject: { reference: 'Patient/homer' }, meta: stored });
    no('Observation?_compartment=Patient/homer', both);
    yes('Observation?_compartment=Patient/marge', both);
    refused(input({ resourceType: 'Observation', criteria: 'Observation?_compartment=homer' }));
  },

  '7.1 choice': () => {
    for (const hidden of ['value', 'value[x]']) {
      const document = input({ resourceType: 'Observation', hiddenFields: [hidden] });
      const kept = released(
        document,
        observation({ status: 'final', valueString: 'a', _valueString: { id: 'b' } }),
      );
      assert.deepEqual(kept, observation({ status: 'final' }));
    }
  },
  '7.1 more': () => {
    const document = input(
      rule({ hiddenFields: ["extension('http://x.test/a')", 'Patient.gender'] }),
    );
    const extension = [
      { url: 'http://x.test/a', valueCode: 'a' },
      { url: 'http://x.test/b', valueCode: 'b' },
    ];
    assert.deepEqual(
      released(document, patient({ gender: 'male', extension })),
      patient({ extension: [extension[1]] }),
    );
  },
  7.2: () => {
    const document = input(rule({ hiddenFields: ['birthDate'] }));
    const resource = patient({
      active: true,
      birthDate: '1970',
      _birthDate: { id: 'x' },
      ssn: '1',
    });
    assert.deepEqual(released(document, resource), patient({ active: true }));
  },
  7.5: () => {
    const document = input(rule({ hiddenFields: ['contact.name'] }));
    assert.deepEqual(
      released(document, patient({ contact: [{ name: { family: 'X' } }] })),
      patient(),
    );
    assert.deepEqual(released(document, patient({ contact: [{}] })), patient());
  },
  7.6: () => {
    const document = input(rule({ hiddenFields: ['birthDate'] }));
    const text = { status: 'generated', div: '<div>x</div>' };
    assert.deepEqual(released(document, patient({ text })), patient());
  },
  7.7: () => {
    const meta = {
      versionId: '1',
      project: 'a',
      author: { reference: 'Patient/2' },
      account: { reference: 'Patient/2' },
      accounts: [{ reference: 'Patient/2' }],
      compartment: [{ reference: 'Patient/1' }],
      onBehalfOf: { reference: 'Patient/2' },
    };
    assert.deepEqual(
      released(input(rule()), patient({ meta })),
      patient({ meta: { versionId: '1' } }),
    );
    const options = { extendedMeta: true };
    assert.deepEqual(released(input(rule(), { options }), patient({ meta })), patient({ meta }));
  },
  '8.2 totals': () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'searchset',
      total: 2,
      link: [
        { relation: 'self', url: 'https://x.test/Patient' },
        { relation: 'last', url: 'https://x.test/Patient?page=9' },
      ],
      entry: [{ resource: patient() }, { resource: observation() }],
      signature: { type: [] },
    };
    assert.deepEqual(released(input(rule()), bundle, 'search'), {
      resourceType: 'Bundle',
      type: 'searchset',
      link: [bundle.link[0]],
      entry: [{ resource: patient() }],
    });
  },

  '12.1 octets': () => {
    const allow = [{ value: '10.1', action: 'allow' }];
    assert.equal(ip(allow, '10.1.2.3'), true);
    assert.equal(ip(allow, '10.10.0.1'), false);
    const block = [{ value: '10.1', action: 'block' }];
    assert.equal(ip(block, '10.10.0.1'), false);
    assert.equal(ip(block, '10.2.0.1'), true);
  },
  '12.1 forms': () => {
    assert.equal(ip([{ value: '10.0.0.0/8', action: 'allow' }], '10.255.0.1'), true);
    assert.equal(ip([{ value: '2001:db8::/32', action: 'allow' }], '2001:DB8:0::1'), true);
    assert.equal(ip([{ value: '8.8.', action: 'allow' }], '::ffff:8.8.8.8'), true);
  },
  '12.1 lists': () => {
    const policies = ['10.', '10.1.'].map((value) => ({
      resourceType: 'AccessPolicy',
      resource: [rule()],
      ipAccessRule: [{ value, action: 'allow' }],
    }));
    const check = (address) =>
      withPolicy({ policies }, (policy) => policy.checkIp(address).allowed);
    assert.equal(check('10.1.0.1'), true);
    assert.equal(check('10.2.0.1'), false);
  },
  12.2: () => {
    for (const value of ['', 'x', '8.8.8.8/4', '010.1.1.1', '[::1]', '1.2.3.4:80']) {
      refused(input(rule(), {}, { ipAccessRule: [{ value, action: 'allow' }] }));
    }
  },
  '12.3 match': () => {
    assert.equal(ip([{ value: '10.', action: 'allow' }], '9.9.9.9'), false);
    assert.equal(ip([{ value: '10.', action: 'block' }], '9.9.9.9'), true);
  },
  '12.3 absent': () => {
    for (const address of [undefined, '', 'nonsense']) {
      assert.equal(ip([{ value: '10.', action: 'block' }], address), false);
    }
    assert.equal(can(input(rule()), 'read', 'Patient'), true);
    withPolicy(input(rule()), (policy) => assert.equal(policy.checkIp(undefined).allowed, true));
  },
  12.4: () =>
    withPolicy(
      input(rule(), {}, { ipAccessRule: [{ value: '10.', action: 'allow' }] }),
      (policy) => {
        assert.equal(policy.checkIp('10.0.0.1').allowed, true);
        assert.equal(policy.checkIp('11.0.0.1').allowed, false);
      },
    ),
};

for (const [name, work] of Object.entries(kCases)) test(`SPEC ${name}`, work);

test('each row of the tables has a case, each case a row', () => {
  const section = read('README.md').split('## Reference:')[1];
  const count = (rules) => {
    const counts = {};
    for (const one of rules) counts[one] = (counts[one] ?? 0) + 1;
    return counts;
  };
  const rows = [...section.matchAll(/^\| (\d+\.\d+) \|/gm)].map((match) => match[1]);
  const cases = Object.keys(kCases).map((name) => name.split(' ')[0]);
  assert.deepEqual(count(cases), count(rows));
});

test('bytes that are not hidden stay as they came', () => {
  const text =
    '{ "resourceType" : "Observation",\n "id":"\\u0061", "valueQuantity":{"value":1.50}, "issued":"2020" }';
  withPolicy(input({ resourceType: 'Observation', hiddenFields: ['issued'] }), (policy) => {
    const bytes = policy.redact('read', encoder.encode(text));
    const kept = decoder.decode(bytes);
    assert.ok(
      kept.includes('"id":"\\u0061"') &&
        kept.includes('{"value":1.50}') &&
        kept.includes('"resourceType" : '),
    );
    assert.ok(!kept.includes('2020'));
  });
});
