import { readFile } from 'node:fs/promises';
import { engineFactory } from '../create.js';
import type { CreateEngine } from '../types.js';

export * from '../public.js';

// A path, a file URL, or what fetch() takes.
const isRemote = (place: URL | string) => /^(https?|data|blob):/i.test(String(place));
const isFile = (place: URL | string) => /^file:/i.test(String(place));

export const createEngine: CreateEngine = engineFactory({
  load: () => readFile(new URL('./engine.wasm', import.meta.url)),
  fetch: (place) =>
    isRemote(place) ? fetch(place) : readFile(isFile(place) ? new URL(place) : place),
});
