// Runs one vector through the API. Each answer is `{ verdict, detail }`:
//   agrees       as expected
//   refused      the policy does not compile, and nothing was to be granted
//   unsupported  a search parameter type or modifier that this version refuses
//   none         the API does nothing of the kind
//   differs      anything else; `detail` says how
import { isDeepStrictEqual } from 'node:util';
import { binaryOperations, fieldOfBinary } from './run_binary.mjs';
import { fieldWithoutDecision, projectOperations } from './run_projects.mjs';
import { fieldOfRequest, writeOperations } from './run_writes.mjs';
import { expectsDenial, expectsRefusal } from './vectors.mjs';

const agrees = { verdict: 'agrees', detail: '' };
const differs = (detail) => ({ verdict: 'differs', detail });
const judge = (actual, expected) =>
  isDeepStrictEqual(actual, expected) ? agrees : differs(JSON.stringify(actual));

const kUnsupported = new Set(['unsupported-parameter', 'unsupported-modifier']);

// Compiles, and answers by itself when that fails or should have failed.
function withCompiled(compile, expected, run) {
  let compiled;
  try {
    compiled = compile();
  } catch (error) {
    if (error.name !== 'PolicyCompileError') throw error;
    const codes = error.issues.filter((i) => i.severity === 'error').map((i) => i.code);
    const detail = `refused ${[...new Set(codes)].join(' ')}`;
    if (codes.length === 0) return differs('refused without an issue');
    if (expected.error === undefined && expectsRefusal(expected)) return { ...agrees, detail };
    if (codes.every((code) => kUnsupported.has(code))) return { verdict: 'unsupported', detail };
    return { verdict: expectsDenial(expected) ? 'refused' : 'differs', detail };
  }
  try {
    return expectsRefusal(expected) ? differs('not refused') : run(compiled);
  } finally {
    compiled.free();
  }
}

const ruleOf = (decision) => decision.rule?.index ?? null;
const compileOne = (engine, policy, options) => () =>
  engine.compilePolicy({ policies: policy, options });

// The vectors' `reason` is the reference's own word and not compared.
function ipCheck(engine, { given, when }, expected) {
  const policy = { resourceType: 'AccessPolicy', ipAccessRule: given.ipAccessRule };
  return withCompiled(compileOne(engine, policy), expected, (compiled) => {
    const decision = compiled.checkIp(when.remoteAddress);
    const actual = { outcome: decision.allowed ? 'allow' : 'block' };
    const wanted = { outcome: expected.outcome };
    if (expected.rule !== undefined) {
      actual.rule = ruleOf(decision);
      wanted.rule = expected.rule;
    }
    return judge(actual, wanted);
  });
}

function supports(engine, { given, when, op }, expected) {
  const writes = op === 'policy.canWriteType';
  const interactions = writes ? ['create', 'update', 'delete'] : [when.interaction];
  return withCompiled(compileOne(engine, given.accessPolicy), expected, (compiled) => {
    const actual = interactions.map((one) => compiled.can(one, when.resourceType));
    return judge(
      actual,
      interactions.map(() => expected.allowed),
    );
  });
}

function satisfied(engine, { given, when }, expected) {
  return withCompiled(compileOne(engine, given.accessPolicy), expected, (compiled) => {
    const decision = compiled.decide(when.interaction, given.resource);
    const actual = { allowed: decision.allowed };
    const wanted = { allowed: expected.allowed };
    if (expected.matchedIndex !== undefined) {
      actual.matchedIndex = ruleOf(decision);
      wanted.matchedIndex = expected.matchedIndex;
    }
    return judge(actual, wanted);
  });
}

function hide(engine, { given, when }, expected) {
  const options = { extendedMeta: given.extendedMode };
  return withCompiled(compileOne(engine, given.accessPolicy, options), expected, (compiled) => {
    let released;
    try {
      released = compiled.redact(when.interaction, given.resource);
    } catch (error) {
      if (error.name !== 'ResourceError') throw error;
      return differs(`refused ${error.code}`);
    }
    if (released === undefined) return judge({ denied: true }, { denied: expected.denied });
    const actual = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(released));
    if (expected.resource) return judge(actual, expected.resource);
    if (!expected.hidden) return differs('released');
    // All of these are gone, and nothing else but what SPEC 7.7 takes from `meta`.
    const wanted = structuredClone(given.resource);
    for (const path of expected.hidden) removePath(wanted, path.split('.'));
    delete wanted.meta;
    delete actual.meta;
    return judge(actual, wanted);
  });
}

// `name`, `entry.resource(Patient).name`: through arrays, and into a resource of that type only.
function removePath(node, [step, ...rest]) {
  const [, key, type] = /^(\w+)(?:\((\w+)\))?$/.exec(step);
  if (rest.length === 0) {
    delete node[key];
    return;
  }
  for (const child of [node[key] ?? []].flat()) {
    if (type === undefined || child.resourceType === type) removePath(child, rest);
  }
}

// The criteria without escapes: the reference pastes values, the engine prints what reads back as the same value (SPEC 3.3).
const unescaped = (text) =>
  text.replace(/%([0-9A-Fa-f]{2})|\\(.)/g, (_, hex, character) =>
    hex ? String.fromCharCode(parseInt(hex, 16)) : character,
  );
const sameText = (expected, actual) =>
  expected === actual || (typeof actual === 'string' && expected === unescaped(actual));

// What `expected` says of a rule, `actual` says too, and `actual` restricts and hides nothing more.
function sameRule(expected, actual) {
  const names = ['resourceType', 'criteria', 'compartment', 'hiddenFields', 'readonlyFields'];
  return [...new Set([...Object.keys(expected), ...names])].every((name) => {
    const [one, other] = [expected[name], actual[name]];
    if (one === undefined) return other === undefined;
    if (typeof one === 'string') return sameText(one, other);
    if (name === 'interaction') return isDeepStrictEqual([...one].sort(), [...other].sort());
    return isDeepStrictEqual(one, other);
  });
}

const kAddresses = ['10.0.0.1', '8.8.8.8', '2001:db8::1', undefined];
const kTypes = ['Patient', 'Observation', 'SearchParameter', 'StructureDefinition', 'Binary'];
const kInteractions = ['read', 'vread', 'search', 'history', 'create', 'update', 'delete'];

function build(engine, { given }, expected) {
  // The store knows policies by their reference; here they carry their id.
  const policies = Object.entries(given.store).map(([reference, policy]) => ({
    ...{ id: reference.slice(reference.indexOf('/') + 1) },
    ...policy,
  }));
  const input = {
    ...{ policies, membership: given.membership },
    options: { defaultResourceTypes: true }, // SPEC 2.5
  };
  return withCompiled(
    () => engine.compilePolicy(input),
    expected,
    (compiled) => {
      if (expected.deny) {
        const open = kTypes.filter((type) => kInteractions.some((one) => compiled.can(one, type)));
        return judge(open, []);
      }
      const { rules } = compiled;
      if (expected.resourceCriteria !== undefined) {
        const [{ criteria }] = rules;
        return sameText(expected.resourceCriteria, criteria) ? agrees : differs(criteria);
      }
      const wanted = expected.accessPolicy.resource;
      if (rules.length !== wanted.length || !wanted.every((rule, i) => sameRule(rule, rules[i]))) {
        return differs(JSON.stringify(rules));
      }
      // Lists of several policies are kept apart (SPEC 12.1); what they let through is the same here.
      const together = engine.compilePolicy({
        policies: {
          resourceType: 'AccessPolicy',
          ipAccessRule: expected.accessPolicy.ipAccessRule,
        },
      });
      const through = (policy) => kAddresses.map((address) => policy.checkIp(address).allowed);
      const [actual, same] = [through(compiled), through(together)];
      together.free();
      return judge(actual, same);
    },
  );
}

const formEncoded = (text) => text.replace(/[%&+]/g, (character) => encodeURIComponent(character));

// Filters that were parsed already, as the query that reads as them.
function queryOf({ code, operator, value }) {
  const text = formEncoded(value);
  if (operator === 'present') return `${code}:missing=${value !== 'true'}`;
  if (operator === 'eq') return `${code}=${text}`;
  if (operator === 'ne') return `${code}:not=${text}`; // of tokens, strings and references
  if (operator.length === 2) return `${code}=${operator}${text}`;
  return `${code}:${operator}=${text}`;
}

function match(engine, { given, when }, expected) {
  const criteria = when.criteria ?? `${when.resourceType}?${when.filters.map(queryOf).join('&')}`;
  return withCompiled(
    () => engine.search(criteria),
    expected,
    (search) => judge({ match: search.matches(given.resource) }, { match: expected.match }),
  );
}

// The interactions of a rule, as far as the vector says any.
const kReads = kInteractions.slice(0, 4);
const interactionsOf = ({ interaction, readonly }) => interaction ?? (readonly ? kReads : undefined);

// What `expected` says of a rule under scopes, `actual` says too.
function sameScopedRule(expected, actual) {
  const interactions = interactionsOf(expected);
  return (
    actual !== undefined &&
    expected.resourceType === actual.resourceType &&
    (expected.criteria === undefined || sameText(expected.criteria, actual.criteria)) &&
    (interactions === undefined ||
      isDeepStrictEqual(
        [...interactions].sort(),
        [...(interactionsOf(actual) ?? kInteractions)].sort(),
      ))
  );
}
function judgeScopedRules(rules, expected) {
  const same = rules.length === expected.length && expected.every((one, i) => sameScopedRule(one, rules[i]));
  return same ? agrees : differs(JSON.stringify(rules));
}

function applyScopes(engine, { given, when }, expected) {
  const input = {
    policies: given.accessPolicy,
    profile: given.onBehalfOfProfile ?? given.membershipProfile, // SPEC 10.3: the target's
    launchPatient: given.launchPatient,
    scopes: when.scope,
  };
  return withCompiled(
    () => engine.compilePolicy(input),
    expected,
    (compiled) => judgeScopedRules(compiled.rules, expected.accessPolicy.resource),
  );
}

// Scopes show in what they leave of a rule that grants everything; `user` and `system` differ in the hash alone.
const kLetters = {
  ...{ c: ['create'], r: ['read', 'vread', 'history'], u: ['update'], d: ['delete'] },
  s: ['search'],
};
function parseScopes(engine, { when }, expected) {
  const patient = 'Patient/00000000-0000-4000-8000-000000000001';
  const compile = (scopes) =>
    engine.compilePolicy({
      policies: { resourceType: 'AccessPolicy', resource: [{ resourceType: '*' }] },
      launchPatient: patient,
      scopes,
    });
  const criteriaOf = ({ permissionType, resourceType, criteria }) => {
    const compartment = permissionType === 'patient' ? `_compartment=${patient}` : undefined;
    const query = [criteria, compartment].filter((part) => part !== undefined).join('&');
    return query === '' ? undefined : `${resourceType}?${query}`;
  };
  return withCompiled(
    () => compile(when.scope),
    expected,
    (compiled) => {
      const { scopes } = expected;
      const rules = scopes.map((scope) => ({
        resourceType: scope.resourceType,
        criteria: criteriaOf(scope),
        interaction: [...scope.scope].flatMap((letter) => kLetters[letter]),
      }));
      const verdict = judgeScopedRules(
        compiled.rules,
        scopes.length === 0 ? [{ resourceType: '*' }] : rules, // SPEC 11.3
      );
      if (verdict.verdict !== 'agrees') return verdict;
      const written = scopes.map(({ permissionType, resourceType, scope, criteria }) =>
        [`${permissionType}/${resourceType}.${scope}`, criteria].filter(Boolean).join('?'),
      );
      const same = compile(written.join(' '));
      const [one, other] = [compiled.hash, same.hash];
      same.free();
      return one === other ? agrees : differs(`not the scopes ${written.join(' ')}`);
    },
  );
}

function readUnderScopes(engine, { given, when }, expected) {
  const input = {
    policies: given.accessPolicy,
    launchPatient: given.launchPatient,
    scopes: given.scope,
  };
  return withCompiled(
    () => engine.compilePolicy(input),
    expected,
    (compiled) =>
      judge(
        { allowed: compiled.decide(when.interaction, given.resource).allowed },
        { allowed: expected.allowed },
      ),
  );
}

const kOperations = {
  'ip.check': ipCheck,
  'ip.enforcement-point': ipCheck, // SPEC 12.4: asked on every request, whatever the grant
  'policy.supports': supports,
  'policy.canWriteType': supports,
  'policy.satisfied': satisfied,
  'fields.hide': hide,
  'policy.build': build,
  'search.match': match,
  'smart.parse': parseScopes,
  'smart.apply': applyScopes,
  'smart.setScope': () => ({ verdict: 'none', detail: '' }),
  'policy.read': readUnderScopes,
  ...binaryOperations({ judge, withCompiled }),
  ...projectOperations({ agrees, differs, judge, withCompiled }),
  ...writeOperations({ judge, withCompiled }),
};

export const run = (engine, vector, expected) => kOperations[vector.op](engine, vector, expected);

/** The input of a vector that the API has no counterpart of, if any. */
export function fieldWithoutCounterpart(vector) {
  const { op, when } = vector;
  if (op === 'ip.enforcement-point') return 'when.grant';
  if (op === 'smart.setScope') return 'when.granted';
  if (when.filters?.length === 0) return 'when.filters';
  return fieldOfBinary(vector) ?? fieldWithoutDecision(vector) ?? fieldOfRequest(vector);
}
