// Which header counts, and the host's own function.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asking, kIssuer, reply, seconds, stopClock } from './asking.mjs';

const kToken = 'abcDEF012-._~+/==';

/** Introspection that takes one token. */
const only = async (_url, { body }) =>
  reply({ active: new URLSearchParams(body).get('token') === kToken, sub: 'ann' });
const auth = {
  type: 'introspection',
  url: 'https://issuer.example/introspect',
  clientId: 'edge',
  clientSecret: 'secret',
  fetch: only,
};

test('one bearer token in one header counts', async () => {
  const { ask } = asking(auth);
  const cases = [
    [`Bearer ${kToken}`, 200],
    [`bearer ${kToken}`, 200],
    [`BEARER   ${kToken}`, 200],
    [undefined, 401, 'Bearer'],
    ['', 401, 'Bearer'],
    [kToken, 401, 'Bearer'],
    [`Basic ${kToken}`, 401, 'Bearer'],
    [`DPoP ${kToken}`, 401, 'Bearer'],
    ['Bearer', 401, 'Bearer error="invalid_token"'],
    [`Bearer ${kToken} ${kToken}`, 401, 'Bearer error="invalid_token"'],
    [`Bearer ${kToken}, Bearer ${kToken}`, 401, 'Bearer error="invalid_token"'],
    [`Bearer ${kToken},`, 401, 'Bearer error="invalid_token"'],
    [`Bearer\t${kToken}`, 401, 'Bearer error="invalid_token"'],
    [`Bearer "${kToken}"`, 401, 'Bearer error="invalid_token"'],
    [`Bearer ${'a'.repeat(16_385)}`, 401, 'Bearer error="invalid_token"'],
  ];
  for (const [header, status, challenge = null] of cases) {
    const answer = await ask(undefined, header === undefined ? {} : { authorization: header });
    assert.deepEqual([answer.status, answer.challenge], [status, challenge], header);
  }
});

test('a token in the query is none', async () => {
  const { get, calls } = asking(auth);
  const response = await get(`Patient/1?access_token=${encodeURIComponent(kToken)}`, {}, null);
  assert.equal(response.status, 401);
  assert.equal(calls.length, 0);
});

test('the host may authenticate by itself', async (t) => {
  stopClock(t);
  const ann = { subject: 'ann', issuer: kIssuer };
  const cases = [
    [() => ann, 200],
    [async () => ann, 200],
    [() => undefined, 401],
    [() => null, 401],
    [() => ({ ...ann, expires: seconds() + 1 }), 200],
    [() => ({ ...ann, expires: seconds() }), 401],
    [() => ({ ...ann, expires: 'tomorrow' }), 503],
    [() => ({ ...ann, subject: '' }), 503],
    [() => ({ ...ann, subject: 7 }), 503],
    [() => ({ ...ann, scopes: ['a'] }), 503],
    [() => ({}), 503],
    [() => true, 503],
    [
      () => {
        throw new Error('CANARY');
      },
      503,
    ],
    [() => Promise.reject(new Error('CANARY')), 503],
  ];
  for (const [identify, status] of cases) {
    const { ask, calls } = asking(identify);
    const answer = await ask();
    assert.equal(answer.status, status, `${identify}`);
    if (status !== 200) assert.doesNotMatch(answer.text, /CANARY/);
    assert.equal(calls.length, status === 200 ? 1 : 0);
  }
});
