import { engineFactory } from '../create.js';
import type { CreateEngine } from '../types.js';

export * from '../public.js';

declare const Deno: { readFile(place: URL | string): Promise<Uint8Array<ArrayBuffer>> };

const isRemote = (place: URL | string) => /^(https?|data|blob):/i.test(String(place));
const isFile = (place: URL | string) => /^file:/i.test(String(place));

export const createEngine: CreateEngine = engineFactory({
  load: () => Deno.readFile(new URL('./engine.wasm', import.meta.url)),
  fetch: (place) =>
    isRemote(place) ? fetch(place) : Deno.readFile(isFile(place) ? new URL(place) : place),
});
