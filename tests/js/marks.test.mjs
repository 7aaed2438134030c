// SPEC 7.8: marks and masks, through the package. What the rule can do decides, never what was there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';

const engine = await createEngine();
const decoder = new TextDecoder();
const kSystem = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';

function released(resource, body, options) {
  const policy = engine.compilePolicy({
    policies: { resourceType: 'AccessPolicy', resource },
    options,
  });
  try {
    return JSON.parse(decoder.decode(policy.redact('read', body)));
  } finally {
    policy.free();
  }
}

const kObservation = { resourceType: 'Observation', id: '1', status: 'final' };

test('a resource whose own rule hides nothing is marked where closure can cut from it', () => {
  const rules = [{ resourceType: 'Observation' }]; // nobody may be read
  for (const [mark, meta] of [
    ['subsetted', { tag: [{ system: kSystem, code: 'SUBSETTED' }] }],
    ['redacted', { security: [{ system: kSystem, code: 'REDACTED' }] }],
  ]) {
    assert.deepEqual(released(rules, kObservation, { mark }).meta, meta);
    const extended = released(rules, kObservation, { mark, extendedMeta: true });
    assert.deepEqual(extended.meta, meta);
    assert.equal(released([{ resourceType: '*' }], kObservation, { mark }).meta, undefined);
    assert.equal(
      released(rules, kObservation, { mark, closure: 'fields-only', contained: 'keep' }).meta,
      undefined,
    );
  }
  // Plans of rules that hide nothing are shared: between policies that mark alike only.
  assert.equal(released(rules, kObservation, {}).meta, undefined);
});

test('a mask stands at each hidden path whose parent is there, a mark in front of what is', () => {
  const rules = [{ resourceType: 'Patient', hiddenFields: ['birthDate', 'name.given'] }];
  const patient = (more) => ({ resourceType: 'Patient', id: '1', ...more });
  const masked = [
    {
      url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
      valueCode: 'masked',
    },
  ];
  const options = { absent: 'mask', mark: 'redacted' };
  const label = { system: kSystem, code: 'REDACTED' };
  const own = { system: 'urn:x', code: 'V' };
  for (const name of [{ family: 'A' }, { family: 'A', given: ['B', 'C'] }]) {
    for (const birthDate of [undefined, '1970-01-01']) {
      assert.deepEqual(
        released(rules, patient({ name: [name], birthDate, meta: { security: [own] } }), options),
        {
          ...patient({ meta: { security: [label, own] }, _birthDate: { extension: masked } }),
          name: [{ family: 'A', _given: [{ extension: masked }] }],
        },
      );
    }
  }
  assert.deepEqual(
    released(rules, patient({ name: [{ given: ['B'] }] }), options),
    released(rules, patient(), options),
  );
});
