// Emscripten's factory, built from wasm/.
import type { Glue } from './bindings.js';

declare const createGlue: (glue: Partial<Glue>) => Promise<Glue>;
export default createGlue;
