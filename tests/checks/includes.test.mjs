// Includes go in one direction: a folder knows only what stands below it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNative, textFiles } from './tree.mjs';

const kLanguages = ['fhirpath', 'criteria', 'filter', 'scope', 'ip', 'request', 'path'];
const kLevels2To5 = ['base', 'json', 'fhir', 'fhirpath', 'search', 'net', 'redact', 'patch'].map(
  (name) => `core/${name}`,
);

// folder -> what its files may include beside their own folder: folders, or single files.
const kMayInclude = {
  'grammar/common': [],
  ...Object.fromEntries(kLanguages.map((name) => [`grammar/${name}`, ['grammar/common']])),
  'core/base': ['grammar/common/span.hpp'],
  'core/json': ['core/base'],
  'core/fhir': ['core/base', 'core/json'],
  'core/fhirpath': ['core/base', 'core/json', 'core/fhir', 'grammar/fhirpath', 'grammar/common'],
  'core/search': [
    ...['core/base', 'core/json', 'core/fhir', 'core/fhirpath'],
    ...['grammar/criteria', 'grammar/filter', 'grammar/common'],
  ],
  'core/net': ['core/base', 'core/json', 'core/fhir', 'grammar/ip', 'grammar/common'],
  'core/redact': ['core/base', 'core/json', 'core/fhir', 'grammar/path', 'grammar/common'],
  'core/patch': ['core/base', 'core/json', 'core/fhir', 'core/fhirpath', 'grammar/common'],
  'core/policy': [...kLevels2To5, 'grammar/scope', 'grammar/common'],
  'core/decide': [...kLevels2To5, 'core/policy', 'grammar/request', 'grammar/common'],
  'core/filter': [...kLevels2To5, 'core/policy', 'core/decide', 'grammar/common'],
  core: [...kLevels2To5, 'core/policy', 'core/decide', 'core/filter'],
  wasm: ['core/engine.hpp', 'core/base/wipe.hpp'],
};

// Third parties, and the only folders that may include them. Everything else in angle brackets is the standard library.
const kThirdParties = [
  { pattern: /^simdjson/, only: /^core\/json\// },
  { pattern: /^emscripten/, only: /^wasm\// },
  { pattern: /^boost\//, only: /^grammar\// },
];

function folderOf(file) {
  const parts = file.split('/');
  if (parts[0] === 'wasm') return 'wasm';
  return parts.length > 2 ? parts.slice(0, 2).join('/') : parts[0];
}

function violations(file, text) {
  const folder = folderOf(file);
  const allowed = kMayInclude[folder];
  if (allowed === undefined) return [`${file}: the folder ${folder} has no row in the table`];
  const found = [];
  for (const [, quote, target] of text.matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)) {
    const third = kThirdParties.find((one) => one.pattern.test(target));
    if (third) {
      if (!third.only.test(file)) found.push(`${file} includes ${target}`);
    } else if (quote === '"') {
      const own = folderOf(target) === folder || !target.includes('/');
      const ok = own || allowed.includes(folderOf(target)) || allowed.includes(target);
      if (!ok) found.push(`${file} includes ${target}`);
    } else if (target.includes('/') && !target.startsWith('sys/')) {
      found.push(`${file} includes ${target}`);
    }
  }
  return found;
}

const isLayer = (file) => /^(core|grammar|wasm)\//.test(file) && isNative(file);

test('every include of core, grammar and wasm goes down the table', () => {
  const files = textFiles().filter(({ file }) => isLayer(file));
  assert.ok(files.length > 20, `only ${files.length} files seen`);
  assert.deepEqual(
    files.flatMap(({ file, text }) => violations(file, text)),
    [],
  );
});

test('only tests of the JSON layer see simdjson, no test sees Emscripten', () => {
  const bad = textFiles()
    .filter(({ file }) => file.startsWith('tests/') && isNative(file))
    .filter(({ text }) => /#\s*include\s*[<"]emscripten/.test(text))
    .map(({ file }) => file);
  assert.deepEqual(bad, []);
});

test('the check sees each kind of wrong include', () => {
  const bad = [
    ['core/json/x.cpp', '#include "core/fhir/model.hpp"'],
    ['core/fhir/x.cpp', '#include <simdjson.h>'],
    ['core/fhir/x.cpp', '#include "simdjson.h"'],
    ['core/engine.cpp', '#include <emscripten/val.h>'],
    ['core/net/x.cpp', '#include "core/redact/plan.hpp"'],
    ['core/net/x.cpp', '  #  include <boost/spirit/home/x3.hpp>'],
    ['core/base/x.hpp', '#include "grammar/ip/ast.hpp"'],
    ['grammar/ip/x.cpp', '#include "grammar/path/ast.hpp"'],
    ['grammar/ip/x.cpp', '#include "core/base/error.hpp"'],
    ['wasm/bindings.cpp', '#include "core/policy/compiled_policy.hpp"'],
    ['core/policy/x.cpp', '#include "core/engine.hpp"'],
    ['core/unlisted/x.cpp', ''],
  ];
  for (const [file, text] of bad) assert.equal(violations(file, text).length, 1, `${file} ${text}`);
  const good = [
    ['core/json/x.cpp', '#include <simdjson.h>\n#include "core/base/error.hpp"\n#include <vector>'],
    ['core/search/x.cpp', '#include "core/fhirpath/program.hpp"'],
    ['wasm/bindings.cpp', '#include <emscripten/bind.h>\n#include "core/engine.hpp"'],
  ];
  for (const [file, text] of good) assert.deepEqual(violations(file, text), []);
});
