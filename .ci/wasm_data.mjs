// The data section of the module as few long segments. The linker's optimiser leaves zeros out, which takes hundreds of small
// segments, each with an address: these compress worse than the zeros.
const kDataSection = 11;
const kDataCountSection = 12;
const kGap = 4096; // a longer run of zeros still ends a segment

function reader(bytes, begin = 0) {
  let at = begin;
  const byte = () => bytes[at++];
  const unsigned = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
  };
  return {
    byte,
    unsigned,
    take: (size) => bytes.subarray(at, (at += size)),
    atEnd: () => at >= bytes.length,
  };
}

function unsigned(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** Addresses below 2^31, so that the number is positive. */
function signed(value) {
  const bytes = [];
  for (; value >= 0x40; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

const section = (id, body) => Buffer.concat([Buffer.from([id]), unsigned(body.length), body]);

/** Segments { begin, bytes } in memory 0 at constant addresses; undefined when there is any other. */
function segmentsOf(body) {
  const input = reader(body);
  const segments = [];
  for (let left = input.unsigned(); left > 0; --left) {
    if (input.byte() !== 0 || input.byte() !== 0x41) return undefined;
    const begin = input.unsigned();
    if (input.byte() !== 0x0b) return undefined;
    segments.push({ begin, bytes: input.take(input.unsigned()) });
  }
  return segments;
}

function merged(segments) {
  const groups = [];
  let end = -Infinity;
  for (const segment of segments) {
    if (segment.begin < end || segment.begin >= 2 ** 31) return undefined;
    if (segment.begin - end > kGap) groups.push([]);
    groups.at(-1).push(segment);
    end = segment.begin + segment.bytes.length;
  }
  return groups.map((group) => {
    const [{ begin }] = group;
    const last = group.at(-1);
    const bytes = Buffer.alloc(last.begin + last.bytes.length - begin);
    for (const part of group) bytes.set(part.bytes, part.begin - begin);
    return { begin, bytes };
  });
}

/** The same module, with the zeros between its segments written out; as it was when its data is no plain list. */
export function mergeData(module) {
  const input = reader(module, 8);
  const parts = [module.subarray(0, 8)];
  while (!input.atEnd()) {
    const id = input.byte();
    const body = input.take(input.unsigned());
    if (id === kDataCountSection) continue; // only for instructions on segments, which such a module has none of
    if (id !== kDataSection) {
      parts.push(section(id, body));
      continue;
    }
    const segments = segmentsOf(body);
    const list = segments && merged(segments);
    if (!list) return module;
    parts.push(
      section(
        id,
        Buffer.concat([
          unsigned(list.length),
          ...list.flatMap(({ begin, bytes }) => [
            Buffer.from([0, 0x41]),
            signed(begin),
            Buffer.from([0x0b]),
            unsigned(bytes.length),
            bytes,
          ]),
        ]),
      ),
    );
  }
  return Buffer.concat(parts);
}
