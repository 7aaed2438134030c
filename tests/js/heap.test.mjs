// SPEC P3, P7: two policies in one engine know nothing of each other, and engines do not grow with what they did.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { engineWithMemory } from './heap_access.mjs';
import { decode, encode, kSeed, policyOf, randomFrom } from './support.mjs';

const kOptions = [
  {},
  { closure: 'fields-only' },
  { extendedMeta: true, unknownElements: 'keep' },
  { readonlyConflict: 'restore' },
];
const kRules = [
  { resourceType: 'Patient', criteria: 'Patient?active=true', hiddenFields: ['name', 'birthDate'] },
  { resourceType: 'Patient', hiddenFields: ['identifier'], readonlyFields: ['gender'] },
  {
    resourceType: 'Patient',
    criteria: 'Patient?name:contains=an',
    interaction: ['search', 'read'],
  },
  { resourceType: 'Observation', hiddenFields: ['value[x]'] },
  { resourceType: 'Observation', criteria: 'Observation?status=final' },
  {
    resourceType: 'Patient',
    hiddenFields: ["extension('urn:a')", 'contact.name'],
    writeConstraint: [{ language: 'text/fhirpath', expression: 'name.exists()' }],
  },
  { resourceType: 'Practitioner' },
  { resourceType: '*', hiddenFields: ['language'] },
];
const kInteractions = ['read', 'search', 'history', 'create', 'update', 'delete'];

const someOf = (random, list, least) => {
  const some = list.filter(() => random(3) === 0);
  return some.length >= least ? some : [list[random(list.length)]];
};

function somePolicy(random) {
  return {
    policies: policyOf(...someOf(random, kRules, 1)),
    options: kOptions[random(kOptions.length)],
  };
}

function someBody(random) {
  const word = () => ['Ana', 'Juan', 'x', 'Garc\u00eda', ''][random(5)];
  const patient = {
    resourceType: 'Patient',
    id: `p${random(3)}`,
    active: random(2) === 0,
    gender: ['male', 'female'][random(2)],
    language: word(),
    name: [{ family: word(), given: [word(), word()] }],
    birthDate: '1990-01-02',
    extension: [{ url: ['urn:a', 'urn:b'][random(2)], valueString: word() }],
    contact: Array(random(3)).fill({ name: { text: word() } }),
    unknown: word(),
  };
  const observation = {
    resourceType: 'Observation',
    id: 'o',
    status: ['final', 'amended'][random(2)],
    subject: { reference: 'Patient/p1', display: word() },
    valueString: word(),
  };
  const one = random(3) === 0 ? observation : patient;
  const kind = random(8);
  if (kind === 0) return JSON.stringify(one).slice(0, -random(9));
  if (kind > 1) return JSON.stringify(one);
  return JSON.stringify({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [patient, observation].map((resource) => ({ resource })),
  });
}

/** A call that any policy can answer, as a function of it; what it gives is compared as text. */
function someCall(random) {
  const interaction = kInteractions[random(kInteractions.length)];
  const body = someBody(random);
  const other = someBody(random);
  const kind = random(7);
  const call = (policy) => {
    switch (kind) {
      case 0:
      case 1:
      case 2:
        return decode(policy.redact(interaction, body));
      case 3:
        return policy.decide(interaction, body);
      case 4:
        return policy.explain(interaction, body);
      case 5:
        return policy.can(interaction, ['Patient', 'Observation', 'Basic'][body.length % 3]);
      default: {
        const { body: stored, ...rest } = policy.checkWrite({
          interaction: 'update',
          before: body,
          after: other,
        });
        return { ...rest, stored: decode(stored) };
      }
    }
  };
  return (policy) => {
    try {
      return JSON.stringify(call(policy)) ?? 'nothing';
    } catch (error) {
      assert.ok(['ResourceError', 'LimitError'].includes(error.name), error.stack);
      return `${error.name} ${error.code} ${error.offset}`;
    }
  };
}

test('two policies in one engine answer as each does in an engine of its own', async (t) => {
  t.diagnostic(`seed ${kSeed}`);
  const random = randomFrom(kSeed);
  let answers = 0;
  let different = 0;
  for (let round = 0; round < 25; ++round) {
    const inputs = [somePolicy(random), somePolicy(random)];
    const shared = await createEngine();
    const together = inputs.map((input) => shared.compilePolicy(input));
    for (let count = 0; count < 40; ++count) {
      const which = random(2);
      const call = someCall(random);
      const answer = call(together[which]);
      const fresh = await createEngine();
      const alone = fresh.compilePolicy(inputs[which]);
      assert.equal(answer, call(alone), `seed ${kSeed}, round ${round}, call ${count}`);
      ++answers;
      if (answer !== call(together[1 - which])) ++different;
    }
  }
  assert.equal(answers, 1000);
  assert.ok(different > 100, `the policies differ, ${different} times`);
});

test('streams of two policies that take turns answer as each does alone', async () => {
  const random = randomFrom(kSeed + 1);
  const engine = await createEngine();
  const lines = Array.from({ length: 60 }, () => {
    let body = someBody(random);
    while (body.includes('"Bundle"') || !body.endsWith('}')) body = someBody(random);
    return body;
  });
  const bytes = encode(`${lines.join('\n')}\n`);
  const drain = async (filter, pieces, turn) => {
    const writer = filter.writable.getWriter();
    const text = new Response(filter.readable).text();
    for (const piece of pieces) {
      await writer.write(piece);
      await turn();
    }
    await writer.close();
    return text;
  };
  const pieces = [];
  for (let begin = 0; begin < bytes.length;) {
    const size = 1 + random(300);
    pieces.push(bytes.subarray(begin, begin + size));
    begin += size;
  }
  const options = { format: 'ndjson', onInvalid: 'drop' };
  const inputs = [
    { policies: policyOf(kRules[0], kRules[3]) },
    { policies: policyOf(kRules[1], kRules[4]) },
  ];
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const policies = inputs.map((input) => engine.compilePolicy(input));
  const together = await Promise.all(
    policies.map((policy) => drain(policy.filterStream(options), pieces, turn)),
  );
  for (const [index, input] of inputs.entries()) {
    const alone = (await createEngine()).compilePolicy(input);
    assert.equal(together[index], await drain(alone.filterStream(options), pieces, turn));
  }
  assert.ok(together[0].length > 500 && together[0] !== together[1]);
});

test('10,000 policies that come and go do not grow the memory', async () => {
  const { engine, memory } = await engineWithMemory();
  const random = randomFrom(kSeed + 2);
  const inputs = Array.from({ length: 20 }, () => somePolicy(random));
  const bodies = Array.from({ length: 20 }, () => someBody(random));
  const cycle = (count) => {
    const policy = engine.compilePolicy(inputs[count % inputs.length]);
    const body = bodies[(count * 7) % bodies.length];
    for (const work of [
      () => policy.redact('read', body),
      () => policy.checkWrite({ interaction: 'update', before: body, after: body }),
    ]) {
      try {
        work();
      } catch (error) {
        assert.equal(error.name, 'ResourceError', error.stack);
      }
    }
    policy.free();
  };
  for (let count = 0; count < 500; ++count) cycle(count);
  const before = memory.buffer.byteLength;
  for (let count = 0; count < 10_000; ++count) cycle(count);
  assert.equal(memory.buffer.byteLength, before);
});
