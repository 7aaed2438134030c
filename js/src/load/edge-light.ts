// Edge functions compile no bytes: the module is imported, with the suffix that their bundler asks for.
import engine from './engine.wasm?module';
import { engineFactory } from '../create.js';
import type { CreateEngine } from '../types.js';

export * from '../public.js';

export const createEngine: CreateEngine = engineFactory({
  load: async () => engine,
  fetch: (place) => fetch(place),
});
