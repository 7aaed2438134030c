// Reads the UCUM table of npm `@lhncbc/ucum-lhc` and resolves every unit to an exact factor over base units: an integer
// fraction, a power of ten and a power of pi, rebuilt from the definitions' text. The floating-point magnitudes of the
// source serve as a check only.
//
// The Unified Code for Units of Measure is copyright Regenstrief Institute, Inc., used under the UCUM Licence
// (https://ucum.org/license) and without warranty; npm/THIRD-PARTY-NOTICES has the notices. What its conditions mean
// here: codes and meanings are taken as they are, none is added, left out or changed. The source's other entries
// (combinations that come from LOINC, and its names and comments) are not used.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

// Definitions that the source gives as a floating-point number or a function only: [text, factor].
const kDefinitions = {
  '[pi]': null,
  '[S]': ['10*-13.s', '1'],
  '[mu_0]': ['[pi].10*-7.N/A2', '4'],
  Oe: ['/[pi].A/m', '250'],
  '[diop]': ['/m', '1'],
  '[mesh_i]': ['/[in_i]', '1'],
  Bd: ['/s', '1'],
  // UCUM, sections 21 to 23: the ratio unit that a special unit's function applies to.
  'B[SPL]': ['10*-5.Pa', '2'],
  'B[10.nV]': ['nV', '10'],
  '[degF]': ['K/9', '5'],
  '[degRe]': ['K/4', '5'],
};
// Units whose magnitude in the source is not that of their definition, with the reason.
const kOtherMagnitude = new Map([
  ['[LPF]', 'the source drops the factor 100'],
  ['[mesh_i]', 'the source inverts at conversion'],
]);

// The functions of special units (UCUM, sections 21 to 23): the enumerators of ucum::Function, and the source's names for them.
const kFunctions = [
  ...['cel', 'degf', 'degre', 'tan', 'hpx', 'hpc', 'hpm', 'hpq', 'ph', 'ln', 'lg', 'lg2', 'ld'],
  'sqrt',
];
const kFunctionOf = { tantimes100: 'tan', '100tan': 'tan', lgtimes2: 'lg2' };

function fail(message) {
  throw new Error(message);
}

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

// numerator / denominator * 10^ten * pi^pi, lowest terms, free of tens; dimension m s g rad K C cd.
export class Factor {
  constructor(numerator, denominator, ten, pi, dimension, arbitrary) {
    const common = gcd(numerator, denominator);
    this.numerator = numerator / common;
    this.denominator = denominator / common;
    this.ten = ten;
    this.pi = pi;
    this.dimension = dimension;
    this.arbitrary = arbitrary;
    for (; this.numerator % 10n === 0n; this.numerator /= 10n) this.ten += 1;
    for (; this.denominator % 10n === 0n; this.denominator /= 10n) this.ten -= 1;
  }

  static one = new Factor(1n, 1n, 0, 0, [0, 0, 0, 0, 0, 0, 0], null);

  static base(index) {
    return new Factor(1n, 1n, 0, 0, Factor.one.dimension.with(index, 1), null);
  }

  // `1.5e-3`
  static decimal(text) {
    const [, whole, fraction = '', exponent = '0'] =
      /^(\d+)(?:\.(\d+))?(?:e(-?\d+))?$/.exec(text) ?? fail(`no number: ${text}`);
    const ten = Number(exponent) - fraction.length;
    return new Factor(BigInt(whole + fraction), 1n, ten, 0, Factor.one.dimension, null);
  }

  times(other) {
    return new Factor(
      this.numerator * other.numerator,
      this.denominator * other.denominator,
      this.ten + other.ten,
      this.pi + other.pi,
      this.dimension.map((exponent, i) => exponent + other.dimension[i]),
      this.arbitrary ?? other.arbitrary,
    );
  }

  power(exponent) {
    let result = Factor.one;
    for (let i = 0; i < Math.abs(exponent); i++) result = result.times(this);
    return exponent < 0 ? result.inverse() : result;
  }

  inverse() {
    return new Factor(
      this.denominator,
      this.numerator,
      -this.ten,
      -this.pi,
      this.dimension.map((exponent) => -exponent),
      this.arbitrary,
    );
  }

  number() {
    const magnitude = (Number(this.numerator) / Number(this.denominator)) * Math.PI ** this.pi;
    return Number(
      `${magnitude}`.includes('e') ? magnitude * 10 ** this.ten : `${magnitude}e${this.ten}`,
    );
  }
}

const functionOf = (name) => kFunctionOf[name] ?? name;

function unpack({ config, data }) {
  const names = config.map((name) => (Array.isArray(name) ? name[0] : name));
  return data.map((row) => Object.fromEntries(row.map((value, i) => [names[i], value])));
}

class Table {
  constructor(units, prefixes) {
    this.units = new Map(units.map((unit) => [unit.csCode_, unit]));
    this.prefixes = prefixes;
    this.resolved = new Map();
  }

  unit(code) {
    if (!this.resolved.has(code)) this.resolved.set(code, this.resolve(this.units.get(code)));
    return this.resolved.get(code);
  }

  resolve(unit) {
    const code = unit.csCode_;
    if (unit.isBase_) return Factor.base(unit.dim_.indexOf(1));
    if (code === '[pi]') return new Factor(1n, 1n, 0, 1, Factor.one.dimension, null);
    const [text, value] = kDefinitions[code] ?? [unit.csUnitString_, unit.baseFactorStr_ ?? '1'];
    const factor = this.term(text).times(Factor.decimal(value));
    // [IU] is defined as [iU]: one unit with two codes.
    if (unit.isArbitrary_) factor.arbitrary ??= code;
    return factor;
  }

  // The definitions' terms: components joined by `.` and `/`, no parentheses, no annotations.
  term(text) {
    let result = Factor.one;
    for (const [, operator, component] of text.matchAll(/([./]?)((?:\[[^\]]*\]|[^./[\]])+)/g)) {
      const factor = this.component(component);
      result = result.times(operator === '/' ? factor.inverse() : factor);
    }
    return result;
  }

  component(text) {
    if (/^\d+$/.test(text)) return Factor.decimal(text);
    const [, symbol, exponent] =
      /^(10\*|.*?[^-+\d])([-+]?\d+)?$/.exec(text) ?? fail(`what is ${text}`);
    return this.symbol(symbol).power(Number(exponent ?? 1));
  }

  symbol(symbol) {
    if (this.units.has(symbol)) return this.unit(symbol);
    for (const { code_, exp_ } of this.prefixes) {
      const rest = symbol.slice(code_.length);
      if (symbol.startsWith(code_) && this.units.has(rest)) {
        return this.unit(rest).times(Factor.decimal(`1e${exp_}`));
      }
    }
    return fail(`unknown unit ${symbol}`);
  }
}

// { units: [{ code, metric, function, factor }], prefixes: [{ code, ten, two }] }
export function readUcum(folder) {
  const where = createRequire(path.join(folder, 'x.js')).resolve('@lhncbc/ucum-lhc');
  const file = path.join(path.dirname(where), '../data/ucumDefs.min.json');
  const source = JSON.parse(readFileSync(file, 'utf8'));
  const units = unpack(source.units).filter((unit) => unit.source_ === 'UCUM');
  const prefixes = unpack(source.prefixes);
  const table = new Table(units, prefixes);
  return {
    units: units.map((unit) => {
      const factor = table.unit(unit.csCode_);
      verify(unit, factor);
      // The seven base units take prefixes too; the source marks derived ones only.
      const metric = unit.isMetric_ || unit.isBase_;
      const name = unit.isSpecial_ ? functionOf(unit.cnv_.toLowerCase()) : null;
      if (name && !kFunctions.includes(name)) fail(`${unit.csCode_}: unknown function ${name}`);
      return { code: unit.csCode_, metric, function: name, factor };
    }),
    prefixes: prefixes.map(({ code_, exp_, value_ }) => {
      const ten = exp_ === null ? 0 : Number(exp_);
      const two = exp_ === null ? Math.log2(value_) : 0;
      if (!Number.isInteger(ten) || !Number.isInteger(two)) fail(`prefix ${code_}`);
      return { code: code_, ten, two };
    }),
  };
}

function verify(
  { csCode_: code, magnitude_: magnitude, dim_: dimension, cnv_: cnv, isSpecial_ },
  factor,
) {
  const inverse = cnv === 'inv' && !isSpecial_;
  const expected = dimension.map((exponent) => (inverse ? -exponent : exponent) + 0);
  if (`${factor.dimension.map((one) => one + 0)}` !== `${expected}`)
    fail(`${code}: ${factor.dimension}`);
  const off = Math.abs(factor.number() / magnitude - 1);
  if (off < 1e-12 === kOtherMagnitude.has(code)) {
    fail(`${code}: ${factor.number()}, the source has ${magnitude}`);
  }
}
