import { engineFactory } from '../create.js';
import type { CreateEngine } from '../types.js';

export * from '../public.js';

declare const Bun: { file(place: URL | string): { arrayBuffer(): Promise<ArrayBuffer> } };

const isRemote = (place: URL | string) => /^(https?|data|blob):/i.test(String(place));
const isFile = (place: URL | string) => /^file:/i.test(String(place));

export const createEngine: CreateEngine = engineFactory({
  load: () => Bun.file(new URL('./engine.wasm', import.meta.url)).arrayBuffer(),
  fetch: (place) =>
    isRemote(place) ? fetch(place) : Bun.file(isFile(place) ? new URL(place) : place).arrayBuffer(),
});
