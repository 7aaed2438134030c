import { bunHandler } from 'fhirwall/adapters/bun';
import { gatewayFor } from './gateway.mjs';

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: bunHandler(gatewayFor(Bun.argv[2])),
});
console.log(JSON.stringify({ port: server.port }));
