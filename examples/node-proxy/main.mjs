// The gateway on node:http, in front of the FHIR server that UPSTREAM names.
import process from 'node:process';
import { nodeServer } from 'fhirwall/adapters/node';
import { createGateway } from 'fhirwall/gateway';
import { settingsFrom } from './settings.mjs';

const gateway = createGateway(settingsFrom(process.env));
const server = nodeServer(gateway);
const host = process.env.HOST ?? '127.0.0.1';
server.listen(Number(process.env.PORT ?? 8080), host, () => {
  console.error(`listens on http://${host}:${server.address().port}/fhir`);
});
process.once('SIGTERM', () => server.close(() => gateway.free()));
