// Search parameters by resource type, and compartment definitions, as plain objects.
import { readDefinitions, resourcesOf } from './r4_model.mjs';

// R4 first: where several define the same code for a type, the first wins.
const kFiles = [
  'search-parameters.json',
  'search-parameters-medplum.json',
  'search-parameters-uscore.json',
];

// SPEC 5.1: Medplum's own common parameters, which no definition lists. SPEC 5.6: `accounts` hides `account`.
const kMedplumCommon = [
  { code: '_compartment', type: 'reference', expression: 'Resource.meta.compartment', targets: [] },
  { code: '_project', type: 'reference', expression: 'Resource.meta.project', targets: [] },
  {
    code: '_account',
    type: 'reference',
    expression: 'Resource.meta.accounts | Resource.meta.account',
    targets: [],
  },
];
// Known by name, not decidable by an expression on one resource.
const kSpecial = ['_content', '_filter', '_has', '_list', '_query', '_text', '_type'];

// Expressions that name a concrete choice, which is no element name in FHIRPath.
const kRewrites = [
  [/\.valueDateTime\b/g, '.value.ofType(dateTime)'],
  [
    /EvidenceVariable\.characteristic\.definitionCodeableConcept\b/g,
    'EvidenceVariable.characteristic.definition.ofType(CodeableConcept)',
  ],
  // FHIR's type, which is what an element has; the other is FHIRPath's own.
  [/\bofType\(DateTime\)/g, 'ofType(dateTime)'],
];

// What the definitions say wrongly or not at all about the components of composites: `<parameter>.<expression>` -> the
// definition of the component, by its id, or its type where there is none.
export const kComponents = {
  // R4 names the two definitions the other way round.
  'DocumentReference-relationship.code': { definition: 'DocumentReference-relation' },
  'DocumentReference-relationship.target': { definition: 'DocumentReference-relatesto' },
  // Medplum carries these composites of R5 without the parameters that they name.
  'ResearchStudy.state': { code: 'state', type: 'token' },
  'ResearchStudy.actual': { code: 'actual', type: 'token' },
  'ResearchStudy.period': { code: 'period', type: 'date' },
};
const kDefinitionBase = 'http://hl7.org/fhir/SearchParameter/';
const kResourceVariable = '%resource.';

const kOpening = '([{';
const kClosing = ')]}';

// The branches of `a | b`, split at the outermost level, outside of string literals.
export function branchesOf(expression) {
  const branches = [''];
  let depth = 0;
  let quoted = false;
  for (const c of expression) {
    if (c === "'") quoted = !quoted;
    if (!quoted && kOpening.includes(c)) ++depth;
    if (!quoted && kClosing.includes(c)) --depth;
    if (!quoted && depth === 0 && c === '|') {
      branches.push('');
    } else {
      branches[branches.length - 1] += c;
    }
  }
  return branches.map((branch) => branch.trim());
}

// The type that a branch starts from; '' for one that starts from the context (`iif(priority = ...)`).
export function headOf(branch) {
  return /^[(\s]*([A-Z][A-Za-z]*)\b/.exec(branch)?.[1] ?? '';
}

// The part of a union that concerns one type.
export function expressionFor(expression, resourceType) {
  const heads = [resourceType, 'Resource', 'DomainResource', ''];
  const own = branchesOf(expression).filter((branch) => heads.includes(headOf(branch)));
  return own.join(' | ');
}

const isCommonBase = (base) => base === 'Resource' || base === 'DomainResource';

function rewritten(expression) {
  return kRewrites.reduce((text, [pattern, by]) => text.replace(pattern, by), expression);
}

function targetsOf(model, definition) {
  // Medplum's list for Group names types of later FHIR versions, which nothing here can refer to.
  const targets = (definition.target ?? []).filter((name) => model.has(name));
  return targets.includes('Resource') ? [] : targets;
}

// One component of a composite; its type is that of the parameter that it names.
function componentOf(model, definitions, composite, { definition, expression }) {
  const corrected =
    kComponents[`${composite.id}.${expression}`] ?? kComponents[`${composite.base}.${expression}`];
  const named = corrected?.type
    ? corrected
    : definitions.get(corrected ? kDefinitionBase + corrected.definition : definition);
  if (!named) throw new Error(`${composite.id}: no definition ${definition}`);
  const ofResource = expression.startsWith(kResourceVariable);
  return {
    code: named.code,
    type: named.type,
    expression: rewritten(ofResource ? expression.slice(kResourceVariable.length) : expression),
    targets: targetsOf(model, named),
    ofResource,
  };
}

function parameterOf(model, definitions, definition, resourceType) {
  const expression = rewritten(definition.expression);
  return {
    code: definition.code,
    type: definition.type,
    expression: isCommonBase(resourceType) ? expression : expressionFor(expression, resourceType),
    targets: targetsOf(model, definition),
    components: (definition.component ?? []).map((component) =>
      componentOf(model, definitions, definition, component),
    ),
  };
}

// { common: Map(code -> parameter), byType: Map(resource type -> the same) }; parameter: { code, type, expression, targets,
// components: [{ code, type, expression, targets, ofResource }] }. A component's expression starts from an item of the
// composite's, or from the resource.
export function readSearchParameters(model) {
  const common = new Map();
  const byType = new Map();
  const all = kFiles.flatMap((file) => resourcesOf(file, 'SearchParameter'));
  const definitions = new Map();
  for (const one of all) if (!definitions.has(one.url)) definitions.set(one.url, one);
  for (const definition of all) {
    for (const base of definition.base) {
      if (kSpecial.includes(definition.code)) continue;
      const isCommon = isCommonBase(base);
      if (!isCommon && model.get(base)?.kind !== 'resource') {
        throw new Error(`${definition.id}: no resource type ${base}`);
      }
      if (!isCommon && !byType.has(base)) byType.set(base, new Map());
      const into = isCommon ? common : byType.get(base);
      if (into.has(definition.code)) continue;
      const parameter = parameterOf(model, definitions, definition, base);
      if (!parameter.expression) throw new Error(`${definition.id}: no expression for ${base}`);
      into.set(definition.code, parameter);
    }
  }
  for (const one of kMedplumCommon) common.set(one.code, { ...one, components: [] });
  for (const code of kSpecial) {
    common.set(code, { code, type: 'special', expression: '', targets: [], components: [] });
  }
  return { common, byType };
}

// Map(compartment type -> Map(resource type -> [parameter codes])), SPEC 5.6. `{def}` is the compartment's own type.
export function readCompartments() {
  const patient = readDefinitions('compartmentdefinition-patient.json');
  const others = resourcesOf('profiles-resources.json', 'CompartmentDefinition').filter(
    (definition) => definition.code !== 'Patient',
  );
  const found = new Map();
  for (const definition of [patient, ...others]) {
    const members = new Map();
    for (const { code, param } of definition.resource) {
      const codes = (param ?? []).filter((name) => name !== '{def}');
      if (codes.length) members.set(code, codes);
    }
    found.set(definition.code, members);
  }
  return found;
}
