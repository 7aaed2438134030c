// Laws of policies, over random documents and resources: what is read can be put back, what is protected stays, rules only add, and no
// value of a parameter is more than a value. A failure prints its seed; FHIRWALL_SEED repeats it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createEngine } from 'fhirwall';
import { kEvery } from './decisions.mjs';
import { hasSynthea, synthea, written } from './search_sample.mjs';
import { decode, kSeed, policyOf, randomFrom } from './support.mjs';

const engine = await createEngine();

// Without contained resources, which are not redacted where a rule hides anything.
const kResources = [...written, ...(hasSynthea ? synthea() : []).map((line) => JSON.parse(line))]
  .filter(({ id, resourceType }) => id !== undefined && resourceType !== 'Bundle')
  .map(({ contained: _, ...resource }) => resource);

const kFromSynthea = hasSynthea ? 'Synthea resources and written ones' : 'written resources only';

// What a server stores beside the resource (SPEC 9.5) is no part of what is compared.
const kServerMeta = ['versionId', 'lastUpdated', 'author', 'project', 'account', 'accounts'];
function withoutServerMeta(resource) {
  const { meta, ...rest } = resource;
  const kept = Object.entries(meta ?? {}).filter(
    ([name]) => ![...kServerMeta, 'compartment', 'onBehalfOf'].includes(name),
  );
  return kept.length > 0 ? { ...rest, meta: Object.fromEntries(kept) } : rest;
}

const isObject = (value) => typeof value === 'object' && value !== null;

// The paths of a resource, without positions; of its own elements, so that each is one of the type.
function pathsOf(value, prefix = '', found = new Set()) {
  for (const [name, child] of Object.entries(value)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (/^(?:_.*|resourceType|id|meta|contained|extension|modifierExtension)$/.test(name)) continue;
    found.add(path);
    for (const item of Array.isArray(child) ? child : [child]) {
      if (isObject(item)) pathsOf(item, path, found);
    }
  }
  return found;
}

const pick = (random, list) => list[random(list.length)];
function some(random, list, most) {
  return [...new Set(Array.from({ length: 1 + random(most) }, () => pick(random, list)))];
}

// The policy with these lists, or nothing where a path is none of the type (one below a choice, or in a nested resource).
function compiled(input) {
  try {
    return engine.compilePolicy(input);
  } catch (error) {
    assert.equal(error.name, 'PolicyCompileError', error.stack);
    return undefined;
  }
}

const decoded = (bytes) => (bytes === undefined ? undefined : JSON.parse(decode(bytes)));

// One resource with random lists of it, as often as asked for; how many could be tried.
function rounds(count, run) {
  const random = randomFrom(kSeed);
  let tried = 0;
  for (let round = 0; round < count; ++round) {
    const before = pick(random, kResources);
    const paths = [...pathsOf(before)];
    if (paths.length === 0) continue;
    const hiddenFields = some(random, paths, 4);
    const readonlyFields = random(2) === 0 ? some(random, paths, 3) : undefined;
    const rule = { resourceType: before.resourceType, hiddenFields, readonlyFields };
    const policy = compiled({ policies: policyOf(rule) });
    if (policy === undefined) continue;
    tried += 1;
    const said = `seed ${kSeed}, round ${round}, ${before.resourceType}/${before.id}, ${JSON.stringify(rule)}`;
    run({ random, policy, before, rule, said });
    policy.free();
  }
  return tried;
}

test(`what was read, put back as it is, is what was stored (seed ${kSeed})`, (t) => {
  let cut = 0;
  const tried = rounds(600, ({ policy, before, said }) => {
    const shown = policy.redact('read', before);
    if (!isDeepStrictEqual(decoded(shown), before)) cut += 1;
    const { allowed, reason, issues, body } = policy.checkWrite({
      interaction: 'update',
      before,
      after: shown,
    });
    assert.equal(allowed, true, `${said}: ${reason}`);
    assert.deepEqual(issues, [], said);
    assert.deepEqual(withoutServerMeta(decoded(body)), withoutServerMeta(before), said);
    // The same without a change, by patch.
    const patched = policy.checkWrite({ interaction: 'patch', before, patch: [] });
    assert.deepEqual(withoutServerMeta(decoded(patched.body)), withoutServerMeta(before), said);
  });
  t.diagnostic(`${tried} lists of ${kFromSynthea}; ${cut} of them cut something`);
  assert.ok(tried > 200 && cut > tried / 2, `${tried} tried, ${cut} cut something`);
});

// Another value of the same JSON type.
function changed(value) {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.map(changed);
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, changed(child)]));
}

test(`edits elsewhere come through, and what is protected stays (seed ${kSeed})`, (t) => {
  let edits = 0;
  rounds(600, ({ random, policy, before, rule, said }) => {
    const shown = decoded(policy.redact('read', before));
    const lists = [...rule.hiddenFields, ...(rule.readonlyFields ?? [])];
    const isNamed = (root) => lists.some((path) => path.split('.')[0] === root);
    const free = [...pathsOf(shown)].filter(
      (path) =>
        !path.includes('.') && !isNamed(path) && isDeepStrictEqual(shown[path], before[path]),
    );
    const edit = Object.fromEntries(
      some(random, [...free, 'language'], 3).map((root) => [root, changed(shown[root] ?? 'x')]),
    );
    if (isNamed('language')) delete edit.language;
    const after = { ...shown, ...edit };
    const answer = policy.checkWrite({ interaction: 'update', before, after });
    const what = `${said}, edits ${Object.keys(edit)}`;
    assert.equal(answer.allowed, true, `${what}: ${answer.reason}`);
    const wanted = withoutServerMeta({ ...before, ...edit });
    assert.deepEqual(withoutServerMeta(decoded(answer.body)), wanted, what);
    edits += Object.keys(edit).length;
  });
  t.diagnostic(`${edits} edits of ${kFromSynthea}`);
  assert.ok(edits > 300, `${edits} edits`);
});

test(`a protected element at the root is never what the client says (seed ${kSeed})`, (t) => {
  const random = randomFrom(kSeed + 1);
  const counts = { refused: 0, restored: 0 };
  for (let round = 0; round < 400; ++round) {
    const before = pick(random, kResources);
    const roots = [...pathsOf(before)].filter((path) => !path.includes('.'));
    if (roots.length === 0) continue;
    const path = pick(random, roots);
    const list = pick(random, ['hiddenFields', 'readonlyFields']);
    const policies = policyOf({ resourceType: before.resourceType, [list]: [path] });
    const said = `seed ${kSeed}, round ${round}, ${before.resourceType}/${before.id}, ${list} ${path}`;
    const shown = decoded(engine.compilePolicy({ policies }).redact('read', before));
    const after = { ...shown, [path]: changed(before[path]), language: 'x-new' };
    if (path === 'language') continue;
    const request = { interaction: 'update', before, after };
    const refused = engine.compilePolicy({ policies }).checkWrite(request);
    assert.deepEqual([refused.allowed, refused.body], [false, undefined], said);
    assert.ok(['conflict', 'alignment'].includes(refused.reason), `${said}: ${refused.reason}`);
    counts.refused += 1;
    const options = { readonlyConflict: 'restore' };
    const restoring = engine.compilePolicy({ policies, options }).checkWrite(request);
    if (!restoring.allowed) continue;
    counts.restored += 1;
    assert.ok(restoring.issues.length > 0, said);
    assert.deepEqual(
      withoutServerMeta(decoded(restoring.body)),
      { ...withoutServerMeta(before), language: 'x-new' },
      said,
    );
  }
  t.diagnostic(`${counts.refused} refused, ${counts.restored} restored`);
  assert.ok(counts.refused > 200 && counts.restored > 200);
});

const kTypes = ['Patient', 'Observation', 'Condition', 'Basic', 'User', '*'];
const kAsked = [...kTypes.slice(0, -1), 'Device', 'Project'];
const kCriteria = {
  Patient: ['active=true', 'gender=male', 'birthdate=gt1980'],
  Observation: ['status=final', 'code=1234-5'],
  Condition: ['clinical-status=active'],
  Basic: ['_id=1'],
  User: ['_id=1'],
  '*': ['_id=1', '_tag=x'],
};

function randomRule(random) {
  const resourceType = pick(random, kTypes);
  const rule = { resourceType };
  if (random(2) === 0) rule.criteria = `${resourceType}?${pick(random, kCriteria[resourceType])}`;
  if (random(3) === 0) rule.interaction = some(random, kEvery, 4);
  else if (random(4) === 0) rule.readonly = true;
  if (random(4) === 0 && resourceType === 'Patient') rule.hiddenFields = ['birthDate'];
  return rule;
}

const allowedTypes = (policy) =>
  kAsked.flatMap((type) =>
    kEvery.filter((one) => policy.can(one, type)).map((one) => `${type}.${one}`),
  );

test(`a rule more never takes anything away at type level (seed ${kSeed})`, () => {
  const random = randomFrom(kSeed + 2);
  let grown = 0;
  for (let round = 0; round < 500; ++round) {
    const rules = Array.from({ length: random(5) }, () => randomRule(random));
    const at = random(rules.length + 1);
    const more = [...rules.slice(0, at), randomRule(random), ...rules.slice(at)];
    const [fewer, all] = [rules, more].map((list) => {
      const policy = engine.compilePolicy({ policies: policyOf(...list) });
      const allowed = allowedTypes(policy);
      policy.free();
      return allowed;
    });
    const lost = fewer.filter((one) => !all.includes(one));
    assert.deepEqual(lost, [], `seed ${kSeed}, round ${round}, ${JSON.stringify(more)}`);
    if (all.length > fewer.length) grown += 1;
  }
  assert.ok(grown > 100, `${grown} grew`);
});

test(`the order of rules with disjoint criteria changes nothing (seed ${kSeed})`, () => {
  const random = randomFrom(kSeed + 3);
  const genders = ['male', 'female', 'other', 'unknown'];
  const fields = ['birthDate', 'name', 'telecom', 'name.family', 'address.line'];
  const resources = [...genders, undefined].map((gender) => ({
    resourceType: 'Patient',
    id: '1',
    gender,
    birthDate: '1980-01-01',
    name: [{ family: 'S', given: ['A'] }],
    telecom: [{ value: '1' }],
    address: [{ line: ['L'], city: 'C' }],
  }));
  for (let round = 0; round < 200; ++round) {
    const rules = genders.map((gender) => ({
      resourceType: 'Patient',
      criteria: `Patient?gender=${gender}`,
      interaction: some(random, kEvery, 5),
      hiddenFields: random(2) ? some(random, fields, 3) : undefined,
      readonlyFields: random(2) ? some(random, fields, 2) : undefined,
    }));
    const order = genders.map((_, index) => index);
    for (let i = order.length - 1; i > 0; --i) {
      const j = random(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    const say = (list, place) => {
      const policy = engine.compilePolicy({ policies: policyOf(...list) });
      const rule = (decision) => (decision.rule === null ? null : place[decision.rule.index]);
      const answers = resources.flatMap((resource) => [
        ...kEvery.map((interaction) => {
          const decision = policy.decide(interaction, resource);
          return [decision.allowed, decision.reason, decision.hidden, rule(decision)];
        }),
        ...['read', 'vread', 'search'].map((one) => decode(policy.redact(one, resource))),
        ...resources.map((after) => {
          const write = policy.checkWrite({ interaction: 'update', before: resource, after });
          return [write.allowed, write.reason, write.issues, decode(write.body), rule(write)];
        }),
      ]);
      policy.free();
      return answers;
    };
    const one = say(
      rules,
      order.map((_, index) => index),
    );
    const other = say(
      order.map((index) => rules[index]),
      order,
    );
    assert.deepEqual(
      other,
      one,
      `seed ${kSeed}, round ${round}, ${JSON.stringify(rules)} ${order}`,
    );
  }
});

test('metacharacters in the value of a parameter are part of the value', () => {
  const template = (quoted) => ({
    resourceType: 'AccessPolicy',
    id: 't',
    compartment: { reference: 'Organization/1' },
    resource: [
      { resourceType: 'Patient', criteria: 'Patient?name:exact=%v', hiddenFields: ['birthDate'] },
      {
        resourceType: 'Observation',
        criteria: 'Observation?status=final&code:text=%v',
        interaction: ['read', 'search'],
        readonlyFields: ['status'],
      },
      {
        resourceType: 'Basic',
        writeConstraint: [
          { language: 'text/fhirpath', expression: quoted ? "language = '%v'" : 'language = %v' },
        ],
      },
    ],
  });
  const compile = (valueString, quoted) =>
    engine.compilePolicy({
      policies: template(quoted),
      membership: {
        resourceType: 'ProjectMembership',
        access: [
          {
            policy: { reference: 'AccessPolicy/t' },
            parameter: [{ name: 'v', valueString }],
          },
        ],
      },
    });
  const shapeOf = ({ rules }) =>
    rules.map(({ criteria, writeConstraint, ...rule }) => ({
      ...rule,
      restricted: criteria !== undefined,
      constraints: writeConstraint?.length,
    }));
  const plain = shapeOf(compile('plain', true));
  const values = [
    ...[...' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'].flatMap((one) => [one, `a${one}b`, one + one]),
    ...[
      'a,b',
      'a&active=true',
      'a|b',
      'a$b',
      '%',
      '%v',
      '%profile',
      '%profile.id',
      '%41',
      '\\,',
      'a\\',
    ],
    ...["' or true or '", "'", "\\'", '%2C', 'x&_count=1', 'x?Patient', 'Patient?active=true', '*'],
    ...[
      '{}',
      '[]',
      '"',
      '\\"',
      '\n',
      '\t',
      '\u0000',
      '\u2028',
      '\u{1f600}',
      'null',
      'true',
      '1',
      'gt5',
      'ne1',
    ],
    ...[' leading', 'trailing ', 'a+b', 'a b', '$', '_', '__proto__', '//', '/* */', '<script>'],
  ];
  for (const value of values) {
    const said = JSON.stringify(value);
    for (const quoted of [true, false]) {
      const policy = compile(value, quoted);
      assert.deepEqual(shapeOf(policy), plain, said);
      for (const type of ['Patient', 'Observation', 'Basic', 'Device']) {
        const granted = kEvery.filter((one) => policy.can(one, type));
        const wanted = { Observation: ['read', 'search'], Device: [] }[type] ?? kEvery;
        assert.deepEqual(granted, wanted, said);
      }
      const named = (family) => ({ resourceType: 'Patient', id: '1', name: [{ family }] });
      const reads = (resource) => policy.decide('read', resource).allowed;
      assert.equal(reads(named(value)), true, said);
      for (const other of ['', 'plain', `${value}x`, `x${value}`, [...value].slice(1).join('')]) {
        assert.equal(reads(named(other)), false, `${said} ${JSON.stringify(other)}`);
      }
      assert.equal(reads({ resourceType: 'Patient', id: '1', active: true }), false, said);
      const creates = (language) =>
        policy.checkWrite({ interaction: 'create', after: { resourceType: 'Basic', language } });
      assert.equal(creates(value).reason, 'rule', said);
      assert.equal(creates(`${value}x`).reason, 'constraint', said);
      assert.equal(creates('plain').reason, 'constraint', said);
      policy.free();
    }
  }
});

// Other values at these paths, wherever something stands there.
function alter(value, keys) {
  if (Array.isArray(value)) return value.map((item) => alter(item, keys));
  if (!isObject(value)) return value;
  const [first, ...rest] = keys;
  const child = value[first];
  if (child === undefined) return value;
  return { ...value, [first]: rest.length === 0 ? changed(child) : alter(child, rest) };
}

// What a client may make of an array: other orders, entries more and entries fewer.
function shuffled(random, value) {
  if (!isObject(value)) return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [name, shuffled(random, child)]),
    );
  }
  const items = value.map((item) => shuffled(random, item));
  switch (random(6)) {
    case 0:
      return items.reverse();
    case 1:
      return items.slice(1);
    case 2:
      return [...items, ...items];
    case 3:
      return items.map(changed);
    default:
      return items;
  }
}

test(`other hidden values change no answer to a write (seed ${kSeed})`, (t) => {
  const counts = { pairs: 0, allowed: 0, denied: 0 };
  rounds(800, ({ random, policy, before, rule, said }) => {
    const other = rule.hiddenFields.reduce((it, path) => alter(it, path.split('.')), before);
    const shown = decode(policy.redact('read', before));
    if (isDeepStrictEqual(other, before) || decode(policy.redact('read', other)) !== shown) return;
    counts.pairs += 1;
    for (let i = 0; i < 4; ++i) {
      const after = { ...shuffled(random, JSON.parse(shown)), resourceType: before.resourceType };
      if (random(4) > 0) after.id = before.id;
      if (random(4) === 0) after[rule.hiddenFields[0].split('.')[0]] = pick(random, ['x', [], {}]);
      const answers = [before, other].map((stored) => {
        const write = { interaction: 'update', before: stored, after };
        const { body, ...answer } = policy.checkWrite(write);
        // What its writer may see of what is stored.
        return [answer, decode(body && policy.redact('read', body))];
      });
      assert.deepEqual(answers[0], answers[1], `${said}, submits ${JSON.stringify(after)}`);
      counts[answers[0][0].allowed ? 'allowed' : 'denied'] += 1;
    }
  });
  t.diagnostic(`${counts.pairs} pairs; ${counts.allowed} writes allowed, ${counts.denied} denied`);
  assert.ok(counts.pairs > 200 && counts.allowed > 200 && counts.denied > 100);
});
