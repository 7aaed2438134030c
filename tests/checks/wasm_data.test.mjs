// The packaged module has its data in fewer segments than the linked one, and the same memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeData } from '../../.ci/wasm_data.mjs';

const leb = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >> 7)]);
const sleb = (value) => (value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...sleb(value >> 7)]);
const section = (id, body) => [id, ...leb(body.length), ...body];
const segment = (begin, bytes) => [0, 0x41, ...sleb(begin), 0x0b, ...leb(bytes.length), ...bytes];
const kHead = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module that exports one memory, with this data. */
const moduleOf = (...segments) =>
  Buffer.from([
    ...kHead,
    ...section(5, [1, 0, 4]),
    ...section(7, [1, 1, 0x6d, 2, 0]),
    ...section(12, leb(segments.length)),
    ...section(11, [...leb(segments.length), ...segments.flat()]),
    ...section(0, [1, 0x78, 9]),
  ]);
const memoryOf = (module) =>
  new Uint8Array(new WebAssembly.Instance(new WebAssembly.Module(module)).exports.m.buffer);
const count = (module) => {
  let at = module.indexOf(Buffer.from([0x6d, 2, 0])) + 4; // behind the exports, at the length of the data section
  while (module[at] >= 0x80) at += 1;
  return module[at + 1];
};

test('the same memory from fewer segments', () => {
  const tables = [
    [[segment(0, [1, 2])], 1],
    [[segment(0, [1]), segment(1, [2]), segment(60, [3])], 1],
    [[segment(8, [1, 2]), segment(100, [3, 0, 4]), segment(5000, [5]), segment(200_000, [6])], 3],
    [[segment(63, [1]), segment(4160, [2]), segment(8258, [3])], 2],
    [Array.from({ length: 90 }, (_, index) => segment(1000 + index * 14, [2])), 1],
  ];
  for (const [segments, expected] of tables) {
    const module = moduleOf(...segments);
    const merged = mergeData(module);
    assert.ok(Buffer.from(memoryOf(merged)).equals(Buffer.from(memoryOf(module))));
    assert.equal(count(merged), expected);
    assert.ok(merged.subarray(-5).equals(Buffer.from([0, 3, 1, 0x78, 9])), 'what follows stays');
  }
});

test('other data stays as it is', () => {
  const passive = moduleOf([1, 1, 7]);
  assert.equal(mergeData(passive), passive);
  const overlapping = moduleOf(segment(8, [1, 2, 3]), segment(9, [4]));
  assert.equal(mergeData(overlapping), overlapping);
});
