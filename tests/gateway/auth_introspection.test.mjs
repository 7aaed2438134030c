// Opaque tokens: what is asked, what is believed, and for how long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asking, kAudience, kIssuer, later, reply, seconds, silent, stopClock } from './asking.mjs';

const kUrl = 'https://issuer.example/introspect';

function asked(answer, more = {}) {
  const server = { answer, asks: [] };
  const auth = {
    ...{ type: 'introspection', url: kUrl, clientId: 'ed:ge', clientSecret: 'p%s w' },
    fetch(url, init) {
      server.asks.push({ url, ...init });
      return server.answer(url, init);
    },
    ...more,
  };
  return Object.assign(server, asking(auth));
}

const active = (more = {}) => ({ active: true, sub: 'ann', ...more });

test('the question is that of RFC 7662', async () => {
  const { ask, asks } = asked(async () => reply(active()));
  assert.equal((await ask('opaque+1')).status, 200);
  const [{ url, method, body, redirect, headers }] = asks;
  assert.deepEqual([url, method, redirect], [kUrl, 'POST', 'manual']);
  assert.equal(body, 'token=opaque%2B1&token_type_hint=access_token');
  assert.equal(headers.authorization, `Basic ${btoa('ed%3Age:p%25s+w')}`);
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
});

test('an answer says who asks', async (t) => {
  stopClock(t);
  const cases = [
    [{}, {}, 'ann'],
    [{ sub: undefined, client_id: 'robot' }, {}, 'robot'],
    [{ client_id: 'app' }, {}, 'ann'],
    [{ iss: kIssuer }, { issuer: kIssuer }, 'ann'],
    [{ aud: kAudience }, { audience: kAudience }, 'ann'],
    [{ aud: ['x', kAudience] }, { audience: ['y', kAudience] }, 'ann'],
    [{ exp: seconds() + 1, nbf: seconds() }, {}, 'ann'],
  ];
  for (const [more, options, subject] of cases) {
    const { ask, principals } = asked(async () => reply(active(more)), options);
    assert.equal((await ask('t')).status, 200, JSON.stringify(more));
    assert.equal(principals[0].subject, subject);
  }
});

test('a token that the issuer does not stand for is a 401', async (t) => {
  stopClock(t);
  const cases = [
    [{ active: false }],
    [{ active: false, sub: 'ann', exp: 1 }],
    [active({ exp: seconds() }), {}, 'expired'],
    [active({ nbf: seconds() + 31 })],
    [active({ sub: undefined })],
    [active({ sub: undefined, username: 'ann', client_id: 'app' })],
    [active(), { issuer: kIssuer }],
    [active({ iss: 'https://evil.example' }), { issuer: kIssuer }],
    [active(), { audience: kAudience }],
    [active({ aud: 'x' }), { audience: kAudience }],
  ];
  for (const [value, options = {}, code = 'login'] of cases) {
    const { ask, calls } = asked(async () => reply(value), options);
    const answer = await ask('t');
    assert.deepEqual(
      [answer.status, answer.code, answer.challenge],
      [401, code, 'Bearer error="invalid_token"'],
      JSON.stringify(value),
    );
    assert.equal(calls.length, 0);
  }
});

test('no answer, and one of another shape, is a 503, and asked for again', async (t) => {
  stopClock(t);
  const faults = {
    down: () => Promise.reject(new TypeError('CANARY')),
    thrown: () => {
      throw new TypeError('CANARY');
    },
    slow: silent,
    'a failure': async () => reply(active(), 500),
    unauthorised: async () => reply(active(), 401),
    created: async () => reply(active(), 201),
    'a redirect': async () => reply('', 307, { location: 'https://evil.example' }),
    HTML: async () => reply('<html>CANARY</html>'),
    'a list': async () => reply([active()]),
    null: async () => reply('null'),
    'nothing said': async () => reply({ sub: 'ann' }),
    'active as text': async () => reply(active({ active: 'true' })),
    'exp as text': async () => reply(active({ exp: `${seconds() + 9}` })),
    'sub as number': async () => reply(active({ sub: 7 })),
    'aud as object': async () => reply(active({ aud: {} })),
    'a patient that is none': async () => reply(active({ patient: 'Group/1' })),
    'bound to a key': async () => reply(active({ cnf: { jkt: 'x' } })),
    'an endless body': async () => reply('['.repeat(1 << 19)),
    'not UTF-8': async () => reply(new Uint8Array([0x7b, 0xff, 0x7d])),
  };
  for (const [name, answer] of Object.entries(faults)) {
    const server = asked(name === 'not UTF-8' ? async () => new Response('{"\xff') : answer, {
      timeout: 50,
    });
    const { status, code, challenge, text } = await server.ask('t');
    assert.deepEqual([status, code, challenge], [503, 'transient', null], name);
    assert.doesNotMatch(text, /CANARY|evil/, name);
    assert.equal(server.calls.length, 0, name);
    server.answer = async () => reply(active());
    assert.equal((await server.ask('t')).status, 200, `${name}: then`);
  }
});

test('an answer is kept for its time, and never beyond `exp`', async (t) => {
  const clock = stopClock(t);
  const server = asked(async () => reply(active({ exp: seconds() + 50 })), { ttl: 30 });
  const begin = seconds();
  const at = async (second, token, status, asks) => {
    clock.pass(begin + second - seconds());
    assert.equal((await server.ask(token)).status, status, `${token} at ${second}`);
    assert.equal(server.asks.length, asks, `${token} at ${second}`);
  };
  await at(0, 'a', 200, 1);
  await at(29, 'a', 200, 1);
  await at(29, 'b', 200, 2);
  server.answer = async () => reply({ active: false });
  await at(30, 'a', 401, 3); // revoked: works no longer than `ttl`
  server.answer = async () => reply(active({ exp: begin + 40 }));
  await at(34, 'a', 401, 3);
  await at(35, 'a', 200, 4); // what was refused is kept for five seconds
  await at(39, 'a', 200, 4);
  await at(40, 'a', 401, 5);
});

test('with a `ttl` of 0 each request asks', async (t) => {
  stopClock(t);
  const server = asked(async () => reply(active()), { ttl: 0 });
  await Promise.all([server.ask('t'), server.ask('t')]);
  await server.ask('t');
  assert.equal(server.asks.length, 3);
});

test('what is asked at once is asked once, of each token', async () => {
  const gates = { a: later(), b: later() };
  const server = asked(async (_url, { body }) => {
    const token = new URLSearchParams(body).get('token');
    await gates[token].promise;
    return reply(active({ sub: token }));
  });
  const all = ['a', 'b', 'a', 'a', 'b'].map((token) => server.ask(token));
  gates.b.resolve();
  gates.a.resolve();
  for (const { status } of await Promise.all(all)) assert.equal(status, 200);
  assert.equal(server.asks.length, 2);
  assert.deepEqual(new Set(server.principals.map(({ subject }) => subject)), new Set(['a', 'b']));
});

test('made-up tokens push out no real one', async (t) => {
  stopClock(t);
  const server = asked(async (_url, { body }) =>
    reply({ active: /=real&/.test(body), sub: 'ann' }),
  );
  await server.ask('real');
  for (let n = 0; n < 1100; n += 1) assert.equal((await server.ask(`fake-${n}`)).status, 401);
  const before = server.asks.length;
  assert.equal((await server.ask('real')).status, 200);
  assert.equal(server.asks.length, before);
});

test('options that would trust anybody are no options', () => {
  for (const more of [
    { url: 'http://issuer.example' },
    { url: 'https://a:b@issuer.example' },
    { url: 'nonsense' },
    { clientId: '' },
    { clientSecret: undefined },
    { audience: [] },
    { issuer: '' },
    { ttl: -1 },
    { ttl: Number.NaN },
  ]) {
    assert.throws(() => asked(silent, more), TypeError, JSON.stringify(more));
  }
});
