// Clients that were written for FHIR servers work with a gateway in front of one, over HTTP.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client as FhirClient } from 'fhir-kit-client';
import { found, open } from './harness.mjs';

globalThis.WebSocket ??= class {};
const { MedplumClient } = await import('@medplum/core');

const idsOf = (bundle) => (bundle.entry ?? []).map(({ resource }) => resource.id).sort();
const nextOf = (bundle) => bundle.link?.find(({ relation }) => relation === 'next')?.url;

/** A gateway over HTTP in front of a server over HTTP, while `work({ world, base })` goes on. */
async function served(work) {
  const world = await open();
  const { server } = world;
  await server.listening(async (baseUrl) => {
    const own = await open({ server, options: { upstream: baseUrl, baseUrl: '/fhir' } });
    await own.listening((base) => work({ server, base }));
    own.gateway.free();
  });
}

/** `fetch` that looks at every answer as `name`. */
const watching = (name, server) => async (input, init) => {
  const response = await fetch(input, init);
  const text = await response.clone().text();
  const head = JSON.stringify([...response.headers]);
  assert.deepEqual(found(name, `${head}\n${text}`, server), [], String(input?.url ?? input));
  return response;
};

test('MedplumClient', async () => {
  await served(async ({ server, base }) => {
    const clientOf = (name) =>
      new MedplumClient({
        baseUrl: base.replace(/fhir$/, ''),
        fhirUrlPath: 'fhir',
        accessToken: name,
        cacheTime: 0,
        fetch: watching(name, server),
      });
    const desk = clientOf('frontdesk');
    const ana = await desk.readResource('Patient', 'ana');
    assert.equal(ana.birthDate, undefined);
    assert.equal(ana.name[0].family, 'cnry-ana-name-7a');

    const first = await desk.search('Patient', '_count=2');
    assert.equal(first.entry.length, 2);
    const second = await (
      await watching('frontdesk', server)(nextOf(first), {
        headers: { authorization: 'Bearer frontdesk' },
      })
    ).json();
    assert.deepEqual([...idsOf(first), ...idsOf(second)].sort(), ['ana', 'bo', 'cora']);

    const history = await desk.readHistory('Patient', 'ana');
    assert.equal(history.entry.length, 1);
    assert.equal(history.entry[0].resource.birthDate, undefined);

    // What was shown is sent back with a change: nothing hidden is lost.
    const updated = await desk.updateResource({ ...ana, gender: 'other' });
    assert.equal(updated.gender, 'other');
    const kept = await server.stored('Patient', 'ana');
    assert.deepEqual([kept.gender, kept.birthDate], ['other', '1951-01-17']);

    const patched = await desk.patchResource('Patient', 'ana', [
      { op: 'replace', path: '/gender', value: 'female' },
    ]);
    assert.equal(patched.gender, 'female');
    assert.equal((await server.stored('Patient', 'ana')).birthDate, '1951-01-17');

    const physician = clientOf('physician');
    const included = await physician.search(
      'Observation',
      '_id=o-ana-1&_include=Observation:subject',
    );
    assert.deepEqual(idsOf(included), ['ana', 'o-ana-1']);
    await assert.rejects(physician.readResource('Patient', 'cora'), /not found/i);

    const admin = clientOf('admin');
    const task = { resourceType: 'Task', status: 'draft', intent: 'order' };
    const created = await admin.createResource(task);
    assert.ok(await server.stored('Task', created.id));
    await admin.deleteResource('Task', created.id);
    assert.equal(await server.stored('Task', created.id), undefined);

    const batch = await clientOf('ana').executeBatch({
      resourceType: 'Bundle',
      type: 'batch',
      entry: ['Patient/ana', 'Patient/cora', 'Observation?_count=1'].map((url) => ({
        request: { method: 'GET', url },
      })),
    });
    assert.equal(batch.type, 'batch-response');
    const statuses = batch.entry.map(({ response }) => response.status.slice(0, 3));
    assert.deepEqual(statuses, ['200', '404', '200']);
    assert.equal(batch.entry[0].resource.id, 'ana');
    assert.equal(batch.entry[1].resource, undefined);
  });
});

test('fhir-kit-client', async () => {
  await served(async ({ server, base }) => {
    const clientOf = (name) =>
      new FhirClient({ baseUrl: base, customHeaders: { authorization: `Bearer ${name}` } });
    const watched = (name, value) => {
      assert.deepEqual(found(name, JSON.stringify(value), server), []);
      return value;
    };
    const ana = clientOf('ana');
    const own = watched('ana', await ana.read({ resourceType: 'Patient', id: 'ana' }));
    assert.equal(own.birthDate, '1951-01-17');
    await assert.rejects(ana.read({ resourceType: 'Patient', id: 'cora' }), (error) => {
      watched('ana', error.response?.data ?? {});
      return true;
    });
    const page = watched(
      'ana',
      await ana.search({ resourceType: 'Observation', searchParams: { _count: 2 } }),
    );
    let seen = idsOf(page);
    for (let more = page, left = 9; left > 0 && nextOf(more); --left) {
      more = watched('ana', await ana.nextPage({ bundle: more }));
      seen = [...seen, ...idsOf(more)];
    }
    assert.deepEqual(seen.sort(), ['o-ana-1', 'o-ana-2', 'o-ana-3']);
    const history = await ana.history({ resourceType: 'Patient', id: 'ana' });
    assert.equal(watched('ana', history).type, 'history');
    const capability = await ana.capabilityStatement();
    assert.equal(watched('ana', capability).resourceType, 'CapabilityStatement');

    const admin = clientOf('admin');
    const body = { resourceType: 'Task', status: 'draft', intent: 'order' };
    const made = await admin.create({ resourceType: 'Task', body });
    assert.ok(await server.stored('Task', made.id));
    await admin.delete({ resourceType: 'Task', id: made.id });
    assert.equal(await server.stored('Task', made.id), undefined);
  });
});

test('plain fetch', async () => {
  await served(async ({ server, base }) => {
    const ask = (name, url, { json, ...init } = {}) =>
      watching(name, server)(`${base}/${url}`, {
        ...init,
        ...(json && { body: JSON.stringify(json), method: init.method ?? 'POST' }),
        headers: {
          authorization: `Bearer ${name}`,
          ...(json && { 'content-type': 'application/fhir+json' }),
          ...init.headers,
        },
      });
    const task = (value) => ({
      ...{ resourceType: 'Task', status: 'draft', intent: 'order' },
      identifier: [{ system: 'urn:t', value }],
    });
    const ifNone = { headers: { 'if-none-exist': 'identifier=urn:t|one' } };
    const first = await ask('admin', 'Task', { json: task('one'), ...ifNone });
    assert.equal(first.status, 201);
    const again = await ask('admin', 'Task', { json: task('one'), ...ifNone });
    assert.equal(again.status, 200);
    const { total } = await (await ask('admin', 'Task?identifier=urn:t|one')).json();
    assert.ok(total === undefined || total === 1, total);
    const location = first.headers.get('location');
    assert.ok(location.startsWith(`${base}/Task/`), location);

    const read = await ask('admin', 'Patient/bo');
    const etag = read.headers.get('etag');
    const patient = await read.json();
    const put = (json) =>
      ask('admin', 'Patient/bo', { method: 'PUT', json, headers: { 'if-match': etag } });
    assert.equal((await put({ ...patient, gender: 'male' })).status, 200);
    const late = await put({ ...patient, gender: 'other' });
    assert.equal(late.status, 412);
    assert.equal((await server.stored('Patient', 'bo')).gender, 'male');
    const gone = await ask('admin', 'Patient/bo', { method: 'DELETE' });
    assert.ok([200, 204].includes(gone.status), `${gone.status}`);
    assert.equal((await ask('admin', 'Patient/bo')).status, 404);
  });
});
