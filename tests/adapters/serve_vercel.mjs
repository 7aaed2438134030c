import { vercelHandler } from 'fhirwall/adapters/vercel';
import { gatewayFor } from './gateway.mjs';

globalThis.handlerFor = (upstream) => vercelHandler(gatewayFor(upstream, { clientIp: 'vercel' }));
