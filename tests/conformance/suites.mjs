// The public FHIRPath suites as they are stored beside the project, the list of what is known to differ, and the judging of
// results of `evaluateTyped`. The native runner (tests/native/core/fhirpath/conformance_test.cpp) judges by the same rules.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { root } from '../js/support.mjs';

export const folder = path.join(root, '../shared/fhirpath');
export const suitesPresent = existsSync(path.join(folder, 'official-r4.json'));

const read = (file) => readFileSync(file, 'utf8');
export const suite = (name) => JSON.parse(read(path.join(folder, `${name}.json`)));
export const exceptions = () =>
  new Map(
    JSON.parse(read(path.join(root, 'tests/conformance/exceptions.json'))).map((one) => [
      one.id,
      one.reason,
    ]),
  );
export const disputed = (kind) =>
  new Set(
    suite('disputed-r4')
      .filter((one) => kind === undefined || one.kind === kind)
      .map(({ id }) => id),
  );

const inputs = new Map();
/** The text of an input file: numbers keep their digits. */
export function input(kind, name) {
  if (name === null) return '{}';
  const file = path.join(folder, kind, name);
  if (!inputs.has(file)) inputs.set(file, read(file));
  return inputs.get(file);
}

const kTypes = {
  boolean: ['System.Boolean', 'FHIR.boolean'],
  integer: ['System.Integer', 'FHIR.integer', 'FHIR.positiveInt', 'FHIR.unsignedInt'],
  decimal: ['System.Decimal', 'FHIR.decimal'],
  string: ['System.String', 'FHIR.string'],
  code: ['System.String', 'FHIR.code'],
  date: ['System.Date', 'FHIR.date'],
  dateTime: ['System.DateTime', 'FHIR.dateTime'],
  time: ['System.Time', 'FHIR.time'],
  Quantity: ['System.Quantity', 'FHIR.Quantity'],
};

function typeFits(type, wanted, inferred) {
  if (kTypes[wanted].includes(type)) return true;
  // An inferred type says integer for any number without a point.
  if (inferred === true && wanted === 'integer' && type === 'System.Decimal') return true;
  const dates = [...kTypes.date, ...kTypes.dateTime];
  return inferred === true && ['date', 'dateTime'].includes(wanted) && dates.includes(type);
}

const bareNumber = (text) =>
  text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '').replace(/^-0$/, '0') : text;

// An item of `evaluateTyped` against an output of the official suites.
function outputFits({ type, value }, output) {
  if (!typeFits(type, output.type, output.inferred)) return false;
  const got = String(value);
  if (['decimal', 'integer'].includes(output.type)) {
    return bareNumber(got) === bareNumber(output.value);
  }
  const dated = ['date', 'dateTime', 'time'].includes(output.type);
  return got === (dated ? output.value.replace(/^@T?/, '') : output.value);
}

export function outputsFit(result, test) {
  const outputs = [...test.outputs];
  if (test.predicate) {
    const value = result.length > 0 && result[0].value !== false;
    return outputs.length === 1 && outputs[0].value === String(value);
  }
  if (outputs.length !== result.length) return false;
  return result.every((item) => {
    const at =
      test.ordered === false
        ? outputs.findIndex((output) => outputFits(item, output))
        : Number(outputs[0] === undefined || !outputFits(item, outputs[0])) * -1;
    if (at < 0) return false;
    outputs.splice(at, 1);
    return true;
  });
}

// One item against plain JSON as fhirpath.js gives it: longs, dates and quantities are text, numbers come from
// floating-point arithmetic of about 15 digits.
function plainFits({ type, value }, wanted) {
  if (typeof wanted !== 'number') {
    const text = typeof value === 'object' || typeof value === 'boolean' ? value : String(value);
    return isDeepStrictEqual(text, wanted);
  }
  const numeric =
    typeof value === 'number' || ['System.Decimal', 'System.Long', 'FHIR.decimal'].includes(type);
  return numeric && Math.abs(Number(value) - wanted) <= 1e-14 * Math.abs(wanted);
}

/** fhirpath.js has no item for a primitive without value. */
export function plainResultsFit(result, test) {
  const items = result.filter(({ value }) => value !== null);
  return (
    items.length === test.result.length &&
    items.every((item, index) => plainFits(item, test.result[index]))
  );
}

/** An item of `evaluateTyped` as one line, the form of tests/vectors/fhirpath.json: `Integer 3`, `FHIR.string 'b'`. */
export function lineOf({ type, value }) {
  const name = type.replace(/^System\./, '');
  const quoted = (text) =>
    `'${text
      .replace(/['\\]/g, '\\$&')
      .replace(/\n/g, '\\n')
      .replace(/\t/g, '\\t')
      .replace(/\r/g, '\\r')}'`;
  if (value === null) return `${name} _`;
  switch (type) {
    case 'System.Date':
      return `${name} @${value}`;
    case 'System.DateTime':
      return `${name} @${value}${value.includes('T') ? '' : 'T'}`;
    case 'System.Time':
      return `${name} @T${value}`;
    case 'System.Quantity':
    case 'System.Decimal':
    case 'System.Long':
      return `${name} ${value}`;
    default:
      return `${name} ${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`;
  }
}
