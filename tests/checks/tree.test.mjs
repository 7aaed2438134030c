// What may be in the repository at all: the agreed top level, nothing of one machine, no download addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, read, textFiles, trackedFiles } from './tree.mjs';

const kTopLevel = new Set([
  ...['CMakeLists.txt', 'CMakePresets.json', 'wasm', 'core', 'grammar', 'js', 'npm', 'tests'],
  ...['examples', 'README.md', 'LICENSE', 'package.json', 'package-lock.json'],
]);

const unexpected = (files) =>
  [...new Set(files.map((file) => file.split('/')[0]))].filter(
    (name) => !kTopLevel.has(name) && !name.startsWith('.'),
  );

// An absolute path into somebody's home, workspace or scratch folder.
const kMachinePath = /(?<![\w.:/-])\/(?:work|home|root|tmp|Users)\/(?=[\w.-])/g;
const kRegistry = /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|"resolved":\s*"https?:/g;
const kBuilt = /(^|\/)(node_modules|build|dist)\/|\.(tgz|log|o|a)$/;

function machinePaths(file, text) {
  return matches(file, text, kMachinePath, 'machine path');
}

const registries = (file, text) => matches(file, text, kRegistry, 'download address');

test('the top level holds the agreed entries only', () => {
  assert.deepEqual(unexpected(trackedFiles()), []);
});

test('no build output is tracked', () => {
  assert.deepEqual(
    trackedFiles().filter((file) => kBuilt.test(file)),
    [],
  );
});

test('no machine path anywhere', () => {
  assert.deepEqual(
    textFiles().flatMap(({ file, text }) => machinePaths(file, text)),
    [],
  );
});

test('no registry host or download address anywhere, lock file included', () => {
  assert.deepEqual(
    textFiles().flatMap(({ file, text }) => registries(file, text)),
    [],
  );
});

test('dependencies are pinned, and the package itself has none', () => {
  const loose = (manifest) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([name, version]) => name !== 'fhirwall' && !/^\d+\.\d+\.\d+$/.test(version),
    );
  for (const file of trackedFiles().filter((one) => /(^|\/)package\.json$/.test(one))) {
    assert.deepEqual(loose(JSON.parse(read(file))), [], file);
  }
  assert.equal(JSON.parse(read('npm/package.json')).dependencies, undefined);
  assert.equal(loose({ dependencies: { a: '^1.0.0' } }).length, 1);
});

// `npm ci` refuses a lock file that lacks the packages of other platforms, and `npm install` drops those it cannot fetch.
const missingPlatforms = (packages) =>
  Object.entries(packages).flatMap(([place, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) =>
        !packages[`node_modules/${name}`]?.version &&
        !packages[`${place}/node_modules/${name}`]?.version,
    ),
  );

test('the lock file holds the packages of every platform', () => {
  assert.deepEqual(missingPlatforms(JSON.parse(read('package-lock.json')).packages), []);
  const bad = { 'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0' } } };
  assert.deepEqual(missingPlatforms(bad), ['a-linux']);
});

test('the checks see what they forbid', () => {
  assert.deepEqual(unexpected(['docs/a.md', '.ci/run', 'core/a.hpp']), ['docs']);
  assert.equal(machinePaths('a', `x = "/${'home'}/someone/x"`).length, 1);
  assert.equal(machinePaths('a', `cd /${'tmp'}/x`).length, 1);
  assert.equal(machinePaths('a', 'https://example.org/home/x and a/tmp/b').length, 0);
  assert.equal(registries('a', `https://${'registry'}.example.org/x`).length, 1);
  assert.equal(registries('a', `"resolved": "${'https'}://example.org/x.tgz"`).length, 1);
  assert.ok(kBuilt.test('npm/dist/index.js') && !kBuilt.test('npm/package.json'));
});
