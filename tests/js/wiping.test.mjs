// SPEC P7: what a call was given is gone from the engine's memory when it returns, whatever it was and whatever became of it,
// also in pieces; what a policy was made of is gone with the policy.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { engineWithMemory, piecesIn } from './heap_access.mjs';
import { decode, encode, fails, policyOf } from './support.mjs';
import {
  bodies,
  broken,
  bundleOf,
  kCriteria,
  kEscaped,
  kFetched,
  kFillers,
  kOther,
  kPatient,
  kSecret,
  kSecrets,
  kShown,
  withChanges,
} from './wiping_bodies.mjs';

let engine;
let memory;
beforeEach(async () => ({ engine, memory } = await engineWithMemory()));

function assertClean(what, secrets = kSecrets) {
  const pieces = piecesIn(memory, secrets);
  assert.deepEqual(pieces.slice(0, 3), [], `${what}: ${pieces.length} pieces`);
}

function assertCleanAfter(works) {
  for (const [name, work] of Object.entries(works)) {
    work();
    assertClean(name);
  }
}

const policies = {
  hiding: policyOf(
    {
      resourceType: 'Patient',
      criteria: 'Patient?active=true',
      hiddenFields: ['birthDate', 'name.family', "extension('urn:a')", 'identifier.value'],
      readonlyFields: ['telecom'],
      writeConstraint: [
        {
          language: 'text/fhirpath',
          expression: "(%after.name.family & 'x' & language).length() > 0",
        },
      ],
    },
    { resourceType: 'Practitioner', hiddenFields: ['name'] },
    { resourceType: 'Bundle' },
  ),
  refusing: policyOf(
    ...kCriteria.map((criteria) => ({ resourceType: 'Patient', criteria, hiddenFields: ['name'] })),
  ),
};
const compiled = {
  hiding: () => engine.compilePolicy({ policies: policies.hiding }),
  refusing: () => engine.compilePolicy({ policies: policies.refusing }),
  masking: () =>
    engine.compilePolicy({
      policies: policies.hiding,
      options: { absent: 'mask', mark: 'redacted' },
    }),
  keeping: () =>
    engine.compilePolicy({
      policies: policies.hiding,
      options: { closure: 'fields-only', unknownElements: 'keep', extendedMeta: true },
    }),
};

test('the scan finds what is there', () => {
  const loaded = engine.load(kPatient);
  for (const secret of kSecrets) {
    assert.equal(piecesIn(memory, [secret]).length, secret.length - 7);
  }
  loaded.free();
  assertClean('a loaded resource, freed');
});

const quietly = (work) => () => {
  try {
    work();
  } catch (error) {
    assert.equal(error.name, 'ResourceError', error.stack);
  }
};

for (const [name, compile] of Object.entries(compiled)) {
  test(`redact, decide, explain and references leave nothing: ${name}`, () => {
    const policy = compile();
    for (const [kind, body] of Object.entries(bodies)) {
      for (const interaction of ['read', 'search', 'history']) {
        assertCleanAfter({
          [`redact ${kind}`]: quietly(() => policy.redact(interaction, body)),
          [`decide ${kind}`]: quietly(() => policy.decide(interaction, body)),
          [`explain ${kind}`]: quietly(() => policy.explain(interaction, body)),
          [`references ${kind}`]: quietly(() => policy.references(body, interaction)),
        });
      }
    }
    for (const [kind, body] of Object.entries(broken)) {
      assertCleanAfter({
        [`redact ${kind}`]: () => fails(() => policy.redact('read', body), 'ResourceError'),
        [`decide ${kind}`]: quietly(() => policy.decide('read', body)),
        [`explain ${kind}`]: quietly(() => policy.explain('read', body)),
      });
    }
  });
}

test('searchsets leave nothing, also with includes', () => {
  const hiding = compiled.hiding();
  const refusing = compiled.refusing();
  for (const resources of [[kPatient], [kPatient, kOther, kPatient], [kOther]]) {
    const body = bundleOf('searchset', ...resources);
    assertCleanAfter({
      hiding: () => assert.ok(hiding.redact('search', body)),
      text: () => assert.ok(hiding.redact('search', JSON.stringify(body, null, 1))),
      refusing: () => assert.ok(refusing.redact('search', body)),
    });
  }
});

test('answers to batches and histories leave nothing', () => {
  const request = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [
      { request: { method: 'GET', url: `Patient/${kShown}` } },
      { request: { method: 'GET', url: `Patient?name=${kSecret}` } },
      {
        request: { method: 'POST', url: 'Patient', ifNoneExist: `name=${kSecret}` },
        resource: kOther,
      },
    ],
  };
  const outcome = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'x', diagnostics: kSecret, details: { text: kShown } }],
  };
  const answer = {
    resourceType: 'Bundle',
    type: 'batch-response',
    entry: [
      { resource: kPatient, response: { status: '200', etag: kShown } },
      { resource: bundleOf('searchset', kPatient, kOther), response: { status: '200' } },
      { response: { status: '201', location: `Patient/${kShown}`, outcome } },
    ],
  };
  const history = bundleOf('history', kPatient, kOther);
  for (const entry of history.entry)
    entry.request = { method: 'PUT', url: `Patient/p1?${kSecret}` };
  for (const [name, compile] of Object.entries(compiled)) {
    const policy = compile();
    assertCleanAfter({
      [`${name}: batch`]: () => assert.ok(policy.redact('batch', answer, { request })),
      [`${name}: other batch`]: () =>
        fails(() => policy.redact('batch', answer, { request: kPatient }), 'ResourceError'),
      [`${name}: broken batch`]: () =>
        fails(() => policy.redact('batch', answer, { request: broken.truncated }), 'ResourceError'),
      [`${name}: history`]: () => assert.ok(policy.redact('history', history)),
    });
  }
});

test('what comes out stands nowhere any more, and what was asked is answered', () => {
  const hiding = compiled.hiding();
  const released = decode(hiding.redact('read', kPatient));
  assert.ok(released.includes(kShown) && !released.includes(`"family":"${kSecret}`));
  assert.equal(hiding.redact('read', bodies.denied), undefined);
  assertClean('redact');
});

async function streamed(policy, options, bytes, size) {
  const stream = policy.filterStream(options);
  const writer = stream.writable.getWriter();
  const reading = new Response(stream.readable).text();
  reading.catch(() => {});
  try {
    for (let begin = 0; begin < bytes.length; begin += size) {
      await writer.write(bytes.subarray(begin, begin + size));
    }
    await writer.close();
    return await reading;
  } catch (error) {
    assert.equal(error.name, 'ResourceError', error.stack);
    return '';
  }
}

test('a stream leaves nothing when it ends, fails or is cancelled', async () => {
  const hiding = compiled.hiding();
  const refusing = compiled.refusing();
  const line = JSON.stringify(kPatient);
  const lines = encode(`${line}\n${JSON.stringify(bodies['a long text'])}\n${line}\n`);
  const searchset = encode(JSON.stringify(bundleOf('searchset', kPatient, kOther, kPatient)));
  const bad = encode(`${line}\n${broken['cut inside a text']}\n`);
  for (const size of [1000, 7777, 1 << 20]) {
    for (const policy of [hiding, refusing]) {
      await streamed(policy, { format: 'ndjson' }, lines, size);
      assertClean(`ndjson by ${size}`);
      await streamed(policy, { format: 'bundle' }, searchset, size);
      assertClean(`bundle by ${size}`);
      await streamed(policy, { format: 'resource', interaction: 'read' }, encode(line), size);
      assertClean(`resource by ${size}`);
      await streamed(policy, { format: 'ndjson' }, bad, size);
      assertClean(`a bad line by ${size}`);
      await streamed(policy, { format: 'ndjson', onInvalid: 'drop' }, bad, size);
      assertClean(`a dropped line by ${size}`);
      await streamed(policy, { format: 'bundle' }, searchset.subarray(0, -9), size);
      assertClean(`a cut Bundle by ${size}`);
    }
    const stream = hiding.filterStream({ format: 'ndjson' });
    const writer = stream.writable.getWriter();
    const reader = stream.readable.getReader();
    const first = writer.write(lines.subarray(0, 900));
    first.catch(() => {});
    await reader.cancel();
    await writer.abort().catch(() => {});
    assertClean(`cancelled by ${size}`);
  }
});

test('writes leave nothing, allowed or not', () => {
  const hiding = compiled.hiding();
  const shown = (changes = {}) => {
    const after = withChanges({ meta: undefined, birthDate: undefined, ...changes });
    return after;
  };
  const update = (before, after) => ({ interaction: 'update', before, after });
  const patch = (operations) => ({ interaction: 'patch', before: kPatient, patch: operations });
  const parameters = (...parts) => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'operation', part: parts.map(([name, value]) => ({ name, ...value })) }],
  });
  const requests = {
    'an update': update(kPatient, shown({ gender: kShown })),
    'an echo': update(kPatient, kPatient),
    'a long update': update(
      bodies['a long body'],
      shown({ address: [{ text: kFillers + kShown }] }),
    ),
    'another id': update(kPatient, shown({ id: kShown })),
    'a read-only change': update(kPatient, shown({ telecom: [{ value: kFetched }] })),
    'a denied stored version': update(bodies.denied, shown()),
    'a create': { interaction: 'create', after: shown() },
    'a create with accounts': {
      interaction: 'create',
      after: shown({ meta: { account: { reference: `Patient/${kShown}` } } }),
    },
    'a delete': { interaction: 'delete', before: kPatient },
    'a JSON Patch': patch([{ op: 'replace', path: '/language', value: kFetched }]),
    'a JSON Patch that tests': patch([{ op: 'test', path: '/language', value: kSecret }]),
    'a JSON Patch that moves': patch([{ op: 'move', from: '/language', path: '/implicitRules' }]),
    'a JSON Patch of nothing': patch([{ op: 'replace', path: `/${kSecret}`, value: kShown }]),
    'a FHIRPath Patch': patch(
      parameters(
        ['type', { valueCode: 'replace' }],
        ['path', { valueString: 'Patient.language' }],
        ['value', { valueCode: kFetched }],
      ),
    ),
    'a FHIRPath Patch by a value': patch(
      parameters(
        ['type', { valueCode: 'delete' }],
        ['path', { valueString: `Patient.contact.where(name.text = '${kSecret}')` }],
      ),
    ),
  };
  const restoring = engine.compilePolicy({
    policies: { ...policies.hiding, compartment: { reference: 'Organization/a' } },
    options: { readonlyConflict: 'restore', extendedMeta: true },
  });
  for (const [name, request] of Object.entries(requests)) {
    assertCleanAfter({
      [name]: () => hiding.checkWrite(request),
      [`${name}, restored`]: () => restoring.checkWrite(request),
    });
  }
  for (const [kind, text] of Object.entries(broken)) {
    assertCleanAfter({
      [`stored: ${kind}`]: () =>
        fails(() => hiding.checkWrite(update(text, shown())), 'ResourceError'),
      [`submitted: ${kind}`]: () => {
        try {
          assert.equal(hiding.checkWrite(update(kPatient, text)).allowed, false);
        } catch (error) {
          assert.equal(error.name, 'ResourceError', error.stack);
        }
      },
    });
  }
  restoring.free();
});

test('what a host fetched is gone after the call', () => {
  const observation = {
    resourceType: 'Observation',
    status: 'final',
    subject: { reference: 'Patient/p1', display: kSecret },
  };
  const policy = engine.compilePolicy({
    policies: policyOf({
      resourceType: 'Observation',
      criteria: 'Observation?subject:Patient.name:contains=zq7',
    }),
    options: { resolve: () => undefined },
  });
  const fetched = (name) => new Map([['Patient/p1', withChanges({ name: [{ family: name }] })]]);
  for (const [name, allowed] of [
    [kFetched, false],
    [kSecret, true],
  ]) {
    const resolved = fetched(name);
    assert.equal(policy.decide('read', observation, { resolved }).allowed, allowed);
    assertClean('decide', [...kSecrets, name]);
    policy.redact('read', observation, { resolved });
    assertClean('redact', [...kSecrets, name]);
    policy.references(observation, 'read', { resolved });
    assertClean('references', [...kSecrets, name]);
    policy.explain('read', observation, { resolved });
    assertClean('explain', [...kSecrets, name]);
  }
  policy.free();
});

test('searches and expressions leave nothing', () => {
  for (const criteria of kCriteria) {
    const search = engine.search(criteria);
    for (const [name, body] of Object.entries({ ...bodies, broken: broken.truncated })) {
      try {
        search.matches(body);
      } catch (error) {
        assert.equal(error.name, 'ResourceError', error.stack);
      }
      assertClean(`${criteria} on ${name}`);
    }
    search.free();
  }
  const expressions = [
    'name.family',
    "name.family.join(',')",
    'name.family & %v & language',
    'name.family.upper() | language.upper()',
    "name.family.replace('-', '_').replace('_', '-')",
    "name.family.split('-').join('-')",
    'name.family.toChars().count()',
    "language.matches('.*' & name.family & '.*')",
    "name.family.replaceMatches('zq', language)",
    "language.encode('base64').decode('base64')",
    "%v.encode('hex').decode('hex')",
    'name.family.indexOf(%v) = 3 or language.contains(%v)',
    'text.`div`.htmlChecks()',
    'descendants().count()',
    "repeat($this.children()).ofType(string).where($this.contains('zq')).count()",
    "name.where(family = %v).select(family + ' ' + given.first())",
    "iif(name.exists(), name.family.substring(2) & ' ' & name.family, language)",
    'contained.name.family | contained.valueString',
    "Patient.name.aggregate($this.family & iif($total.exists(), $total, ''))",
    'name.family.toQuantity() | language.toDate()',
    "'%v'.combine(name.family).distinct().last()",
    'name.family.trace(language)',
    'name.family.single() and language',
    'resolve().name',
  ];
  for (const text of expressions) {
    const expression = engine.fhirpath(text);
    const variables = { v: kFetched };
    for (const [name, body] of Object.entries({
      'a resource': kPatient,
      escaped: kEscaped,
      long: bodies['a long text'],
      broken: broken.truncated,
    })) {
      for (const evaluate of ['evaluate', 'evaluateTyped']) {
        try {
          expression[evaluate](body, { variables });
        } catch (error) {
          assert.ok(['EvaluationError', 'ResourceError'].includes(error.name), error.stack);
        }
        assertClean(`${text} on ${name}`);
      }
    }
    expression.free();
  }
});

test('what a policy, a search and an expression are made of goes with them', () => {
  const texts = {
    policies: {
      resourceType: 'AccessPolicy',
      name: kShown,
      compartment: { reference: `Organization/${kFetched}` },
      resource: [
        { resourceType: 'Patient', criteria: `Patient?name=${kSecret}&identifier=urn:a|${kShown}` },
        {
          resourceType: 'Observation',
          criteria: 'Observation?subject=%profile',
          hiddenFields: [`extension('urn:${kSecret}')`],
          writeConstraint: [
            { language: 'text/fhirpath', expression: `status.matches('${kShown}.*')` },
          ],
        },
      ],
      ipAccessRule: [{ name: kSecret, value: '8.8.8.8', action: 'allow' }],
    },
    profile: `Patient/${kFetched}`,
    scopes: `patient/*.rs openid/${kSecret}`,
  };
  const policy = engine.compilePolicy(texts);
  assert.ok(piecesIn(memory, [kSecret]).length > 0, 'while it lives, what it needs stands there');
  policy.redact('read', kPatient);
  policy.free();
  assertClean('a policy');

  const refused = () =>
    engine.compilePolicy({
      ...texts,
      policies: policyOf({ resourceType: 'Patient', criteria: `Patient?${kSecret}=${kShown}` }),
    });
  fails(refused, 'PolicyCompileError');
  assertClean('a refused policy');

  const search = engine.search(`Patient?name:contains=${kSecret}`);
  search.matches(kPatient);
  search.free();
  assertClean('a search');
  fails(() => engine.search(`Patient?name:${kSecret}=${kShown}`), 'PolicyCompileError');
  assertClean('a refused search');

  const expression = engine.fhirpath(
    `name.family = '${kSecret}' or '${kShown}'.upper() = language`,
  );
  expression.evaluate(kPatient);
  expression.free();
  assertClean('an expression');
  fails(() => engine.fhirpath(`name.${kSecret.replaceAll('-', '_')}(`), 'PolicyCompileError');
  assertClean('a refused expression', [kSecret.replaceAll('-', '_')]);
});
