// The built halves: no code from strings in the glue, and what the raw boundary answers to wrong calls.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import createGlue from '../../npm/dist/glue.js';
import { dist } from '../js/support.mjs';

const module = await WebAssembly.compile(readFileSync(path.join(dist, 'engine.wasm')));
const kNoHandle = 254;
const kInvalidArgument = 255;

async function start() {
  const glue = {};
  await new Promise((resolve, reject) => {
    glue.instantiateWasm = (imports, receive) => {
      WebAssembly.instantiate(module, imports).then((instance) => {
        receive(instance);
        resolve();
      }, reject);
      return {};
    };
    createGlue(glue);
  });
  const view = () => new DataView(glue.HEAPU8.buffer, glue._fhirwall_response(), 48);
  return {
    glue,
    status: () => view().getUint32(0, true),
    allowed: () => view().getUint32(4, true),
    output: () => [view().getUint32(8, true), view().getUint32(12, true)],
    offset: () => view().getFloat64(16, true),
    fill(text) {
      const bytes = new TextEncoder().encode(text);
      const address = glue._fhirwall_input(bytes.length, 1);
      glue.HEAPU8.set(bytes, address);
      return bytes.length;
    },
    compile: (...rules) =>
      JSON.parse(
        glue.compilePolicy(
          JSON.stringify({ policies: { resourceType: 'AccessPolicy', resource: rules } }),
        ),
      ).handle,
  };
}

const kCodeFromStrings = /\beval\s*\(|\bnew\s+Function\b|\bFunction\s*\(|setTimeout\s*\(\s*["'`]/;

test('no file of the package makes code from strings', () => {
  const files = readdirSync(dist).filter((name) => name.endsWith('.js'));
  assert.ok(files.includes('glue.js') && files.includes('core.js'));
  for (const name of files) {
    assert.doesNotMatch(readFileSync(path.join(dist, name), 'utf8'), kCodeFromStrings, name);
  }
  for (const bad of ['eval("1")', 'new Function("a")', 'Function("a")', 'setTimeout("a")']) {
    assert.match(bad, kCodeFromStrings);
  }
});

test('the glue is small and knows no Node, no file system and no document.write', () => {
  const text = readFileSync(path.join(dist, 'glue.js'));
  assert.ok(brotliCompressSync(text).length <= 14 * 1024);
  assert.doesNotMatch(text.toString(), /\brequire\s*\(|process\.|readFileSync|document\.write/);
});

test('the module imports functions only, at most a dozen, and names its build', () => {
  const imports = WebAssembly.Module.imports(module);
  assert.deepEqual([...new Set(imports.map((one) => one.kind))], ['function']);
  assert.ok(imports.length <= 24, `${imports.length} imports`);
  const [section] = WebAssembly.Module.customSections(module, 'fhirwall');
  assert.match(new TextDecoder().decode(section), /^[0-9a-f]{16}$/);
});

test('handles that are freed, forged or of another kind find nothing', async () => {
  const { glue, status, allowed, fill, compile } = await start();
  const policy = compile({ resourceType: '*' });
  const search = JSON.parse(glue.compileSearch('Basic?_id=1', '')).handle;
  const stream = glue.openStream(policy, 2, 0, 0, '', '');
  const body = '{"resourceType":"Basic","id":"1"}';
  glue._fhirwall_redact(policy, 0, fill(body));
  assert.deepEqual([status(), allowed()], [0, 1]);

  assert.equal(glue.freePolicy(policy), true);
  assert.equal(glue.freePolicy(policy), false);
  const again = compile({ resourceType: '*' });
  assert.notEqual(again, policy, 'the slot is the same, the handle is not');
  assert.equal(again & 0xffff, policy & 0xffff);
  for (const wrong of [policy, 0, 1 << 16, 0xffff, 0xffffffff, again + 1, again + (1 << 16)]) {
    glue._fhirwall_redact(wrong, 0, fill(body));
    assert.deepEqual([status(), allowed()], [kNoHandle, 0]);
    glue._fhirwall_decide(wrong, 0, fill(body));
    assert.equal(status(), kNoHandle);
    assert.equal(glue.can(wrong, 0, 'Basic'), false);
    assert.equal(glue.checkIp(wrong, '1.1.1.1'), '');
    assert.equal(glue.openStream(wrong, 0, 0, 0, '', ''), 0);
  }
  assert.equal(glue.freeSearch(search), true);
  glue._fhirwall_matches(search, fill(body));
  assert.deepEqual([status(), allowed()], [kNoHandle, 0]);
  assert.equal(glue.freeStream(stream), true);
  glue._fhirwall_write(stream, fill('{'));
  assert.equal(status(), kNoHandle);
  glue._fhirwall_end(stream);
  assert.equal(status(), kNoHandle);
});

test('what was fetched is seen by one call, and then overwritten', async () => {
  const { glue, status, output, fill } = await start();
  const rule = { resourceType: 'Basic', criteria: 'Basic?subject:Patient._id=1' };
  const input = {
    policies: { resourceType: 'AccessPolicy', resource: [rule] },
    options: { resolve: true },
  };
  const { handle, references } = JSON.parse(glue.compilePolicy(JSON.stringify(input)));
  assert.equal(references, true);
  const body = '{"resourceType":"Basic","subject":{"reference":"Patient/1"}}';
  const fetched = '{"Patient/1":{"resourceType":"Patient","id":"1","language":"f3tch3d"}}';
  const leaves = () => Buffer.from(glue.HEAPU8).includes('f3tch3d');
  const supply = () => {
    glue._fhirwall_supply(fill(fetched));
    assert.equal(status(), 0);
    assert.equal(leaves(), true);
  };
  const allowed = () => {
    glue._fhirwall_decide(handle, 0, fill(body));
    assert.equal(status(), 0);
    const [data, size] = output();
    return JSON.parse(Buffer.from(glue.HEAPU8.slice(data, data + size))).allowed;
  };
  assert.equal(allowed(), false);
  supply();
  assert.equal(allowed(), true);
  assert.equal(leaves(), false);
  assert.equal(allowed(), false);
  for (const call of [
    () => glue._fhirwall_supply(0),
    () => glue._fhirwall_supply(fill('{')),
    () => glue._fhirwall_references(handle, 0, fill(body)),
    () => glue._fhirwall_decide(handle, 0, fill('{')),
    () => glue._fhirwall_redact(0, 0, fill(body)),
    () => glue._fhirwall_redact(handle, 99, fill(body)),
    () => glue._fhirwall_matches(0, fill(body)),
    () => glue._fhirwall_search_references(0, fill(body)),
  ]) {
    supply();
    call();
    assert.equal(leaves(), false, String(call));
    assert.equal(allowed(), false, String(call));
  }
  // A stream takes it along, and gives it back when it is freed.
  supply();
  const stream = glue.openStream(handle, 0, 0, 0, '', '');
  assert.equal(allowed(), false);
  assert.equal(leaves(), true);
  glue._fhirwall_write(stream, fill(`${body}\n`));
  assert.equal(output()[1], body.length + 1);
  glue.freeStream(stream);
  assert.equal(leaves(), false);
});

test('expressions and loaded resources: handles, variables, forms and zones that are wrong', async () => {
  const { glue, status, output, fill } = await start();
  const compile = (text) => JSON.parse(glue.compileFhirPath(text, '', false, false)).handle;
  const expression = compile('id = %a');
  const body = '{"resourceType":"Basic","id":"1"}';
  const resource = glue._fhirwall_load(fill(body));
  const value = glue._fhirwall_load(fill('"1"'));
  const evaluate = (changes = {}) => {
    const all = { expression, resource, size: 0, form: 2, now: 0, zone: 0, ...changes };
    return glue._fhirwall_evaluate(...Object.values(all));
  };
  const bound = (changes, index = 0, handle = value) => {
    glue._fhirwall_bind(index, handle);
    return evaluate(changes);
  };
  assert.equal(bound(), 1);
  assert.equal(output()[1], 4);
  assert.equal(bound({ form: 0 }), 1);
  assert.equal(evaluate(), -1, 'a variable is bound for one call');
  assert.equal(glue.errorName(status()), 'unknown-variable');
  for (const wrong of [0, 1 << 16, 0xffff, 0xffffffff, resource + 5]) {
    assert.equal(bound({ expression: wrong }), -1);
    assert.deepEqual([status(), ...output()], [kNoHandle, 0, 0]);
    if (wrong !== 0) {
      assert.equal(bound({ resource: wrong }), -1);
      assert.equal(status(), kNoHandle);
      assert.equal(bound({}, 0, wrong), -1);
      assert.equal(status(), kNoHandle);
    }
  }
  const arguments_ = [{ form: 3 }, { form: 0xffffffff }, { now: NaN }, { now: 9e15 }];
  for (const changes of [...arguments_, { zone: 841 }, { zone: -841 }, { zone: 1 << 20 }]) {
    assert.equal(bound(changes), -1);
    assert.equal(status(), kInvalidArgument);
  }
  assert.equal(bound({}, 1), -1);
  assert.equal(status(), kInvalidArgument);
  glue._fhirwall_bind(0, value);
  assert.equal(evaluate({ resource: 0, size: fill(body) }), -1, 'filling drops what is bound');
  const size = fill(body);
  assert.equal(bound({ resource: 0, size }), 1);
  assert.equal(bound({ resource: 0, size }), -1, 'the body was used up');
  assert.equal(glue.errorName(status()), 'empty-body');
  assert.equal(glue._fhirwall_load(9999), 0);
  assert.equal(glue.errorName(status()), 'empty-body');

  assert.equal(glue._fhirwall_free_resource(resource), 1);
  assert.equal(glue._fhirwall_free_resource(resource), 0);
  assert.equal(bound(), -1);
  assert.equal(status(), kNoHandle);
  assert.equal(glue.freeExpression(expression), true);
  assert.equal(glue.freeExpression(expression), false);
});

test('a slot whose generations are used up is not used again', async () => {
  const { glue, compile } = await start();
  const policy = compile({ resourceType: '*' });
  const seen = new Set();
  for (let round = 0; round < 70_000; ++round) {
    const stream = glue.openStream(policy, 2, 0, 0, '', '');
    assert.ok(stream > 0 && !seen.has(stream), `round ${round}`);
    seen.add(stream);
    glue.freeStream(stream);
  }
});

test('wrong interactions, formats and sizes are refused', async () => {
  const { glue, status, allowed, output, fill, compile } = await start();
  const policy = compile({ resourceType: '*' });
  const body = '{"resourceType":"Basic"}';
  for (const wrong of [7, 99, 0xffffffff]) {
    glue._fhirwall_redact(policy, wrong, fill(body));
    assert.deepEqual([status(), allowed(), ...output()], [kInvalidArgument, 0, 0, 0]);
    assert.equal(glue.can(policy, wrong, 'Basic'), false);
    assert.equal(glue.openStream(policy, wrong, 0, 0, '', ''), 0);
  }
  assert.equal(glue.openStream(policy, 0, 3, 0, '', ''), 0);
  assert.equal(glue.openStream(policy, 0, 0, 2, '', ''), 0);
  for (const [from, to] of [
    ['https://h/', 'https://h'],
    ['https://h', 'https://h/"'],
    ['https://h', ''],
  ]) {
    assert.equal(glue.openStream(policy, 2, 1, 0, from, to), 0);
  }
  // A size that was not reserved reads nothing.
  fill(body);
  glue._fhirwall_redact(policy, 0, 5000);
  assert.equal(glue.errorName(status()), 'empty-body');
  // Nor does a body that an earlier call has used up.
  glue._fhirwall_redact(policy, 0, fill(body));
  glue._fhirwall_redact(policy, 0, body.length);
  assert.equal(glue.errorName(status()), 'empty-body');
});

test('a denied or failed call leaves no output to read', async () => {
  const { glue, status, allowed, output, offset, fill, compile } = await start();
  const policy = compile({ resourceType: 'Patient' });
  glue._fhirwall_redact(policy, 0, fill('{"resourceType":"Basic"}'));
  assert.deepEqual([status(), allowed(), ...output()], [0, 0, 0, 0]);
  glue._fhirwall_redact(policy, 0, fill('{"resourceType":"Patient","a":1,"a":1}'));
  assert.equal(glue.errorName(status()), 'duplicate-key');
  assert.deepEqual([allowed(), ...output(), offset()], [0, 0, 0, 32]);
});

test('memory that cannot be had is a status, not a trap', async () => {
  const { glue, status, fill, compile } = await start();
  assert.equal(glue.setLimit('maxBodyBytes', 0xffffffff), true);
  for (const size of [0x7ffffff0, 0xffffffff, 0xffffffc0]) {
    assert.equal(glue._fhirwall_input(size, 1), 0);
    assert.equal(glue.errorName(status()), 'out-of-memory');
  }
  glue._fhirwall_redact(compile({ resourceType: '*' }), 0, fill('{"resourceType":"Basic"}'));
  assert.equal(status(), 0);
});

test('limits: known names, whole positive numbers, and only before the first use', async () => {
  const { glue, compile } = await start();
  for (const [name, value] of [
    ['maxDepth', 0],
    ['maxDepth', 1.5],
    ['maxDepth', NaN],
    ['maxDepth', 2 ** 32],
    ['x', 1],
  ]) {
    assert.equal(glue.setLimit(name, value), false, `${name} ${value}`);
  }
  assert.equal(glue.setLimit('maxDepth', 2 ** 32 - 1), true);
  compile({ resourceType: '*' });
  assert.equal(glue.setLimit('maxDepth', 5), false);
});
