// The package as a user gets it: packed, installed into an empty folder without a network, imported, compiled against.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { root } from './support.mjs';

const npm = path.join(root, 'npm');
const tool = (name) => path.join(root, 'node_modules/.bin', name);
let folder;
let tarball;

function run(command, args, cwd = folder) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  assert.equal(status, 0, `${path.basename(command)} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

const at = (...parts) => path.join(folder, 'node_modules/fhirwall', ...parts);

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fhirwall-package-'));
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], npm));
  tarball = path.join(folder, packed.filename);
  writeFileSync(path.join(folder, 'package.json'), '{"private":true,"type":"module"}');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball]);
});

after(() => rmSync(folder, { recursive: true, force: true }));

const kProgram = `
import { createEngine, ResourceError } from 'fhirwall';
const engine = await createEngine();
const policy = engine.compilePolicy({
  policies: { resourceType: 'AccessPolicy', resource: [{ resourceType: 'Patient', hiddenFields: ['name'] }] },
});
const text = new TextDecoder().decode(policy.redact('read', '{"resourceType":"Patient","name":[],"active":true}'));
if (text !== '{"resourceType":"Patient","active":true}') throw new Error(text);
try { policy.redact('read', '{'); } catch (error) { console.log(error instanceof ResourceError); }
`;

test('installed into an empty folder, it works', () => {
  writeFileSync(path.join(folder, 'program.mjs'), kProgram);
  assert.equal(run(process.execPath, ['program.mjs']), 'true\n');
  assert.equal(
    readdirSync(path.join(folder, 'node_modules'))
      .filter((name) => !name.startsWith('.'))
      .join(),
    'fhirwall',
  );
});

test('the command is installed', () => {
  assert.match(run(path.join(folder, 'node_modules/.bin/fhirwall'), ['--help']), /Usage: fhirwall/);
});

test('the manifest keeps its promises', () => {
  const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.scripts, undefined);
  assert.equal(manifest.type, 'module');
  assert.equal(manifest.sideEffects, false);
  assert.deepEqual(Object.keys(manifest.exports), [
    '.',
    './gateway',
    './adapters/*',
    './cli',
    './engine.wasm',
    './package.json',
  ]);
  assert.deepEqual(Object.keys(manifest.exports['.']), [
    ...['types', 'workerd', 'edge-light', 'deno', 'bun', 'node', 'browser', 'default'],
  ]);
  for (const file of ['README.md', 'CHANGELOG.md', 'THIRD-PARTY-NOTICES', 'LICENSE']) {
    assert.ok(readdirSync(at()).includes(file), file);
  }
  assert.equal(
    readFileSync(at('LICENSE'), 'utf8'),
    readFileSync(path.join(root, 'LICENSE'), 'utf8'),
  );
  const subpaths = `
    import manifest from 'fhirwall/package.json' with { type: 'json' };
    import { readFileSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    const wasm = readFileSync(fileURLToPath(import.meta.resolve('fhirwall/engine.wasm')));
    console.log(manifest.name, WebAssembly.validate(wasm));
    await import('fhirwall/dist/core.js').catch((error) => console.log(error.code));
  `;
  writeFileSync(path.join(folder, 'subpaths.mjs'), subpaths);
  assert.equal(
    run(process.execPath, ['--no-warnings', 'subpaths.mjs']),
    'fhirwall true\nERR_PACKAGE_PATH_NOT_EXPORTED\n',
  );
});

test('the notices name the bundled versions and hold their licences', () => {
  const notices = readFileSync(at('THIRD-PARTY-NOTICES'), 'utf8');
  for (const name of ['commander', 'progress', 'jose', 'lossless-json', '@nozbe/simdjson']) {
    const place = path.join(root, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(path.join(place, 'package.json'), 'utf8'));
    assert.ok(notices.includes(`${name.split('/').at(-1)} ${version} (`), `${name} ${version}`);
    if (name.startsWith('@')) continue; // its licence is the Apache License at the end
    const licence = readdirSync(place).find((file) => /^LICENSE(\.md)?$/.test(file));
    assert.ok(notices.includes(readFileSync(path.join(place, licence), 'utf8').trim()), name);
  }
  assert.ok(notices.includes('Boost Software License') && notices.includes('Apache License'));
});

const kConsumer = `
import {
  createEngine, EngineFault, EvaluationError, LimitError, PolicyCompileError, ResourceError, StateError,
  type Engine, type Policy, type Issue, type Decision, type CreateEngine,
  type FhirPath, type LoadedResource, type TypedValue,
} from 'fhirwall';
import { run } from 'fhirwall/cli';
import { createGateway, staticPolicies, type Gateway, type GatewayOptions } from 'fhirwall/gateway';

const gatewayOptions: GatewayOptions<{ token: string }> = {
  upstream: { baseUrl: 'https://fhir.example/r4', headers: { authorization: 'Bearer x' } },
  auth: (request, env) => (request.headers.has(env.token) ? { subject: 'a' } : undefined),
  policies: staticPolicies({ policies: { resourceType: 'AccessPolicy' } }),
  operations: { 'Patient/$everything': { result: 'searchset', methods: ['GET'] } },
};
const gateway: Gateway<{ token: string }> = createGateway(gatewayOptions);
const answered: Promise<Response> = gateway.fetch(new Request('https://x/'), { token: 'y' });
const create: CreateEngine = createEngine;
const engine: Engine = await create({ limits: { maxDepth: 64 }, wasm: new URL('file:///engine.wasm') });
using policy: Policy = engine.compilePolicy({
  policies: [{ resourceType: 'AccessPolicy', resource: [{ resourceType: 'Patient' }] }],
  membership: null,
  profile: { reference: 'Patient/1' },
  options: { closure: 'strict' },
});
const decision: Decision = policy.decide('read', { resourceType: 'Patient' });
const released = policy.redact('search', new Uint8Array(3));
if (released !== undefined) new Response(released);
const body: ReadableStream<Uint8Array<ArrayBuffer>> = new Response('').body!;
const filter = policy.filterStream({ format: 'ndjson', onInvalid: 'drop' });
const out: ReadableStream<Uint8Array> = body.pipeThrough(filter);
const counted: number = filter.counts.released;
const issues: readonly Issue[] = policy.warnings;
const allowed: boolean = policy.can('read', 'Patient') && policy.checkIp(undefined).allowed;
const matched: boolean = engine.search('Patient?active=true').matches('{}');
using patient: LoadedResource = engine.load({ resourceType: 'Patient' });
using expression: FhirPath = engine.fhirpath('name.given', { strict: true, type: 'Patient', model: 'r4' });
const values: unknown[] = expression.evaluate(patient, { variables: { before: patient, n: 1 }, now: new Date() });
const typedValues: TypedValue[] = expression.evaluateTyped(new Uint8Array(3), { now: '2026-01-02T03:04:05Z' });
const errors: (new (...values: never[]) => Error & { code: string })[] = [
  EngineFault, EvaluationError, LimitError, PolicyCompileError, ResourceError, StateError,
];
const status: Promise<number> = run(['--help'], process);
// @ts-expect-error no such interaction
policy.can('write', 'Patient');
// @ts-expect-error no such option
engine.compilePolicy({ options: { misspelt: true } });
// @ts-expect-error no such model
engine.fhirpath('id', { model: 'r5' });
// @ts-expect-error no such option
expression.evaluate(patient, { variable: {} });
// @ts-expect-error not part of the API
policy.handle;
// @ts-expect-error hash is read-only
policy.hash = '';
export { decision, out, counted, issues, allowed, matched, errors, status, values, typedValues };
`;

// Checking the libraries too takes a while, so only one of them does.
for (const [module, moduleResolution, skipLibCheck] of [
  ['NodeNext', 'NodeNext', false],
  ['ESNext', 'Bundler', true],
]) {
  test(`a consumer type-checks (${moduleResolution})`, () => {
    writeFileSync(path.join(folder, 'consumer.mts'), kConsumer);
    const compilerOptions = {
      ...{ module, moduleResolution, strict: true, noEmit: true, target: 'ES2022' },
      lib: ['ES2023', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
      exactOptionalPropertyTypes: true,
      skipLibCheck,
      typeRoots: [path.join(root, 'node_modules/@types')],
      types: ['node'],
    };
    const project = JSON.stringify({ compilerOptions, files: ['consumer.mts'] });
    writeFileSync(path.join(folder, 'tsconfig.json'), project);
    run(tool('tsc'), ['-p', folder]);
  });
}

test('publint', () => {
  run(tool('publint'), ['run', at(), '--strict']);
});

test('attw', () => {
  run(tool('attw'), [
    tarball,
    '--profile',
    'esm-only',
    '--no-emoji',
    '--exclude-entrypoints',
    './engine.wasm',
  ]);
});
