// `fhirwall serve`, as a user runs it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listening, until } from './harness.mjs';
import { withUpstream } from './upstream.mjs';

const program = fileURLToPath(new URL('./main.js', import.meta.resolve('fhirwall/cli')));
const folder = mkdtempSync(path.join(tmpdir(), 'fhirwall-serve-'));
after(() => rmSync(folder, { recursive: true }));

function file(name, content) {
  const place = path.join(folder, name);
  writeFileSync(place, typeof content === 'string' ? content : JSON.stringify(content));
  return place;
}

const treating = {
  resourceType: 'AccessPolicy',
  id: 'treating',
  resource: [
    {
      resourceType: 'Patient',
      criteria: 'Patient?general-practitioner=%profile',
      hiddenFields: ['birthDate'],
    },
  ],
};
const nowhere = {
  resourceType: 'AccessPolicy',
  id: 'nowhere',
  ipAccessRule: [
    { value: '127.0.0.1', action: 'block' },
    { value: '*', action: 'allow' },
  ],
  resource: [{ resourceType: '*' }],
};
const member = (id, profile, more) => ({
  resourceType: 'ProjectMembership',
  profile: { reference: profile },
  accessPolicy: { reference: `AccessPolicy/${id}` },
  ...more,
});
const kPolicy = file('policy.json', treating);
const kBoth = file('both.json', [treating, nowhere]);
const kTokens = file('tokens.json', {
  'okafor-token': { subject: 'okafor', profile: 'Practitioner/okafor' },
  'lindqvist-token': { subject: 'lindqvist', profile: 'Practitioner/lindqvist' },
  'stranger-token': { subject: 'stranger' },
  'guest-token': { subject: 'guest' },
});

/** Runs the command until `work` is done, then asks it to end, unless `work` gives true: it has asked itself. */
async function serving(args, work, signal = 'SIGTERM') {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', ...args]);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.err += text));
  const closed = once(child, 'close');
  try {
    const base = await until('the line that says so', () => {
      if (child.exitCode !== null) throw new Error(output.err);
      return /listens on (\S+)/.exec(output.err)?.[1];
    });
    const get = (place, token) =>
      fetch(base + place, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      });
    if ((await work({ base, get, child, output })) !== true) child.kill(signal);
    const [code] = await closed;
    return { code, ...output };
  } finally {
    child.kill('SIGKILL');
  }
}

async function refused(args) {
  const child = spawn(process.execPath, [program, 'serve', ...args]);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  const [code] = await once(child, 'close');
  return { code, err };
}

test('tokens of a file: each has the own policy; one decision line each; SIGTERM ends it', async () => {
  await withUpstream(async ({ url, calls }) => {
    const common = ['--upstream', `${url}/`, '--policy', kPolicy, '--token-file', kTokens];
    const token = file('upstream-token', 'secret-of-the-gateway\n');
    const { code, out, err } = await serving(
      [...common, '--upstream-token-file', token],
      async ({ get, base }) => {
        assert.equal(new URL(base).pathname, '/fhir');
        for (const wrong of [undefined, 'nobody', 'constructor', '']) {
          assert.equal((await get('/Patient/ana', wrong)).status, 401, wrong);
        }
        assert.deepEqual(calls, []);
        const response = await get('/Patient/ana', 'okafor-token');
        assert.equal(response.status, 200);
        const ana = await response.json();
        assert.deepEqual([ana.id, ana.birthDate], ['ana', undefined]);
        assert.equal((await get('/Patient/cora', 'okafor-token')).status, 404);
        const bundle = await (await get('/Patient', 'lindqvist-token')).json();
        assert.deepEqual(
          bundle.entry.map(({ resource }) => resource.id),
          ['cora'],
        );
      },
    );
    assert.equal(code, 0);
    assert.ok(calls.length > 0);
    for (const { headers } of calls) {
      assert.equal(headers.authorization, 'Bearer secret-of-the-gateway');
    }
    const records = out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    assert.deepEqual(
      records.map(({ status, mode }) => `${status} ${mode}`),
      [401, 401, 401, 401, 200, 404, 200].map((status) => `${status} enforce`),
    );
    assert.equal(err.trim().split('\n').length, 1, err);
    for (const secret of ['okafor-token', 'secret-of', 'Ruiz', '1984']) {
      assert.ok(!(out + err).includes(secret), secret);
    }
  });
});

test('memberships: found by what --match says, with their own policy and IP rules', async () => {
  const memberships = file('memberships.json', [
    member('treating', 'Practitioner/okafor'),
    member('nowhere', 'Practitioner/x', { externalId: 'guest' }),
  ]);
  await withUpstream(async ({ url, calls }) => {
    const args = ['--upstream', url, '-p', kBoth, '--memberships', memberships];
    const byId = ['--match', 'externalId'];
    await serving([...args, ...byId, '--token-file', kTokens], async ({ get }) => {
      const { issue } = await (await get('/Patient/cora', 'guest-token')).json();
      assert.equal(issue[0].code, 'security');
      assert.equal((await get('/Patient/cora', 'stranger-token')).status, 403);
      assert.deepEqual(calls, []);
    });
    await serving([...args, '--token-file', kTokens], async ({ get }) => {
      assert.equal((await get('/Patient/ana', 'okafor-token')).status, 200);
      calls.length = 0;
      for (const token of ['guest-token', 'lindqvist-token', 'stranger-token']) {
        const response = await get('/Patient/cora', token);
        assert.equal(response.status, 403);
        assert.equal((await response.json()).issue[0].code, 'forbidden');
      }
      assert.deepEqual(calls, []);
    });
  });
});

test('without authentication: one profile, on this machine, by its own name', async () => {
  await withUpstream(async ({ url, calls }) => {
    const args = ['--upstream', url, '-p', kPolicy, '--no-auth-as', 'Practitioner/okafor'];
    const base = ['--base', '/r4/clinic'];
    const { code } = await serving(
      [...args, ...base],
      async ({ get, base: where }) => {
        assert.equal(new URL(where).pathname, '/r4/clinic');
        assert.equal((await get('/Patient/ana')).status, 200);
        calls.length = 0;
        // A page whose name was bound to this machine's address.
        const { port } = new URL(where);
        const rebound = new Promise((resolve, reject) => {
          import('node:http').then(({ get: plain }) =>
            plain(
              {
                port,
                host: '127.0.0.1',
                path: '/r4/clinic/Patient',
                headers: { host: 'evil.test' },
              },
              (incoming) => resolve(incoming.resume().statusCode),
            ).on('error', reject),
          );
        });
        assert.equal(await rebound, 401);
        assert.deepEqual(calls, []);
      },
      'SIGINT',
    );
    assert.equal(code, 0);
    const outside = await refused([...args, '--host', '0.0.0.0']);
    assert.deepEqual(
      [outside.code, outside.err],
      [2, 'error: --no-auth-as listens on loopback only\n'],
    );
  });
});

test('a request under way is answered after the signal', async () => {
  let release;
  const slow = createServer((request, response) => {
    release = () => {
      response.writeHead(200, { 'content-type': 'application/fhir+json' });
      response.end('{"resourceType":"Patient","id":"ana","meta":{"versionId":"1"}}');
    };
  });
  const open = file('open.json', {
    resourceType: 'AccessPolicy',
    resource: [{ resourceType: '*' }],
  });
  await listening(slow, async (port) => {
    const args = [
      '--upstream',
      `http://127.0.0.1:${port}`,
      '-p',
      open,
      '--no-auth-as',
      'Patient/1',
    ];
    const { code } = await serving(args, async ({ get, child, base }) => {
      const answer = get('/Patient/ana');
      await until('the call', () => release);
      child.kill('SIGTERM');
      await until('the end of listening', () =>
        fetch(`${base}/metadata`).then(
          () => false,
          () => true,
        ),
      );
      release();
      assert.equal((await (await answer).json()).id, 'ana');
      return true;
    });
    assert.equal(code, 0);
  });
});

test('a start that would guard nothing, or not work, is refused with one reason', async () => {
  const open = file('opened.json', {
    resourceType: 'AccessPolicy',
    resource: [{ resourceType: '*' }],
  });
  const broken = file('broken.json', {
    resourceType: 'AccessPolicy',
    resource: [{ resourceType: 'Patient', criteria: 'Patient?no-such=1' }],
  });
  const upstream = ['--upstream', 'http://127.0.0.1:9/r4'];
  const withOpen = [...upstream, '-p', open];
  const auth = ['--no-auth-as', 'Patient/1'];
  const jwks = ['--jwks', 'https://issuer.test/keys'];
  const short = file('short', 'x'.repeat(31));
  const table = [
    [withOpen, /who may ask\?/],
    [[...withOpen, ...auth, '--token-file', kTokens], /who may ask\?/],
    [[...withOpen, ...jwks], /--jwks needs --issuer and --audience/],
    [[...withOpen, ...jwks, '--issuer', 'https://issuer.test'], /--jwks needs/],
    [[...withOpen, '--token-file', kTokens, '--issuer', 'x'], /go with --jwks/],
    [[...upstream, ...auth], /required option '-p, --policy <file>'/],
    [['-p', open, ...auth], /required option '--upstream <url>'/],
    [['--upstream', 'fhir.test', '-p', open, ...auth], /--upstream: an http or https URL/],
    [['--upstream', 'https://a:b@fhir.test', '-p', open, ...auth], /--upstream: an http/],
    [[...upstream, '-p', broken, ...auth], /unknown-parameter/],
    [[...upstream, '-p', 'none.json', ...auth], /none\.json: no such file/],
    [[...withOpen, ...auth, '--port', '70000'], /whole number up to 65535/],
    [[...withOpen, ...auth, '--port', 'x'], /whole number/],
    [[...withOpen, ...auth, '--trusted-proxies', '-1'], /whole number up to 16/],
    [[...withOpen, ...auth, '--seal-key-file', short], /32 bytes or more/],
    [[...withOpen, ...auth, '--memberships', open], /ProjectMembership/],
    [[...withOpen, ...auth, '--match', 'user'], /--match goes with --memberships/],
    [[...withOpen, ...auth, '--base', 'fhir/'], /baseUrl/],
    [[...withOpen, '--jwks', 'ftp://x', '--issuer', 'x', '--audience', 'x'], /jwks/i],
    [[...withOpen, '--token-file', file('t1', '[]')], /an object of tokens/],
    [[...withOpen, '--token-file', file('t2', '{"a b":{"subject":"x"}}')], /characters of none/],
    [[...withOpen, '--token-file', file('t3', '{"a":{}}')], /with a subject/],
    [
      [...withOpen, '--token-file', file('t4', '{"a":{"subject":"x","admin":"y"}}')],
      /with a subject/,
    ],
    [[...withOpen, '--token-file', file('t5', '{"a":"x"}')], /with a subject/],
  ];
  const results = await Promise.all(table.map(([args]) => refused(args)));
  results.forEach(({ code, err }, index) => {
    assert.equal(code, 2, err);
    assert.match(err, table[index][1]);
    assert.doesNotMatch(err, /\n\s+at /);
  });
  await listening(createServer(), async (port) => {
    const { code, err } = await refused([...withOpen, ...auth, '--port', String(port)]);
    assert.deepEqual([code, err], [2, `error: port ${port} is in use\n`]);
  });
});

test('--cors-origin lets pages of that origin in, and asks for no token before they ask', async () => {
  await withUpstream(async ({ url, calls }) => {
    const common = ['--upstream', url, '--policy', kPolicy, '--token-file', kTokens];
    const origins = [
      '--cors-origin',
      'https://app.example',
      '--cors-origin',
      'http://localhost:3000',
    ];
    const { code } = await serving([...common, ...origins], async ({ base }) => {
      for (const [origin, status, allowed] of [
        ['https://app.example', 204, 'https://app.example'],
        ['http://localhost:3000', 204, 'http://localhost:3000'],
        ['https://evil.example', 401, null],
      ]) {
        const headers = { origin, 'access-control-request-method': 'GET' };
        const asked = await fetch(`${base}/Patient/ana`, { method: 'OPTIONS', headers });
        assert.equal(asked.status, status, origin);
        assert.equal(asked.headers.get('access-control-allow-origin'), allowed, origin);
      }
      assert.deepEqual(calls, []);
      const headers = { origin: 'https://app.example', authorization: 'Bearer okafor-token' };
      const read = await fetch(`${base}/Patient/ana`, { headers });
      assert.equal(read.status, 200);
      assert.equal(read.headers.get('access-control-allow-origin'), 'https://app.example');
    });
    assert.equal(code, 0);
    const wrong = await refused([...common, '--cors-origin', 'https://app.example/']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /cors\.origins/);
    const open = ['--upstream', url, '--policy', kPolicy, '--no-auth-as', 'Practitioner/okafor'];
    const everywhere = await refused([...open, '--cors-origin', '*']);
    assert.equal(everywhere.code, 2);
    assert.match(everywhere.err, /--no-auth-as goes with origins/);
  });
});
