// What a policy hides in a resource, read once more: a walk over plain JSON that knows hardly any FHIR. For each value that has to go
// it says which clause of the specification names it; everything else must stay, token for token.

const kPersons = ['Patient', 'Person', 'Practitioner', 'PractitionerRole', 'RelatedPerson'];
const kServerMeta = ['author', 'project', 'account', 'accounts', 'compartment', 'onBehalfOf'];
// Of elements that the tested resources have without `reference`, and whose types decide.
const kTargets = {
  payor: ['Organization', 'Patient', 'RelatedPerson'],
  provider: ['Organization', 'Practitioner', 'PractitionerRole'],
  requester: ['Practitioner'],
  performer: ['Practitioner'],
};
const kLabels = ['name', 'title', 'code'];

// JSON whose tokens stay as they are written: `1.50` and `"\u0061"` are not `1.5` and `"a"`. Keys keep their quotes.
export const tokens = (text) =>
  JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => JSON.stringify(token)));
const plain = (token) => (typeof token === 'string' ? JSON.parse(token) : token);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (object, name) => object?.[JSON.stringify(name)];

// `a.b`, `value[x]`, `extension('url')`.
const steps = (path) =>
  [...path.matchAll(/(\w+)(\[x\])?(?:\('([^']*)'\))?/g)].map(([, name, any, url]) => {
    return { name, any: any !== undefined, url };
  });
const matches = (step, name) =>
  step.name === name || (step.any && new RegExp(`^${step.name}[A-Z]`).test(name));

// `rules`: { Type: [hidden path, ...] }, each unconditional, for all interactions. Returns what is left of a resource as tokens, or
// undefined when it is refused, and the list of { path, clause } that says why the rest is gone.
export function oracle(rules, resource) {
  const gone = [];
  const hides = (type, name) => (rules[type] ?? []).some((path) => steps(path)[0].name === name);
  const unreadable = (type) => kPersons.includes(type) && rules[type] === undefined;
  const closed =
    kPersons.some(unreadable) || Object.values(rules).some((paths) => paths.length > 0);

  // The types that a Reference may name: what its text says, or else all that the element allows.
  function targets(object, here) {
    const reference = plain(at(object, 'reference'));
    if (typeof reference === 'string') return [reference.split('/')[0]];
    return kTargets[/(\w+)(?:\[\d+\])?$/.exec(here)?.[1]] ?? [];
  }

  function clauseOf(object, name, value, active, here) {
    if (active.some((path) => path.length === 1 && matches(path[0], name) && !path[0].url))
      return '7.2';
    if (here.endsWith('.meta') && kServerMeta.includes(name)) return '7.7';
    if (closed && name === 'text' && isObject(value) && at(value, 'div')) return '7.3 a';
    if (name === 'text' && typeof value === 'string' && active.some((path) => path.below))
      return '7.3 b';
    if (name === 'display' && active.some((path) => path.below && path[0].name === 'code'))
      return '7.3 b';
    if (name === 'display' || name === 'identifier') {
      const labels = name === 'display' ? kLabels : ['identifier'];
      const reveals = (target) =>
        unreadable(target) || labels.some((label) => hides(target, label));
      if (targets(object, here).some(reveals)) return '7.3 c';
    }
    return undefined;
  }

  function drop(path, clause) {
    gone.push({ path, clause });
    return undefined;
  }

  // `active`: what is left of hidden paths here. `shown`: references to contained resources that stay.
  function walk(value, active, here, shown) {
    if (Array.isArray(value)) {
      const kept = value
        .map((item, index) => walk(item, active, `${here}[${index}]`, shown))
        .filter((item) => item !== undefined);
      return kept.length > 0 || value.length === 0 ? kept : drop(here, '7.5');
    }
    if (!isObject(value)) return value;
    const reference = plain(at(value, 'reference'));
    if (kPersons.some(unreadable) && reference?.startsWith?.('#') && !shown.includes(reference))
      return drop(here, '7.5');
    const kept = {};
    for (const [key, member] of Object.entries(value)) {
      const name = plain(key).replace(/^_/, '');
      const path = `${here}.${plain(key)}`;
      const clause = clauseOf(value, name, member, active, here);
      if (clause !== undefined) {
        drop(path, clause);
        continue;
      }
      let rest;
      if (name === 'contained') {
        rest = member
          .map((inner, index) => containedIn(inner, `${path}[${index}]`, shown))
          .filter((inner) => inner !== undefined);
        if (rest.length === 0) rest = drop(path, '7.5');
      } else {
        rest = items(member, name, active, path, shown);
      }
      if (rest !== undefined) kept[key] = rest;
    }
    return Object.keys(kept).length > 0 || Object.keys(value).length === 0
      ? kept
      : drop(here, '7.5');
  }

  // A member, and which hidden paths go on below it; those that select by url, item by item.
  function items(member, name, active, path, shown) {
    const next = (url) =>
      active
        .filter((one) => matches(one[0], name) && (!one[0].url || one[0].url === url))
        .map((one) => Object.assign(one.slice(1), { below: true }));
    if (!Array.isArray(member)) return walk(member, next(), path, shown);
    if (!active.some((one) => one[0].url && matches(one[0], name)))
      return walk(member, next(), path, shown);
    const kept = member
      .map((item, index) => {
        const below = next(plain(at(item, 'url')));
        const whole = below.some((one) => one.length === 0);
        const place = `${path}[${index}]`;
        return whole ? drop(place, '7.2') : walk(item, below, place, shown);
      })
      .filter((item) => item !== undefined);
    return kept.length > 0 ? kept : drop(path, '7.5');
  }

  const type = (object) => plain(at(object, 'resourceType'));
  const paths = (object) => (rules[type(object)] ?? []).map((path) => steps(path));

  function containedIn(inner, here, shown) {
    return unreadable(type(inner)) ? drop(here, '7.4') : walk(inner, paths(inner), here, shown);
  }

  if (rules[type(resource)] === undefined) return { kept: undefined, gone };
  const shown = (at(resource, 'contained') ?? [])
    .filter((inner) => !unreadable(type(inner)))
    .map((inner) => `#${plain(at(inner, 'id'))}`);
  return { kept: walk(resource, paths(resource), '', shown), gone };
}

// Are all bytes of `part` in `whole`, in this order?
export function isSubsequence(part, whole) {
  let next = 0;
  for (let index = 0; index < whole.length && next < part.length; ++index)
    if (whole[index] === part[next]) ++next;
  return next === part.length;
}
