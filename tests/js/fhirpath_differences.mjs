// Where results of npm `fhirpath` 5.2.2 on search parameters and constraints are not the engine's, and why.
const isOne = ({ names }, ...keys) =>
  keys.some((key) => names.some((name) => name.endsWith(`: ${key}`)));

/** `fits` tells whether a difference is the listed one. */
export const listed = [
  {
    reason:
      'fhirpath.js reads patterns with the `u` flag of ECMAScript, which refuses `\\-`, `\\@` and a lone `]`; the ' +
      'regular expressions of FHIRPath know them (FHIRPath N1, 5.6: PCRE)',
    fits: (one) =>
      isOne(one, 'eld-16', 'eld-19', 'eld-20') &&
      /^Invalid regular expression/.test(one.expected.error) &&
      one.got.values?.every((value) => typeof value === 'boolean'),
  },
  {
    reason:
      'a FHIR Quantity is a System.Quantity only with a UCUM code or without any unit (FHIR R4, 2.27.2); others have no ' +
      'order, and `<=` refuses operands without one (FHIRPath N1, 6.2). fhirpath.js compares their numbers',
    fits: (one) => isOne(one, 'rng-2') && /^`<=` expects two values/.test(one.got.error),
  },
  {
    reason:
      'the resource is not well-formed: `_address` although an address is no primitive, `answer` without an array. Such a ' +
      'member is no element (FHIR R4, 2.6.2); fhirpath.js gives it all the same',
    fits: (one) =>
      isOne(one, 'ele-1') &&
      /"_address":|"answer":\{/.test(JSON.stringify(one.value)) &&
      one.got.values !== undefined,
  },
  {
    reason:
      'the constraint of R4B names types that R4 does not have: refused at compile (FHIRPath N1, 6.3). fhirpath.js looks ' +
      'types up when it meets an item',
    fits: (one) => isOne(one, 'dom-r4b') && /^there is no type `Citation`/.test(one.got.error),
  },
];
