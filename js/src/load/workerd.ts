// workerd compiles no bytes: the module is imported.
import engine from './engine.wasm';
import { engineFactory } from '../create.js';
import type { CreateEngine } from '../types.js';

export * from '../public.js';

export const createEngine: CreateEngine = engineFactory({
  load: async () => engine,
  fetch: (place) => fetch(place),
});
