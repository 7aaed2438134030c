// Classes of disagreement between the engine and npm `fhirpath` 5.2.2 on random expressions. Texts of dates and quantities
// are compared by what they mean; what is left falls into a class, or is unexplained.
import { same } from './fhirpath_peer.mjs';

const kQuantity = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?) (.*)$/;
const kInstant = /^\d{4}-\d\d-\d\dT\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)$/;

const instantOf = (text) =>
  Date.parse(text.replace(/T(\d\d)(Z|[+-])/, 'T$1:00$2').replace(/\.(\d)(?=Z|[+-])/, '.$100'));

// Some other property than namespace and name in what type() gives.
const isTypeInfo = (value) =>
  typeof value === 'object' && value !== null && typeof value.namespace === 'string';
const kindOf = (value) =>
  isTypeInfo(value) ? { namespace: value.namespace, name: value.name } : value;

// fhirpath.js writes `@2014T` with the T, moves sums to UTC, and writes the power of `m1`.
function plain(value) {
  if (typeof value !== 'string') return kindOf(value);
  if (kInstant.test(value)) return instantOf(value);
  const [, number, unit] = kQuantity.exec(value) ?? [];
  if (number !== undefined)
    return [
      Number(number),
      unit
        .replace(/(year|month|week|day|hour|minute|second)s$/, '$1')
        .replace(/([a-zA-Z\]])1(?!\d)/g, '$1'),
    ];
  return value.replace(/^(\d{4}(?:-\d\d){0,2})T$/, '$1');
}

export const alike = (got, expected) =>
  got.error !== undefined || expected.error !== undefined
    ? got.error !== undefined && expected.error !== undefined
    : same(got.values.map(plain), expected.values.map(plain));

const calls = (...names) => new RegExp(`\\.(?:${names.join('|')})\\(`);
const refused =
  (pattern) =>
  ({ got }) =>
    pattern.test(got.error ?? '');
const peerRefused =
  (pattern) =>
  ({ got, expected }) =>
    got.error === undefined && pattern.test(expected.error ?? '');
const written = (pattern) => (one) =>
  one.got.error === undefined && one.expected.error === undefined && pattern.test(one.expression);

/** `fits({ expression, got, expected })`; the first class that fits is the one that counts. */
export const classes = [
  {
    name: 'sign of nothing or of a FHIR number',
    reason:
      'fhirpath.js refuses them; an operator on an empty collection is empty (FHIRPath N1, 6.6), and FHIR numbers convert',
    fits: peerRefused(/^Unary [-+] can only be applied/),
  },
  {
    name: 'precision()',
    reason: 'fhirpath.js has no such function (FHIRPath 3.0, 5.7)',
    fits: ({ expected }) => /Not implemented: precision/.test(expected.error ?? ''),
  },
  {
    name: 'operands of the wrong type',
    reason:
      'an error (FHIRPath N1, 6.2 and 6.6); fhirpath.js gives nothing, or reads text as a number',
    fits: refused(/^`(?:[-+*/&]|div|mod|[<>]=?)` expects/),
  },
  {
    name: 'several items where one is wanted',
    reason:
      'an error (FHIRPath N1, 4.5); fhirpath.js looks at the other operand first, and lets iif() have several',
    fits: refused(/expects one item/),
  },
  {
    name: 'arguments of the wrong type',
    reason:
      'an error (FHIRPath N1, 4.5), an unknown format and the logarithm of what has none too; fhirpath.js gives nothing',
    fits: refused(/^`\w+` expects/),
  },
  {
    name: 'arguments when the input is empty',
    reason:
      'the result is empty whatever the arguments are (FHIRPath N1, 5); fhirpath.js looks at the arguments first',
    fits: peerRefused(
      /^Expected (?:a number|number|string|integer|a string|boolean)|^Unexpected collection|^Join requires/,
    ),
  },
  {
    name: 'operands and inputs that do not count',
    reason:
      'not looked at when the other operand or an empty input decides (FHIRPath N1, 5 and 6.5); fhirpath.js looks at them',
    fits: peerRefused(
      /^Cannot convert|^Invalid decimal|^Decode |not correctly encoded|^Invalid character|input collection contains multiple|^Expected singleton|: Found type|^For date\/time/,
    ),
  },
  {
    name: 'errors of JavaScript',
    reason: 'what its own functions throw: bytes that are no text, more than 100 digits, no match',
    fits: peerRefused(
      /^URI malformed|toFixed|^Cannot read properties|DecimalError|digits|Invalid count value|^Invalid regular/,
    ),
  },
  {
    name: 'boundaries',
    reason:
      'of Quantities and with more than 8 digits too, with a zone where none is written (FHIRPath 3.0); not in fhirpath.js',
    fits: ({ expression, got }) =>
      got.error === undefined && calls('lowBoundary', 'highBoundary').test(expression),
  },
  {
    name: 'numbers without bound',
    reason:
      'overflow is empty (FHIRPath N1, 6.6), 38 digits are kept and 28 of quotients; fhirpath.js gives Infinity, NaN or 0',
    fits: ({ expression, got, expected }) =>
      written(calls('exp', 'ln', 'log', 'power', 'sqrt', 'round'))({ expression, got, expected }) ||
      written(/2147483647|1000000|0\.ln/)({ expression, got, expected }),
  },
  {
    name: 'bytes that are no text',
    reason: 'empty; fhirpath.js reads them as Latin-1',
    fits: written(calls('decode')),
  },
  {
    name: 'arguments that are empty',
    reason: 'the result is empty (FHIRPath N1, 5.6); fhirpath.js takes them for absent',
    fits: written(
      calls(
        'skip',
        'take',
        'split',
        'join',
        'encode',
        'lastIndexOf',
        'indexOf',
        'toQuantity',
        'substring',
        'trace',
      ),
    ),
  },
  {
    name: 'types of members of elements',
    reason: 'fhirpath.js does not know those of `id`, of plain objects, and of what repeats itself',
    fits: written(/\btype\(\)| is | as |\b(?:is|as|ofType)\(/),
  },
  {
    name: 'quantities that do not compare',
    reason: 'neither equal nor unequal (FHIRPath N1, 6.1.1); fhirpath.js says unequal',
    fits: ({ expression, got, expected }) =>
      got.error === undefined && expected.error === undefined && / !?= /.test(expression),
  },
  {
    name: 'sums of months and weeks',
    reason:
      'a calendar month has no certain number of days (FHIRPath N1, 4.1.8 and 6.6); fhirpath.js takes an average',
    fits: ({ expression, got }) =>
      got.values !== undefined && /\b(?:year|month)s?\b| '(?:a|mo)'/.test(expression),
  },
  {
    name: 'members of computed decimals',
    reason: 'there are none; fhirpath.js shows those of its class',
    fits: written(/\(1 \| 2 \| 'a' \| 2\.0\)/),
  },
  {
    name: 'text of small decimals',
    reason: 'never an exponent (FHIRPath N1, 5.5.4); fhirpath.js writes 1e-7',
    fits: written(calls('toString')),
  },
];
