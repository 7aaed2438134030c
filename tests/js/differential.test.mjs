// The engine against independent readers: JSON.parse with fatal decoding, and ipaddr.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { createEngine } from 'fhirwall';
import { encode, everything, kSeed, randomFrom } from './support.mjs';

const kDocuments = 30_000;
const engine = await createEngine();
const policy = engine.compilePolicy({ policies: everything });

// ---- JSON

const kSeeds = [
  '{"resourceType":"Basic","id":"1","a":[1,2.5,-0,1e5,1E-7,0.001,123456789012345678901234567890]}',
  '{"resourceType":"Basic","text":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83c\\udfe5 \u00e9\u20ac\u{1f3e5}"}',
  ' { "resourceType" : "Basic" , "x" : { "y" : [ true , false , null , { } , [ ] ] } } \n',
  '{"resourceType":"Patient","name":[{"family":"A","given":["B","C"]}],"_birthDate":{"id":"x"}}',
  `{"resourceType":"Basic","long":"${'abcdefgh'.repeat(40)}","n":${'[1,'.repeat(20)}2${']'.repeat(20)}}`,
];
const kPieces = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'true',
    'nul',
    '0',
    '00',
    '-',
    '.',
    'e',
    '+',
    ' ',
    '\n',
    '\t',
    '\0',
  ],
  ...[
    '\\u',
    '\\ud800',
    '\\udc00',
    '\\u0000',
    '\\x',
    '"a":1,',
    '\u007f',
    '\u00a0',
    '\ufeff',
    '\u2028',
    '/',
    "'",
    'NaN',
    '1.',
    '.5',
    '1e',
  ],
].map((text) => encode(text));
const kBytes = [0x80, 0xc0, 0xc3, 0xe2, 0xed, 0xa0, 0xf0, 0xf5, 0xff, 0x00, 0x1f, 0x22, 0x5c, 0x7f];

function mutate(bytes, random) {
  let out = bytes;
  for (let count = 1 + random(3); count > 0; --count) {
    const at = random(out.length + 1);
    const piece = kPieces[random(kPieces.length)];
    const join = (...parts) => new Uint8Array(Buffer.concat(parts));
    switch (random(6)) {
      case 0: // insert
        out = join(out.subarray(0, at), piece, out.subarray(at));
        break;
      case 1: // delete
        out = join(out.subarray(0, at), out.subarray(at + 1 + random(4)));
        break;
      case 2: // overwrite one byte
        out = join(
          out.subarray(0, at),
          Uint8Array.of(kBytes[random(kBytes.length)]),
          out.subarray(at + 1),
        );
        break;
      case 3: // flip a bit
        out = Uint8Array.from(out);
        if (out.length > 0) out[at % out.length] ^= 1 << random(8);
        break;
      case 4: // cut short
        if (random(4) === 0) out = out.subarray(0, at);
        break;
      default: // repeat a part
        out = join(
          out.subarray(0, at),
          out.subarray(Math.max(0, at - random(30)), at),
          out.subarray(at),
        );
    }
  }
  return out;
}

// JSON.parse, and what the engine refuses beyond it: each with the code that must be given for it.
function judge(bytes) {
  let text;
  let value;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return { accept: false };
  }
  // Escapes of lone surrogates: JSON.parse gives strings that have no UTF-8 form.
  const strings = [];
  JSON.parse(text, function (key, one) {
    strings.push(key);
    if (typeof one === 'string') strings.push(one);
    return one;
  });
  if (strings.some((one) => !one.isWellFormed()))
    return { accept: false, codes: ['invalid-string'] };
  if (hasRepeatedKey(text)) return { accept: false, codes: ['duplicate-key', 'invalid-string'] };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { accept: false, codes: ['not-an-object'] };
  }
  if (!['Basic', 'Patient'].includes(value.resourceType)) {
    return { accept: false, codes: ['unknown-resource-type'] };
  }
  return { accept: true };
}

// Repeated keys in valid JSON, after unescaping: a small reader of its own over the tokens.
function hasRepeatedKey(text) {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const open = [];
  for (const [index, token] of tokens.entries()) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (tokens[index + 1] === ':') {
      const key = JSON.parse(token);
      if (open.at(-1).has(key)) return true;
      open.at(-1).add(key);
    }
  }
  return false;
}

const outcome = (bytes) => {
  try {
    const released = policy.redact('read', bytes);
    return { accepted: true, released };
  } catch (error) {
    return { accepted: false, name: error.name, code: error.code, offset: error.offset };
  }
};

test(`${kDocuments} mutated documents: accepted exactly where JSON.parse accepts, but for the named refusals`, () => {
  const random = randomFrom(kSeed);
  const seen = { accepted: 0, refused: 0, beyond: 0 };
  for (let index = 0; index < kDocuments; ++index) {
    const bytes = mutate(encode(kSeeds[random(kSeeds.length)]), random);
    const expected = judge(bytes);
    const got = outcome(bytes);
    const where = () =>
      `seed ${kSeed}, document ${index}: ${JSON.stringify(Buffer.from(bytes).toString('latin1'))} ${JSON.stringify(got)}`;
    assert.equal(got.accepted, expected.accept, where());
    if (got.accepted) {
      seen.accepted += 1;
      // Nothing hidden, so every byte comes back; white space around the value is not the value.
      assert.deepEqual(
        JSON.parse(new TextDecoder().decode(got.released)),
        JSON.parse(new TextDecoder().decode(bytes)),
        where(),
      );
      continue;
    }
    seen.refused += 1;
    assert.equal(got.name, 'ResourceError', where());
    assert.ok(got.offset >= 0 && got.offset <= bytes.length, where());
    if (expected.codes) {
      seen.beyond += 1;
      assert.ok(expected.codes.includes(got.code), where());
    }
  }
  assert.ok(seen.accepted > 2000 && seen.refused > 2000 && seen.beyond > 100, JSON.stringify(seen));
});

test('the judge of the test above tells what it must', () => {
  const table = [
    ['{"resourceType":"Basic"}', true],
    ['{"resourceType":"Basic","a":1,"b":{"a":1}}', true],
    ['{"resourceType":"Basic","a":1,"\\u0061":1}', false],
    ['{"resourceType":"Basic","a":"\\ud800"}', false],
    ['{"resourceType":"Basic","a":"\\ud83c\\udfe5"}', true],
    ['{"resourceType":"Basic","a":01}', false],
    ['{"resourceType":"X"}', false],
    ['[]', false],
  ];
  for (const [text, accept] of table) {
    assert.equal(judge(encode(text)).accept, accept, text);
    assert.equal(outcome(encode(text)).accepted, accept, text);
  }
});

// ---- Addresses

const kAddresses = (random) => {
  const octet = () => [0, 1, 8, 10, 127, 128, 192, 255][random(8)];
  const group = () => [0, 1, 0xdb8, 0x2001, 0xffff, 0xfe80][random(6)].toString(16);
  switch (random(4)) {
    case 0:
      return `::ffff:${octet()}.${octet()}.${octet()}.${octet()}`;
    case 1:
      return Array.from({ length: 8 }, group).join(':');
    default:
      return `${octet()}.${octet()}.${octet()}.${octet()}`;
  }
};

// SPEC 12.1: an IPv4-mapped IPv6 address is IPv4.
const plain = (text) => ipaddr.process(text);

test('4,000 networks and addresses against ipaddr.js', () => {
  const random = randomFrom(kSeed + 1);
  const seen = { inside: 0, outside: 0 };
  for (let index = 0; index < 1000; ++index) {
    const base = plain(kAddresses(random));
    const bits = random((base.kind() === 'ipv4' ? 32 : 128) + 1);
    const network = ipaddr[base.kind() === 'ipv4' ? 'IPv4' : 'IPv6'].networkAddressFromCIDR(
      `${base}/${bits}`,
    );
    const value = `${network}/${bits}`;
    const allow = engine.compilePolicy({
      policies: { resourceType: 'AccessPolicy', ipAccessRule: [{ value, action: 'allow' }] },
    });
    for (let count = 0; count < 4; ++count) {
      const text = count === 0 ? String(base) : kAddresses(random);
      const address = plain(text);
      const inside = address.kind() === network.kind() && address.match(network, bits);
      seen[inside ? 'inside' : 'outside'] += 1;
      assert.equal(allow.checkIp(text).allowed, inside, `${text} in ${value}`);
    }
    allow.free();
  }
  assert.ok(seen.inside > 800 && seen.outside > 800, JSON.stringify(seen));
});

test('spellings of addresses against ipaddr.js', () => {
  const check = engine.compilePolicy({
    policies: { resourceType: 'AccessPolicy', ipAccessRule: [{ value: '*', action: 'allow' }] },
  });
  const texts = [
    ...[
      '1.2.3.4',
      '0.0.0.0',
      '255.255.255.255',
      '256.1.1.1',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.',
      '.1.2.3',
      '1..2.3',
    ],
    ...[
      '::',
      '::1',
      '1::',
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      ':1',
      '1:',
      ':::',
    ],
    ...[
      '::ffff:1.2.3.4',
      '64:ff9b::1.2.3.4',
      '1.2.3.4::',
      '::1.2.3.4.5',
      '::g',
      '12345::',
      'FE80::1',
      'x',
      '-1.2.3.4',
    ],
  ];
  const isAddress = (text) => ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  for (const text of texts) {
    assert.equal(check.checkIp(text).allowed, isAddress(text), text);
  }
  // Refused here although ipaddr.js reads them: SPEC 12.1.
  for (const text of [
    'fe80::1%eth0',
    '01.2.3.4',
    '[::1]',
    '1.2.3.4:80',
    '0x1.2.3.4',
    '1.2.3',
    '16909060',
  ]) {
    assert.equal(check.checkIp(text).allowed, false, text);
  }
});
