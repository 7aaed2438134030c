// Compares answers with what a case says must happen.
import assert from 'node:assert/strict';
import { bytesOf } from './corpus.mjs';

const kNewline = Buffer.from('\n');

// What a way of asking makes of an expectation: a stream has no denial, it stays empty; a line ends with its line break.
function expectedOf(one, { via, call, onInvalid }) {
  const own = one.expectVia?.[via];
  const expected = own ?? one.expect;
  if (expected.issues) return expected;
  const bytes = expected.out === undefined ? Buffer.alloc(0) : bytesOf(expected.out);
  if (call === 'redact') return { ...expected, bytes };
  if (expected.error && onInvalid !== 'drop') return { error: expected.error, bytes };
  // What is expected of a resource, said once for it and for a line of it.
  const isLine = via === 'ndjson' && !own && (one.via ?? ['redact']).includes('redact');
  return { bytes: isLine && bytes.length > 0 ? Buffer.concat([bytes, kNewline]) : bytes };
}

const textOf = (hex) => Buffer.from(hex, 'hex').toString('latin1');

function checkLeaks(one, answer, where) {
  const { message } = answer.error ?? answer;
  const said = [
    ...(answer.texts ?? []),
    ...(message === undefined ? [] : [message]),
    ...(answer.released === undefined ? [] : [textOf(answer.released)]),
  ];
  for (const canary of one.canaries) {
    // Bytes are compared, so that no decoder hides one.
    const bytes = Buffer.from(canary).toString('latin1');
    assert.ok(
      !said.some((text) => text.includes(bytes)),
      `${where}: the canary ${canary} came out`,
    );
  }
}

function checkRelease(expected, call, answer, where) {
  assert.ok(!answer.denied, `${where}: denied`);
  assert.notEqual(answer.released, undefined, where);
  const released = Buffer.from(answer.released, 'hex');
  // What leaves in front of an error depends on how much had come: all of it, or less.
  if (expected.error !== undefined && call.chunk > 1) {
    assert.equal(expected.bytes.indexOf(released), 0, where);
    return;
  }
  if (call.spelling === 'plain') {
    assert.equal(released.toString('latin1'), expected.bytes.toString('latin1'), where);
  } else {
    assert.deepEqual(JSON.parse(released), JSON.parse(expected.bytes), where);
  }
}

function checkAnswer(one, call, answer) {
  const where = [one.title, call.via, call.spelling, `body ${call.index}`, `chunk ${call.chunk}`];
  const place = where.filter((part) => !/undefined$/.test(String(part))).join(', ');
  checkLeaks(one, answer, place);
  if (call.call === 'about') return;
  const expected = expectedOf(one, call);
  if (expected.issues) {
    assert.deepEqual(answer.issues, expected.issues, place);
    return;
  }
  assert.equal(answer.issues, undefined, `${place}: the policy does not compile`);
  assert.equal(answer.error?.code, expected.error, `${place}: ${answer.error?.message}`);
  if (expected.error !== undefined && call.call === 'redact') {
    assert.equal(answer.released, undefined, place);
  } else if (expected.denied && call.call === 'redact') {
    assert.equal(answer.denied, true, `${place}: not denied`);
  } else {
    checkRelease(expected, call, answer, place);
  }
}

// Of what is no JSON, or over a limit, the message says where (SPEC P3 is about well-formed bodies).
const kPlaced =
  /^(invalid-.*|byte-order-mark|unescaped-control|duplicate-key|trailing-content|empty-body|too-.*)$/;

// SPEC P3: bodies that differ in what is hidden have one answer, in each spelling and whatever is asked.
function checkSame(one, answers) {
  const first = new Map();
  for (const [at, call] of one.calls.entries()) {
    if (call.index === undefined || call.call === 'stream') continue;
    if (call.call === 'about' && !one.expect.out) continue;
    const kind = `${call.call} ${call.spelling}`;
    const { released, denied, error, texts } = answers[at];
    if (kPlaced.test(one.expect.error)) continue;
    const answer = { released, denied, error: error && { ...error }, texts };
    if (!first.has(kind)) first.set(kind, answer);
    else assert.deepEqual(answer, first.get(kind), `${one.title}: ${kind}, body ${call.index}`);
  }
}

/** Throws an AssertionError that names the case and the call. */
export function checkCase(one, answers) {
  assert.equal(answers.length, one.calls.length, one.title);
  one.calls.forEach((call, at) => checkAnswer(one, call, answers[at]));
  checkSame(one, answers);
}
