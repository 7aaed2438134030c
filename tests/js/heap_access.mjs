// Engines whose memory a test can look at: instances are made through functions that remember the memory they export.
import { createEngine } from 'fhirwall';

let last;
const seen = (instance) => {
  last = Object.values(instance.exports).find((one) => one instanceof WebAssembly.Memory);
  return instance;
};
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (module, imports) => seen(await instantiate(module, imports));

/** { engine, memory } */
export async function engineWithMemory(options) {
  last = undefined;
  const engine = await createEngine(options);
  if (last === undefined) throw new Error('the memory of the instance was not seen');
  return { engine, memory: last };
}

const kPieceBytes = 8;
const kMark = 'zq';

/** A text whose every piece of eight bytes holds the mark, so that a scan goes from mark to mark: 'zqabczqdefzq...'. */
export const canary = (letters) =>
  `${letters.replace(/.{3}/g, (three) => `${kMark}${three}`)}${kMark}`;

/** The pieces of `canaries`, eight bytes each, that stand somewhere in the memory, in lower or upper case. */
export function piecesIn(memory, canaries) {
  const heap = Buffer.from(memory.buffer);
  const found = new Set();
  for (const [mark, cased] of [
    [kMark, (text) => text],
    [kMark.toUpperCase(), (text) => text.toUpperCase()],
  ]) {
    const pieces = new Set();
    for (const text of canaries.map(cased)) {
      for (let at = 0; at + kPieceBytes <= text.length; ++at) {
        pieces.add(text.slice(at, at + kPieceBytes));
      }
    }
    for (let hit = heap.indexOf(mark); hit >= 0; hit = heap.indexOf(mark, hit + 1)) {
      const begin = Math.max(0, hit + kMark.length - kPieceBytes);
      const around = heap.latin1Slice(begin, hit + kPieceBytes);
      for (let at = 0; at + kPieceBytes <= around.length; ++at) {
        const piece = around.slice(at, at + kPieceBytes);
        if (pieces.has(piece)) found.add(piece);
      }
    }
  }
  return [...found];
}
