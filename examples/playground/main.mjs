// The page: asks the gateway as three users, and redacts pasted JSON with the engine in the page itself. Everything that
// came from a server or an editor goes into the page as text, never as markup.
import { createEngine } from 'fhirwall';
import { users } from '../cloudflare-worker/src/access.mjs';

const byId = (id) => document.getElementById(id);

function element(name, properties = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties);
  created.append(...children);
  return created;
}

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
};

// ---- The same request as three users.

function hiddenBy(policy) {
  const hidden = policy.resource
    .filter((rule) => rule.hiddenFields?.length > 0)
    .map((rule) => `${rule.resourceType}: ${rule.hiddenFields.join(', ')}`);
  return hidden.length > 0 ? hidden.join('; ') : 'nothing';
}

function makeCard(token, { title, policies }) {
  const [policy] = policies;
  const status = element('dd', { className: 'status' });
  const answer = element('pre', { tabIndex: 0 });
  answer.setAttribute('aria-label', `Answer for ${title}`);
  const card = element(
    'article',
    { className: 'card' },
    element('h3', { textContent: title }),
    element(
      'dl',
      {},
      element('dt', { textContent: 'Policy' }),
      element('dd', { textContent: policy.name }),
      element('dt', { textContent: 'Hides' }),
      element('dd', { textContent: hiddenBy(policy) }),
      element('dt', { textContent: 'Answer' }),
      status,
    ),
    answer,
    element(
      'details',
      {},
      element('summary', { textContent: 'The access policy' }),
      element('pre', { tabIndex: 0, textContent: JSON.stringify(policy, undefined, 2) }),
    ),
  );
  byId('users').append(card);

  return async (path) => {
    const response = await fetch(path, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    status.className = `status ${response.ok ? 'ok' : 'refused'}`;
    status.textContent = `${response.status}, ${new TextEncoder().encode(text).length} bytes`;
    answer.textContent = pretty(text);
    return `${title}: ${response.status}`;
  };
}

const cards = Object.entries(users).map(([token, user]) => makeCard(token, user));

async function ask() {
  const path = byId('request').value;
  const results = await Promise.all(cards.map((show) => show(path)));
  byId('search-status').textContent = `${path}: ${results.join(', ')}`;
}

byId('request').addEventListener('change', ask);
ask();

// ---- A policy of one's own, in the page.

const kPolicy = {
  resourceType: 'AccessPolicy',
  resource: [
    {
      resourceType: 'Patient',
      criteria: 'Patient?address-state=CA',
      hiddenFields: ['birthDate', 'address'],
    },
  ],
};
const kPatient = {
  resourceType: 'Patient',
  id: 'example',
  name: [{ family: 'Ruiz', given: ['Ana'] }],
  birthDate: '1984-03-02',
  _birthDate: { id: 'b' },
  address: [{ city: 'San Diego', state: 'CA' }],
};

byId('policy').value = JSON.stringify(kPolicy, undefined, 2);
byId('body').value = JSON.stringify(kPatient, undefined, 2);

const engine = await createEngine();

function report(className, text, released = '') {
  byId('verdict').className = `verdict ${className}`;
  byId('verdict').textContent = text;
  byId('released').textContent = released;
}

function redact() {
  let policy;
  try {
    policy = engine.compilePolicy({ policies: JSON.parse(byId('policy').value) });
    const released = policy.redact(byId('interaction').value, byId('body').value);
    if (released === undefined) report('refused', 'denied: nothing is released');
    else report('ok', `${released.length} bytes released`, new TextDecoder().decode(released));
  } catch (error) {
    const issues = error.issues?.map((one) => `${one.path}: ${one.message}`) ?? [error.message];
    report('refused', issues.join('\n'));
  } finally {
    policy?.free();
  }
}

for (const id of ['policy', 'body', 'interaction']) byId(id).addEventListener('input', redact);
redact();
document.documentElement.dataset.ready = 'true';
