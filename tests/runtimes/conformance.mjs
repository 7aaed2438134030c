// The same work in every runtime: compile a policy, check addresses, decide, filter and redact a Bundle and a stream, fail in each
// way. The result is plain data, with all bytes that came out as base64 and one SHA-256 over them.
import { createEngine } from 'fhirwall';

const kPolicy = {
  resourceType: 'AccessPolicy',
  id: 'clinic',
  name: 'Clinic',
  resource: [
    {
      resourceType: 'Patient',
      criteria: 'Patient?general-practitioner=%profile',
      interaction: ['read', 'search'],
      hiddenFields: ['name', 'address.line', 'birthDate'],
    },
    { resourceType: 'Observation', criteria: 'Observation?status:not=cancelled', readonly: true },
  ],
  ipAccessRule: [
    { name: 'office', value: '8.8.', action: 'allow' },
    { name: 'six', value: '2001:db8::/32', action: 'allow' },
    { name: 'rest', value: '*', action: 'block' },
  ],
};
const kMembership = {
  resourceType: 'ProjectMembership',
  profile: { reference: 'Practitioner/p1' },
  access: [{ policy: { reference: 'AccessPolicy/clinic' } }],
};

// Number text, escapes, white space and non-ASCII text must come out as they went in.
const kPatient = `{ "resourceType":"Patient", "id":"a", "text":{"status":"generated","div":"<div>Zo\\u00eb</div>"},
  "name":[{"family":"Hidden","given":["Zo\u00eb"]}], "birthDate":"1980-01-01", "_birthDate":{"id":"b"},
  "address":[{"line":["Hidden 1"],"city":"Z\u00fcrich \u{1f3e5}"}],
  "multipleBirthInteger":1.50e0, "generalPractitioner":[{"reference":"Practitioner/p1"}] }`;
const kStranger =
  '{"resourceType":"Patient","id":"z","generalPractitioner":[{"reference":"Practitioner/p2"}]}';
const kObservation =
  '{"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"valueQuantity":{"value":7.20}}';
const kCancelled = '{"resourceType":"Observation","id":"c","status":"cancelled"}';
const kEncounter = '{"resourceType":"Encounter","id":"e","status":"finished"}';

const kResources = [kPatient, kStranger, kObservation, kCancelled, kEncounter];
const kBundle = `{"resourceType":"Bundle","type":"searchset","total":5,"entry":[${kResources
  .map((text, index) => `{"fullUrl":"urn:uuid:${index}","resource":${text}}`)
  .join(',')}]}`;
const kLines = `${kResources.map((text) => text.replaceAll('\n', ' ')).join('\n')}\n`;

const encode = (text) => new TextEncoder().encode(text);
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

function failure(work) {
  try {
    work();
    return 'no error';
  } catch (error) {
    return { name: error.name, code: error.code, offset: error.offset, issues: error.issues };
  }
}

async function throughStream(policy, bytes, chunkBytes, options) {
  const filter = policy.filterStream(options);
  const source = new ReadableStream({
    start(controller) {
      for (let begin = 0; begin < bytes.length; begin += chunkBytes) {
        controller.enqueue(bytes.slice(begin, begin + chunkBytes));
      }
      controller.close();
    },
  });
  const out = [];
  let error;
  try {
    const reader = source.pipeThrough(filter).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      out.push(...value);
    }
  } catch (thrown) {
    error = { name: thrown.name, code: thrown.code, offset: thrown.offset };
  }
  const { released, refused, invalid } = filter.counts;
  return { bytes: base64(out), error, counts: { released, refused, invalid } };
}

export async function conformance(options) {
  const engine = await createEngine(options);
  const policy = engine.compilePolicy({ policies: [kPolicy], membership: kMembership });
  const result = { hash: policy.hash, rules: policy.rules, warnings: policy.warnings };

  const addresses = ['8.8.8.8', '8.80.0.1', '8.7.8.8', '2001:db8::1', '::ffff:8.8.1.1', 'x', ''];
  result.ip = [...addresses, undefined].map((address) => policy.checkIp(address));
  result.can = ['Patient', 'Observation', 'Encounter', 'Nothing'].map((type) =>
    ['read', 'search', 'update'].map((interaction) => policy.can(interaction, type)),
  );
  result.decide = kResources.map((text) => policy.decide('read', text));

  const released = (interaction, body) => {
    const bytes = policy.redact(interaction, body);
    return bytes === undefined ? 'denied' : base64(bytes);
  };
  result.resources = kResources.map((text) => released('read', text));
  result.bundle = released('search', encode(kBundle));
  result.object = released('read', JSON.parse(kObservation));

  result.streams = [];
  for (const chunkBytes of [1, 7, 64, 100_000]) {
    result.streams.push(await throughStream(policy, encode(kLines), chunkBytes));
  }
  result.bundleStreams = [];
  for (const chunkBytes of [1, 100_000]) {
    result.bundleStreams.push(
      await throughStream(policy, encode(kBundle), chunkBytes, { format: 'bundle' }),
    );
  }
  const broken = encode(`${kObservation}\n{"resourceType":\n${kObservation}\n`);
  result.streams.push(await throughStream(policy, broken, 40));
  result.streams.push(await throughStream(policy, broken, 40, { onInvalid: 'drop' }));

  const search = engine.search('Patient?address-city=zurich');
  result.matches = [kPatient, kStranger].map((text) => search.matches(text));
  search.free();

  const loaded = engine.load(kObservation);
  const path = (expression, resource, options) => {
    const compiled = engine.fhirpath(expression);
    const values = compiled.evaluate(resource, options);
    const typed = compiled.evaluateTyped(resource, options);
    compiled.free();
    return { values, typed };
  };
  result.fhirpath = [
    path('address.city', kPatient),
    path('address', encode(kPatient)),
    path('multipleBirth | generalPractitioner.reference', JSON.parse(kPatient)),
    path("code.coding.where(system = 'http://loinc.org').code", loaded),
    path('value.value', loaded),
    path("%before.status = status and %limit = '\u00e9'", loaded, {
      variables: { before: loaded, limit: '\u00e9' },
    }),
    path("name.family | @2014-01 | 4 days | 1.50 | 'x'", kPatient),
  ];

  result.errors = [
    failure(() => engine.fhirpath('name.nothing()')),
    failure(() => engine.fhirpath('id | %nothing').evaluate(kPatient)),
    failure(() => engine.fhirpath('id').evaluate('{')),
    failure(() => engine.compilePolicy({ policies: { resource: [{ resourceType: 'Nothing' }] } })),
    failure(() => engine.search('Patient?nothing=1')),
    failure(() => policy.redact('read', '{"resourceType":"Patient",}')),
    failure(() => policy.redact('read', '{"resourceType":"Patient","id":"1","id":"2"}')),
    failure(() => policy.redact('read', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`)),
  ];
  // Still usable after all of these, and not after free().
  result.after = released('read', kObservation);
  policy.free();
  policy.free();
  loaded.free();
  result.errors.push(failure(() => engine.fhirpath('id').evaluate(loaded)));
  result.errors.push(failure(() => policy.can('read', 'Patient')));

  const text = JSON.stringify(result);
  const digest = await crypto.subtle.digest('SHA-256', encode(text));
  return { ...JSON.parse(text), sha256: base64(new Uint8Array(digest)) };
}
