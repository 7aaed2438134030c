// Projects, their admins and acting on behalf of others: the vectors that describe whole requests are run as decisions of the
// policy that a host would compile for them.
import { isDeepStrictEqual } from 'node:util';

const kUnrestricted = { resourceType: 'AccessPolicy', resource: [{ resourceType: '*' }] };
const kOwn = '00000000-0000-4000-8000-000000000050';
const kOther = '00000000-0000-4000-8000-000000000099';

const idOf = (reference) => reference.slice(reference.indexOf('/') + 1);
const withId = (id, policy) => ({ ...(policy ?? kUnrestricted), id });
const grants = ({ allowed, status }) => allowed ?? status < 400;

// What the server stores of `resource`: a Project is in itself (REFERENCE 8.10).
const stored = (resource, project = kOwn) => ({
  id: resource.resourceType === 'Project' ? project : '00000000-0000-4000-8000-000000000001',
  ...resource,
  meta: { ...resource.meta, project },
});

function membershipOf(id, { admin, active, project, profile }) {
  return {
    resourceType: 'ProjectMembership',
    accessPolicy: { reference: `AccessPolicy/${id}` },
    project: { reference: project ?? `Project/${kOwn}` },
    ...(profile && { profile: { reference: profile } }),
    ...(admin !== undefined && { admin }),
    ...(active !== undefined && { active }),
  };
}

function inputOfAdmin({ membership, project, accessPolicy }) {
  const linked = (project?.link ?? []).map((link) => idOf(link.project.reference));
  return {
    policies: withId('p', accessPolicy),
    membership: membershipOf('p', membership ?? { admin: true }),
    project: { resourceType: 'Project', id: kOwn, superAdmin: project?.superAdmin },
    linkedProjects: linked.map((id) => ({ resourceType: 'Project', id })),
    options: { superAdminTypes: true, readonlyConflict: 'restore' }, // SPEC 9.3
  };
}

const parsed = (bytes) => bytes && JSON.parse(new TextDecoder().decode(bytes));

// `a.b` of an object; null when there is none.
const at = (object, path) =>
  path.split('.').reduce((value, name) => value?.[name], object) ?? null;
const pick = (object, names) => Object.fromEntries(names.map((name) => [name, at(object, name)]));

// What comes of a change of the own project. One that changes nothing makes no new version.
function changeProject(compiled, { change }, { visible = {}, stored: kept = {} }) {
  const before = stored({ resourceType: 'Project', name: 'Test' });
  const after = { ...before, ...change };
  const { allowed, body } = compiled.checkWrite({ interaction: 'update', before, after });
  const result = parsed(body);
  return {
    status: allowed ? 200 : 403,
    newVersion: !isDeepStrictEqual(result, before),
    visible: pick(parsed(body && compiled.redact('read', body)), Object.keys(visible)),
    stored: pick(result, Object.keys(kept)),
  };
}

function adminStep(tools, engine, { given, when }, expected) {
  const { agrees, differs, judge, withCompiled } = tools;
  const decides = (compiled, interaction, resource) =>
    compiled.decide(interaction, resource).allowed;
  const run = (compiled) => {
    const { rules } = compiled;
    if (expected.accessPolicy) return judge(rules, expected.accessPolicy.resource);
    if (expected.added) {
      const { interaction: _, ...first } = rules[0] ?? {}; // what `readonly` means
      return isDeepStrictEqual(first, expected.added) ? agrees : differs(JSON.stringify(rules));
    }
    if (expected.results) {
      const actual = when.reads.map((type) =>
        decides(compiled, 'read', stored({ resourceType: type })),
      );
      return judge(
        actual,
        expected.results.map((status) => status < 400),
      );
    }
    if (expected.only) {
      const users = [kOwn, kOther].map((project) => stored({ resourceType: 'User' }, project));
      return judge(
        users.map((user) => decides(compiled, when.interaction, user)),
        [true, false],
      );
    }
    if (when.change) {
      const actual = changeProject(compiled, when, expected);
      return judge(pick(actual, Object.keys(expected)), expected);
    }
    const [resourceType, id] = when.reference?.split('/') ?? [when.resourceType];
    const resource = when.submitted ?? { resourceType, ...(id && { id }) };
    const actual = decides(compiled, when.interaction, stored(resource));
    return judge(actual, grants(expected));
  };
  return withCompiled(() => engine.compilePolicy(inputOfAdmin(given)), expected, run);
}

function projectCheck({ judge, withCompiled }, engine, { given, when }, expected) {
  const [own, ...linked] = given.projects.map((project) => ({
    resourceType: 'Project',
    ...(typeof project === 'string' ? { id: project } : project),
  }));
  const rules = [{ resourceType: '*' }, { resourceType: 'User' }];
  const input = {
    policies: { resourceType: 'AccessPolicy', resource: rules },
    ...{ project: own, linkedProjects: linked },
  };
  return withCompiled(
    () => engine.compilePolicy(input),
    expected,
    (compiled) => {
      const { interaction, submitted } = when;
      if (expected.stored) {
        const request = { interaction, before: given.existing, after: submitted };
        const result = parsed(compiled.checkWrite(request).body);
        return judge(pick(result, Object.keys(expected.stored)), expected.stored);
      }
      const { allowed } = compiled.decide(interaction, given.resource);
      return judge({ allowed }, { allowed: grants(expected) });
    },
  );
}

// A host looks the header up among the members of the project: none and several are `{}`, which refuses.
function targetOf({ users = [] }, header) {
  if (header === null) return undefined;
  const found = users.filter(
    ({ profile, membership }) => profile === header || membership === header,
  );
  if (found.length !== 1) return {};
  return { membership: membershipOf(`user-${users.indexOf(found[0])}`, found[0]) };
}

function onBehalfOf({ judge, withCompiled }, engine, { given, when }, expected) {
  const { caller, users = [] } = given;
  const policies = users.map(({ policy }, i) => withId(`user-${i}`, policy));
  const input = {
    policies: [...policies, withId('caller', undefined)],
    membership: membershipOf('caller', caller),
    project: { reference: caller.project },
    onBehalfOf: targetOf(given, when.header),
    scopes: caller.scope,
  };
  return withCompiled(
    () => engine.compilePolicy(input),
    expected,
    (compiled) => {
      if (expected.effectivePolicy) {
        const wanted = { caller: ['*', 'Project'], 'user 1': ['Patient'] }[
          expected.effectivePolicy
        ];
        const actual = compiled.rules.map(({ resourceType }) => resourceType);
        return judge(actual.slice(0, 2), wanted);
      }
      const [resourceType, id] = when.reference?.split('/') ?? ['Patient'];
      if (when.interaction === 'create') {
        const { allowed, body } = compiled.checkWrite({ interaction: 'create', after: when.submitted });
        // Author and target of a write are for the server to say (SPEC 9.5).
        const { author: _, onBehalfOf: __, ...meta } = expected.meta ?? {};
        const { account, accounts } = parsed(body)?.meta ?? {};
        const actual = {
          account: account?.reference ?? null,
          accounts: accounts?.map(({ reference }) => reference) ?? null,
        };
        return judge(
          { allowed, ...pick(actual, Object.keys(meta)) },
          { allowed: expected.status === undefined || grants(expected), ...meta },
        );
      }
      const resource = given.resource ?? { resourceType, ...(id && { id }) };
      const { allowed } = compiled.decide(when.interaction, stored(resource));
      return judge({ allowed }, { allowed: grants(expected) });
    },
  );
}

/** An input of such a vector that the API has no counterpart of. */
export function fieldWithoutDecision({ op, given }) {
  if (op === 'project.check' && given.checkReferencesOnWrite) return 'given.checkReferencesOnWrite';
  return op === 'obo.request' && given.caller.auth === 'external' ? 'given.caller.auth' : undefined;
}

/** The operations of these vectors; `tools` are what all operations share. */
export function projectOperations(tools) {
  const operation = (run) => (engine, vector, expected) =>
    fieldWithoutDecision(vector)
      ? { verdict: 'none', detail: '' }
      : run(tools, engine, vector, expected);
  return {
    'policy.adminStep': operation(adminStep),
    'project.check': operation(projectCheck),
    'obo.request': operation(onBehalfOf),
  };
}

/** Something else than what is expected of this vector, if the expectation is one of requests. */
export function contraryOfRequest({ when }, expected) {
  if (when.change) return { status: 200, newVersion: expected.newVersion !== true };
  if (expected.status) return { status: expected.status < 400 ? 404 : 200 };
  if (expected.results) return { results: expected.results.map((one) => (one < 400 ? 403 : 200)) };
  if (expected.only) return { status: 404 };
  if (expected.added) return { added: { ...expected.added, readonly: false } };
  if (expected.effectivePolicy) {
    return { effectivePolicy: expected.effectivePolicy === 'caller' ? 'user 1' : 'caller' };
  }
  if (expected.stored) return { stored: { 'meta.project': kOther } };
  return expected.meta ? { meta: { account: 'Organization/other' } } : undefined;
}
