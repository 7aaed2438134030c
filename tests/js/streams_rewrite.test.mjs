// filterStream with `rewrite`: the URLs of a Bundle's envelope lead to whoever releases it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { chunksOf, decode, encode, kSeed, policyOf, randomFrom, rejects } from './support.mjs';

const engine = await createEngine();
const policy = engine.compilePolicy({
  policies: policyOf({ resourceType: 'Patient', hiddenFields: ['name'] }),
});

const kRewrite = { from: 'http://10.1.2.3:8080/fhir', to: 'https://edge.example/fhir/R4' };
const kOptions = { format: 'bundle', rewrite: kRewrite };
const kLinks =
  '[{"relation":"self","url":"http://10.1.2.3:8080/fhir/Patient"},{"relation":"next","url":"http:\\/\\/10.1.2.3:8080/fhir?page=2"}]';

const bundle = (links, type = 'searchset') =>
  `{"resourceType":"Bundle","type":"${type}"${links ? `,"link":${links}` : ''},"entry":[
  {"fullUrl":"http:\\/\\/10.1.2.3:8080\\/fhir\\/Patient\\/1","resource":{"resourceType":"Patient","id":"1","name":[{"family":"S"}]}},
  {"fullUrl":"http://10.1.2.3:8081/Patient/2","resource":{"resourceType":"Patient","id":"2"}},
  {"fullUrl":"http://10.1.2.3:8080/fhir/Basic/3","resource":{"resourceType":"Basic","id":"3"}}]}`;
const kReleased = `{"resourceType":"Bundle","type":"searchset","entry":[
  {"fullUrl":"https://edge.example/fhir/R4\\/Patient\\/1","resource":{"resourceType":"Patient","id":"1"}},
  {"resource":{"resourceType":"Patient","id":"2"}}]}`;

const collect = async (readable) =>
  decode(new Uint8Array(await new Response(readable).arrayBuffer()));

test('URLs and links, whatever the chunks', async () => {
  const bytes = encode(bundle(kLinks));
  const random = randomFrom(kSeed);
  for (const size of [
    1,
    2,
    17,
    bytes.length,
    ...Array.from({ length: 20 }, () => 1 + random(99)),
  ]) {
    const filter = policy.filterStream(kOptions);
    assert.equal(filter.links, undefined);
    const text = await collect(chunksOf(bytes, size).pipeThrough(filter));
    assert.equal(text, kReleased, `${size} bytes`);
    assert.equal(filter.links, kLinks);
    assert.deepEqual(JSON.parse(text).link, undefined);
  }
});

test('links are there when the reader sees the end', async () => {
  const filter = policy.filterStream(kOptions);
  const reader = chunksOf(encode(bundle(kLinks)), 40)
    .pipeThrough(filter)
    .getReader();
  while (!(await reader.read()).done);
  assert.equal(filter.links, kLinks);
});

test('no links', async () => {
  for (const links of ['', '[]', '[{"relation":"last","url":"u"}]', '{"relation":"self"}']) {
    const filter = policy.filterStream(kOptions);
    const text = await collect(chunksOf(encode(bundle(links)), 40).pipeThrough(filter));
    assert.equal(text, kReleased);
    assert.equal(filter.links, undefined);
  }
});

test('links of what failed, and over the limit', async () => {
  const failing = policy.filterStream(kOptions);
  const half = encode(bundle(kLinks)).subarray(0, -1);
  await rejects(collect(chunksOf(half, 40).pipeThrough(failing)), 'ResourceError');
  assert.equal(failing.links, undefined);
  const large = policy.filterStream(kOptions);
  const links = `[{"relation":"next","url":"${'u'.repeat(65536)}"}]`;
  const stream = chunksOf(encode(bundle(links)), 4096).pipeThrough(large);
  await rejects(collect(stream), 'LimitError', 'too-large');
  assert.equal(large.links, undefined);
});

test('without `rewrite` the bytes stay, and there are no links', async () => {
  for (const rewrite of [undefined, null]) {
    const filter = policy.filterStream({ format: 'bundle', rewrite });
    const text = await collect(chunksOf(encode(bundle(kLinks)), 40).pipeThrough(filter));
    assert.ok(text.includes(`"link":${kLinks}`));
    assert.ok(text.includes('"http:\\/\\/10.1.2.3:8080\\/fhir\\/Patient\\/1"'));
    assert.equal(filter.links, undefined);
  }
});

test('a stream with `rewrite` leaves nothing to the next one', async () => {
  const one = policy.filterStream(kOptions);
  const writer = one.writable.getWriter();
  const text = collect(one.readable);
  const body = encode(bundle(kLinks));
  await writer.write(body.subarray(0, 200));
  const whole = JSON.parse(decode(policy.redact('search', bundle(kLinks))));
  assert.deepEqual(whole.link, JSON.parse(kLinks));
  await writer.write(body.subarray(200));
  await writer.close();
  assert.equal(await text, kReleased);
});

test('options that do not fit', () => {
  for (const format of ['ndjson', 'resource', undefined]) {
    assert.throws(() => policy.filterStream({ format, rewrite: kRewrite }), TypeError);
  }
  const base = 'https://h/a';
  for (const bad of [
    '',
    'h/a',
    'ftp://h/a',
    'https://',
    'https://h/',
    'https://h/a?b',
    'https://h/a#b',
    'https://h/"',
    'https://h/\\a',
    'https://h/a b',
    'https://h/a\n',
    'https://h/\u00E9',
    5,
    undefined,
  ]) {
    for (const rewrite of [
      { from: bad, to: base },
      { from: base, to: bad },
    ]) {
      assert.throws(() => policy.filterStream({ format: 'bundle', rewrite }), TypeError, `${bad}`);
    }
  }
  for (const rewrite of ['x', {}, { from: base }, { from: base, to: base, also: 1 }]) {
    assert.throws(() => policy.filterStream({ format: 'bundle', rewrite }), TypeError);
  }
});
