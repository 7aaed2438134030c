// `fhirwall/gateway`.
export { createGateway } from './gateway.js';
export * from './policies/sources.js';
export type * from './types.js';
