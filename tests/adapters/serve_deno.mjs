import { denoHandler } from 'fhirwall/adapters/deno';
import { gatewayFor } from './gateway.mjs';

Deno.serve(
  {
    hostname: '127.0.0.1',
    port: 0,
    onListen: ({ port }) => console.log(JSON.stringify({ port })),
  },
  denoHandler(gatewayFor(Deno.args[0])),
);
