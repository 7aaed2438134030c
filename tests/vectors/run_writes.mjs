// Writes, compartments, accounts, constraints and whole requests: the vectors are run as decisions of the engine, and as what it
// says to store. A status is what SPEC 14 makes of that decision.
import { isDeepStrictEqual } from 'node:util';

const kOwn = '00000000-0000-4000-8000-000000000050';
const kEverything = { resourceType: 'AccessPolicy', resource: [{ resourceType: '*' }] };

const parsed = (bytes) =>
  bytes && JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
const only = (object, names) =>
  Object.fromEntries(names.map((name) => [name, object[name] ?? null]));

// --- constraints, and what is restored

const writeOf = ({ interaction, before, after }) => ({ interaction, before, after });

const constrained = ({ writeConstraint }, { resourceType }) => ({
  resourceType: 'AccessPolicy',
  resource: [{ resourceType, writeConstraint }],
});

function authorize({ judge, withCompiled }, engine, { given, when, op }, expected) {
  const policies = given.accessPolicy ?? constrained(given, when.after ?? when.before);
  return withCompiled(
    () => engine.compilePolicy({ policies }),
    expected,
    (compiled) => {
      const { allowed, reason } = compiled.checkWrite(writeOf(when));
      // A denial here is the constraint's and nothing else's.
      const denied = allowed ? {} : { reason };
      const wanted = expected.allowed ? {} : { reason: 'constraint' };
      const status =
        expected.status && op === 'repo.authorizeWrite' ? { status: allowed ? 200 : 403 } : {};
      return judge(
        { allowed, ...denied, ...status },
        {
          allowed: expected.allowed,
          ...wanted,
          ...(expected.status && { status: expected.status }),
        },
      );
    },
  );
}

function restore({ judge, withCompiled }, engine, { given, when }, expected) {
  const options = { readonlyConflict: 'restore' }; // SPEC 9.3: what the reference does
  return withCompiled(
    () => engine.compilePolicy({ policies: given.accessPolicy, options }),
    expected,
    (compiled) => {
      const { interaction, submitted } = when;
      const request = { interaction, before: given.existing, after: submitted };
      const { allowed, body } = compiled.checkWrite(request);
      const actual = allowed ? { stored: parsed(body) } : { denied: true };
      return judge(actual, only(expected, Object.keys(actual)));
    },
  );
}

// --- compartments

// What the resource may be in: everything that it names, and what its texts could be taken for.
function candidates(resource) {
  const found = new Set(['Patient/1', 'Patient/p', `Project/${kOwn}`]);
  found.add(`${resource.resourceType}/${resource.id}`);
  if (resource.meta?.project) found.add(`Project/${resource.meta.project}`);
  JSON.stringify(resource, (key, value) => {
    const [, type, id] = /^([A-Za-z]+)\/([^/?#]+)/.exec(key === 'reference' ? value : '') ?? [];
    if (type) found.add(`${type[0].toUpperCase()}${type.slice(1)}/${id}`);
    return value;
  });
  // The vectors know of no compartments of others than patients, accounts and projects; SPEC 5.6 does.
  return [...found].filter((one) => /^(?:Patient|Organization|Project)\//.test(one));
}

// Is the result of a write, for which all compartments are computed (SPEC 5.6), in this one?
function isWithin(engine, resource, reference) {
  const { resourceType, meta } = resource;
  const policy = engine.compilePolicy({
    policies: {
      resourceType: 'AccessPolicy',
      resource: [
        { resourceType, interaction: ['read'] },
        { resourceType: 'Patient', interaction: ['read'] }, // also where it is contained
        { resourceType, criteria: `${resourceType}?_compartment=${reference}` },
      ],
    },
  });
  // Accounts and project are those of the stored version, and what is stored counts as it stands.
  const before = { ...resource, meta: { ...meta, compartment: [{ reference }] } };
  const { allowed, reason } = policy.checkWrite({ interaction: 'update', before, after: resource });
  policy.free();
  if (!allowed && reason !== 'result') throw new Error(`denied for another reason: ${reason}`);
  return allowed;
}

function compartments({ judge, withCompiled }, engine, { given }, expected) {
  return withCompiled(
    () => engine.compilePolicy({ policies: kEverything }),
    expected,
    () => {
      const wanted = expected.compartment.map(({ reference }) => reference);
      const asked = new Set([...candidates(given.resource), ...wanted]);
      const actual = [...asked].filter((reference) => isWithin(engine, given.resource, reference));
      return judge(actual.sort(), wanted.sort());
    },
  );
}

// --- accounts

function inputOfAccounts({ accessPolicy, membership, projectAdmin, extendedMode }) {
  const options = { extendedMeta: extendedMode };
  if (membership) {
    // The two policies of the vector, each of which grants everything.
    const tagged = membership.access.map(({ policy }) =>
      /^(\w) \(compartment (.*)\)$/.exec(policy),
    );
    return {
      policies: tagged.map(([, id, reference]) => ({
        ...kEverything,
        id,
        compartment: { reference },
      })),
      membership: {
        resourceType: 'ProjectMembership',
        access: tagged.map(([, id]) => ({ policy: { reference: `AccessPolicy/${id}` } })),
      },
    };
  }
  if (accessPolicy) {
    return { policies: accessPolicy, options: { ...options, binaryWithoutContext: 'allow' } };
  }
  return {
    policies: { ...kEverything, id: 'p' },
    membership: {
      ...{ resourceType: 'ProjectMembership', admin: projectAdmin },
      ...{
        accessPolicy: { reference: 'AccessPolicy/p' },
        project: { reference: `Project/${kOwn}` },
      },
    },
    project: { resourceType: 'Project', id: kOwn },
    options,
  };
}

function assign({ judge, withCompiled }, engine, { given, when }, expected) {
  return withCompiled(
    () => engine.compilePolicy(inputOfAccounts(given)),
    expected,
    (compiled) => {
      const after = when.submitted ?? { resourceType: 'Basic' };
      const interaction = when.interaction === 'build' ? 'create' : when.interaction;
      const existing = given.existing ?? { resourceType: after.resourceType, id: after.id };
      const before = { ...existing, meta: { ...existing.meta, project: kOwn } };
      const request = { interaction, after, ...(interaction === 'update' && { before }) };
      const { allowed, body } = compiled.checkWrite(request);
      if (!allowed) return judge({ denied: true }, { denied: expected.denied });
      const stored = parsed(body);
      const { account = null, accounts = null } = stored.meta ?? {};
      const actual = {
        account,
        accounts,
        newVersion: !isDeepStrictEqual(stored, before),
        // With that policy: its criteria hold of the result, or it would not be stored.
        compartment: when.interaction === 'build' ? account : accounts,
      };
      return judge(only(actual, Object.keys(expected)), only(expected, Object.keys(expected)));
    },
  );
}

// --- policies

const validate = ({ judge, withCompiled }, engine, { given }, expected) =>
  withCompiled(
    () => engine.compilePolicy({ policies: given.accessPolicy }),
    expected,
    () => judge({ valid: true }, { valid: expected.valid }),
  );

// --- requests

const kGone = 404;
const kForbidden = 403;

// SPEC 9.1: vread and history also need `read` on the version, and the current one must be there to be asked for.
function readStatus(compiled, interaction, { existing, deleted, versions }, { version }) {
  const { resourceType } = existing ?? deleted;
  const needed = interaction === 'read' ? ['read'] : ['read', interaction];
  if (!needed.every((one) => compiled.can(one, resourceType))) return kForbidden;
  const looked = versions?.[version] ?? existing;
  const seen = looked && needed.every((one) => compiled.decide(one, looked).allowed);
  return seen ? 200 : kGone;
}

function writeStatus(compiled, { existing, deleted }, { interaction, submitted, patch }) {
  const { resourceType } = submitted ?? existing ?? deleted;
  const right = interaction === 'patch' ? 'update' : interaction;
  if (!compiled.can(right, resourceType)) return kForbidden;
  const request = { interaction, before: existing, after: submitted, patch };
  const { allowed, reason } = compiled.checkWrite(request);
  if (allowed) return interaction === 'create' ? 201 : 200;
  const unseen = reason === 'no-before' || reason === 'not-readable';
  return unseen && compiled.can('read', resourceType) ? kGone : kForbidden;
}

// What a search for `type` gives of the store: matches, and what is included with them.
function searchset(engine, store, query) {
  const [type, parameters] = query.split('?');
  const criteria = /^_(?:total|include|revinclude)=/.test(parameters ?? '_total=')
    ? undefined
    : query;
  const search = criteria && engine.search(criteria);
  const entry = store
    .filter((resource) => !search || search.matches(resource))
    .map((resource) => ({
      resource,
      search: { mode: resource.resourceType === type ? 'match' : 'include' },
    }));
  search?.free();
  return { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry };
}

function searchResult(compiled, engine, { store = [] }, query) {
  const released = parsed(compiled.redact('search', searchset(engine, store, query)));
  return {
    resources: (released.entry ?? []).map(({ resource }) => resource),
    total: released.total ?? null,
  };
}

function search(compiled, engine, given, { query }, expected) {
  const type = query?.split('?')[0] ?? given.existing.resourceType;
  if (!compiled.can('search', type)) return { status: type === 'Binary' ? 400 : kForbidden };
  const { resources, total } = searchResult(compiled, engine, given, query);
  const present = (path) => {
    const [resourceType, element] = path.split('.');
    return resources.some((one) => one.resourceType === resourceType && element in one);
  };
  return {
    status: 200,
    ids: resources.map(({ id }) => id),
    total,
    absent: expected.absent?.filter((path) => !present(path)),
  };
}

// SPEC 13.4: a search that sees what the caller may see, then the plain interaction.
function conditional(compiled, engine, given, when) {
  const { resourceType } = when.submitted ?? given.store[0];
  const query = when.query ?? `${resourceType}?${when.ifNoneExist}`;
  if (!compiled.can('search', resourceType)) return { status: kForbidden };
  const { resources } = searchResult(compiled, engine, given, query);
  if (resources.length > 1) return { status: 412 };
  const [existing] = resources;
  const interaction = when.interaction.slice('conditional-'.length);
  return { status: writeStatus(compiled, { existing }, { ...when, interaction }) };
}

function answer(compiled, engine, given, when, expected) {
  switch (when.interaction) {
    case 'read':
    case 'vread':
    case 'history':
      return { status: readStatus(compiled, when.interaction, given, when) };
    case 'search':
      return search(compiled, engine, given, when, expected);
    case 'conditional-create':
    case 'conditional-delete':
      return conditional(compiled, engine, given, when);
    default:
      return { status: writeStatus(compiled, given, when) };
  }
}

function request({ judge, withCompiled }, engine, vector, expected) {
  if (fieldOfRequest(vector)) return { verdict: 'none', detail: '' };
  const { given, when } = vector;
  return withCompiled(
    () => engine.compilePolicy({ policies: given.accessPolicy }),
    expected,
    (compiled) => {
      const actual = answer(compiled, engine, given, when, expected);
      const names = Object.keys(expected).filter((name) => name !== 'note');
      return judge(only(actual, names), only(expected, names));
    },
  );
}

function patch(tools, engine, { given, when }, expected) {
  const whole = { given, when: { interaction: 'patch', ...when } };
  return request(tools, engine, whole, expected);
}

/** The part of such a vector that no decision of the engine answers, if any. */
export function fieldOfRequest({ op, when }) {
  // SPEC 13.2: which parameters a search may use is said of requests.
  const guarded = /\?(?:birthdate|_sort|\w+:Patient\.)/.test(when.query ?? '');
  return op === 'repo.request' && when.interaction === 'search' && guarded
    ? 'when.query'
    : undefined;
}

/** The operations of these vectors; `tools` are what all operations share. */
export function writeOperations(tools) {
  const operation = (run) => (engine, vector, expected) => run(tools, engine, vector, expected);
  return {
    'constraint.eval': operation(authorize),
    'repo.authorizeWrite': operation(authorize),
    'repo.authorizeDelete': operation(authorize),
    'write.restore': operation(restore),
    'compartment.compute': operation(compartments),
    'account.assign': operation(assign),
    'policy.validate': operation(validate),
    'repo.request': operation(request),
    'repo.patch': operation(patch),
  };
}

const kOther = { reference: 'Organization/other' };

/** Something else than what is expected of this vector, if it is one of these. */
export function contraryOfWrite({ op }, expected) {
  switch (op) {
    case 'compartment.compute':
      return { compartment: [...expected.compartment, kOther] };
    case 'account.assign':
      return expected.account === undefined ? { compartment: kOther } : { account: kOther };
    case 'write.restore':
      return expected.denied
        ? { stored: {} }
        : { stored: { ...expected.stored, implicitRules: 'urn:other' } };
    case 'repo.request':
      if (expected.ids) return { ids: [...expected.ids, 'other'] };
      return expected.total === undefined ? undefined : { total: expected.total + 1 };
    default:
      return undefined;
  }
}
