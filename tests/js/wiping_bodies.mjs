// Bodies full of canaries, in visible and hidden places, and broken ones.
import { canary } from './heap_access.mjs';
import { encode } from './support.mjs';

export const kSecret = canary('7-wh1ddenk9-x2v8r5');
export const kShown = canary('j-mv1s1blew6d8csh2');
export const kFetched = canary('-n5f3tch3du2s7est0');
export const kSecrets = [kSecret, kShown, kFetched];
export const kFillers = 'x'.repeat(70_000); // longer than what is kept between calls without growing

export const kPatient = {
  resourceType: 'Patient',
  id: 'p1',
  active: true,
  language: kShown,
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${kSecret}</div>` },
  contained: [
    { resourceType: 'Practitioner', id: 'c1', name: [{ family: kSecret, text: kShown }] },
    { resourceType: 'Observation', id: 'c2', status: 'final', valueString: kSecret },
  ],
  extension: [{ url: `urn:${kShown}`, valueString: kSecret }],
  identifier: [{ system: `urn:${kShown}`, value: kSecret }],
  name: [{ family: kSecret, given: [kShown, null], _given: [null, { id: kShown }] }],
  birthDate: kSecret,
  telecom: [{ system: 'email', value: `${kSecret}@${kShown}` }],
  generalPractitioner: [{ reference: `Practitioner/${kFetched}`, display: kSecret }],
  meta: {
    tag: [{ system: kShown, code: kSecret }],
    project: kSecret,
    account: { reference: kShown },
  },
};
export const withChanges = (changes) => ({ ...kPatient, ...changes });
export const kEscaped = JSON.stringify(kPatient).replaceAll('-', '\\u002d').replaceAll(':', '\n:');
export const kOther = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  valueString: kSecret,
};
export const bundleOf = (type, ...resources) => ({
  resourceType: 'Bundle',
  type,
  total: resources.length,
  link: [{ relation: 'self', url: `https://a.test/Patient?name=${kSecret}` }],
  entry: resources.map((resource) => ({
    fullUrl: `https://a.test/${resource.resourceType}/${kShown}`,
    resource,
    search: { mode: resource === kOther ? 'include' : 'match' },
  })),
});

// What criteria look at: folded, tokens, references, quantities, dates, a filter, and paths that are evaluated.
export const kCriteria = [
  'Patient?name:contains=zq7',
  'Patient?email=someone',
  'Patient?identifier=urn:a|b',
  'Patient?identifier:not=urn:a|b',
  'Patient?_tag:text=none',
  'Patient?general-practitioner:identifier=a|b',
  'Patient?general-practitioner=Practitioner/1',
  'Patient?birthdate=ge2000',
  'Patient?language=de',
  'Patient?_filter=name co "nobody" or language eq de',
  'Patient?_compartment=Patient/7',
  'Patient?deceased=true',
];

export const bodies = {
  'an object': kPatient,
  bytes: encode(JSON.stringify(kPatient)),
  indented: JSON.stringify(kPatient, null, 2),
  escaped: kEscaped,
  'a long body': withChanges({ address: [{ line: [kFillers, kSecret] }] }),
  'a long text': withChanges({ maritalStatus: { text: `${kSecret}${kFillers}${kShown}` } }),
  'many parts': withChanges({ contact: Array(300).fill({ name: { text: kSecret } }) }),
  'another type': kOther,
  'nested resources': {
    resourceType: 'Parameters',
    id: kSecret,
    parameter: [{ name: kShown, resource: kPatient }],
  },
  'a Bundle': bundleOf('collection', kPatient, kOther),
  denied: withChanges({ active: false }),
};
export const broken = {
  truncated: JSON.stringify(kPatient).slice(0, -1),
  'cut inside a text': JSON.stringify(kPatient).slice(0, -4),
  'a key twice': `{"resourceType":"Patient","${kSecret}":1,"${kSecret}":2}`,
  'bad UTF-8': Buffer.concat([
    encode(`{"resourceType":"Patient","a":"${kSecret}`),
    Buffer.of(0xff),
    encode('"}'),
  ]),
  'trailing bytes': `${JSON.stringify(kPatient)}${kSecret}`,
  'no object': `["${kSecret}"]`,
  'an unknown type': `{"resourceType":"${kSecret}"}`,
  'a bad number': `{"resourceType":"Patient","a":"${kSecret}","b":01}`,
};
