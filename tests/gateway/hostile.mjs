// Requests and answers of the tests that mean ill.
import assert from 'node:assert/strict';
import { kCanary, patient, textOf } from './fake.mjs';

export const kJson = { 'content-type': 'application/fhir+json' };
export const post = (body, headers = {}) => ({
  method: 'POST',
  headers: { ...kJson, ...headers },
  body: JSON.stringify(body),
});
export const put = (body, headers = {}) => ({ ...post(body, headers), method: 'PUT' });
export const hidden = patient('2', { active: false, name: [{ family: kCanary }] });
export const withStatus =
  (status, body, headers = {}) =>
  () =>
    status === 204 || status === 205 || status === 304
      ? new Response(null, { status, headers: { ...kJson, ...headers } })
      : new Response(JSON.stringify(body), { status, headers: { ...kJson, ...headers } });

/** Nothing hidden, and nothing of the server's own words. */
export async function closed(response, statuses, what) {
  const text = await textOf(response);
  assert.ok(!text.includes(kCanary), `${what}: ${text}`);
  assert.ok(!text.includes('upstream.internal'), `${what}: ${text}`);
  if (statuses !== undefined) assert.ok(statuses.includes(response.status), `${what}: ${text}`);
  return text;
}
