import { engineFactory } from '../create.js';
import type { CreateEngine } from '../types.js';

export * from '../public.js';

export const createEngine: CreateEngine = engineFactory({
  // Bundlers know this form and put the file beside their output.
  load: async () => bytesAt(new URL('./engine.wasm', import.meta.url)),
  fetch: (place) => fetch(place),
});

async function bytesAt(place: URL): Promise<ArrayBuffer> {
  const response = await fetch(place);
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return response.arrayBuffer();
}
