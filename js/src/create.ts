// createEngine for one runtime: the runtime's loader finds the module, this file checks and starts it.
import { Host } from './compiled.js';
import { HostedEngine } from './engine.js';
import { EngineFault } from './errors.js';
import { checkNames } from './input.js';
import { checkBuild, moduleFrom } from './wasm-source.js';
import type { CreateEngine } from './types.js';

/** What differs between runtimes. */
export interface Loader {
  /** This package's engine: a compiled module, or its bytes. */
  load(): Promise<WebAssembly.Module | BufferSource>;
  /** What is at a URL or path given as `createEngine({ wasm })`. */
  fetch(place: URL | string): Promise<BufferSource | Response>;
}

export function engineFactory(loader: Loader): CreateEngine {
  // The compiled code is shared by all engines of this import; their memory is not (SPEC P7).
  let own: Promise<WebAssembly.Module> | undefined;

  const ownModule = () => {
    own ??= loader.load().then(
      (source) => moduleFrom(source, loader),
      (cause) => {
        throw new EngineFault('wasm-not-found', 'engine.wasm of this package cannot be read', {
          cause,
        });
      },
    );
    own.catch(() => (own = undefined)); // the next call may have more luck
    return own;
  };

  return async (options) => {
    const { wasm, limits } = options ?? {};
    checkNames(options ?? {}, ['wasm', 'limits'], 'createEngine options');
    if (limits !== undefined && limits !== null && typeof limits !== 'object') {
      throw new TypeError('limits must be an object');
    }
    const module =
      wasm === undefined || wasm === null
        ? await ownModule()
        : await moduleFrom(await wasm, loader);
    checkBuild(module);
    return new HostedEngine(await Host.start(module, { ...limits }));
  };
}
