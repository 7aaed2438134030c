// What References may name: the element definitions of the model against the search parameters, which say it again for the
// elements that they look at. Every difference is computed and must be on the list; a line that no longer differs fails too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readModel } from '../../core/fhir/r4_model.mjs';
import { readSearchParameters } from '../../core/fhir/r4_search.mjs';

// [parameters, what only the element says, what only the parameter says, reason].
const kDifferences = [
  [
    [
      ...['Composition encounter', 'DeviceRequest encounter', 'DiagnosticReport encounter'],
      ...['Flag encounter', 'List encounter', 'NutritionOrder encounter', 'Observation encounter'],
      ...['Procedure encounter', 'RiskAssessment encounter', 'ServiceRequest encounter'],
      'VisionPrescription encounter',
    ],
    '',
    'EpisodeOfCare',
    'one parameter for many types, of which one can name an EpisodeOfCare',
  ],
  [['DeviceUseStatement patient'], 'Group', '', 'the parameter looks at patients alone'],
  [['AuditEvent agent'], 'Bot,ClientApplication', '', 'Medplum adds them to the element'],
  [['AuditEvent source'], 'Bot,ClientApplication,Subscription', '', 'Medplum adds them there'],
  [['HealthcareService offered-in'], 'HealthcareService', '', 'the parameter says nothing'],
  [['ResearchStudy site'], 'Organization,ResearchStudy', '', 'Medplum carries the R5 element'],
  [['Cron on-behalf-of'], 'ProjectMembership', '', 'the parameter says nothing'],
  [['Cron target'], 'Bot', '', 'the parameter says nothing'],
];

const elementOf = (model, type, name) => {
  for (let at = model.get(type); at; at = model.get(at.base)) {
    const element = at.own.find((own) => own.name === name);
    if (element) return element;
  }
  return undefined;
};

// The Reference element that an expression names without a condition; undefined where it says more.
function referenceAt(model, expression) {
  const path = /^\(?(\w+(?:\.\w+)+)(?:\.(?:as|ofType)\(Reference\)| as Reference\))?$/.exec(
    expression,
  )?.[1];
  if (!path) return undefined;
  const [head, ...steps] = path.split('.');
  let element = { types: [head] };
  for (const name of steps) {
    element = element && elementOf(model, element.types[0], name);
  }
  return element?.types.includes('Reference') ? element : undefined;
}

function differences(model) {
  const found = new Map();
  let compared = 0;
  for (const [type, parameters] of readSearchParameters(model).byType) {
    for (const { code, type: kind, expression, targets } of parameters.values()) {
      const element = kind === 'reference' ? referenceAt(model, expression) : undefined;
      if (!element || element.targets.length === 0) continue; // any type
      compared++;
      const only = (list, other) =>
        list
          .filter((name) => !other.includes(name))
          .sort()
          .join();
      const mine = only(element.targets, targets);
      const theirs = only(targets, element.targets);
      if (mine || theirs) found.set(`${type} ${code}`, [mine, theirs]);
    }
  }
  return { found, compared };
}

test('references may name what search parameters say they name', () => {
  const { found, compared } = differences(readModel());
  assert.ok(compared > 300, `${compared} compared`);
  const known = kDifferences.flatMap(([names, mine, theirs]) =>
    names.map((name) => [name, [mine, theirs]]),
  );
  assert.deepEqual(
    Object.fromEntries([...found].sort()),
    Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1))),
  );
});

test('the comparison sees a changed model', () => {
  const model = readModel();
  elementOf(model, 'Encounter', 'subject').targets = ['Patient'];
  assert.deepEqual(differences(model).found.get('Encounter subject'), ['', 'Group']);
});

test('elements name resource types, and only References name any', () => {
  const model = readModel();
  let named = 0;
  for (const type of model.values()) {
    for (const { name, types, targets } of type.own) {
      named += targets.length > 0 ? 1 : 0;
      assert.ok(targets.length === 0 || types.includes('Reference'), `${type.name}.${name}`);
    }
  }
  assert.ok(named > 600, `${named} elements with targets`);
});
