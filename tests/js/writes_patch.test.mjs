// Patches through `checkWrite`: JSON Patch and FHIRPath Patch, on what the caller may see of the stored version (SPEC 9.6).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { decode, policyOf } from './support.mjs';

const engine = await createEngine();

function withPolicy(policies, use) {
  const policy = engine.compilePolicy({ policies });
  use(policy);
  policy.free();
}

const patient = {
  resourceType: 'Patient',
  id: '1',
  active: true,
  name: [{ family: 'Simpson' }],
  birthDate: '1956-05-12',
};
const hiding = policyOf({ resourceType: 'Patient', hiddenFields: ['birthDate'] });
const patchOf = (before, patch) => ({ interaction: 'patch', before, patch });

test('JSON Patch: what each operation makes, and what is refused', () => {
  const op = (name, path, value) => ({ op: name, path, ...(value !== undefined && { value }) });
  const made = [
    [[], patient],
    [[op('add', '/gender', 'other')], { ...patient, gender: 'other' }],
    [[op('replace', '/active', false)], { ...patient, active: false }],
    [[op('remove', '/active')], { ...patient, active: undefined }],
    [[op('test', '/active', true), op('remove', '/name')], { ...patient, name: undefined }],
    [
      [op('add', '/name/-', { family: 'B' }), op('add', '/name/0', { family: 'A' })],
      { ...patient, name: [{ family: 'A' }, { family: 'Simpson' }, { family: 'B' }] },
    ],
    [
      [{ op: 'copy', from: '/name/0/family', path: '/name/0/text' }],
      { ...patient, name: [{ family: 'Simpson', text: 'Simpson' }] },
    ],
    [
      [{ op: 'move', from: '/name/0/family', path: '/name/0/text' }],
      { ...patient, name: [{ text: 'Simpson' }] },
    ],
  ];
  const refused = [
    [{}, 'patch-malformed'],
    [[op('frob', '/active')], 'patch-malformed'],
    [[{ op: 'add', path: '/active' }], 'patch-malformed'],
    [[op('add', 'active', true)], 'patch-malformed'],
    [[op('remove', '/gender')], 'patch-not-found'],
    [[op('replace', '/name/7', {})], 'patch-not-found'],
    [[op('test', '/active', false)], 'patch-test-failed'],
    [[op('replace', '/resourceType', 'Basic')], 'patch-result-wrong'],
    [[op('replace', '', patient)], 'patch-protected'], // the whole contains what is hidden
    [[op('test', '/birthDate', '1956-05-12')], 'patch-protected'],
    [[op('test', '/birthDate', '1956-05-13')], 'patch-protected'],
    [[op('remove', '/birthDate')], 'patch-protected'],
    [[op('add', '/birthDate', '1956-05-12')], 'patch-protected'],
    [[op('add', '/_birthDate', {})], 'patch-protected'],
    [[op('add', '/birth\u0044ate', '1956-05-12')], 'patch-protected'],
    [[{ op: 'copy', from: '/birthDate', path: '/implicitRules' }], 'patch-protected'],
    [[{ op: 'move', from: '/birthDate', path: '/implicitRules' }], 'patch-protected'],
    [[op('add', '/gender', 'male'), op('remove', '/birthDate')], 'patch-protected', 1],
  ];
  withPolicy(hiding, (policy) => {
    for (const [patch, wanted] of made) {
      const { body } = policy.checkWrite(patchOf(patient, patch));
      assert.deepEqual(JSON.parse(decode(body)), JSON.parse(JSON.stringify(wanted)));
    }
    for (const [patch, code, at = 0] of refused) {
      const { allowed, reason, issues, body } = policy.checkWrite(patchOf(patient, patch));
      const said = JSON.stringify(patch);
      assert.deepEqual([allowed, body], [false, undefined], said);
      assert.equal(reason, code === 'patch-protected' ? code : 'patch', said);
      assert.deepEqual(
        issues.map((one) => [one.severity, one.code, one.path]),
        [['error', code, `patch[${at}]`]],
        said,
      );
    }
  });
});

test('FHIRPath Patch: what each operation makes, and what is refused', () => {
  const part = ([name, value]) =>
    name === 'value'
      ? { name, ...value }
      : { name, [name === 'type' ? 'valueCode' : 'valueString']: value };
  const patchBy = (...operations) => ({
    resourceType: 'Parameters',
    parameter: operations.map((operation) => ({
      name: 'operation',
      part: Object.entries(operation).map(part),
    })),
  });
  const add = { type: 'add', path: 'Patient', name: 'gender', value: { valueCode: 'other' } };
  const made = [
    [patchBy(add), { ...patient, gender: 'other' }],
    [
      patchBy({ type: 'replace', path: 'Patient.active', value: { valueBoolean: false } }),
      { ...patient, active: false },
    ],
    [patchBy({ type: 'delete', path: 'Patient.name' }), { ...patient, name: undefined }],
    [
      patchBy({
        ...{ type: 'replace', path: "Patient.name.where(family = 'Simpson').family" },
        value: { valueString: 'Bouvier' },
      }),
      { ...patient, name: [{ family: 'Bouvier' }] },
    ],
  ];
  const refused = [
    [patchBy({ type: 'frob', path: 'Patient.name' }), 'patch-malformed'],
    [patchBy({ type: 'delete', path: 'Patient.name[' }), 'patch-malformed'],
    [
      patchBy({ type: 'replace', path: 'Patient.gender', value: { valueCode: 'male' } }),
      'patch-not-found',
    ],
    [patchBy({ type: 'delete', path: 'Patient.birthDate' }), 'patch-protected'],
    [
      patchBy({ type: 'add', path: 'Patient', name: 'birthDate', value: { valueDate: '1956' } }),
      'patch-protected',
    ],
  ];
  withPolicy(hiding, (policy) => {
    for (const [patch, wanted] of made) {
      const { body, reason } = policy.checkWrite(patchOf(patient, patch));
      assert.deepEqual(JSON.parse(decode(body)), JSON.parse(JSON.stringify(wanted)), reason);
    }
    for (const [patch, code] of refused) {
      const { allowed, issues, body } = policy.checkWrite(patchOf(patient, patch));
      assert.deepEqual([allowed, body, issues[0].code], [false, undefined, code]);
    }
  });
});

test('a patch sees what its caller sees: hidden data changes no answer', () => {
  // A predicate that asks for what is hidden finds nothing, whatever is there.
  const select = (path) => ({
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'delete' },
          { name: 'path', valueString: path },
        ],
      },
    ],
  });
  withPolicy(hiding, (policy) => {
    const born = (birthDate) => ({ ...patient, birthDate });
    for (const patch of [
      select("Patient.name.where(%resource.birthDate = '1956-05-12')"),
      select('Patient.name.where(%resource.birthDate.exists())'),
      select("Patient.where(birthDate = '1956-05-12').name"),
    ]) {
      const [one, other] = ['1956-05-12', '1999-01-01'].map((date) => {
        const { body, ...answer } = policy.checkWrite(patchOf(born(date), patch));
        return { ...answer, body: decode(body)?.replace(date, '') };
      });
      assert.deepEqual(one, other);
    }
  });
});
