// The listener for node:http: what reaches the gateway is what was sent, and what leaves is what it answered.
import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { nodeListener, nodeServer } from 'fhirwall/adapters/node';
import { head, listening, opened, raw, standIn, statusOf, until } from './harness.mjs';

const kChunk = new Uint8Array(64 << 10).fill(0x20);

test('method, URL, headers, body and the address of the socket reach the gateway', async () => {
  const gateway = standIn(async (request) => new Response(await request.text(), { status: 201 }));
  await listening(nodeServer(gateway, { env: { name: 'e' } }), async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/fhir/Patient?name=a%20b&name=c`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json', 'x-forwarded-for': '10.0.0.1' },
      body: '{"resourceType":"Patient"}',
    });
    assert.equal(response.status, 201);
    assert.equal(await response.text(), '{"resourceType":"Patient"}');
    const [{ request, env, peer }] = gateway.seen;
    assert.equal(request.method, 'POST');
    assert.equal(request.url, `http://127.0.0.1:${port}/fhir/Patient?name=a%20b&name=c`);
    assert.equal(request.headers.get('content-type'), 'application/fhir+json');
    assert.equal(request.signal.aborted, false, 'an answered request is not aborted');
    assert.deepEqual(env, { name: 'e' });
    assert.deepEqual(peer, { remoteAddress: '127.0.0.1' });
  });
});

test('a target arrives exactly as it was sent, or is refused', async () => {
  const gateway = standIn();
  const passing = {
    '/fhir/Patient/1': '/fhir/Patient/1',
    '/fhir/Patient%2F1': '/fhir/Patient%2F1',
    '/fhir/Patient/1/': '/fhir/Patient/1/',
    '/fhir//Patient': '/fhir//Patient',
    '//evil.test/fhir': '//evil.test/fhir',
    '/fhir/Patient?': '/fhir/Patient?',
    '/fhir/Patient?identifier=http://a.test|b&_sort=-_id':
      '/fhir/Patient?identifier=http://a.test|b&_sort=-_id',
    "/fhir/Patient?name=O'Neil": '/fhir/Patient?name=O%27Neil',
    '/fhir/Patient?url=a/../b': '/fhir/Patient?url=a/../b',
  };
  const refused = [
    '/fhir/./Patient',
    '/fhir/../admin',
    '/fhir/x/..',
    '/fhir/%2e%2e/admin',
    '/fhir/%2E/Patient',
    '/fhir/.%2e/admin',
    '/fhir\\Patient',
    '/fhir/a"b',
    '/fhir/Patient?name=\xfc',
    '/fhir/\xc3\xbc',
    '/fhir/Patient#top',
    'http://gateway.test/fhir/Patient',
    '*',
  ];
  await listening(nodeServer(gateway), async (port) => {
    for (const [sent, expected] of Object.entries(passing)) {
      assert.equal(statusOf(await raw(port, head('GET', sent))), 200, sent);
      assert.equal(gateway.seen.pop().request.url, `http://gateway.test${expected}`, sent);
    }
    for (const sent of refused) {
      const answer = await raw(port, head(sent === '*' ? 'OPTIONS' : 'GET', sent));
      assert.equal(statusOf(answer), 400, sent);
    }
    assert.match(await raw(port, head('GET', '/a/../b')), /"code":"invalid"/);
    assert.deepEqual(gateway.seen, [], 'nothing of it reached the gateway');
  });
});

test('a Host that is none, absent or twice is refused', async () => {
  const gateway = standIn();
  await listening(nodeServer(gateway), async (port) => {
    for (const lines of [
      [],
      ['Host: a.test', 'Host: b.test'],
      ...['a@b.test', 'a.test/x', 'a.test:http', 'a.test?x', 'a b', '[::1', ''].map((host) => [
        `Host: ${host}`,
      ]),
    ]) {
      const text = ['GET /fhir HTTP/1.1', ...lines, 'Connection: close', '', ''].join('\r\n');
      assert.equal(statusOf(await raw(port, text)), 400, lines.join());
    }
    assert.equal(statusOf(await raw(port, 'GET /fhir HTTP/1.0\r\n\r\n')), 400);
    assert.deepEqual(gateway.seen, []);
    for (const host of ['a.test', 'a.test:8080', '127.0.0.1', '[::1]:80']) {
      await raw(port, `GET /fhir HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      assert.equal(
        new URL(gateway.seen.pop().request.url).origin,
        new URL(`http://${host}`).origin,
      );
    }
  });
});

test('a header that is sent twice is seen twice', async () => {
  const gateway = standIn();
  await listening(nodeServer(gateway), async (port) => {
    const two = ['Authorization: Bearer a', 'authorization: Bearer b'];
    await raw(port, head('GET', '/fhir', two));
    assert.equal(gateway.seen[0].request.headers.get('authorization'), 'Bearer a, Bearer b');
  });
});

test('what HTTP allows and FHIR does not ask for is refused before the gateway', async () => {
  const gateway = standIn();
  await listening(nodeServer(gateway), async (port) => {
    const withBody = `${head('GET', '/fhir', ['Content-Length: 2'])}{}`;
    assert.equal(statusOf(await raw(port, withBody)), 400);
    const chunked = `${head('HEAD', '/fhir', ['Transfer-Encoding: chunked'])}0\r\n\r\n`;
    assert.equal(statusOf(await raw(port, chunked)), 400);
    assert.equal(statusOf(await raw(port, head('TRACE', '/fhir'))), 405);
    assert.equal(statusOf(await raw(port, head('PROPFIND', '/fhir'))), 405);
    const many = Array.from({ length: 101 }, (_, index) => `X-${index}: 1`);
    assert.equal(statusOf(await raw(port, head('GET', '/fhir', many))), 431);
    const large = [`X-Large: ${'a'.repeat(17 << 10)}`];
    assert.equal(statusOf(await raw(port, head('GET', '/fhir', large))), 431);
    assert.match(await raw(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /^(HTTP\/1\.1 400|$)/);
    assert.deepEqual(gateway.seen, []);
  });
});

test('an answer to HEAD has the head only', async () => {
  const gateway = standIn(() => new Response('{"a":1}', { headers: { etag: 'W/"1"' } }));
  await listening(nodeServer(gateway), async (port) => {
    const answer = await raw(port, head('HEAD', '/fhir/Patient/1'));
    assert.match(answer, /etag: W\/"1"/);
    assert.ok(answer.endsWith('\r\n\r\n'));
  });
});

test('chunks go both ways as they come', async () => {
  const upper = () =>
    new TransformStream({
      transform: (chunk, controller) =>
        controller.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
    });
  const gateway = standIn((request) => new Response(request.body.pipeThrough(upper())));
  await listening(nodeServer(gateway), async (port) => {
    const outgoing = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/fhir' });
    let text = '';
    let ended = false;
    outgoing.on('response', (incoming) => {
      incoming.setEncoding('utf8').on('data', (more) => (text += more));
      incoming.on('end', () => (ended = true));
    });
    outgoing.write('one ');
    await until('the first chunk', () => text === 'ONE ');
    outgoing.end('two');
    await until('the end', () => ended);
    assert.equal(text, 'ONE TWO');
  });
});

test('a client that does not read holds the answer back; one that goes away ends it', async () => {
  let pulled = 0;
  let cancelled = false;
  const endless = () =>
    new ReadableStream(
      {
        pull(controller) {
          ++pulled;
          controller.enqueue(kChunk);
        },
        cancel() {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
  const gateway = standIn(() => new Response(endless()));
  await listening(nodeServer(gateway), async (port) => {
    const socket = await opened(port);
    socket.pause();
    socket.write(head('GET', '/fhir/Patient'));
    let before = -1;
    await until('a halt', async () => {
      const still = pulled > 0 && pulled === before;
      before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return still && pulled === before;
    });
    assert.ok(pulled * kChunk.length < 32 << 20, `${pulled} chunks for nobody`);
    socket.destroy();
    await until('the end of the answer', () => cancelled);
    assert.equal(gateway.seen[0].request.signal.aborted, true);
  });
});

test('a client that goes away while the gateway works aborts the signal', async () => {
  let aborted = false;
  const gateway = standIn(
    (request) =>
      new Promise((resolve) => {
        request.signal.addEventListener('abort', () => {
          aborted = true;
          resolve(new Response('{}'));
        });
      }),
  );
  await listening(nodeServer(gateway), async (port) => {
    const socket = await opened(port);
    socket.write(head('GET', '/fhir/Patient'));
    await until('the request', () => gateway.seen.length === 1);
    socket.destroy();
    await until('the signal', () => aborted);
  });
});

test('an answer that breaks off ends the connection without an end of its own', async () => {
  const broken = () => {
    let count = 0;
    return new ReadableStream({
      pull(controller) {
        if (++count === 3) controller.error(new Error('secret'));
        else controller.enqueue(kChunk);
      },
    });
  };
  const gateway = standIn(() => new Response(broken()));
  await listening(nodeServer(gateway), async (port) => {
    const answer = await raw(port, head('GET', '/fhir/Patient'));
    assert.doesNotMatch(answer, /secret/);
    assert.ok(!answer.endsWith('0\r\n\r\n'), 'the last chunk of the encoding is missing');
    await assert.rejects(
      fetch(`http://127.0.0.1:${port}/fhir/Patient`).then((response) => response.text()),
    );
  });
  const throwing = { handle: async () => Promise.reject(new Error('secret')) };
  await listening(createServer(nodeListener(throwing)), async (port) => {
    assert.equal(await raw(port, head('GET', '/fhir')), '');
  });
});

test('an answer reaches a client that is still sending, and ends the connection', async () => {
  const gateway = standIn((request) => {
    request.body.cancel();
    return new Response('{"too":"long"}', { status: 413 });
  });
  await listening(nodeServer(gateway), async (port) => {
    const text = `${head('POST', '/fhir', ['Content-Length: 100000000']).replace('Connection: close\r\n', '')}{`;
    const answer = await raw(port, text);
    assert.equal(statusOf(answer), 413);
    assert.match(answer, /connection: close/i);
    assert.match(answer, /"too":"long"/);
  });
});

test('the protocol is the one of the socket unless the host says otherwise', async () => {
  const gateway = standIn();
  await listening(createServer(nodeListener(gateway, { protocol: 'https' })), async (port) => {
    await raw(port, head('GET', '/fhir', ['X-Forwarded-Proto: http']));
    assert.equal(gateway.seen[0].request.url, 'https://gateway.test/fhir');
  });
});
