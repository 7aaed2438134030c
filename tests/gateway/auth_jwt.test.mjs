// JWT access tokens: what is taken, what is not, and what becomes of keys (SPEC 14).
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { asking, kAudience, kIssuer, reply, seconds, silent, stopClock } from './asking.mjs';

const pairs = {
  one: await generateKeyPair('ES256'),
  two: await generateKeyPair('ES256'),
  stranger: await generateKeyPair('ES256'),
  rsa: await generateKeyPair('RS256', { extractable: true }),
};
const jwkOf = async (kid, alg = 'ES256') => ({
  ...(await exportJWK(pairs[kid].publicKey)),
  kid,
  alg,
});
const jwks = { keys: [await jwkOf('one'), await jwkOf('rsa', 'RS256')] };
const spki = await exportSPKI(pairs.rsa.publicKey);

/** A token like any other; a claim of undefined is left out. */
function token(claims = {}, header = {}, key = pairs.one.privateKey) {
  const now = Math.floor(seconds());
  const all = { iss: kIssuer, aud: kAudience, sub: 'ann', iat: now, exp: now + 300, ...claims };
  return new SignJWT(JSON.parse(JSON.stringify(all)))
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt', ...header })
    .sign(key);
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hand = (header, claims, signature = () => '') => {
  const text = `${encoded(header)}.${encoded(claims)}`;
  return `${text}.${signature(text)}`;
};

const auth = { type: 'jwt', jwks, issuer: kIssuer, audience: kAudience };
const claimsNow = () => ({ iss: kIssuer, aud: kAudience, sub: 'ann', exp: seconds() + 300 });

test('a token says who asks', async (t) => {
  stopClock(t);
  const cases = [
    [{}, {}],
    [{ scope: 'openid user/*.rs' }, { scopes: 'openid user/*.rs' }],
    [{ scp: 'a b' }, { scopes: 'a b' }],
    [{ scp: ['a', 'b'] }, { scopes: 'a b' }],
    [{ scope: 'a', scp: ['b'] }, { scopes: 'a' }],
    [{ patient: '1' }, { launchPatient: 'Patient/1' }],
    [{ patient: 'Patient/1' }, { launchPatient: 'Patient/1' }],
    [{ fhirUser: 'Practitioner/2' }, { profile: 'Practitioner/2' }],
    [{ fhirUser: 'https://a.example/r4/Practitioner/2' }, { profile: 'Practitioner/2' }],
    [{ aud: ['https://other.example', kAudience] }, {}],
    [{ nonce: 'n' }, {}], // of an access token by its `typ`
  ];
  for (const [claims, expected] of cases) {
    const { ask, principals } = asking(auth);
    const { status } = await ask(await token(claims));
    assert.equal(status, 200, JSON.stringify(claims));
    const { subject, issuer, profile, scopes, launchPatient, expires } = principals[0];
    assert.deepEqual(
      { subject, issuer, profile, scopes, launchPatient, expires },
      {
        ...{ subject: 'ann', issuer: kIssuer, profile: undefined, scopes: undefined },
        ...{ launchPatient: undefined, expires: Math.floor(seconds()) + 330, ...expected },
      },
    );
  }
});

test('a token that is not as it should be is a 401', async (t) => {
  stopClock(t);
  const now = seconds();
  const hmac = (secret) => (text) => createHmac('sha256', secret).update(text).digest('base64url');
  const cases = {
    'expired beyond the skew': [await token({ exp: now - 31 }), 'expired'],
    'no exp': [await token({ exp: undefined })],
    'exp as text': [await token({ exp: `${now + 300}` })],
    'not yet': [await token({ nbf: now + 31 })],
    'another issuer': [await token({ iss: 'https://evil.example' })],
    'no issuer': [await token({ iss: undefined })],
    'another audience': [await token({ aud: 'https://other.example' })],
    'no audience': [await token({ aud: undefined })],
    'no subject': [await token({ sub: undefined })],
    'an empty subject': [await token({ sub: '' })],
    'a key of nobody': [await token({}, { kid: 'stranger' }, pairs.stranger.privateKey)],
    'the name of a key that did not sign': [await token({}, {}, pairs.stranger.privateKey)],
    'no algorithm': [hand({ alg: 'none' }, claimsNow())],
    'an HMAC with a public key': [hand({ alg: 'HS256', kid: 'rsa' }, claimsNow(), hmac(spki))],
    'an id token by its type': [await token({}, { typ: 'id+jwt' })],
    'an id token by its nonce': [await token({ nonce: 'n' }, { typ: 'JWT' })],
    'an id token by at_hash': [await token({ at_hash: 'n' }, { typ: undefined })],
    'bound to a key': [await token({ cnf: { jkt: 'x' } })],
    'a critical header': [
      await new SignJWT(claimsNow())
        .setProtectedHeader({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 })
        .sign(pairs.one.privateKey, { crit: { x: true } }),
    ],
    'a patient that is none': [await token({ patient: 'Practitioner/1' })],
    'a patient that goes up': [await token({ patient: '..' })],
    'a patient that is a query': [await token({ patient: '1&x=2' })],
    'a fhirUser without id': [await token({ fhirUser: 'https://a.example/Practitioner' })],
    'a fhirUser that is no text': [await token({ fhirUser: 7 })],
    'a scope that is no text': [await token({ scope: 7 })],
    'a scope with white space in it': [await token({ scp: ['a b'] })],
    'changed after it was signed': [
      (await token()).replace(/\.[^.]+\./, `.${encoded({ ...claimsNow(), sub: 'bob' })}.`),
    ],
    'no JWT': ['abc'],
    'no JSON': [`${Buffer.from('{').toString('base64url')}.e30.AA`],
  };
  for (const [name, [text, code = 'login']] of Object.entries(cases)) {
    const { ask, principals, calls } = asking(auth);
    const answer = await ask(text);
    const { status, challenge } = answer;
    assert.deepEqual(
      { status, code: answer.code, challenge },
      { status: 401, code, challenge: 'Bearer error="invalid_token"' },
      name,
    );
    assert.equal(principals.length + calls.length, 0, name);
    assert.ok(!answer.text.includes(text), name);
  }
});

test('clocks may differ by the skew, and no more', async (t) => {
  const clock = stopClock(t);
  const { ask } = asking({ ...auth, clockSkew: 60 });
  const text = await token({ nbf: seconds() + 60, exp: seconds() + 90 });
  assert.equal((await ask(text)).status, 200);
  clock.pass(90 + 59);
  assert.equal((await ask(text)).status, 200);
  clock.pass(1);
  assert.equal((await ask(text)).code, 'expired');
});

test('a type of JWT, or none, is taken', async (t) => {
  stopClock(t);
  const { ask } = asking(auth);
  for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt', undefined]) {
    assert.equal((await ask(await token({}, { typ }))).status, 200, typ);
  }
});

test('algorithms are those that are listed', async (t) => {
  stopClock(t);
  const text = await token({}, { alg: 'RS256', kid: 'rsa' }, pairs.rsa.privateKey);
  assert.equal((await asking(auth).ask(text)).status, 200);
  assert.equal((await asking({ ...auth, algorithms: ['ES256'] }).ask(text)).status, 401);
});

const kKeysUrl = 'https://issuer.example/jwks';

/** Keys behind a URL: `answer` may be replaced on the way. */
function keysAt(answer, more = {}) {
  const server = { answer, fetches: 0 };
  const fetch = (url, init) => {
    assert.equal(url, kKeysUrl);
    assert.equal(init.redirect, 'manual');
    server.fetches += 1;
    return server.answer(url, init);
  };
  const { jwks: _local, ...others } = auth;
  return Object.assign(server, asking({ ...others, jwksUrl: kKeysUrl, fetch, ...more }));
}

test('keys are fetched once, kept for their time, and never longer', async (t) => {
  const clock = stopClock(t);
  const server = keysAt(async () => reply(jwks), { keysTtl: 100 });
  const text = await token({ exp: seconds() + 3600 });
  const answers = await Promise.all([server.ask(text), server.ask(text), server.ask(text)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal(server.fetches, 1);
  server.answer = async () => reply('', 500);
  clock.pass(99);
  assert.equal((await server.ask(text)).status, 200);
  assert.equal(server.fetches, 1);
  clock.pass(1);
  const { status, code } = await server.ask(text);
  assert.deepEqual({ status, code }, { status: 503, code: 'transient' });
  server.answer = async () => reply(jwks);
  assert.equal((await server.ask(text)).status, 503, 'a failure is not repeated for a second');
  assert.equal(server.fetches, 2);
  clock.pass(1);
  assert.equal((await server.ask(text)).status, 200);
});

test('an unknown key fetches them once more, and then not for a while', async (t) => {
  const clock = stopClock(t);
  const server = keysAt(async () => reply(jwks));
  assert.equal((await server.ask(await token())).status, 200);
  server.answer = async () => reply({ keys: [await jwkOf('two')] });
  const rotated = await token({ exp: seconds() + 900 }, { kid: 'two' }, pairs.two.privateKey);
  assert.equal((await server.ask(rotated)).status, 401, 'keys were fetched just now');
  assert.equal(server.fetches, 1);
  clock.pass(31);
  assert.equal((await server.ask(rotated)).status, 200);
  assert.equal(server.fetches, 2);
  const old = await token();
  assert.equal((await server.ask(old)).status, 401, 'a key that was taken back');
  for (let n = 0; n < 5; n += 1) {
    const text = await token({}, { kid: `made-up-${n}` }, pairs.stranger.privateKey);
    assert.equal((await server.ask(text)).status, 401);
  }
  assert.equal(server.fetches, 2);
});

test('keys that cannot be had are a 503', async (t) => {
  stopClock(t);
  const faults = {
    down: async () => Promise.reject(new TypeError('connect ECONNREFUSED 10.0.0.7')),
    'a failure': async () => reply({ secret: 'CANARY' }, 500),
    'a redirect': async () => reply('', 302, { location: 'https://evil.example' }),
    HTML: async () => reply('<html>CANARY</html>'),
    'no keys': async () => reply({ CANARY: [] }),
    'private keys': async () =>
      reply({ keys: [{ ...(await exportJWK(pairs.rsa.privateKey)), kid: 'one', alg: 'ES256' }] }),
    'an endless body': async () => reply('['.repeat(1 << 19)),
    slow: silent,
  };
  for (const [name, answer] of Object.entries(faults)) {
    const { ask, calls } = keysAt(answer, { timeout: 50 });
    const { status, code, challenge, text } = await ask(await token());
    const expected = name === 'private keys' ? [503, 401] : [503];
    assert.ok(expected.includes(status), `${name}: ${status}`);
    if (status === 503) assert.deepEqual([code, challenge], ['transient', null], name);
    assert.doesNotMatch(text, /CANARY|10\.0\.0\.7|evil/, name);
    assert.equal(calls.length, 0, name);
  }
});

test('options that would take anything are no options', () => {
  const cases = [
    { issuer: undefined },
    { issuer: '' },
    { audience: undefined },
    { audience: [] },
    { audience: [''] },
    { algorithms: [] },
    { algorithms: ['HS256'] },
    { algorithms: ['none'] },
    { clockSkew: 301 },
    { clockSkew: -1 },
    { jwks: undefined },
    { jwks: { keys: [] } },
    { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } },
    { jwksUrl: kKeysUrl },
    { jwks: undefined, jwksUrl: 'http://issuer.example/jwks' },
    { jwks: undefined, jwksUrl: kKeysUrl, keysTtl: 0 },
    { type: 'saml' },
  ];
  for (const changed of cases) {
    assert.throws(() => asking({ ...auth, ...changed }), TypeError, JSON.stringify(changed));
  }
});
