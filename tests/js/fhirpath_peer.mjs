// npm `fhirpath` with its R4 model, and the comparison of its results with those of the engine.
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';

/** Names of types in its model. */
export const knownTypes = r4.availableTypes;

const kBases = ['Resource', 'DomainResource', 'Element', 'BackboneElement', 'Quantity'];

/** Whether its model has an element: `Patient.contact.name`, `Observation.value[x]`. */
export function knowsElement(place) {
  const paths = [place, ...kBases.map((base) => `${base}${place.slice(place.lastIndexOf('.'))}`)];
  return paths.some(
    (one) =>
      one in r4.path2Type ||
      one.replace('[x]', '') in r4.choiceTypePaths ||
      one in r4.pathsDefinedElsewhere,
  );
}

// A reference that names a type resolves to an empty resource of that type; `#id` to the contained resource. fhirpath.js
// itself asks a server, and only asynchronously.
function resolveOne(node) {
  const value = node?.data ?? node;
  const text = typeof value === 'string' ? value : value?.reference;
  const make = (resource) =>
    node.constructor.makeResNode(
      node.ctx,
      resource,
      null,
      resource.resourceType,
      null,
      resource.resourceType,
    );
  if (text?.startsWith('#')) {
    let top = node;
    while (top.parentResNode) top = top.parentResNode;
    if (text === '#') return [top];
    const found = top.data.contained?.find(({ id }) => `#${id}` === text);
    return found ? [make(found)] : [];
  }
  const type =
    text === undefined ? value?.type : /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec(text)?.[1];
  return knownTypes.has(type) ? [make({ resourceType: type })] : [];
}

const kOptions = {
  preciseMath: true,
  traceFn: () => {},
  userInvocationTable: {
    resolve: {
      fn: (items) => items.flatMap(resolveOne),
      arity: { 0: [] },
      internalStructures: true,
    },
  },
};

const caught = (work) => {
  try {
    return { values: work() };
  } catch (error) {
    return { error: String(error?.message ?? error), name: error?.name, code: error?.code };
  }
};

/** What npm fhirpath gives for an expression: a function of a parsed resource to { values } or { error }. */
export function peer(expression) {
  let run;
  const compiled = caught(() => {
    run = fhirpath.compile(expression, r4, kOptions);
    return [];
  });
  return compiled.error === undefined
    ? (resource, variables) => caught(() => run(resource, variables))
    : () => compiled;
}

/** The same of the engine. */
export function ours(engine, expression) {
  let handle;
  const compiled = caught(() => {
    handle = engine.fhirpath(expression);
    return [];
  });
  const run =
    compiled.error === undefined
      ? (resource, options) => caught(() => handle.evaluate(resource, options))
      : () => compiled;
  return { run, compiled, free: () => handle?.free() };
}

/** Deep equality; numbers within what floating point keeps, and members of objects in any order. */
export function same(a, b) {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
  );
}

/** Whether two outcomes agree; both refusing is agreement, whatever they say. */
export const agree = (a, b) =>
  a.error !== undefined || b.error !== undefined
    ? a.error !== undefined && b.error !== undefined
    : same(a.values, b.values);

export const brief = (outcome) => {
  const text =
    outcome.error === undefined ? JSON.stringify(outcome.values) : `error: ${outcome.error}`;
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
};
