// Options that are wrong stop the start, not the first request; nothing that is misspelt counts as absent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGateway, staticPolicies } from 'fhirwall/gateway';
import { engine, gatewayTo, kPolicy, kUpstream, patient } from './fake.mjs';

const kGood = {
  upstream: kUpstream,
  auth: () => undefined,
  policies: staticPolicies({ policies: kPolicy }),
  engine,
};
const start = (more) => createGateway({ ...kGood, ...more });
const kKey = 'k'.repeat(32);

// Options, and what the message names.
const kWrong = [
  [{ polices: kGood.policies }, 'polices'],
  [{ Cors: { origins: '*' } }, 'Cors'],
  [{ allowSubscription: false }, 'allowSubscription'],
  [{ __proto__: null, ['__proto__']: {} }, '__proto__'],
  [{ toString: 1 }, 'toString'],
  [{ upstream: { baseUrl: kUpstream, header: {} } }, 'upstream.header'],
  [{ upstream: { baseUrl: kUpstream, timeOut: 5 } }, 'upstream.timeOut'],
  [{ upstream: { baseUrl: kUpstream, timeout: 0 } }, 'upstream.timeout'],
  [{ upstream: { baseUrl: kUpstream, timeout: NaN } }, 'upstream.timeout'],
  [{ upstream: { baseUrl: kUpstream, timeout: 2 ** 31 } }, 'upstream.timeout'],
  [{ upstream: { baseUrl: kUpstream, timeout: '5000' } }, 'upstream.timeout'],
  [{ upstream: { baseUrl: kUpstream, kind: 'Medplum' } }, 'upstream.kind'],
  [{ upstream: { baseUrl: kUpstream, fetch: 'fetch' } }, 'upstream.fetch'],
  [{ upstream: { baseUrl: kUpstream, headers: ['a'] } }, 'upstream.headers'],
  [{ upstream: { baseUrl: kUpstream, headers: { authorization: undefined } } }, 'upstream.headers'],
  [{ upstream: [kUpstream] }, 'upstream'],
  [{ upstream: undefined }, 'upstream'],
  [{ upstream: null }, 'upstream'],
  [{ auth: undefined }, 'auth'],
  [{ auth: { type: 'JWT' } }, 'auth.type'],
  [{ policies: undefined }, 'policies'],
  [{ policies: kPolicy }, 'policies'],
  [{ policies: { load: () => undefined, onBehalfOf: true } }, 'policies.onBehalfOf'],
  [{ policyCache: 60 }, 'policyCache'],
  [{ policyCache: null }, 'policyCache'],
  [{ policyCache: { tll: 5 } }, 'policyCache.tll'],
  [{ policyCache: { ttl: -1 } }, 'policyCache.ttl'],
  [{ policyCache: { ttl: Infinity } }, 'policyCache.ttl'],
  [{ policyCache: { ttl: '60' } }, 'policyCache.ttl'],
  [{ policyCache: { refresh: NaN } }, 'policyCache.refresh'],
  [{ policyCache: { max: 0 } }, 'policyCache.max'],
  [{ sealKey: 'k'.repeat(31) }, 'sealKey'],
  [{ sealKey: new Uint8Array(31) }, 'sealKey'],
  [{ sealKey: new ArrayBuffer(64) }, 'sealKey'],
  [{ sealKey: [...kKey] }, 'sealKey'],
  [{ sealKey: 64 }, 'sealKey'],
  [{ sealKey: null }, 'sealKey'],
  [{ hashKey: 'k'.repeat(15) }, 'hashKey'],
  [{ hashKey: 32 }, 'hashKey'], // not 32 zeros
  [{ hashKey: Array.from({ length: 32 }, () => 'k') }, 'hashKey'],
  [{ hashKey: { length: 32 } }, 'hashKey'],
  [{ hashKey: null }, 'hashKey'],
  [{ pagingTtl: 0 }, 'pagingTtl'],
  [{ pagingTtl: Infinity }, 'pagingTtl'],
  [{ pagingTtl: '300' }, 'pagingTtl'],
  [{ maxReferences: -1 }, 'maxReferences'],
  [{ maxReferences: '8' }, 'maxReferences'],
  [{ maxRequestBytes: NaN }, 'maxRequestBytes'],
  [{ maxRequestBytes: Infinity }, 'maxRequestBytes'],
  [{ maxResponseBytes: 0 }, 'maxResponseBytes'],
  [{ maxResponseBytes: '1e9' }, 'maxResponseBytes'],
  [{ maxBatchEntries: -1 }, 'maxBatchEntries'],
  [{ maxBatchEntries: true }, 'maxBatchEntries'],
  [{ mode: 'audit' }, 'mode'],
  [{ mode: null }, 'mode'],
  [{ allowSubscriptions: 'false' }, 'allowSubscriptions'],
  [{ smartConfiguration: '{}' }, 'smartConfiguration'],
  [{ log: true }, 'log'],
  [{ audit: {} }, 'audit.sink'],
  [{ audit: { sink: () => undefined, observers: 'x' } }, 'audit.observers'],
  [{ clientIp: 'cloudfare' }, 'clientIp'],
  [{ clientIp: { trustedProxies: 1.5 } }, 'clientIp'],
  [{ baseUrl: 'fhir' }, 'baseUrl'],
  [{ baseUrl: '/fhir/../r4' }, 'baseUrl'],
  [{ operations: ['$everything'] }, 'operations'],
  [{ operations: { $everything: 'searchset' } }, 'operations.$everything'],
  [{ operations: { $everything: {} } }, 'operations.$everything.result'],
  [{ operations: { $everything: { result: 'bundle' } } }, 'operations.$everything.result'],
  [
    { operations: { $everything: { result: 'none', method: [] } } },
    'operations.$everything.method',
  ],
  [
    { operations: { $everything: { result: 'none', methods: 'GET' } } },
    'operations.$everything.methods',
  ],
  [
    { operations: { $everything: { result: 'none', methods: [] } } },
    'operations.$everything.methods',
  ],
  [
    { operations: { $everything: { result: 'none', methods: ['PUT'] } } },
    'operations.$everything.methods',
  ],
];

test('each wrong option stops the start and is named', () => {
  for (const [more, name] of kWrong) {
    let error;
    try {
      start(more);
    } catch (thrown) {
      error = thrown;
    }
    assert.ok(error instanceof TypeError, `${name}: ${error}`);
    assert.ok(error.message.includes(`\`${name}\``), `${name}: ${error.message}`);
  }
});

test('names of operations', () => {
  const rule = { result: 'none' };
  for (const name of [
    'everything',
    'Patient$everything',
    'patient/$everything',
    'Patient/1/$x',
    '$',
    '*',
    '$a b',
    'Patient/$',
  ]) {
    assert.throws(
      () => start({ operations: { [name]: rule } }),
      /^TypeError: an operation is named/,
    );
  }
  for (const name of ['$everything', 'Patient/$everything', '$member-match', '$x.y_z']) {
    assert.ok(start({ operations: { [name]: rule } }));
  }
});

test('what is missing altogether', () => {
  for (const given of [undefined, null, 'https://fhir.example', []]) {
    assert.throws(() => createGateway(given), TypeError);
  }
});

test('every option with what it may be starts', () => {
  const gateway = start({
    upstream: { baseUrl: kUpstream, headers: { a: 'b' }, fetch, timeout: 5000, kind: 'medplum' },
    policyOptions: { requireScopes: false },
    policyCache: { ttl: 0, refresh: 0, max: 1 },
    baseUrl: 'https://edge.example/fhir',
    clientIp: { trustedProxies: 1 },
    operations: { 'Patient/$everything': { result: 'searchset', methods: ['GET', 'POST'] } },
    sealKey: new TextEncoder().encode(kKey),
    pagingTtl: 60,
    hashKey: kKey.slice(16),
    allowSubscriptions: true,
    maxReferences: 8,
    mode: 'audit-only',
    maxRequestBytes: 1000,
    maxResponseBytes: 1000,
    maxBatchEntries: 0,
    smartConfiguration: {},
    log: null,
    audit: { sink: () => undefined, observer: 'edge' },
    cors: { origins: ['https://app.example'], maxAge: 0 },
  });
  gateway.free();
  // Undefined is absent.
  const names = ['policyCache', 'sealKey', 'hashKey', 'cors', 'audit', 'log', 'operations', 'mode'];
  start(Object.fromEntries(names.map((name) => [name, undefined]))).free();
});

test('keys are copied: what the caller does with them later changes nothing', async () => {
  const hashKey = new Uint8Array(32).fill(7);
  const routes = { 'Patient/1': patient('1') };
  const { get, records } = gatewayTo(routes, { hashKey });
  hashKey.fill(0);
  await get('Patient/1');
  const other = gatewayTo(routes, { hashKey: new Uint8Array(32).fill(7) });
  await other.get('Patient/1');
  assert.match(records[0].instance, /^[0-9a-f]{64}$/);
  assert.equal(records[0].instance, other.records[0].instance);
  assert.equal(records[0].subject, other.records[0].subject);
});
