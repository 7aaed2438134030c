// The code systems behind the ValueSets that elements are bound to, from the definitions.
import { resourcesOf } from './r4_model.mjs';

const kFiles = [
  'valuesets.json',
  'v3-codesystems.json',
  'v2-tables.json',
  'valuesets-medplum.json',
  'valuesets-medplum-generated.json',
];

// Beyond this a list of codes is not worth its bytes: it is that of all FHIR types, at which no search parameter looks.
const kMaxCodes = 64;

const withoutVersion = (canonical) => canonical.split('|')[0];

function byUrl(resourceType) {
  const found = new Map();
  for (const resource of kFiles.flatMap((file) => resourcesOf(file, resourceType))) {
    if (!found.has(resource.url)) found.set(resource.url, resource);
  }
  return found;
}

// Where several files define one url, the first wins.
export const readTerminology = () => ({
  valueSets: byUrl('ValueSet'),
  codeSystems: byUrl('CodeSystem'),
});

const allCodes = (concepts) =>
  (concepts ?? []).flatMap(({ code, concept }) => [code, ...allCodes(concept)]);

// The codes that an include takes from its system; null when the definitions do not enumerate them.
function codesOf({ codeSystems }, { system, concept, filter }) {
  if (concept) return concept.map(({ code }) => code);
  const defined = codeSystems.get(system);
  return filter || defined?.content !== 'complete' ? null : allCodes(defined.concept);
}

// Map(system -> [code] or null) of what a ValueSet includes, imports followed. Undefined when a ValueSet on the way is
// not there, or says nothing by its compose. `exclude` takes codes away, and never adds a system: it is not looked at.
export function systemsOf(terminology, canonical, within = []) {
  const url = withoutVersion(canonical);
  const compose = terminology.valueSets.get(url)?.compose;
  if (!compose || within.includes(url)) return undefined;
  const found = new Map();
  const add = (system, codes) => {
    const known = found.get(system);
    found.set(system, codes && known !== null ? [...(known ?? []), ...codes] : null);
  };
  for (const include of compose.include) {
    if (include.system) {
      add(include.system, codesOf(terminology, include));
      continue;
    }
    for (const imported of include.valueSet) {
      const systems = systemsOf(terminology, imported, [...within, url]);
      if (!systems) return undefined;
      for (const [system, codes] of systems) add(system, codes);
    }
  }
  return found;
}

// What the ValueSet says about a `code`, which has no system written beside it: { system } when all its codes have the
// same; { codes: Map(code -> system) } when it enumerates several systems, without codes that several define; else {}.
export function implicitSystems(terminology, canonical) {
  const systems = systemsOf(terminology, canonical);
  if (!systems) return {};
  if (systems.size === 1) return { system: [...systems.keys()][0] };
  const lists = [...systems.values()];
  if (lists.includes(null) || lists.flat().length > kMaxCodes) return {};
  const codes = new Map();
  for (const [system, list] of systems) {
    for (const code of list) codes.set(code, codes.has(code) ? undefined : system);
  }
  return { codes: new Map([...codes].filter(([, system]) => system)) };
}
