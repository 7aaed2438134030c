// The boundary to the WebAssembly instance, and the only file that touches its memory. Bytes go in by one copy into a buffer
// of the engine, and what comes out is copied at once: no view outlives a call, since growing memory detaches it.
import type { Glue } from './bindings.js';
import createGlue from './glue.js';
import { EngineFault, EvaluationError, LimitError, ResourceError, StateError } from './errors.js';
import { recordsOf } from './records.js';
import type { RequestText } from './request.js';
import type { Limits, StreamRewrite } from './types.js';

const kAbiVersion = 5; // wasm/handles.hpp

// Offsets in the Response of wasm/handles.hpp.
const kStatus = 0;
const kAllowed = 4;
const kData = 8;
const kSize = 12;
const kOffset = 16;
const kReleased = 24;
const kRefused = 32;
const kInvalid = 40;
const kResponseBytes = 48;

const kBatch = 7; // wasm/handles.hpp

const kStatusNoHandle = 254;
const kStatusInvalidArgument = 255;

// The classes of core/base/error.hpp.
const kResourceClass = 1;
const kLimitClass = 2;
const kStateClass = 3;
const kEvaluationClass = 5;

// ResultForm of core/fhirpath/result.hpp.
export type ResultForm = 1 | 2;
export const kTyped: ResultForm = 1;
export const kRecords: ResultForm = 2;
// Strings up to this many UTF-16 units are encoded straight into the engine's memory: their UTF-8 form takes at most three times
// as many bytes, which is what its input buffer holds at the least (64 KiB). Longer ones are encoded first, so that not three
// times their length is set aside.
const kEncodeIntoUnits = 21_845;
const kPadding = 64; // core/json/document.hpp
// Chunks of a stream enter in pieces of at most this many bytes.
const kChunkBytes = 1 << 20;

const kEmpty = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

type Instantiate = (imports: WebAssembly.Imports, receive: (result: unknown) => void) => void;

const glueWith = (instantiate: Instantiate): Partial<Glue> => ({
  instantiateWasm(imports, receive) {
    // Across realms only the shape tells an instance from a { module, instance } pair.
    instantiate(imports, (result) => {
      receive(
        (result as { instance?: WebAssembly.Instance }).instance ??
          (result as WebAssembly.Instance),
      );
    });
    return {};
  },
  printErr() {}, // what the glue would print arrives as an exception anyway
});

const notThisEngine = (cause?: unknown) =>
  new EngineFault('invalid-wasm', 'the WebAssembly module is not the engine of this package', {
    cause,
  });

export class Boundary {
  readonly #glue: Glue;
  readonly #response: number;
  #poisoned = false;
  // HEAPU8 as 32-bit words. The glue replaces HEAPU8 when memory grows, and then this is made anew.
  #words = new Int32Array(0);

  private constructor(glue: Partial<Glue>, limits: Limits) {
    if (typeof glue._fhirwall_abi !== 'function') throw notThisEngine();
    this.#glue = glue as Glue;
    const abi = this.call(() => this.#glue._fhirwall_abi());
    if (abi !== kAbiVersion) {
      throw new EngineFault(
        'wrong-abi',
        `the engine has interface ${abi}, expected ${kAbiVersion}`,
      );
    }
    for (const [name, value] of Object.entries(limits)) {
      if (value === undefined || value === null) continue;
      const number = typeof value === 'number' ? value : NaN;
      if (!this.call(() => this.#glue.setLimit(name, number))) {
        throw new TypeError(`limits.${name} is unknown, or no positive integer below 2^32`);
      }
    }
    this.#response = this.call(() => this.#glue._fhirwall_response());
  }

  static async start(module: WebAssembly.Module, limits: Limits): Promise<Boundary> {
    const glue = await new Promise<Partial<Glue>>((resolve, reject) => {
      const glue = glueWith((imports, receive) => {
        WebAssembly.instantiate(module, imports)
          .then((result) => {
            receive(result);
            resolve(glue);
          })
          .catch(reject);
      });
      createGlue(glue).catch(reject);
    }).catch((cause) => {
      throw notThisEngine(cause);
    });
    return new Boundary(glue, limits);
  }

  /** The same without waiting, for a fresh instance in the middle of a call. */
  static startNow(module: WebAssembly.Module, limits: Limits): Boundary {
    let failure: unknown;
    const glue = glueWith((imports, receive) => {
      try {
        receive(new WebAssembly.Instance(module, imports));
      } catch (cause) {
        failure = cause; // the glue would swallow it
      }
    });
    try {
      createGlue(glue).catch(() => {});
    } catch (cause) {
      failure = cause;
    }
    if (failure !== undefined) {
      throw new EngineFault('engine-fault', 'the engine failed and did not start again', {
        cause: failure,
      });
    }
    return new Boundary(glue, limits);
  }

  /** After a trap nothing in the instance can be relied on. */
  get poisoned(): boolean {
    return this.#poisoned;
  }

  // --- Control plane.

  compilePolicy(json: string): unknown {
    return JSON.parse(this.call(() => this.#glue.compilePolicy(json)));
  }

  compileSearch(criteria: string, options: string): unknown {
    return JSON.parse(this.call(() => this.#glue.compileSearch(criteria, options)));
  }

  /** Empty for a type that does not exist. */
  searchParameters(type: string): string {
    return this.call(() => this.#glue.searchParameters(type));
  }

  compileFhirPath(
    expression: string,
    resourceType: string,
    strict: boolean,
    untyped: boolean,
  ): unknown {
    return JSON.parse(
      this.call(() => this.#glue.compileFhirPath(expression, resourceType, strict, untyped)),
    );
  }

  checkIp(policy: number, address: string): unknown {
    return JSON.parse(this.call(() => this.#glue.checkIp(policy, address)));
  }

  checkRequest(policy: number, { flags, method, url, headers, body }: RequestText): unknown {
    return JSON.parse(
      this.call(() => this.#glue.checkRequest(policy, flags, method, url, headers, body)),
    );
  }

  can(policy: number, interaction: number, resourceType: string): boolean {
    return this.call(() => this.#glue.can(policy, interaction, resourceType));
  }

  openStream(
    policy: number,
    interaction: number,
    format: number,
    onInvalid: number,
    rewrite?: StreamRewrite,
  ): number {
    const { from = '', to = '' } = rewrite ?? {};
    const stream = this.call(() =>
      this.#glue.openStream(policy, interaction, format, onInvalid, from, to),
    );
    if (stream === 0) throw new EngineFault('engine-fault', 'the engine opens no more streams');
    return stream;
  }

  // Freeing is silent: what a dead instance held is gone already.
  freePolicy(policy: number): void {
    if (!this.#poisoned) this.call(() => this.#glue.freePolicy(policy));
  }

  freeSearch(search: number): void {
    if (!this.#poisoned) this.call(() => this.#glue.freeSearch(search));
  }

  freeStream(stream: number): void {
    if (!this.#poisoned) this.call(() => this.#glue.freeStream(stream));
  }

  freeExpression(expression: number): void {
    if (!this.#poisoned) this.call(() => this.#glue.freeExpression(expression));
  }

  freeResource(resource: number): void {
    if (!this.#poisoned) this.call(() => this.#glue._fhirwall_free_resource(resource));
  }

  // --- Bodies.

  /**
   * Runs one call that sees what the host fetched. The engine drops it when that call returns, and here it is dropped when the
   * call was not reached.
   */
  withResolved<T>(resolved: Uint8Array | undefined, work: () => T): T {
    if (resolved === undefined) return work();
    const size = this.#fill(resolved);
    this.#run(() => this.#glue._fhirwall_supply(size));
    try {
      return work();
    } finally {
      if (!this.#poisoned) this.call(() => this.#glue._fhirwall_supply(0));
    }
  }

  references(policy: number, interaction: number, body: Uint8Array | string): string[] {
    const size = this.#fill(body);
    const response = this.#run(() => this.#glue._fhirwall_references(policy, interaction, size, 0));
    return JSON.parse(decoder.decode(this.#takeOutput(response))) as string[];
  }

  searchReferences(search: number, body: Uint8Array | string): string[] {
    const size = this.#fill(body);
    const response = this.#run(() => this.#glue._fhirwall_search_references(search, size));
    return JSON.parse(decoder.decode(this.#takeOutput(response))) as string[];
  }

  redact(policy: number, interaction: number, body: Uint8Array | string) {
    const size = this.#fill(body);
    const response = this.#run(() => this.#glue._fhirwall_redact(policy, interaction, size, 0));
    return response.getUint32(kAllowed, true) === 1 ? this.#takeOutput(response) : undefined;
  }

  /** `requests` are what was sent, see wasm/handles.hpp; both bodies are bounded by themselves. */
  redactBatch(policy: number, requests: Uint8Array, body: Uint8Array) {
    const size = this.#fillBoth(requests, body);
    const response = this.#run(() =>
      this.#glue._fhirwall_redact(policy, kBatch, size, requests.length),
    );
    return response.getUint32(kAllowed, true) === 1 ? this.#takeOutput(response) : undefined;
  }

  batchReferences(policy: number, requests: Uint8Array, body: Uint8Array): string[] {
    const size = this.#fillBoth(requests, body);
    const response = this.#run(() =>
      this.#glue._fhirwall_references(policy, kBatch, size, requests.length),
    );
    return JSON.parse(decoder.decode(this.#takeOutput(response))) as string[];
  }

  decide(policy: number, interaction: number, body: Uint8Array | string): unknown {
    const size = this.#fill(body);
    const response = this.#run(() => this.#glue._fhirwall_decide(policy, interaction, size));
    return JSON.parse(decoder.decode(this.#takeOutput(response)));
  }

  explain(policy: number, interaction: number, body: Uint8Array | string): unknown {
    const size = this.#fill(body);
    const response = this.#run(() => this.#glue._fhirwall_explain(policy, interaction, size));
    return JSON.parse(decoder.decode(this.#takeOutput(response)));
  }

  /**
   * `args` are those of `_fhirwall_check_write` around the size. The body that comes back is empty when there is none.
   */
  checkWrite(
    before: Uint8Array,
    change: Uint8Array,
    args: (size: number) => Parameters<Glue['_fhirwall_check_write']>,
  ): { outcome: unknown; body: Uint8Array<ArrayBuffer> } {
    const size = this.#fillBoth(before, change);
    const response = this.#run(() => this.#glue._fhirwall_check_write(...args(size)));
    const body = this.#takeOutput(response);
    return { outcome: JSON.parse(this.call(() => this.#glue.writeOutcome())), body };
  }

  matches(search: number, body: Uint8Array | string): boolean {
    const size = this.#fill(body);
    const response = this.#run(() => this.#glue._fhirwall_matches(search, size));
    return response.getUint32(kAllowed, true) === 1;
  }

  /** Keeps a JSON value in the engine; gives its handle. */
  load(body: Uint8Array | string): number {
    const size = this.#fill(body);
    const resource = this.call(() => this.#glue._fhirwall_load(size)) >>> 0;
    if (resource === 0) throw this.#failure(this.#view());
    return resource;
  }

  /** Evaluates on a loaded resource or on a body. `bindings`: which variable is which loaded value, 0 being empty. */
  evaluate(
    expression: number,
    target: number | Uint8Array | string,
    bindings: readonly (readonly [index: number, resource: number])[],
    form: ResultForm,
    nowMs: number,
    zoneMinutes: number,
  ): unknown[] {
    const loaded = typeof target === 'number';
    const size = loaded ? 0 : this.#fill(target);
    const resource = loaded ? target : 0;
    if (this.#poisoned) throw new EngineFault('engine-fault', 'the engine failed before');
    const glue = this.#glue;
    let count: number;
    try {
      for (const [index, value] of bindings) glue._fhirwall_bind(index, value);
      count = glue._fhirwall_evaluate(expression, resource, size, form, nowMs, zoneMinutes);
    } catch (cause) {
      throw this.#trapped(cause);
    }
    if (count < 0) throw this.#failure(this.#view());
    if (count === 0) return [];
    if (form === kTyped) {
      return JSON.parse(decoder.decode(this.#takeOutput(this.#view()))) as unknown[];
    }
    const result = this.#records(count);
    try {
      glue._fhirwall_release();
    } catch (cause) {
      throw this.#trapped(cause);
    }
    return result;
  }

  #records(count: number): unknown[] {
    const bytes = this.#glue.HEAPU8;
    if (this.#words.buffer !== bytes.buffer) this.#words = new Int32Array(bytes.buffer);
    const at = this.#words[(this.#response + kData) >>> 2]! >>> 2;
    return recordsOf(bytes, this.#words, at, count);
  }

  /** Hands what is released to `take`, and the counts so far to `count`, even when it throws. */
  writeStream(
    stream: number,
    chunk: Uint8Array,
    take: (bytes: Uint8Array<ArrayBuffer>) => void,
    count: (counts: StreamTotals) => void,
  ): void {
    for (let begin = 0; begin < chunk.length; begin += kChunkBytes) {
      const piece = chunk.subarray(begin, begin + kChunkBytes);
      const address = this.#reserve(piece.length, false);
      this.#glue.HEAPU8.set(piece, address);
      const response = this.#run(
        () => this.#glue._fhirwall_write(stream, piece.length),
        (response) => count(totalsOf(response)),
      );
      const bytes = this.#takeOutput(response);
      if (bytes.length > 0) take(bytes);
    }
  }

  endStream(
    stream: number,
    take: (bytes: Uint8Array<ArrayBuffer>) => void,
    count: (counts: StreamTotals) => void,
  ): void {
    const response = this.#run(
      () => this.#glue._fhirwall_end(stream),
      (response) => count(totalsOf(response)),
    );
    const bytes = this.#takeOutput(response);
    if (bytes.length > 0) take(bytes);
  }

  /** What the filter kept of a Bundle's `link`; empty for nothing. */
  streamLinks(stream: number): string {
    return this.call(() => this.#glue.streamLinks(stream));
  }

  /** Runs one call into the instance. Whatever is thrown there is a trap. */
  private call<T>(work: () => T): T {
    if (this.#poisoned) throw new EngineFault('engine-fault', 'the engine failed before');
    try {
      return work();
    } catch (cause) {
      throw this.#trapped(cause);
    }
  }

  #trapped(cause: unknown): EngineFault {
    this.#poisoned = true;
    return new EngineFault('engine-fault', 'the engine failed; nothing was released', { cause });
  }

  #reserve(size: number, whole: boolean): number {
    const address = this.call(() => this.#glue._fhirwall_input(size, whole ? 1 : 0)) >>> 0;
    if (address === 0) throw this.#failure(this.#view());
    return address;
  }

  /** Puts two bodies into the input buffer, each bounded by itself, with padding between them; the length of it all. */
  #fillBoth(first: Uint8Array, second: Uint8Array): number {
    this.#reserve(Math.max(first.length, second.length), true);
    const size = first.length + kPadding + second.length;
    const address = this.#reserve(size, false);
    const heap = this.#glue.HEAPU8;
    heap.set(first, address);
    heap.fill(0, address + first.length, address + first.length + kPadding);
    heap.set(second, address + first.length + kPadding);
    return size;
  }

  /** Puts a body into the input buffer; its length in bytes. */
  #fill(body: Uint8Array | string, whole = true): number {
    if (typeof body === 'string' && body.length <= kEncodeIntoUnits) {
      const most = body.length * 3;
      const address = this.#reserve(most, false);
      return encoder.encodeInto(body, this.#glue.HEAPU8.subarray(address, address + most)).written;
    }
    const bytes = typeof body === 'string' ? encoder.encode(body) : body;
    const address = this.#reserve(bytes.length, whole);
    this.#glue.HEAPU8.set(bytes, address);
    return bytes.length;
  }

  #run(work: () => void, inspect?: (response: DataView) => void): DataView {
    this.call(work);
    const response = this.#view();
    inspect?.(response);
    if (response.getUint32(kStatus, true) !== 0) throw this.#failure(response);
    return response;
  }

  #view(): DataView {
    return new DataView(this.#glue.HEAPU8.buffer, this.#response, kResponseBytes);
  }

  #takeOutput(response: DataView): Uint8Array<ArrayBuffer> {
    const size = response.getUint32(kSize, true);
    if (size === 0) return kEmpty;
    const data = response.getUint32(kData, true);
    const bytes = this.#glue.HEAPU8.slice(data, data + size);
    this.call(() => this.#glue._fhirwall_release());
    return bytes;
  }

  #failure(response: DataView): Error {
    const status = response.getUint32(kStatus, true);
    const offset = response.getFloat64(kOffset, true);
    if (status === kStatusNoHandle) return new StateError('freed', 'this was freed');
    if (status === kStatusInvalidArgument) {
      return new EngineFault('engine-fault', 'the engine was called with a wrong argument');
    }
    const code = this.call(() => this.#glue.errorName(status));
    const message = this.call(() => this.#glue.errorMessage(status));
    switch (this.call(() => this.#glue.errorClass(status))) {
      case kResourceClass:
        return new ResourceError(code, message, offset);
      case kLimitClass:
        return new LimitError(code, message, offset);
      case kEvaluationClass: {
        const own = this.call(() => this.#glue.evaluationMessage());
        return new EvaluationError(code, own === '' ? message : own, offset);
      }
      case kStateClass:
        return new StateError(code, message);
      default:
        // Out of memory: the next use starts over with a fresh instance.
        this.#poisoned = true;
        return new EngineFault(code, message);
    }
  }
}

export interface StreamTotals {
  released: number;
  refused: number;
  invalid: number;
}

const totalsOf = (response: DataView): StreamTotals => ({
  released: response.getFloat64(kReleased, true),
  refused: response.getFloat64(kRefused, true),
  invalid: response.getFloat64(kInvalid, true),
});
