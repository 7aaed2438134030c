// Whose address is it (SPEC 12.4)? Asked of a policy that lets one address in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayTo, patient } from './fake.mjs';

/** The status for a caller when only `allowed` may ask. */
async function statusOf(allowed, clientIp, headers = {}, peer = {}) {
  const policy = {
    resourceType: 'AccessPolicy',
    resource: [{ resourceType: 'Patient' }],
    ...(allowed === undefined
      ? {}
      : {
          ipAccessRule: [
            { value: allowed, action: 'allow' },
            { value: '*', action: 'block' },
          ],
        }),
  };
  const options = { policy, auth: () => ({ subject: 'ann' }), clientIp };
  const { gateway, calls } = gatewayTo({ 'Patient/1': patient('1') }, options);
  const request = new Request('https://edge.example/fhir/Patient/1', { headers });
  const response = await gateway.handle(request, {}, peer);
  const body = await response.json();
  if (response.status !== 200) {
    assert.equal(body.issue[0].code, 'security');
    assert.equal(calls.length, 0);
  }
  return response.status;
}

const xff = (value) => ({ 'x-forwarded-for': value });
const from = (remoteAddress) => ({ remoteAddress });
const kOne = { trustedProxies: 1 };
const kTwo = { trustedProxies: 2 };

test('the connection counts, unless something else is configured', async () => {
  const cases = [
    [undefined, {}, from('10.1.2.3'), 200],
    [{ trustedProxies: 0 }, {}, from('10.1.2.3'), 200],
    [undefined, {}, from('10.1.2.4'), 403],
    [undefined, {}, from('::ffff:10.1.2.3'), 200],
    [undefined, xff('10.1.2.3'), from('10.1.2.4'), 403],
    [undefined, { forwarded: 'for=10.1.2.3' }, from('10.1.2.4'), 403],
    [undefined, { 'cf-connecting-ip': '10.1.2.3' }, from('10.1.2.4'), 403],
    [undefined, xff('10.1.2.3'), {}, 403],
    [undefined, {}, {}, 403],
    [undefined, {}, from(''), 403],
    [undefined, {}, from('unix:'), 403],
  ];
  for (const [option, headers, peer, status] of cases) {
    const name = JSON.stringify([option, headers, peer]);
    assert.equal(await statusOf('10.1.2.3', option, headers, peer), status, name);
  }
});

test('of X-Forwarded-For only what trusted proxies wrote counts', async () => {
  const proxy = from('10.9.9.9');
  const cases = [
    [kOne, '10.1.2.3', proxy, 200],
    [kOne, '10.1.2.3', {}, 200],
    [kOne, '1.1.1.1, 10.1.2.3', proxy, 200],
    [kOne, 'nonsense, , <script>,10.1.2.3', proxy, 200], // the client's own word
    [kOne, '10.1.2.3, 1.1.1.1', proxy, 403],
    [kOne, '10.1.2.3,', proxy, 403],
    [kOne, ',10.1.2.3', proxy, 200],
    [kOne, '10.1.2.3, unknown', proxy, 403],
    [kOne, '', proxy, 403],
    [kOne, undefined, from('10.1.2.3'), 403],
    [kTwo, '10.1.2.3, 10.8.8.8', proxy, 200],
    [kTwo, '1.1.1.1, 10.1.2.3, 10.8.8.8', proxy, 200],
    [kTwo, '10.1.2.3', proxy, 403],
    [kTwo, '10.1.2.3, ', proxy, 403],
    [kTwo, '10.1.2.3, _hidden', proxy, 403],
    [kTwo, '10.1.2.3, 1.1.1.1, 10.8.8.8', proxy, 403],
  ];
  for (const [option, list, peer, status] of cases) {
    const headers = list === undefined ? {} : xff(list);
    assert.equal(await statusOf('10.1.2.3', option, headers, peer), status, `${list}`);
  }
});

test('several X-Forwarded-For headers are one list, in their order', async () => {
  const headers = new Headers();
  headers.append('x-forwarded-for', '10.1.2.3');
  headers.append('x-forwarded-for', '1.1.1.1');
  assert.equal(await statusOf('10.1.2.3', kOne, headers), 403);
  assert.equal(await statusOf('1.1.1.1', kOne, headers), 200);
});

test('a platform says it in a header of its own', async () => {
  const platforms = {
    cloudflare: 'cf-connecting-ip',
    fly: 'fly-client-ip',
    vercel: 'x-real-ip',
  };
  for (const [option, name] of Object.entries(platforms)) {
    const peer = from('10.1.2.3');
    assert.equal(await statusOf('10.1.2.3', option, { [name]: '10.1.2.3' }), 200, option);
    assert.equal(await statusOf('10.1.2.3', option, { [name]: '1.1.1.1' }, peer), 403, option);
    assert.equal(await statusOf('10.1.2.3', option, { [name]: '10.1.2.3, 1.1.1.1' }), 403, option);
    assert.equal(await statusOf('10.1.2.3', option, xff('10.1.2.3'), peer), 403, option);
  }
});

test('an address is written in many ways', async () => {
  const cases = [
    ['10.1.2.3', '10.1.2.3:443', 200],
    ['10.1.2.3', ' 10.1.2.3\t', 200],
    ['10.1.2.3', '10.1.2.03', 403],
    ['10.1.2.3', '10.1.2.3.', 403],
    ['10.1.2.3', '10.1.2.3/32', 403],
    ['10.1.2.3', '10.1.2.3:443:1', 403],
    ['10.1.2.3', '"10.1.2.3"', 403],
    ['10.1.2.3', '[10.1.2.3]', 403],
    ['10.1.2.3', '0xa.1.2.3', 403],
    ['10.1.2.3', '167838211', 403],
    ['10.1.2.3', '[::ffff:10.1.2.3]:443', 200],
    ['2001:db8::1', '2001:db8::1', 200],
    ['2001:db8::1', '2001:DB8:0:0:0:0:0:1', 200],
    ['2001:db8::1', '[2001:db8::1]', 200],
    ['2001:db8::1', '[2001:db8::1]:443', 200],
    ['2001:db8::1', '[2001:db8::1', 403],
    ['2001:db8::1', '2001:db8::1%eth0', 403],
    ['2001:db8::1', '2001:db8:::1', 403],
    ['2001:db8::1', '2001::db8::1', 403],
    ['2001:db8::1', '2001:db8:0:0:0:0:0:0:1', 403],
    ['::1', '::1', 200],
    ['::1', ':::1', 403],
    ['::1', '::00001', 403],
  ];
  for (const [allowed, text, status] of cases) {
    assert.equal(await statusOf(allowed, () => text), status, text);
  }
});

test('a function says it itself; what it throws, and what it does not say, is no address', async () => {
  const byHeader = (request, peer) => request.headers.get('x-own') ?? peer.remoteAddress;
  assert.equal(await statusOf('10.1.2.3', byHeader, { 'x-own': '10.1.2.3' }), 200);
  assert.equal(await statusOf('10.1.2.3', byHeader, {}, from('10.1.2.3')), 200);
  const failing = [
    () => {
      throw new Error('x');
    },
    () => undefined,
    () => null,
    () => 7,
    () => ({ toString: () => '10.1.2.3' }),
  ];
  for (const option of failing) {
    assert.equal(await statusOf('10.1.2.3', option, {}, from('10.1.2.3')), 403, `${option}`);
  }
});

test('without IP rules nobody is asked for an address', async () => {
  assert.equal(await statusOf(undefined, undefined), 200);
  assert.equal(await statusOf(undefined, kTwo, xff('nonsense')), 200);
});

test('what is no option gives no address', async () => {
  const options = [{ trustedProxies: -1 }, { trustedProxies: 1.5 }, { trustedProxies: '1' }, 'aws'];
  for (const option of [...options, {}, 'toString']) {
    let status = 403;
    try {
      status = await statusOf('10.1.2.3', option, xff('10.1.2.3'), from('10.1.2.3'));
    } catch (error) {
      assert.ok(error instanceof TypeError, error.stack);
    }
    assert.equal(status, 403, JSON.stringify(option));
  }
});
