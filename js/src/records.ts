// Reads the values of core/fhirpath/result.hpp, kRecords, out of the engine's memory: everything is copied.

// The kinds of records.
const kFalse = 0;
const kTrue = 1;
const kInteger = 2;
const kAscii = 3;
const kText = 4;

// Texts up to this many bytes are put together here, which is faster than a TextDecoder.
const kShortText = 24;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `count` values from the word at `at` on; `words` are `bytes` as 32-bit words. */
export function recordsOf(
  bytes: Uint8Array,
  words: Int32Array,
  at: number,
  count: number,
): unknown[] {
  const result = new Array<unknown>(count);
  for (let index = 0; index < count; ++index) {
    const header = words[at++]!;
    const size = header >>> 3;
    const begin = at * 4;
    switch (header & 7) {
      case kFalse:
        result[index] = false;
        break;
      case kTrue:
        result[index] = true;
        break;
      case kInteger:
        result[index] = words[at]!;
        break;
      case kAscii:
        result[index] = asciiText(bytes, begin, size);
        break;
      case kText:
        result[index] = decoder.decode(bytes.subarray(begin, begin + size));
        break;
      default:
        result[index] = JSON.parse(decoder.decode(bytes.subarray(begin, begin + size)));
    }
    at += (size + 3) >>> 2;
  }
  return result;
}

function asciiText(bytes: Uint8Array, begin: number, size: number): string {
  if (size > kShortText) return decoder.decode(bytes.subarray(begin, begin + size));
  const end = begin + size;
  let text = '';
  let at = begin;
  // Fewer and longer pieces: joining them is what takes the time.
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
  }
  for (; at < end; ++at) text += String.fromCharCode(bytes[at]!);
  return text;
}
