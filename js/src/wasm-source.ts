// Whatever `createEngine({ wasm })` was given, as a compiled module; anything that is none is one clear error.
import type { Loader } from './create.js';
import { EngineFault } from './errors.js';
import type { WasmSource } from './types.js';

// Set by the build: what the custom section `fhirwall` of engine.wasm says. The names between glue and module are minified, so
// that only the two halves of one build fit together.
declare const FHIRWALL_BUILD: string;

const kMagic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]; // "\0asm", version 1

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

async function compile(source: BufferSource): Promise<WebAssembly.Module> {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  if (kMagic.some((byte, index) => bytes[index] !== byte)) {
    throw new EngineFault('invalid-wasm', 'these bytes are no WebAssembly module');
  }
  try {
    return await WebAssembly.compile(bytes as BufferSource);
  } catch (cause) {
    throw new EngineFault(
      'invalid-wasm',
      'these bytes do not compile: they are cut short or damaged, the runtime lacks WebAssembly SIMD, or it takes only ' +
        'imported modules',
      { cause },
    );
  }
}

async function bytesOf(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) {
    throw new EngineFault('wasm-not-found', `engine.wasm: HTTP status ${response.status}`);
  }
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    throw new EngineFault('wasm-not-found', 'the response with engine.wasm cannot be read', {
      cause,
    });
  }
}

/** By tag and not by `instanceof`, which fails for objects of another realm. */
export async function moduleFrom(source: WasmSource, loader: Loader): Promise<WebAssembly.Module> {
  const tag = tagOf(source);
  if (tag === 'WebAssembly.Module' || tag === 'Module') return source as WebAssembly.Module;
  if (tag === 'Response') return compile(await bytesOf(source as Response));
  if (ArrayBuffer.isView(source) || tag === 'ArrayBuffer') return compile(source as BufferSource);
  if (typeof source === 'string' || tag === 'URL') {
    let found: BufferSource | Response;
    try {
      found = await loader.fetch(source as URL | string);
    } catch (cause) {
      throw new EngineFault('wasm-not-found', 'engine.wasm cannot be read', { cause });
    }
    return moduleFrom(found as WasmSource, loader);
  }
  throw new TypeError('wasm is a WebAssembly.Module, a Response, bytes, a URL or a string');
}

/** @throws EngineFault if the module is not the other half of this build */
export function checkBuild(module: WebAssembly.Module): void {
  const [section] = WebAssembly.Module.customSections(module, 'fhirwall');
  const build = section && new TextDecoder().decode(section);
  if (build !== FHIRWALL_BUILD) {
    throw new EngineFault(
      'wrong-abi',
      build === undefined
        ? 'the WebAssembly module is not the engine of this package'
        : `engine.wasm is of build ${build}, this package of build ${FHIRWALL_BUILD}`,
    );
  }
}
