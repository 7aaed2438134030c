// What policy.checkRequest() makes of requests (SPEC 13): a verdict, and what is sent instead.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from 'fhirwall';
import { encode, everything, fails, policyOf } from './support.mjs';

const engine = await createEngine();
const compile = (...rules) =>
  engine.compilePolicy({
    policies: rules[0].resource !== undefined ? rules[0] : policyOf(...rules),
  });

const rule = (resourceType, more = {}) => ({ resourceType, ...more });
const readonly = ['read', 'vread', 'search', 'history'];

// Birth dates and the official name of a Patient are hidden; Practitioners cannot be read.
const hiding = compile(
  rule('Patient', { hiddenFields: ['birthDate', 'name.family'] }),
  rule('Observation', { hiddenFields: ['value[x]'] }),
  rule('Encounter'),
  rule('Organization', { criteria: 'Organization?active=true' }),
  rule('Binary'),
  rule('Subscription'),
  rule('Bundle'),
  rule('Condition', { interaction: ['read'] }),
);
const open = compile(everything);

const kForm = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** `refuse 403 search-parameter`, `allow Patient?_id=1`, with what the rest of a line asks for. */
function verdict(policy, line, options, more = {}) {
  const [, method, url] = /^(\w+) ?(.*)$/.exec(line);
  const check = policy.checkRequest({ method, url, ...more }, options);
  assert.equal(check.allowed, check.status === 200);
  assert.equal(check.outcome === null, check.allowed);
  if (!check.allowed) {
    assert.deepEqual(
      [check.url, check.form, check.criteria, check.removed, check.exact],
      [null, null, null, [], false],
    );
    const [issue] = check.outcome.issue;
    assert.equal(check.outcome.resourceType, 'OperationOutcome');
    assert.match(issue.details.text, /^[^A-Z\n]*[^.\n]$|^Binary is not searched$/);
    return `refuse ${check.status} ${check.reason} ${issue.code}`;
  }
  assert.equal(check.reason, 'allowed');
  const removed = check.removed.map((one) => ` -${one}`).join('');
  const form = check.form === null ? '' : ` <${check.form}>`;
  return `allow ${check.url ?? `if ${check.criteria}`}${form}${removed}${check.exact ? ' exact' : ''}`;
}

function table(name, policy, rows, options) {
  test(name, () => {
    for (const [line, expected, more] of rows) {
      assert.equal(verdict(policy, line, options, more), expected, line);
    }
  });
}

const kParameter = 'refuse 403 search-parameter forbidden';
const kNoRule = 'refuse 403 no-rule forbidden';
const kInvalid = 'refuse 400 not-canonical invalid';

table('a search reads nothing that any rule hides', hiding, [
  ['GET Patient', 'allow Patient exact'],
  ['GET Patient?birthdate=2000', kParameter],
  ['GET Patient?birthdate:missing=true', kParameter],
  ['GET Patient?family=a', kParameter],
  ['GET Patient?name=a', kParameter],
  ['GET Patient?name:exact=a', kParameter],
  ['GET Patient?phonetic=a', kParameter],
  ['GET Patient?given=a', 'allow Patient?given=a exact'],
  ['GET Patient?given:contains=a', 'allow Patient?given:contains=a exact'],
  ['GET Patient?given:text=a', kParameter],
  ['GET Patient?gender=male&gender=female', 'allow Patient?gender=male&gender=female exact'],
  ['GET Patient?gender:not=male', 'allow Patient?gender:not=male exact'],
  ['GET Patient?gender:in=http://a', kParameter],
  ['GET Patient?shoe-size=1', kParameter],
  ['GET Patient?gender:loud=male', kParameter],
  ['GET Patient?_sort=gender,-_lastUpdated', 'allow Patient?_sort=gender%2C-_lastUpdated exact'],
  ['GET Patient?_sort=gender,-birthdate', kParameter],
  ['GET Patient?_sort=-family', kParameter],
  ['GET Patient?_sort=_score', kParameter],
  ['GET Patient?_filter=gender eq male', kInvalid],
  ['GET Patient?_filter=gender%20eq%20male', 'allow Patient?_filter=gender%20eq%20male exact'],
  ['GET Patient?_filter=not(gender+eq+male+or+birthdate+lt+2000)', kParameter],
  ['GET Patient?_filter=link.birthdate+lt+2000', kParameter],
  ['GET Patient?_filter=gender+eq', kParameter],
  ['GET Patient?_filter=gender+in+abc', kParameter],
  ['GET Observation?code=1', 'allow Observation?code=1 exact'],
  ['GET Observation?value-quantity=1', kParameter],
  ['GET Observation?value-string=1', kParameter],
  [
    'GET Observation?component-value-quantity=1',
    'allow Observation?component-value-quantity=1 exact',
  ],
  ['GET Observation?combo-value-quantity=1', kParameter],
  ['GET Observation?code-value-quantity=1$gt1', kParameter],
  [
    'GET Observation?component-code-value-quantity=1$gt1',
    'allow Observation?component-code-value-quantity=1%24gt1 exact',
  ],
  ['GET Patient?_text=a', kParameter],
  ['GET Patient?_content=a', kParameter],
  ['GET Encounter?_content=a', kParameter],
  ['GET Patient?_query=a', kParameter],
  ['GET Patient?_list=1', kParameter],
  ['GET Patient?_contained=both', kParameter],
  ['GET Patient?_compartment=Patient/1', kParameter],
  ['GET Patient?_project=1', kParameter],
  ['GET Patient?_account=1', kParameter],
  [
    'GET Patient?_id=1&_lastUpdated=gt2020&_tag=a&_profile=b&_security=c',
    'allow Patient?_id=1&_lastUpdated=gt2020&_tag=a&_profile=b&_security=c exact',
  ],
]);

table('chains lead where all may be searched', hiding, [
  [
    'GET Observation?subject:Patient.gender=male',
    'allow Observation?subject:Patient.gender=male exact',
  ],
  ['GET Observation?subject:Patient.birthdate=2000', kParameter],
  ['GET Observation?subject.birthdate=2000', kParameter],
  ['GET Observation?subject.gender=male', 'allow Observation?subject.gender=male exact'],
  ['GET Observation?performer:Practitioner.gender=male', kParameter],
  ['GET Patient?general-practitioner.name=a', kParameter],
  // Organizations are found under conditions: those that are not found would be looked into.
  ['GET Patient?organization.name=a', kParameter],
  ['GET Patient?organization=Organization/1', 'allow Patient?organization=Organization%2F1 exact'],
  [
    'GET Observation?encounter.subject:Patient.gender=male',
    'allow Observation?encounter.subject:Patient.gender=male exact',
  ],
  ['GET Observation?encounter.subject:Patient.birthdate=1', kParameter],
  ['GET Observation?code.text=a', kParameter],
  ['GET Observation?subject:Device.patient.gender=male', kParameter],
  [
    'GET Patient?_has:Observation:patient:code=1',
    'allow Patient?_has:Observation:patient:code=1 exact',
  ],
  ['GET Patient?_has:Observation:patient:value-string=1', kParameter],
  ['GET Patient?_has:Condition:patient:code=1', kParameter],
  ['GET Patient?_has:Observation:code:status=1', kParameter],
  [
    'GET Patient?_has:Encounter:patient:_has:Observation:encounter:code=1',
    'allow Patient?_has:Encounter:patient:_has:Observation:encounter:code=1 exact',
  ],
  ['GET Patient?_has:Encounter:patient:_has:Observation:encounter:value-string=1', kParameter],
  ['GET Observation?subject:Patient=1', 'allow Observation?subject:Patient=1 exact'],
  ['GET Observation?subject:Practitioner=1', kParameter],
  ['GET Observation?subject:identifier=a|b', 'allow Observation?subject:identifier=a%7Cb exact'],
  ['GET Observation?subject:text=a', kParameter],
  ['GET Observation?performer:identifier=a%7Cb', kParameter],
]);

table('includes that read too much are taken out', hiding, [
  [
    'GET Observation?_include=Observation:encounter',
    'allow Observation?_include=Observation%3Aencounter%3AEncounter exact',
  ],
  [
    'GET Observation?_include=Observation:subject',
    'allow Observation?_include=Observation%3Asubject%3APatient exact',
  ],
  [
    'GET Observation?_include=Observation:subject:Patient',
    'allow Observation?_include=Observation%3Asubject%3APatient exact',
  ],
  [
    'GET Observation?_include=Observation:performer:Practitioner',
    'allow Observation -_include=Observation:performer:Practitioner exact',
  ],
  [
    'GET Observation?_include=Observation:code',
    'allow Observation -_include=Observation:code exact',
  ],
  [
    'GET Observation?_include=Observation:shoe',
    'allow Observation -_include=Observation:shoe exact',
  ],
  ['GET Observation?_include=*', 'allow Observation -_include=* exact'],
  [
    'GET Observation?_include:iterate=Encounter:patient',
    'allow Observation?_include:iterate=Encounter%3Apatient exact',
  ],
  [
    'GET Observation?_include:loud=Encounter:patient',
    'allow Observation -_include:loud=Encounter:patient exact',
  ],
  [
    'GET Patient?_revinclude=Observation:patient',
    'allow Patient?_revinclude=Observation%3Apatient exact',
  ],
  [
    'GET Patient?_revinclude=Procedure:patient',
    'allow Patient -_revinclude=Procedure:patient exact',
  ],
  [
    'GET Patient?_id=1&_include=a&_revinclude=b',
    'allow Patient?_id=1 -_include=a -_revinclude=b exact',
  ],
]);

table('what shapes the answer', hiding, [
  ['GET Patient?_format=json&_pretty=true&_summary=false', 'allow Patient exact'],
  ['GET Patient?_format=application/fhir%2Bjson', 'allow Patient exact'],
  ['GET Patient?_format=xml', 'refuse 415 media-type not-supported'],
  ['GET Patient/1?_format=text/html', 'refuse 415 media-type not-supported'],
  ['GET Patient?_count=10&_total=accurate', 'allow Patient?_count=10&_total=accurate exact'],
  ['GET Patient?_count=ten', kInvalid],
  ['GET Patient?_total=loud', kParameter],
  ['GET Patient?_summary=true', kParameter],
  ['GET Patient?_summary=count', kParameter],
  ['GET Patient?_elements=id', kParameter],
  ['GET Patient?_fields=id', kParameter],
  ['GET Patient/1?_elements=id', kParameter],
  ['GET Patient/1?_summary=text', kParameter],
  ['GET Patient/1?_format=json', 'allow Patient/1'],
]);

table('each kind of request', hiding, [
  ['GET Patient/1', 'allow Patient/1'],
  ['HEAD Patient/1', 'allow Patient/1'],
  ['GET Patient/1/_history/2', 'allow Patient/1/_history/2'],
  ['GET Patient/1/_history?_since=2020&_count=5', 'allow Patient/1/_history?_since=2020&_count=5'],
  ['GET Patient/_history?_sort=a', kParameter],
  ['GET _history?_count=1', 'allow _history?_count=1'],
  ['PUT Patient/1', 'allow Patient/1'],
  ['PUT Patient/1?a=b', kParameter],
  ['PATCH Patient/1', 'allow Patient/1'],
  ['DELETE Patient/1', 'allow Patient/1'],
  ['POST Patient', 'allow Patient'],
  ['GET Condition/1', 'allow Condition/1'],
  ['GET Condition', kNoRule],
  ['GET Condition/1/_history', kNoRule],
  ['PUT Condition/1', kNoRule],
  ['GET Practitioner/1', kNoRule],
  ['GET metadata', 'allow metadata'],
  ['GET Patient/1/$everything', 'refuse 403 operation forbidden'],
  ['POST $graphql', 'refuse 403 operation forbidden'],
  ['GET Binary/1', 'allow Binary/1'],
  ['GET Binary', 'refuse 400 no-rule not-supported'],
  ['GET Patient/1%2F2', kInvalid],
  ['GET Patient/../Practitioner', kInvalid],
  ['GET patient/1', kInvalid],
  [`GET Patient?a=${'b'.repeat(20000)}`, 'refuse 413 limit too-long'],
  ['POST Patient/1', kInvalid, { headers: { 'X-HTTP-Method-Override': 'DELETE' } }],
  [
    'POST Patient/_search',
    'allow Patient/_search <gender=male> exact',
    { headers: kForm, body: 'gender=male' },
  ],
  [
    'POST Patient/_search?_id=1',
    'allow Patient/_search <_id=1&gender=male> exact',
    { headers: kForm, body: encode('gender=male') },
  ],
  ['POST Patient/_search?_id=1', kParameter, { headers: kForm, body: 'birthdate=2000' }],
  [
    'POST Patient/_search',
    'refuse 415 media-type not-supported',
    { headers: { 'content-type': 'text/plain' }, body: 'a=b' },
  ],
  ['GET Patient/1/Observation?code=1', 'allow Patient/1/Observation?code=1'],
  ['GET Patient/1/Practitioner', kNoRule],
  ['GET Patient/1/Observation?value-string=1', kParameter],
]);

table('conditions are searches of their own', hiding, [
  ['PUT Patient?identifier=a%7Cb', 'allow if Patient?identifier=a%7Cb exact'],
  ['DELETE Patient?birthdate=2000', kParameter],
  ['PATCH Patient?family=x', kParameter],
  ['DELETE Patient?_id=1&_sort=gender', kParameter],
  ['PUT Patient?_id=1&_include=a', kParameter],
  [
    'POST Patient',
    'allow if Patient?identifier=1 exact',
    { headers: { 'If-None-Exist': 'identifier=1' } },
  ],
  ['POST Patient', kParameter, { headers: { 'If-None-Exist': 'birthdate=1' } }],
  ['PUT Patient?_format=json', kInvalid],
]);

test('writes that change who may do what need a rule that names them (SPEC 13.5)', () => {
  assert.equal(verdict(hiding, 'POST Subscription'), kNoRule);
  assert.equal(verdict(hiding, 'PUT Subscription/1'), kNoRule);
  assert.equal(verdict(hiding, 'GET Subscription/1'), 'allow Subscription/1');
  assert.equal(verdict(hiding, 'DELETE Subscription/1'), 'allow Subscription/1');
  const allow = { allowSubscriptions: true };
  assert.equal(verdict(hiding, 'PUT Subscription/1', allow), 'allow Subscription/1');
  for (const type of ['AccessPolicy', 'Bot', 'ClientApplication', 'SearchParameter']) {
    assert.equal(verdict(open, `PUT ${type}/1`), kNoRule, type);
    assert.equal(verdict(open, `GET ${type}/1`), `allow ${type}/1`);
    const named = compile(rule(type));
    assert.equal(verdict(named, `PUT ${type}/1`), `allow ${type}/1`);
    named.free();
  }
});

test('a search of all types is one of those that may be searched', () => {
  const policy = compile(
    rule('Patient', { interaction: readonly, hiddenFields: ['birthDate'] }),
    rule('Observation', { interaction: readonly }),
    rule('Condition', { interaction: ['read'] }),
  );
  for (const [line, expected] of [
    ['GET ?_id=1', 'allow ?_id=1&_type=Observation%2CPatient'],
    ['GET ?_type=Patient&_id=1', 'allow ?_id=1&_type=Patient'],
    ['GET ?_type=Patient,Condition', kNoRule],
    ['GET ?_type=Patient,Shoe', kNoRule],
    ['GET ?_type=Patient&_type=Observation', kParameter],
    ['GET ?_type=Patient&birthdate=1', kParameter],
    ['GET ?code=1', kParameter],
    [
      'GET Patient/1/*?_lastUpdated=gt2020',
      'allow Patient/1/*?_lastUpdated=gt2020&_type=Observation%2CPatient',
    ],
    ['GET Patient?_type=Observation', kParameter],
  ]) {
    assert.equal(verdict(policy, line), expected, line);
  }
  const none = compile(rule('Condition', { interaction: ['read'] }));
  assert.equal(verdict(none, 'GET ?_id=1'), kNoRule);
  assert.equal(verdict(open, 'GET ?_id=1'), 'allow ?_id=1');
  policy.free();
  none.free();
});

test('a compartment is not searched by what is hidden', () => {
  const policy = compile(rule('Observation', { hiddenFields: ['subject'] }), rule('Patient'));
  assert.equal(verdict(policy, 'GET Patient/1/Observation'), kParameter);
  assert.equal(verdict(policy, 'GET Observation?patient=Patient/1'), kParameter);
  assert.equal(
    verdict(policy, 'GET Observation?_include=Observation:subject'),
    'allow Observation -_include=Observation:subject exact',
  );
  policy.free();
});

test('times of versions are no way around a hidden `meta.lastUpdated`', () => {
  const policy = compile(rule('Patient', { hiddenFields: ['meta.lastUpdated'] }));
  assert.equal(verdict(policy, 'GET Patient/1/_history?_since=2020'), kParameter);
  assert.equal(verdict(policy, 'GET Patient/_history?_at=2020'), kParameter);
  assert.equal(verdict(policy, 'GET Patient?_lastUpdated=2020'), kParameter);
  assert.equal(
    verdict(policy, 'GET Patient/1/_history?_count=2'),
    'allow Patient/1/_history?_count=2',
  );
  policy.free();
});

test('everything is searched where nothing is hidden', () => {
  const policy = engine.compilePolicy({ policies: everything, options: { extendedMeta: true } });
  for (const query of [
    '_text=a',
    '_content=a',
    '_compartment=Patient%2F1',
    'code:in=a',
    'subject:text=a',
  ]) {
    assert.equal(verdict(policy, `GET Observation?${query}`), `allow Observation?${query} exact`);
  }
  policy.free();
});

test('a supplied search parameter is known by what it reads', () => {
  const of = (code, expression, type = 'string') => ({
    resourceType: 'SearchParameter',
    code,
    type,
    base: ['Patient'],
    expression,
  });
  const policy = engine.compilePolicy({
    policies: policyOf(rule('Patient', { hiddenFields: ['birthDate', 'extension'] })),
    options: {
      searchParameters: [
        of('born', 'Patient.birthDate', 'date'),
        of('sex', 'Patient.gender', 'token'),
        of('nick', "Patient.name.where(use = 'nickname').given"),
        of('skin', "Patient.extension('http://race').value.as(string)"),
      ],
    },
  });
  assert.equal(verdict(policy, 'GET Patient?born=2000'), kParameter);
  assert.equal(verdict(policy, 'GET Patient?skin=a'), kParameter);
  assert.equal(verdict(policy, 'GET Patient?sex=male'), 'allow Patient?sex=male exact');
  assert.equal(verdict(policy, 'GET Patient?nick=a'), 'allow Patient?nick=a exact');
  policy.free();
});

test('a batch is checked entry by entry', () => {
  const entry = (method, url, more = {}) => ({ request: { method, url, ...more } });
  const bundle = (type, ...entries) =>
    JSON.stringify({ resourceType: 'Bundle', type, entry: entries });
  const check = (body) => hiding.checkRequest({ method: 'POST', url: '', body });
  const { allowed, kind, url, entries } = check(
    bundle(
      'batch',
      entry('GET', 'Patient/1'),
      entry('GET', 'Patient?birthdate=1'),
      entry('POST', 'Patient', { ifNoneExist: 'identifier=1' }),
      entry('POST', ''),
      { resource: {} },
      null,
      entry('GET', '/Patient/1'),
      entry('POST', 'Patient', { ifNoneExist: 1 }),
    ),
  );
  assert.deepEqual([allowed, kind, url], [true, 'batch', null]);
  assert.deepEqual(
    entries.map((one) => `${one.status} ${one.reason} ${one.url ?? one.criteria}`),
    [
      '200 allowed Patient/1',
      '403 search-parameter null',
      '200 allowed Patient?identifier=1',
      ...Array(5).fill('400 not-canonical null'),
    ],
  );
  for (const body of [
    '',
    '[',
    '{}',
    bundle('searchset'),
    encode('\xff'),
    '{"resourceType":"Bundle","type":"batch","entry":1}',
  ]) {
    assert.equal(check(body).status, 400);
  }
  assert.deepEqual(check(bundle('transaction')).entries, []);
});

test('an answer says nothing of the request in words', () => {
  const check = hiding.checkRequest({ method: 'GET', url: 'Patient?birthdate=1974-12-25' });
  assert.ok(!JSON.stringify(check.outcome).includes('1974'));
  assert.ok(!JSON.stringify(check.outcome).includes('birthdate'));
});

test('mistakes of the host are thrown', () => {
  for (const [request, options] of [
    [null],
    [{}],
    [{ method: 'GET', url: 1 }],
    [{ method: 'GET', url: '', path: '' }],
    [{ method: 'GET', url: '', body: 1 }],
    [{ method: 'GET', url: '', headers: { 'Content-Type': 'a\0b' } }],
    [{ method: 'GET', url: '' }, { upstreamKind: 'hapi' }],
    [{ method: 'GET', url: '' }, { allowSubscription: true }],
  ]) {
    assert.throws(() => hiding.checkRequest(request, options), TypeError);
  }
  const policy = compile(everything);
  policy.free();
  fails(() => policy.checkRequest({ method: 'GET', url: '' }), 'StateError', 'freed');
});
