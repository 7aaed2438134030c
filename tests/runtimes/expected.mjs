// What the conformance script must give, said once: every runtime is compared with Node, and Node with this.
import assert from 'node:assert/strict';
import { conformance } from './conformance.mjs';

const text = (base64) => Buffer.from(base64, 'base64').toString('utf8');

export const kPatient =
  '{ "resourceType":"Patient", "id":"a",\n' +
  '  "address":[{"city":"Z\u00fcrich \u{1f3e5}"}],\n' +
  '  "multipleBirthInteger":1.50e0, "generalPractitioner":[{"reference":"Practitioner/p1"}] }';
export const kObservation =
  '{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"valueQuantity":{"value":7.20}}';

export function check(result) {
  assert.match(result.hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    result.ip.map((one) => one.allowed),
    [true, false, false, true, true, false, false, false],
  );
  assert.deepEqual(result.can, [
    [true, true, false],
    [true, true, false],
    [false, false, false],
    [false, false, false],
  ]);
  assert.deepEqual(
    result.decide.map((one) => one.allowed),
    [true, false, true, false, false],
  );
  assert.deepEqual(result.decide[0].rule, { index: 0, source: 'AccessPolicy/clinic' });
  // Which bytes of white space go with a cut member is the engine's choice; the values are not.
  assert.deepEqual(JSON.parse(text(result.resources[0])), JSON.parse(kPatient));
  assert.match(text(result.resources[0]), /"multipleBirthInteger":1\.50e0, "generalPractitioner"/);
  assert.equal(text(result.resources[2]), kObservation);
  assert.deepEqual(
    [1, 3, 4].map((index) => result.resources[index]),
    ['denied', 'denied', 'denied'],
  );
  assert.equal(text(result.object), kObservation.replace('7.20', '7.2'));

  const bundle = JSON.parse(text(result.bundle));
  assert.deepEqual(
    bundle.entry.map((entry) => entry.resource),
    [JSON.parse(kPatient), JSON.parse(kObservation)],
  );
  assert.equal(bundle.total, undefined); // SPEC 8.2

  const [first, ...others] = result.streams.slice(0, 4);
  assert.deepEqual(
    text(first.bytes)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [JSON.parse(kPatient), JSON.parse(kObservation)],
  );
  assert.deepEqual(first.counts, { released: 2, refused: 3, invalid: 0 });
  for (const other of others) assert.deepEqual(other, first); // at every chunk size
  for (const stream of result.bundleStreams) {
    assert.equal(text(stream.bytes), text(result.bundle));
    assert.equal(stream.error, undefined);
  }
  const [failing, dropping] = result.streams.slice(4);
  assert.equal(failing.error.name, 'ResourceError');
  assert.ok(failing.error.offset > kObservation.length, 'the offset counts from the start');
  assert.equal(text(dropping.bytes), `${kObservation}\n${kObservation}\n`);
  assert.deepEqual(dropping.counts, { released: 2, refused: 0, invalid: 1 });

  assert.deepEqual(result.matches, [true, false]);
  const address = { line: ['Hidden 1'], city: 'Z\u00fcrich \u{1f3e5}' };
  assert.deepEqual(
    result.fhirpath.map((one) => one.values),
    [
      ['Z\u00fcrich \u{1f3e5}'],
      [address],
      [1.5, 'Practitioner/p1'],
      ['718-7'],
      [7.2],
      [true],
      ['Hidden', '2014-01', '4 days', 1.5, 'x'],
    ],
  );
  assert.deepEqual(result.fhirpath[1].typed, [{ type: 'FHIR.Address', value: address }]);
  assert.deepEqual(result.fhirpath[4].typed, [{ type: 'FHIR.decimal', value: '7.20' }]);
  assert.deepEqual(
    result.fhirpath[6].typed.map((one) => `${one.type} ${one.value}`),
    [
      ...['FHIR.string Hidden', 'System.Date 2014-01', 'System.Quantity 4 days'],
      ...['System.Decimal 1.50', 'System.String x'],
    ],
  );
  assert.deepEqual(
    result.errors.map(({ name, code }) => `${name} ${code}`),
    [
      'PolicyCompileError unknown-function',
      'EvaluationError unknown-variable',
      'ResourceError invalid-json',
      'PolicyCompileError unknown-resource-type',
      'PolicyCompileError unknown-parameter',
      'ResourceError invalid-json',
      'ResourceError duplicate-key',
      'LimitError too-deep',
      'StateError freed',
      'StateError freed',
    ],
  );
  assert.equal(text(result.after), kObservation);
}

let reference;
/** Node's own result, checked. */
export async function expected() {
  if (reference === undefined) {
    reference = await conformance();
    check(reference);
  }
  return reference;
}
