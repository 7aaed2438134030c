// What the tests of authentication and policies share.
import { mock } from 'node:test';
import { gatewayTo, patient } from './fake.mjs';

export const kIssuer = 'https://issuer.example';
export const kAudience = 'https://edge.example/fhir';
export const kNow = Date.UTC(2030, 0, 1);

/** Stops the clock at `kNow`; `pass` moves it on. Only the time of day: timers run as ever. */
export function stopClock(test) {
  mock.timers.enable({ apis: ['Date'], now: kNow });
  test.after(() => mock.timers.reset());
  let now = kNow;
  return {
    pass(seconds) {
      now += seconds * 1000;
      mock.timers.setTime(now);
    },
  };
}

export const seconds = () => Date.now() / 1000;

/** A gateway that notes for whom it loads policies. `ask(token)` reads a patient with it; without one, with no token. */
export function asking(auth, options = {}) {
  const principals = [];
  const policies = {
    async load(principal) {
      principals.push(principal);
      return {
        policies: { resourceType: 'AccessPolicy', resource: [{ resourceType: 'Patient' }] },
      };
    },
  };
  const made = gatewayTo({ 'Patient/1': patient('1') }, { auth, policies, ...options });
  const ask = async (token, more = {}) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await made.get('Patient/1', { headers: { ...headers, ...more } }, null);
    const body = await response.json();
    return {
      status: response.status,
      code: body.issue?.[0].code,
      challenge: response.headers.get('www-authenticate'),
      text: JSON.stringify(body),
      headers: response.headers,
    };
  };
  return { ...made, ask, principals };
}

/** As a promise that is settled by hand. */
export function later() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

export const reply = (value, status = 200, headers = {}) =>
  new Response(typeof value === 'string' ? value : JSON.stringify(value), { status, headers });

/** Never answers, and says so when it is given up. */
export const silent = (_url, { signal } = {}) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
