// The commands, as a user runs them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import { run as runProgram } from 'fhirwall/cli';
import { dist, policyOf } from './support.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'fhirwall-cli-'));
after(() => rmSync(folder, { recursive: true }));

function file(name, content) {
  const place = path.join(folder, name);
  writeFileSync(
    place,
    typeof content === 'object' && !Buffer.isBuffer(content) ? JSON.stringify(content) : content,
  );
  return place;
}

function cli(args, input = '') {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(dist, 'cli/main.js'), ...args], {
      cwd: folder,
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

const kPatient = '{"resourceType":"Patient","id":"1","name":[{"family":"Hidden"}],"active":true}';
const kVisible = '{"resourceType":"Patient","id":"1","active":true}';
const kOther = '{"resourceType":"Observation","id":"2"}';
const policy = file('policy.json', policyOf({ resourceType: 'Patient', hiddenFields: ['name'] }));
const lines = file('some.ndjson', `${kPatient}\n${kOther}\n${kPatient}\n`);
const patient = file('patient.json', kPatient);
const guarded = file('guarded.json', {
  ...policyOf({ resourceType: 'Patient' }),
  ipAccessRule: [
    { value: '8.8.', action: 'allow' },
    { value: '*', action: 'block' },
  ],
});

test('redact: a resource from a file, from standard input, from -', async () => {
  for (const [args, input] of [[[patient]], [[], kPatient], [['-'], kPatient]]) {
    const { code, out, err } = await cli(['redact', '--policy', policy, ...args], input);
    assert.deepEqual([code, out, err], [0, kVisible, '']);
  }
});

test('redact: ndjson by name and by flag, with counts on request', async () => {
  const expected = `${kVisible}\n${kVisible}\n`;
  assert.deepEqual(await cli(['redact', '-p', policy, lines]), { code: 0, out: expected, err: '' });
  const input = `${kPatient}\n${kOther}\n${kPatient}\n`;
  const { out, err } = await cli(['redact', '-p', policy, '-f', 'ndjson', '--json'], input);
  assert.equal(out, expected);
  assert.deepEqual(JSON.parse(err), { released: 2, refused: 1, invalid: 0 });
});

test('redact: a Bundle as a stream', async () => {
  const entries = `[{"resource":${kPatient}},{"resource":${kOther}}]`;
  const bundle = `{"resourceType":"Bundle","type":"searchset","entry":${entries}}`;
  const { code, out } = await cli(['redact', '-p', policy, '-f', 'bundle'], bundle);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out).entry, [{ resource: JSON.parse(kVisible) }]);
});

test('redact: denied is status 3 and no output', async () => {
  assert.deepEqual(await cli(['redact', '-p', policy], kOther), {
    code: 3,
    out: '',
    err: 'denied\n',
  });
});

test('redact: an invalid line ends with status 2 and its offset, or is dropped', async () => {
  const input = `${kPatient}\n{"x"\n${kPatient}\n`;
  const { code, err } = await cli(['redact', '-p', policy, '-f', 'ndjson'], input);
  assert.equal(code, 2);
  assert.match(err, /^error: .* \(at byte \d+\) \[[a-z-]+\]\n$/);
  const dropping = await cli(['redact', '-p', policy, '-f', 'ndjson', '--drop-invalid'], input);
  assert.deepEqual(dropping, {
    ...{ code: 0, out: `${kVisible}\n${kVisible}\n` },
    err: 'invalid lines dropped: 1\n',
  });
});

test('redact: membership, profile, several policies and an array of them', async () => {
  const own = {
    ...policyOf({ resourceType: 'Patient', criteria: 'Patient?general-practitioner=%profile' }),
    id: 'own',
  };
  const membership = file('membership.json', {
    resourceType: 'ProjectMembership',
    profile: { reference: 'Practitioner/1' },
    accessPolicy: { reference: 'AccessPolicy/own' },
  });
  const mine = '{"resourceType":"Patient","generalPractitioner":[{"reference":"Practitioner/1"}]}';
  const one = file('one.json', own);
  const array = file('array.json', [
    { ...policyOf({ resourceType: 'Observation' }), id: 'x' },
    own,
  ]);
  const table = [
    [['-p', one, '-m', membership], 0],
    [['-p', array, '-m', membership], 0],
    [['-p', policy, '-p', one, '-m', membership], 0],
    [['-p', one, '--profile', 'Practitioner/1'], 0],
    [['-p', one, '--profile', 'Practitioner/2'], 3],
    [['-p', one], 2],
    [['-p', policy, '-m', membership], 2],
    [['-p', policy, '-m', file('null.json', 'null')], 2],
  ];
  for (const [args, status] of table) {
    const { code, err } = await cli(['redact', ...args], mine);
    assert.equal(code, status, `${args}: ${err}`);
  }
});

test('check: allow, deny, addresses', async () => {
  const table = [
    [['-p', policy, '-i', 'read', patient], 0, 'allow: rule 0 of policies[0]\nhidden: '],
    [['-p', policy, '-i', 'read', lines], 2, ''],
    [['-p', guarded, '-i', 'read', '--ip', '8.8.8.8', patient], 0, 'allow: rule'],
    [['-p', guarded, '-i', 'read', '--ip', '8.7.8.8', patient], 3, 'deny: address rule\n'],
    [
      ['-p', guarded, '-i', 'read', patient],
      3,
      'deny: address no-address (the policy has IP rules: give --ip)\n',
    ],
  ];
  for (const [args, status, text] of table) {
    const { code, out } = await cli(['check', ...args]);
    assert.equal(code, status, `${args}`);
    assert.ok(out.startsWith(text), out);
  }
  const { code, out } = await cli(['check', '-p', policy, '-i', 'read', '--json'], kOther);
  assert.equal(code, 3);
  const { allowed, ip, decision } = JSON.parse(out);
  assert.deepEqual([allowed, ip.allowed, decision.reason], [false, true, 'no-rule']);
});

test('check of a write: the stored version, what is submitted, conflicts', async () => {
  const rules = file(
    'write.json',
    policyOf({ resourceType: 'Patient', readonlyFields: ['gender'], hiddenFields: ['birthDate'] }),
  );
  const before = file('before.json', { resourceType: 'Patient', id: '1', gender: 'male' });
  const submitted = (more) => JSON.stringify({ resourceType: 'Patient', id: '1', ...more });
  const table = [
    [['-i', 'update', '--before', before], { gender: 'male', active: true }, 0, /^allow: rule 0/],
    [
      ['-i', 'update', '--before', before],
      { gender: 'other' },
      3,
      /^deny: conflict, rule 0 of .*\nerror: gender: a readonly element was changed\n$/,
    ],
    [['-i', 'update'], {}, 3, /^deny: no-before \(give the stored version with --before\)\n$/],
    [['-i', 'create'], { active: true }, 0, /^allow: rule 0/],
    [['-i', 'create'], { birthDate: '2000' }, 3, /^deny: conflict.*\nerror: birthDate: a hidden/],
    [['-i', 'delete'], {}, 0, /^allow: rule 0/],
    [['-i', 'read', '--before', before], {}, 2, /^$/],
    [['-i', 'update', '--before', 'nowhere.json'], {}, 2, /^$/],
  ];
  for (const [args, more, status, pattern] of table) {
    const { code, out, err } = await cli(['check', '-p', rules, ...args], submitted(more));
    assert.equal(code, status, `${args}: ${out}${err}`);
    assert.match(out, pattern);
  }
  const json = await cli(['check', '-p', rules, '-i', 'create', '--json'], submitted({}));
  const { decision } = JSON.parse(json.out);
  assert.deepEqual([decision.allowed, decision.issues, 'body' in decision], [true, [], false]);
});

test('explain: the rules that were tried, and why a path is removed', async () => {
  const rules = file('explain.json', [
    policyOf(
      { resourceType: 'Patient', criteria: 'Patient?active=true&gender=male' },
      { resourceType: 'Patient', hiddenFields: ['name.given'] },
    ),
  ]);
  const args = ['explain', '-p', rules, '-i', 'read'];
  const { code, out } = await cli(args, '{"resourceType":"Patient","active":true}');
  assert.equal(code, 0);
  assert.deepEqual(out.trimEnd().split('\n'), [
    'allow: rule 1 of policies[0]',
    '  rule 0 of policies[0]: criteria gender=male',
    '  rule 1 of policies[0]: decides',
    '  hidden contained: contained of the policy',
    '  hidden generalPractitioner.display: reference of the policy',
    '  hidden generalPractitioner.identifier: reference of the policy',
    '  hidden link.other.display: reference of the policy',
    '  hidden link.other.identifier: reference of the policy',
    '  hidden name.given',
    '  hidden name.text: closure of name.given',
    '  hidden text: narrative of name.given',
  ]);
  const denied = await cli([...args, '--scopes', 'user/Observation.rs', '--json'], kPatient);
  assert.equal(denied.code, 3);
  assert.equal(JSON.parse(denied.out).reason, 'no-rule');
});

test('scopes and the launch patient narrow what a command does', async () => {
  const own = '{"resourceType":"Patient","id":"1","active":true}';
  for (const [args, status] of [
    [['--scopes', 'patient/Patient.rs', '--launch-patient', 'Patient/1'], 0],
    [['--scopes', 'patient/Patient.rs', '--launch-patient', 'Patient/2'], 3],
    [['--scopes', 'patient/Patient.rs'], 2],
    [['--scopes', 'patient/Patient.'], 2],
  ]) {
    const { code, err } = await cli(['redact', '-p', policy, ...args], own);
    assert.equal(code, status, `${args}: ${err}`);
  }
});

test('a policy that does not compile: one issue a line, with file, path and offset', async () => {
  const wrong = file('wrong.json', [
    policyOf({ resourceType: 'Patient' }),
    policyOf({ resourceType: 'Patient', criteria: 'Patient?nothing=1', hiddenFields: ['nope'] }),
  ]);
  const { code, out, err } = await cli(['redact', '-p', policy, '-p', wrong], kPatient);
  assert.deepEqual([code, out], [2, '']);
  const found = err.trimEnd().split('\n');
  assert.equal(found.length, 2, err);
  assert.match(
    err,
    /^error: .*wrong\.json: \[1\]\.resource\[0\]\.criteria at byte 8: .* \[unknown-parameter\]$/m,
  );
  assert.match(
    err,
    /^error: .*wrong\.json: \[1\]\.resource\[0\]\.hiddenFields\[0\] at byte 0: .* \[unknown-path\]$/m,
  );
  const json = JSON.parse((await cli(['redact', '-p', wrong, '--json'], kPatient)).err);
  assert.equal(json.issues.length, 2);
});

test('text that closes the policy list early stays one policy', async () => {
  const text = '{"resourceType":"AccessPolicy"}],"options":{"allowUnrestricted":true},"x":[{}';
  const { code, err } = await cli(['redact', '-p', file('trick.json', text)], kPatient);
  assert.equal(code, 2);
  assert.match(err, /trick\.json: not well-formed JSON/);
});

test('a repeated key in a policy file is seen', async () => {
  const text = '{"resourceType":"AccessPolicy","resource":[],"resource":[{"resourceType":"*"}]}';
  const { code } = await cli(['redact', '-p', file('twice.json', text)], kPatient);
  assert.equal(code, 2);
});

test('wrong use and wrong files are status 2 with one clear line', async () => {
  const table = [
    [[], /Usage: fhirwall/],
    [['redact'], /required option '-p, --policy <file>' not specified/],
    [['redact', '-p', 'nothing.json'], /^error: nothing\.json: no such file\n$/],
    [['redact', '-p', policy, 'nothing.ndjson'], /^error: nothing\.ndjson: no such file\n$/],
    [['redact', '-p', policy, folder], /cannot be read \(EISDIR\)/],
    [
      ['redact', '-p', file('bytes.json', Buffer.from([0x22, 0xff, 0x22]))],
      /not well-formed JSON in UTF-8/,
    ],
    [['redact', '-p', policy, '--format', 'xml'], /Allowed choices are resource, bundle, ndjson/],
    [['check', '-p', policy], /required option '-i, --interaction <name>'/],
    [['check', '-p', policy, '-i', 'write'], /Allowed choices are read, vread/],
    [['redact', '-p', policy, '--nothing'], /unknown option '--nothing'/],
    [['nothing'], /unknown command 'nothing'/],
    [['redact', '-p', policy, '-f', 'resource'], /the body is empty/],
  ];
  for (const [args, pattern] of table) {
    const { code, out, err } = await cli(args);
    assert.equal(code, 2, `${args}: ${err}`);
    assert.match(err, pattern);
    assert.equal(out, '');
    assert.doesNotMatch(err, /\n {4}at /, 'no stack');
  }
});

test('fhirpath: a line for each value, from a file and from standard input', async () => {
  const resource =
    '{"resourceType":"Patient","id":"1","name":[{"given":["Ann","B\\u00e9"]}],"_gender":{"id":"g"},' +
    '"extension":[{"url":"u","valueDecimal":1.50}]}';
  const named = file('named.json', resource);
  const table = [
    [['name.given'], 'Ann\nB\u00e9\n'],
    [['name.given', '--typed'], 'FHIR.string Ann\nFHIR.string B\u00e9\n'],
    [['name.given', '--json'], '"Ann"\n"B\u00e9"\n'],
    [['extension.value'], '1.50\n'],
    [['extension.value', '--json'], '1.5\n'],
    [['extension.value', '--json', '--typed'], '{"type":"FHIR.decimal","value":"1.50"}\n'],
    [['name'], '{"given":["Ann","B\u00e9"]}\n'],
    [['gender'], ''],
    [['gender', '--typed'], 'FHIR.code null\n'],
    [['nothing'], ''],
    [["name.exists() and id = '1'"], 'true\n'],
    [['Patient.id', '--strict', '--type', 'Patient'], '1\n'],
    [['%v.id | %w.id', '--var', `v=${patient}`, '--var', `%w=${named}`], '1\n'],
    [['%n', '--var', `n=${file('number.json', '[1,2]')}`], '1\n2\n'],
  ];
  for (const [args, expected] of table) {
    const from = { file: await cli(['fhirpath', ...args, named]) };
    from.input = await cli(['fhirpath', ...args], resource);
    from.dash = await cli(['fhirpath', ...args, '-'], resource);
    for (const [where, result] of Object.entries(from)) {
      assert.deepEqual(result, { code: 0, out: expected, err: '' }, `${args} ${where}`);
    }
  }
});

test('fhirpath: what is wrong is status 2 with one line', async () => {
  const table = [
    [['fhirpath'], /missing required argument 'expression'/],
    [['fhirpath', 'name.'], /^error: expression at byte 5: .* \[fhirpath-syntax\]\n$/],
    [['fhirpath', 'id', '--type', 'X'], /^error: --type at byte 0: .* \[fhirpath-type\]\n$/],
    [['fhirpath', 'id.nothing', '--strict', '--type', 'Patient'], /\[unknown-path\]\n$/],
    [['fhirpath', 'id.nothing', '--strict'], /\[unknown-path\]\n$/],
    [['fhirpath', '%x'], /^error: .* \(at byte 0 of the expression\) \[unknown-variable\]\n$/],
    [['fhirpath', '%x', '--json'], /^\{"error":".*","code":"unknown-variable","offset":0\}\n$/],
    [['fhirpath', 'id', '--var', 'x'], /--var x: name=file is expected/],
    [['fhirpath', 'id', '--var', 'x=nothing.json'], /nothing\.json: no such file/],
    [['fhirpath', 'id', 'nothing.json'], /nothing\.json: no such file/],
    [['fhirpath', '%x', '--var', `x=${file('half.json', '{')}`], /\[invalid-json\]\n$/],
    [['fhirpath', 'id', '--nothing'], /unknown option '--nothing'/],
  ];
  for (const [args, pattern] of table) {
    const { code, out, err } = await cli(args, kPatient);
    assert.deepEqual([code, out], [2, ''], `${args}: ${err}`);
    assert.match(err, pattern);
  }
});

test('--help and --version', async () => {
  for (const args of [
    ['--help'],
    ['redact', '--help'],
    ['check', '--help'],
    ['explain', '--help'],
    ['fhirpath', '--help'],
  ]) {
    const { code, out } = await cli(args);
    assert.equal(code, 0);
    assert.match(out, /Usage: fhirwall/);
  }
  assert.match(
    (await cli(['redact', '--help'])).out,
    /--policy <file>[\s\S]*Exit status: 0 released, 3 denied/,
  );
  assert.match((await cli(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
});

test('a reader that stops early ends the command quietly', async () => {
  const many = file('many.ndjson', `${kPatient}\n`.repeat(50_000));
  const child = spawn(process.execPath, [
    path.join(dist, 'cli/main.js'),
    'redact',
    '-p',
    policy,
    many,
  ]);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.deepEqual([code, err], [0, '']);
});

test('a bar is drawn on an interactive terminal only', async () => {
  const many = file('bar.ndjson', `${kPatient}\n`.repeat(20_000));
  for (const isTTY of [true, false]) {
    let drawn = '';
    const stderr = Object.assign(new PassThrough(), {
      isTTY,
      columns: 100,
      cursorTo() {},
      clearLine() {},
    });
    stderr.setEncoding('utf8').on('data', (text) => (drawn += text));
    const stdout = new PassThrough();
    stdout.resume();
    const io = { stdin: new PassThrough(), stdout, stderr };
    assert.equal(await runProgram(['redact', '-p', policy, many], io), 0);
    assert.equal(/\d+% of 1\.5 MiB/.test(drawn), isTTY, drawn.slice(0, 200));
  }
});
