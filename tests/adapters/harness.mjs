// What the tests of the adapters share: servers that end with the test, and requests sent byte by byte.
import { once } from 'node:events';
import { connect } from 'node:net';

/** Runs a server on a free port of 127.0.0.1 while `work(port)` goes on. */
export async function listening(server, work) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(server.address().port);
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
}

/** A gateway that notes what reaches it. `answer` is a Response, or a function that makes one. */
export function standIn(answer = () => new Response('{}')) {
  const seen = [];
  return {
    seen,
    async handle(request, env, peer) {
      seen.push({ request, env, peer });
      return answer(request, env, peer);
    },
  };
}

export async function opened(port) {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1').on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends text as it is and gives what comes back until the connection ends. */
export async function raw(port, text) {
  const socket = await opened(port);
  let answer = '';
  socket.on('data', (more) => (answer += more));
  socket.write(text, 'latin1');
  await once(socket, 'close');
  return answer;
}

/** The head of a request whose connection ends with the answer. */
export const head = (method, target, headers = []) =>
  [
    `${method} ${target} HTTP/1.1`,
    'Host: gateway.test',
    'Connection: close',
    ...headers,
    '',
    '',
  ].join('\r\n');

export const statusOf = (answer) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

/** Waits until `read` gives something true. */
export async function until(what, read, patience = 5000) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
