// filterStream: the same bytes at every split, errors on both sides, backpressure, and nothing left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createEngine } from 'fhirwall';
import {
  chunksOf,
  decode,
  encode,
  fails,
  kSeed,
  policyOf,
  randomFrom,
  rejects,
} from './support.mjs';

const engine = await createEngine();
const policy = engine.compilePolicy({
  policies: policyOf(
    { resourceType: 'Patient', hiddenFields: ['name'] },
    { resourceType: 'Basic', criteria: 'Basic?_id=keep' },
  ),
});

const kKept = '{"resourceType":"Basic","id":"keep","x":1.0}';
const kPatient = '{"resourceType":"Patient","name":[{"family":"Hidden"}],"active":true}';
const kRefused = '{"resourceType":"Basic","id":"drop"}';
const kLines = encode([kKept, kPatient, kRefused, '', kKept].join('\n'));
const kReleased = `${kKept}\n{"resourceType":"Patient","active":true}\n${kKept}`;

const collect = async (readable) =>
  decode(new Uint8Array(await new Response(readable).arrayBuffer()));
const through = (bytes, size, options) => {
  const filter = policy.filterStream(options);
  return { filter, text: collect(chunksOf(bytes, size).pipeThrough(filter)) };
};

test('the result does not depend on the chunks', async () => {
  for (const size of [1, 2, 3, 5, 17, 64, 1000]) {
    const { filter, text } = through(kLines, size);
    assert.equal((await text).trimEnd(), kReleased);
    assert.deepEqual({ ...filter.counts }, { released: 3, refused: 1, invalid: 0 });
  }
  const random = randomFrom(kSeed);
  for (let round = 0; round < 50; ++round) {
    const filter = policy.filterStream();
    const writer = filter.writable.getWriter();
    const text = collect(filter.readable);
    for (let begin = 0; begin < kLines.length;) {
      const end = begin + random(40);
      await writer.write(kLines.subarray(begin, end));
      begin = end;
    }
    await writer.close();
    assert.equal((await text).trimEnd(), kReleased, `seed ${kSeed}, round ${round}`);
  }
});

test('chunks larger than a piece', async () => {
  const many = encode(`${kKept}\n`.repeat(60_000)); // 2.6 MB
  const { filter, text } = through(many, many.length);
  assert.equal((await text).length, many.length);
  assert.equal(filter.counts.released, 60_000);
});

test('formats resource and bundle', async () => {
  assert.equal(
    await through(encode(kPatient), 9, { format: 'resource' }).text,
    '{"resourceType":"Patient","active":true}',
  );
  const bundle = `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":${kKept}},{"resource":${kRefused}}]}`;
  assert.equal(
    await through(encode(bundle), 9, { format: 'bundle' }).text,
    `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":${kKept}}]}`,
  );
});

test('an invalid line ends the stream with its place, and is counted when dropped', async () => {
  const lines = encode(`${kKept}\n{"resourceType":"Basic",}\n${kKept}\n`);
  for (const size of [1, 10, 1000]) {
    const error = await rejects(through(lines, size).text, 'ResourceError', 'invalid-json');
    assert.equal(error.offset, kKept.length + 1 + '{"resourceType":"Basic",'.length);
    const { filter, text } = through(lines, size, { onInvalid: 'drop' });
    assert.equal(await text, `${kKept}\n${kKept}\n`);
    assert.deepEqual({ ...filter.counts }, { released: 2, refused: 0, invalid: 1 });
  }
});

test('both sides fail, and stay failed', async () => {
  const filter = policy.filterStream();
  const writer = filter.writable.getWriter();
  const reader = filter.readable.getReader();
  await rejects(writer.write(encode('{"x"\n')), 'ResourceError');
  await rejects(reader.read(), 'ResourceError');
  await rejects(writer.write(encode(`${kKept}\n`)), 'ResourceError');
  await rejects(reader.read(), 'ResourceError');
});

test('a body cut short is an error', async () => {
  const options = { format: 'bundle' };
  const half = encode('{"resourceType":"Bundle","type":"searchset","entry":[');
  await rejects(through(half, 7, options).text, 'ResourceError', 'truncated-stream');
  await rejects(through(encode('{"resourceType":"Basic"'), 7).text, 'ResourceError');
});

test('a line over the limit', async () => {
  const small = (await createEngine({ limits: { maxResourceBytes: 100 } })).compilePolicy({
    policies: policyOf({ resourceType: '*' }),
  });
  const line = encode(`{"resourceType":"Basic","id":"${'x'.repeat(200)}"}\n`);
  const stream = chunksOf(line, 10).pipeThrough(small.filterStream());
  await rejects(collect(stream), 'LimitError', 'line-too-long');
});

test('chunks that are no bytes', async () => {
  for (const chunk of [
    'text',
    5,
    undefined,
    new ArrayBuffer(3),
    new Uint8Array(new SharedArrayBuffer(3)),
  ]) {
    const filter = policy.filterStream();
    const reading = rejects(filter.readable.getReader().read(), 'TypeError');
    await rejects(filter.writable.getWriter().write(chunk), 'TypeError');
    await reading;
  }
});

test('options are checked', () => {
  for (const options of [
    ...[
      { format: 'xml' },
      { interaction: 'write' },
      { onInvalid: 'skip' },
      { fromat: 'ndjson' },
      5,
    ],
  ]) {
    fails(() => policy.filterStream(options), 'TypeError');
  }
  for (const options of [undefined, null, {}, { format: undefined }]) policy.filterStream(options);
});

test('the writer waits for the reader', async () => {
  const filter = policy.filterStream();
  const writer = filter.writable.getWriter();
  const reader = filter.readable.getReader();
  let written = 0;
  const writing = (async () => {
    for (let index = 0; index < 10; ++index) {
      await writer.write(encode(`${kKept}\n`));
      written += 1;
    }
    await writer.close();
  })();
  for (let index = 0; index < 20; ++index) await turn();
  assert.ok(written <= 1, `${written} chunks were taken although nobody reads`);
  for (let index = 0; index < 10; ++index) {
    assert.equal(decode((await reader.read()).value), `${kKept}\n`);
  }
  await writing;
  assert.equal((await reader.read()).done, true);
});

test('cancelling and aborting end both sides, also while one waits', async () => {
  const reason = new Error('enough');
  {
    const filter = policy.filterStream();
    const writer = filter.writable.getWriter();
    await Promise.race([writer.write(encode(`${kKept}\n`)), turn()]);
    await filter.readable.cancel(reason);
    await assert.rejects(writer.write(encode(`${kKept}\n`)), reason);
  }
  {
    const filter = policy.filterStream();
    const writer = filter.writable.getWriter();
    writer.write(encode(`${kKept}\n`)).catch(() => {});
    await turn();
    await writer.abort(reason);
    await assert.rejects(filter.readable.getReader().read(), reason);
  }
});

test('handles come back: more streams than there are handles, ended in every way', async () => {
  for (let round = 0; round < 66_000; ++round) {
    const filter = policy.filterStream();
    if (round % 2 === 0) await filter.readable.cancel();
    else await filter.writable.abort();
  }
  assert.equal((await through(kLines, 10).text).trimEnd(), kReleased);
});

test('streams outlive their policy', async () => {
  const short = engine.compilePolicy({ policies: policyOf({ resourceType: 'Basic' }) });
  const filter = short.filterStream();
  short.free();
  assert.equal(await collect(chunksOf(encode(`${kKept}\n`), 4).pipeThrough(filter)), `${kKept}\n`);
});

test('two streams at once do not mix', async () => {
  const texts = await Promise.all(
    Array.from({ length: 8 }, (_, index) => through(kLines, index + 1).text),
  );
  for (const text of texts) assert.equal(text.trimEnd(), kReleased);
});
