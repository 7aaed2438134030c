// Every example of the policy language's own documentation, end to end: a gateway in workerd, a FHIR server behind it, and what each
// caller reads, finds and writes. No answer holds a mark of what is not the caller's (seeds.mjs).
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../checks/tree.mjs';
import { codeOf, idsOf } from './harness.mjs';
import { documents, kAccounts, markOf, marksFor, resources } from './seeds.mjs';
import { fhirServer, kTalk } from './upstream.mjs';
import { inWorkerd } from './workerd.mjs';

let server;
let base;
let end;

before(async () => {
  server = await fhirServer({ resources });
  ({ base, end } = await inWorkerd('gateway-seeds', '../gateway/seeds_worker.mjs', server));
});
after(() => end?.());

async function ask(name, url, { json, ...init } = {}) {
  const response = await fetch(`${base}fhir/${url}`, {
    ...init,
    ...(json && { body: JSON.stringify(json), method: init.method ?? 'POST' }),
    headers: {
      authorization: `Bearer ${name}`,
      ...(json && { 'content-type': 'application/fhir+json' }),
      ...init.headers,
    },
  });
  const text = await response.text();
  const head = JSON.stringify([...response.headers]);
  assert.deepEqual(marksFor(name, `${head}\n${text}`), [], `${name}: ${url}`);
  for (const own of [kTalk, server.baseUrl]) assert.ok(!`${head}${text}`.includes(own), url);
  const json_ = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, text, json: json_ };
}

/** Each search gives these ids, in any order, and each of them reads. */
async function finds(name, table) {
  for (const [url, ids] of Object.entries(table)) {
    const answer = await ask(name, url);
    assert.equal(answer.status, 200, `${name}: ${url}: ${answer.text}`);
    assert.deepEqual(idsOf(answer).sort(), ids.toSorted(), `${name}: ${url}`);
    const type = url.split('?')[0];
    for (const id of ids) assert.equal((await ask(name, `${type}/${id}`)).status, 200, id);
  }
}

/** What is not there for a caller answers as if it were nowhere. */
async function missing(name, ...urls) {
  const nowhere = await ask(name, `${urls[0].split('/')[0]}/nowhere`);
  assert.equal(nowhere.status, 404, name);
  for (const url of urls) {
    const { status, text } = await ask(name, url);
    assert.deepEqual([status, text], [404, nowhere.text], `${name}: ${url}`);
  }
}

const refused = async (name, url, init, code = 'forbidden') => {
  const before = server.calls.length;
  const answer = await ask(name, url, init);
  assert.deepEqual([answer.status, codeOf(answer)], [403, code], `${name}: ${url}`);
  const writes = server.calls.slice(before).filter(({ method }) => method !== 'GET');
  assert.deepEqual(writes, [], `${name}: ${url}`);
};

const put = (name, json) => ask(name, `${json.resourceType}/${json.id}`, { method: 'PUT', json });
const shown = async (name, url) => {
  const { status, json } = await ask(name, url);
  assert.equal(status, 200, `${name}: ${url}`);
  return json;
};
const wrote = async (promise, status) => {
  const answer = await promise;
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const kAll = ['xyz', 'uvw', 'rst', '54aa8595-e3a7-48ae-af91-9c7cb940149b', 'homer-2'];
const kHomer = kAll[3];

test('a type: patients are read and written, and nothing else', async () => {
  await finds('type', { Patient: kAll, 'Patient?gender=female': ['xyz', 'uvw', 'rst'] });
  for (const url of ['Observation', 'Observation/o-xyz', 'Practitioner', 'Task/t-xyz', 'Slot']) {
    await refused('type', url);
  }
  const one = { resourceType: 'Patient', name: [{ family: 'New' }] };
  const { id } = await wrote(ask('type', 'Patient', { json: one }), 201);
  assert.equal((await server.stored('Patient', id)).name[0].family, 'New');
  await wrote(put('type', { ...one, id, gender: 'male' }), 200);
  assert.equal((await server.stored('Patient', id)).gender, 'male');
  const { status } = await ask('type', `Patient/${id}`, { method: 'DELETE' });
  assert.ok([200, 204].includes(status), `${status}`);
  assert.equal(await server.stored('Patient', id), undefined);
  await refused('type', 'Observation', { json: { resourceType: 'Observation', status: 'final' } });
});

test('criteria: patients who live in California', async () => {
  await finds('california', { Patient: ['xyz', 'uvw'], 'Patient?_id=xyz,rst': ['xyz'] });
  await finds('california', { 'Patient?address-state=NV': [] });
  await missing('california', 'Patient/rst', `Patient/${kHomer}`);
  const patient = await shown('california', 'Patient/uvw');
  const [address] = patient.address;
  // Neither out of what is granted, nor into it.
  await refused('california', 'Patient/uvw', {
    method: 'PUT',
    json: { ...patient, address: [{ ...address, state: 'NV' }] },
  });
  const rst = { ...patient, id: 'rst' };
  assert.equal((await put('california', rst)).status, 404);
  assert.equal((await server.stored('Patient', 'rst')).address[0].state, 'NV');
  await refused('california', 'Patient', {
    json: { resourceType: 'Patient', address: [{ state: 'NV' }] },
  });
  await wrote(put('california', { ...patient, gender: 'other' }), 200);
  assert.equal((await server.stored('Patient', 'uvw')).gender, 'other');
  await wrote(put('california', patient), 200);
});

test('read-only: each write is 403 Forbidden', async () => {
  await finds('readonly', { Patient: kAll });
  const patient = await shown('readonly', 'Patient/xyz');
  await refused('readonly', 'Patient/xyz', { method: 'PUT', json: { ...patient, gender: 'male' } });
  await refused('readonly', 'Patient', { json: { resourceType: 'Patient' } });
  await refused('readonly', 'Patient/xyz', { method: 'DELETE' });
  await refused('readonly', 'Patient/xyz', {
    ...{ method: 'PATCH', headers: { 'content-type': 'application/json-patch+json' } },
    json: [{ op: 'replace', path: '/gender', value: 'male' }],
  });
  assert.equal((await server.stored('Patient', 'xyz')).gender, 'female');
});

test('read-only elements: shown, and kept as they are', async () => {
  await finds('readonlyFields', { Patient: kAll });
  const patient = await shown('readonlyFields', 'Patient/xyz');
  assert.equal(patient.name[0].family, markOf('name-xyz'));
  const before = await server.stored('Patient', 'xyz');
  const changed = { ...patient, name: [{ family: 'Other' }], address: [], gender: 'other' };
  const { status } = await put('readonlyFields', changed);
  assert.ok([200, 403].includes(status), `${status}`);
  const kept = await server.stored('Patient', 'xyz');
  assert.deepEqual([kept.name, kept.address], [before.name, before.address]);
  await wrote(put('readonlyFields', { ...patient, gender: 'male' }), 200);
  assert.equal((await server.stored('Patient', 'xyz')).gender, 'male');
  await wrote(put('readonlyFields', patient), 200);
});

test('hidden elements: in no answer, in no search, and kept by writes', async () => {
  for (const name of ['hidden', 'hiddenReadonly']) {
    await finds(name, { Patient: kAll, 'Patient?gender=female': ['xyz', 'uvw', 'rst'] });
    const patient = await shown(name, 'Patient/xyz');
    assert.deepEqual([patient.name, patient.address], [undefined, undefined]);
    assert.equal(patient.telecom[0].value, markOf('xyz'));
    for (const query of ['name=cnry', 'family=cnry', 'address-state=CA', 'address-city=x']) {
      await refused(name, `Patient?${query}`);
    }
    for (const sort of ['family', '-address-city']) await refused(name, `Patient?_sort=${sort}`);
  }
  const patient = await shown('hidden', 'Patient/xyz');
  const before = await server.stored('Patient', 'xyz');
  await wrote(put('hidden', { ...patient, gender: 'unknown' }), 200);
  const kept = await server.stored('Patient', 'xyz');
  assert.deepEqual([kept.name, kept.address], [before.name, before.address]);
  assert.equal(kept.gender, 'unknown');
  await wrote(put('hidden', patient), 200);
  await refused('hiddenReadonly', 'Patient/xyz', { method: 'PUT', json: patient });
});

test('write constraints: what is final stays, and has a subject', async () => {
  const kRule = 'business-rule';
  const observation = await shown('constraints', 'Observation/o-rst');
  await wrote(put('constraints', { ...observation, issued: '2022-02-02T00:00:00Z' }), 200);
  const final = await shown('constraints', 'Observation/f-rst');
  await refused(
    'constraints',
    'Observation/f-rst',
    {
      ...{ method: 'PUT', json: { ...final, status: 'amended' } },
    },
    kRule,
  );
  const { subject: _, ...bare } = observation;
  await refused(
    'constraints',
    'Observation/o-rst',
    {
      ...{ method: 'PUT', json: { ...bare, status: 'final' } },
    },
    kRule,
  );
  await wrote(put('constraints', { ...observation, status: 'final' }), 200);
  await refused('constraints', 'Observation/o-rst', { method: 'PUT', json: observation }, kRule);
  const created = { resourceType: 'Observation', status: 'final', code: { text: 'new' } };
  await refused('constraints', 'Observation', { json: created }, kRule);
  const subject = { reference: 'Patient/rst' };
  const { id } = await wrote(
    ask('constraints', 'Observation', { json: { ...created, subject } }),
    201,
  );
  await server.repo.deleteResource('Observation', id);
  await server.repo.updateResource({
    ...(await server.stored('Observation', 'o-rst')),
    status: 'preliminary',
  });
});

test('compartment: observations of one patient', async () => {
  await finds('compartment', { Observation: ['o-xyz', 'f-xyz'] });
  await missing('compartment', 'Observation/o-uvw', 'Observation/f-rst');
  await refused('compartment', 'Patient/xyz');
  const json = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
  for (const subject of [{ reference: 'Patient/uvw' }, { reference: 'Patient/xy' }]) {
    await refused('compartment', 'Observation', { json: { ...json, subject } });
  }
});

test('parameterized: the general practitioner is the caller', async () => {
  await finds('practitioner', { Patient: ['xyz', 'rst'] });
  await missing('practitioner', 'Patient/uvw', `Patient/${kHomer}`);
  await refused('practitioner', 'Observation/o-xyz');
  const patient = await shown('practitioner', 'Patient/rst');
  await refused('practitioner', 'Patient/rst', {
    method: 'PUT',
    json: { ...patient, generalPractitioner: [{ reference: 'Practitioner/9' }] },
  });
});

test('criteria: patients of one managing organization', async () => {
  await finds('organization', { Patient: ['xyz'] });
  await missing('organization', 'Patient/uvw', 'Patient/rst');
});

test('parameterized: one template, two organizations', async () => {
  await finds('parameterized', { Patient: ['uvw', 'rst'], DiagnosticReport: ['d-xyz', 'd-uvw'] });
  await missing('parameterized', 'Patient/xyz');
  await missing('parameterized', 'DiagnosticReport/d-rst');
  await finds('parameterizedPatients', { Patient: ['uvw', 'rst'] });
  await refused('parameterizedPatients', 'DiagnosticReport');
  await refused('parameterized', 'Patient', {
    json: { resourceType: 'Patient', managingOrganization: { reference: 'Organization/123' } },
  });
  // Without its parameter the template is no policy: nobody gets anything, and not because of what they ask.
  const unbound = await ask('unbound', 'Patient/uvw');
  assert.deepEqual([unbound.status, codeOf(unbound)], [503, 'transient']);
});

test('healthcare partnership: patients of one account', async () => {
  for (const [name, index] of [
    ['partner', 0],
    ['partnerCompartment', 1],
  ]) {
    const [own, other] = [kAll[3 + index], kAll[4 - index]];
    await finds(name, { Patient: [own] });
    await missing(name, `Patient/${other}`, 'Patient/xyz');
    const { text } = await ask(name, `Patient/${own}`);
    assert.ok(!text.includes(kAccounts[index]), 'the account stays inside');
    await refused(name, `Patient/${own}`, { method: 'PUT', json: JSON.parse(text) });
    await refused(name, 'Organization');
  }
});

// Of each type that the template names: one for each patient, by what their ids begin with.
const kOwn = {
  ...{ Observation: 'of', DiagnosticReport: 'd', MedicationRequest: 'm', Coverage: 'c' },
  ...{ CarePlan: 'p', Immunization: 'i', Communication: 'n' },
};
const kCommon = ['Organization/abc', 'Practitioner/9', 'Schedule/s', 'Slot/s'];

for (const [name, who] of [
  ['patient', ['xyz']],
  ['patientCompartment', ['xyz']],
  ['caregiver', ['xyz', 'uvw']],
  ['caregiverCompartment', ['xyz', 'uvw']],
]) {
  const others = ['xyz', 'uvw', 'rst'].filter((id) => !who.includes(id));

  test(`${name}: reads and finds what is of ${who.join(' and ')}`, async () => {
    await finds(name, { Patient: who });
    await missing(name, ...others.map((id) => `Patient/${id}`), `Patient/${kHomer}`);
    for (const [type, prefixes] of Object.entries(kOwn)) {
      const idsFor = (list) => list.flatMap((id) => [...prefixes].map((one) => `${one}-${id}`));
      await finds(name, { [type]: idsFor(who), [`${type}?_count=2`]: idsFor(who).slice(0, 2) });
      await missing(name, ...idsFor(others).map((id) => `${type}/${id}`));
    }
    await finds(name, { PaymentNotice: [] });
    for (const url of kCommon) {
      assert.equal((await ask(name, url)).status, 200, url);
      const { resourceType, id } = await shown(name, url);
      await refused(name, url, { method: 'PUT', json: { resourceType, id } });
    }
    for (const url of ['Task', 'Task/t-xyz', 'RelatedPerson', 'Encounter/x']) {
      await refused(name, url);
    }
  });

  test(`${name}: writes what is of ${who.join(' and ')}`, async () => {
    const observation = (id) => ({
      resourceType: 'Observation',
      status: 'preliminary',
      code: { text: 'weight' },
      subject: { reference: `Patient/${id}` },
    });
    for (const id of who) {
      const made = await wrote(ask(name, 'Observation', { json: observation(id) }), 201);
      const kept = await server.stored('Observation', made.id);
      assert.equal(kept.subject.reference, `Patient/${id}`);
      // Whatever is created is tagged with the account of the policy, which no reader sees.
      assert.match(kept.meta.account.reference, /^Patient\/(xyz|uvw)$/);
      assert.equal(made.meta.account, undefined);
      const amended = { ...made, status: 'amended' };
      assert.equal((await wrote(put(name, amended), 200)).status, 'amended');
      // To nobody else.
      for (const other of others) {
        await refused(name, `Observation/${made.id}`, {
          ...{ method: 'PUT', json: { ...amended, subject: { reference: `Patient/${other}` } } },
        });
      }
      const { status } = await ask(name, `Observation/${made.id}`, { method: 'DELETE' });
      assert.ok([200, 204].includes(status), `${status}`);
      assert.equal(await server.stored('Observation', made.id), undefined);
    }
    for (const other of others) {
      await refused(name, 'Observation', { json: observation(other) });
      const theirs = await server.stored('Observation', `o-${other}`);
      const { status } = await put(name, { ...observation(who[0]), id: `o-${other}` });
      assert.equal(status, 404);
      assert.deepEqual(await server.stored('Observation', `o-${other}`), theirs);
    }
    const task = { resourceType: 'Task', status: 'draft', intent: 'order' };
    await refused(name, 'Task', { json: task });
  });

  test(`${name}: includes lead to nobody else`, async () => {
    const ids = idsOf(await ask(name, 'Patient?_revinclude=Observation:subject&_count=50'));
    const wanted = who.flatMap((id) => [id, `o-${id}`, `f-${id}`]);
    assert.deepEqual(ids.sort(), wanted.sort());
    const included = await ask(name, 'Coverage?_include=Coverage:beneficiary');
    assert.deepEqual(idsOf(included).sort(), who.flatMap((id) => [id, `c-${id}`]).sort());
    // What leads to a type that is not the caller's is not even asked for (SPEC 13.2).
    server.calls.length = 0;
    assert.deepEqual(
      idsOf(await ask(name, 'Patient?_revinclude=Task:patient')).sort(),
      who.toSorted(),
    );
    assert.ok(server.calls.every(({ url }) => !url.includes('Task')));
  });
}

test('addresses: some are allowed, then `*` blocks the rest', async () => {
  const from = (address) => ({ headers: address ? { 'x-forwarded-for': address } : {} });
  const table = {
    addresses: [
      ...[200, '203.0.113.7', '8.8.8.8', '8.8.0.1', '10.0.0.1, 8.8.8.8'],
      ...[403, '8.7.8.8', '8.80.8.8', '18.8.8.8', '203.0.113.70', '2001:db8::1', '8.8.', undefined],
      ...[403, '8.8.8.8, 10.0.0.1'],
    ],
    blocked: [200, '8.7.8.8', '203.0.113.7', 403, '8.8.8.8', '8.8.0.1', undefined],
  };
  for (const [name, row] of Object.entries(table)) {
    let wanted;
    for (const one of row) {
      if (typeof one === 'number') {
        wanted = one;
        continue;
      }
      for (const url of ['Patient/xyz', 'Patient']) {
        server.calls.length = 0;
        const answer = await ask(name, url, from(one));
        assert.equal(answer.status, wanted, `${name}: ${one}: ${answer.text}`);
        if (wanted === 200) continue;
        assert.equal(codeOf(answer), 'security');
        assert.deepEqual(server.calls, [], `${one} reached the server`);
      }
    }
  }
});

const folder = path.join(root, '../shared/seeds');
const plain = (text) => text.replace(/^\s*\/\/.*$/gm, '').replace(/[\s{}[\],]/g, '');

test(
  'the documents here are those of the documentation, and all of them',
  { skip: !existsSync(folder) && 'the documentation is not here: ../shared/seeds' },
  () => {
    // Without brackets and commas, which one copy of it has lost.
    let whole = readdirSync(folder)
      .sort()
      .map((file) => plain(readFileSync(path.join(folder, file), 'utf8')))
      .join('\n');
    const all = Object.entries(documents).map(([name, one]) => [name, plain(JSON.stringify(one))]);
    for (const [name, text] of all.sort((a, b) => b[1].length - a[1].length)) {
      assert.ok(whole.includes(text), name);
      whole = whole.replaceAll(text, '');
    }
    assert.ok(!/"resourceType":"(AccessPolicy|ProjectMembership)/.test(whole), whole);
  },
);
