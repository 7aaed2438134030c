// Writes ucum_vectors.inc: what npm `@lhncbc/ucum-lhc` makes of every unit of the UCUM table, and of conversions.
//   node tests/native/core/fhir/make_ucum_vectors.mjs           writes the file
//   node tests/native/core/fhir/make_ucum_vectors.mjs --check   writes nothing; exits 1 if it is stale
// The library computes with floating-point numbers; nothing here shares code with core/fhir/make_ucum.mjs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const kFolder = path.dirname(fileURLToPath(import.meta.url));
const kFile = 'ucum_vectors.inc';
const { UcumLhcUtils, UnitTables } = createRequire(import.meta.url)('@lhncbc/ucum-lhc');
const utils = UcumLhcUtils.getInstance();

const kPrefixes = [
  ...['Y', 'Z', 'E', 'P', 'T', 'G', 'M', 'k', 'h', 'da', 'd', 'c', 'm', 'u', 'n', 'p', 'f', 'a'],
  ...['z', 'y', 'Ki', 'Mi', 'Gi', 'Ti'],
];
// The library drops the factor 100 of the first, and takes the others for their reciprocals.
const kOwnMeaning = new Set(['[LPF]', '[diop]', '[mesh_i]', 'Bd']);

function unitOf(code) {
  const { unit } = utils.getSpecifiedUnit(code, 'validate');
  if (!unit) throw new Error(`the library refuses ${code}`);
  return unit;
}

const units = UnitTables.getInstance()
  .allUnitsByDef()
  .filter((unit) => unit.source_ === 'UCUM');
const plain = units.filter((unit) => !unit.isSpecial_ && !kOwnMeaning.has(unit.csCode_));

const kMetric = new Set(['m', 's', 'g', 'rad', 'K', 'C', 'cd']);
for (const unit of units) if (unit.isMetric_) kMetric.add(unit.csCode_);

// [prefix, factor], the same for every metric unit.
const prefixes = kPrefixes.map((prefix) => {
  const factor = unitOf(`${prefix}m`).magnitude_;
  for (const unit of plain.filter(({ csCode_ }) => kMetric.has(csCode_))) {
    // Units with a name of their own in the library's table, `kcal/(24.h)` and the like, are combinations.
    const found = unitOf(prefix + unit.csCode_).magnitude_ / (factor * unit.magnitude_);
    if (Math.abs(found - 1) > 1e-12) throw new Error(`${prefix}${unit.csCode_}: ${found}`);
  }
  return [prefix, factor];
});

// Terms as they occur in clinical data, by what they measure.
const kTerms = [
  ...['mg/dL', 'g/L', 'ug/mL', 'ng/dL', 'pg/mL', 'kg/m3', 'g%', 'mg/100.mL', 'ng/mL', 'g.dL-1'],
  ...['mmol/L', 'umol/L', 'nmol/dL', 'mol/m3', 'meq/L', 'osm/L', '10*3/uL', '10*9/L', '/uL'],
  ...['10*6/mL', '10*12/L', '/mm3', '/[HPF].L-1', 'U/L', 'kat/L', 'mU/mL', 'umol/min/L', 'nkat/L'],
  ...['mm[Hg]', 'kPa', 'cm[H2O]', 'bar', 'atm', '[psi]', 'Torr', 'N/m2', 'kg.m-1.s-2', 'dyn/cm2'],
  ...['mL/min', 'L/h', 'L/s', 'cm3/s', 'mL/min/{1.73_m2}', 'mL/kg/h', 'L/min/kg', '[MET]'],
  ...['kg/m2', 'g/cm2', 'mg/m2', '[lb_av]/[ft_i]2', 'm2', 'cm2', '[sft_i]', '[acr_us]', 'ar'],
  ...['L', 'mL', 'dm3', '[foz_us]', '[gal_us]', '[cup_us]', '[tsp_us]', '[pt_br]', '[drp]', 'st'],
  ...['kg', 'mg', '[lb_av]', '[oz_av]', '[gr]', '[oz_tr]', 't', 'u', '[car_m]', '[stone_av]'],
  ...['km', 'm', '[in_i]', '[ft_i]', '[mi_i]', '[nmi_i]', '[ly]', 'AU', 'pc', 'Ao', '[ft_us]', '[pnt]'],
  ...['s', 'min', 'h', 'd', 'wk', 'mo', 'a', 'a_g', 'mo_s', 'ms', 'us', 'm/s', 'km/h', '[mi_i]/h'],
  ...['[kn_i]', '[c]', 'Cel', 'K', '[degF]', '[degR]', 'mK', 'J', 'kcal', 'cal_IT', '[Btu]', 'eV'],
  ...['erg', 'W.s', 'kW.h', 'W', '[HP]', 'kcal/d', 'J/s', 'N', 'dyn', 'gf', '[lbf_av]', 'Gy', 'RAD'],
  ...['REM', 'mSv', 'J/kg', 'Bq', 'Ci', 'mCi', 'Hz', '/min', '{beats}/min', '/h', 'deg', 'rad', 'gon'],
  ...["'", "''", 'circ', 'V', 'mV', 'J/C', 'Ohm', 'kOhm', 'S', 'mho', 'F', 'pF', 'T', 'G', 'A', 'mA'],
  ...['Bi', 'Oe', 'A/m', 'sb', 'Lmb', 'cd/m2', 'lx', 'ph', 'lm/m2', '%', '[ppm]', '10*-3', '1', '[pi]'],
  ...['mol', 'mmol', '[ppb]', 'mg/g', 'g/kg', 'bit', 'By', 'KiBy', 'MBy', 'kbit', 'P', 'cP', 'Pa.s'],
  ...['dyn.s/cm5', '[PRU]', "[wood'U]", 'mm[Hg].min/L', 'B', 'dB', 'Np', 'B[V]', 'dB[uV]', 'B[W]'],
  ...['uW', 'nV', '[pH]', 'mol/l'],
];

// A small generator of our own: the file must not change from run to run.
let state = 20240617;
const random = (count) => {
  state = (state * 1103515245 + 12345) % 2147483648;
  return Math.floor((state / 2147483648) * count);
};

const kValues = [1, 2.5, 0.004, 37, 100, 7, 1234.5, 98.6, 0.12, 60, 3.75, 15];
const byDimension = new Map();
for (const term of kTerms) {
  const unit = unitOf(term);
  const key = unit.dim_.toString();
  byDimension.set(key, [...(byDimension.get(key) ?? []), { term, special: unit.cnv_ !== null }]);
}
const conversions = [];
for (const group of byDimension.values()) {
  for (const [i, from] of group.entries()) {
    const others = group.filter((_, j) => j !== i);
    for (let n = 0; n < Math.min(2, others.length); n++) {
      const [to] = others.splice(random(others.length), 1);
      const value = kValues[random(kValues.length)];
      const { status, toVal } = utils.convertUnitTo(from.term, value, to.term);
      // Logarithms of what is far apart leave the range of a decimal.
      const size = Math.abs(toVal);
      if (status !== 'succeeded' || !(size > 1e-20 && size < 1e30)) continue;
      conversions.push([from.term, to.term, value, toVal]);
    }
  }
}

const row = (cells) => `    {${cells.join(', ')}},\n`;
const text = (value) => JSON.stringify(value);
const file = `// GENERATED BY tests/native/core/fhir/make_ucum_vectors.mjs. DO NOT EDIT.
// clang-format off
constexpr struct {
  std::string_view code;
  double factor;
} kPrefixes[] = {
${prefixes.map(([prefix, factor]) => row([text(prefix), factor])).join('')}};

constexpr struct {
  std::string_view code;
  bool metric;
  double factor;  // 0: special, or not what UCUM says
} kUnits[] = {
${units
  .map((unit) =>
    row([text(unit.csCode_), kMetric.has(unit.csCode_), plain.includes(unit) ? unit.magnitude_ : 0]),
  )
  .join('')}};

constexpr struct {
  std::string_view from;
  std::string_view to;
  std::string_view value;
  double expected;
} kConversions[] = {
${conversions.map(([from, to, value, result]) => row([text(from), text(to), text(`${value}`), result])).join('')}};
`;

const where = path.join(kFolder, kFile);
if (!existsSync(where) || readFileSync(where, 'utf8') !== file) {
  if (process.argv.includes('--check')) {
    console.error(`tests/native/core/fhir/${kFile} is stale: run its make_ucum_vectors.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(where, file);
    console.log(`${kFile}: ${units.length} units, ${conversions.length} conversions`);
  }
}
