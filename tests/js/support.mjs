// What the tests of the API share.
import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const dist = path.join(root, 'npm/dist');

export const encode = (text) => new TextEncoder().encode(text);
export const decode = (bytes) =>
  bytes === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes);

export const policyOf = (...resource) => ({ resourceType: 'AccessPolicy', resource });
export const everything = policyOf({ resourceType: '*' });

/** Asserts name and code (and offset) of what `work` throws; gives the error. */
export function fails(work, name, code, offset) {
  try {
    work();
  } catch (error) {
    assert.equal(error.name, name, error.stack);
    if (code !== undefined) assert.equal(error.code, code);
    if (offset !== undefined) assert.equal(error.offset, offset);
    return error;
  }
  assert.fail(`nothing thrown, expected ${name} ${code ?? ''}`);
}

export async function rejects(promise, name, code) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.name, name, error.stack);
    if (code !== undefined) assert.equal(error.code, code);
    return error;
  }
  assert.fail(`nothing thrown, expected ${name} ${code ?? ''}`);
}

/** A seeded generator of integers below a bound. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export const kSeed = Number(process.env.FHIRWALL_SEED ?? 20_240_601);

export function chunksOf(bytes, size) {
  return new ReadableStream({
    start(controller) {
      for (let begin = 0; begin < bytes.length; begin += size) {
        controller.enqueue(bytes.slice(begin, begin + size));
      }
      controller.close();
    },
  });
}
