// Packs the model and the search parameters into columns of bytes that unpack.cpp expands. Brotli shrinks columns far better
// than rows: what repeats lies together, and what can be computed (offsets, hash slots, names of backbone types) is left out.

const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// Throws where a number does not fit its C++ type.
export function fits(value, bits, what) {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
    throw new Error(`${what}: ${value} does not fit ${bits} bits`);
  }
  return value;
}

// Numbers below `limit` are one byte; others are `limit` + their high byte, their low byte goes to a column of its own.
class Column {
  constructor(limit) {
    this.limit = limit;
    this.bytes = [];
    this.lows = [];
  }

  add(value, what) {
    if (value < this.limit) {
      this.bytes.push(fits(value, 8, what));
    } else {
      this.bytes.push(fits(this.limit + ((value - this.limit) >> 8), 8, what));
      this.lows.push((value - this.limit) & 0xff);
    }
  }
}

// Numbers of things in the order in which they are met.
class Numbering {
  constructor() {
    this.numbers = new Map();
  }

  // Undefined the first time.
  find(key) {
    const number = this.numbers.get(key);
    if (number === undefined) this.numbers.set(key, this.numbers.size);
    return number;
  }

  of(key) {
    this.find(key);
    return this.numbers.get(key);
  }

  get keys() {
    return [...this.numbers.keys()];
  }
}

function countsOf(keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

// Same limits as in unpack.cpp.
const kUseLimit = 160;
const kNameLimit = 1;
const kGapLimit = 250;
const kOwnBackbone = 0;
const kFarType = 254;
const kChoice = 255;
const kSameOwner = 0;
const kNextOwner = 1; // above: the parent is that many less one types before

// How an element's types are written: [code, ...more].
function typeCode(type, element, idOf, backboneBegin, runs) {
  const ids = element.types.map((name) => idOf.get(name)).sort((a, b) => a - b);
  if (ids.length > 1 || element.choice) return [kChoice, fits(runs.of(ids.join()), 8, 'choice')];
  if (ids[0] < backboneBegin) return [fits(ids[0], 8, element.name)];
  if (element.types[0] === `${type.name}.${element.name}`) return [kOwnBackbone];
  return [kFarType, ids[0] & 0xff, ids[0] >> 8];
}

export function packModel(types, idOf, backboneBegin) {
  const runs = new Numbering();
  const elements = types.flatMap((type) =>
    (type?.own ?? []).map((element) => {
      const flags = [
        element.repeats,
        element.choice,
        element.required,
        element.summaryText,
        element.displayOfCode,
      ].reduce((sum, flag, bit) => sum + (flag ? 1 << bit : 0), 0);
      const codes = typeCode(type, element, idOf, backboneBegin, runs);
      return { name: element.name, flags, codes, key: [element.name, flags, ...codes].join() };
    }),
  );

  // Elements of the same name, types and flags share a definition. Those used once stand last, in the order of their use.
  const counts = countsOf(elements.map(({ key }) => key));
  const distinct = [...new Map(elements.map((element) => [element.key, element])).values()];
  const shared = distinct
    .filter(({ key }) => counts.get(key) > 1)
    .sort((a, b) => counts.get(b.key) - counts.get(a.key));
  const single = distinct.filter(({ key }) => counts.get(key) === 1);
  const numberOf = new Map(shared.map(({ key }, i) => [key, i + 1]));
  const uses = new Column(kUseLimit);
  for (const { key, name } of elements) uses.add(numberOf.get(key) ?? 0, name);

  const names = new Numbering();
  const definitions = { names: new Column(kNameLimit), flags: [], types: [], more: [] };
  for (const { name, flags, codes } of [...shared, ...single]) {
    const known = names.find(name);
    definitions.names.add(known === undefined ? 0 : known + 1, name);
    definitions.flags.push(flags);
    definitions.types.push(codes[0]);
    definitions.more.push(...codes.slice(1));
  }

  // A backbone type is named like the element that it belongs to: its parent's name, a dot, the element's.
  const parents = [];
  const positions = [];
  const owners = []; // the parents that are no backbone types
  let derived = 0; // characters of those names
  types.slice(backboneBegin).forEach(({ name }, i) => {
    const dot = name.lastIndexOf('.');
    const parent = idOf.get(name.slice(0, dot));
    const position = types[parent].own.findIndex((own) => own.name === name.slice(dot + 1));
    if (parent >= backboneBegin) {
      parents.push(fits(backboneBegin + i - parent + kNextOwner, 8, name));
    } else if (parent === owners.at(-1)) {
      parents.push(kSameOwner);
    } else {
      parents.push(kNextOwner);
      owners.push(fits(parent, 8, name));
    }
    positions.push(fits(position, 8, name));
    derived += name.length;
  });

  const choices = runs.keys.map((key) => key.split(',').map(Number));
  const targets = new Numbering();
  targets.of(''); // any type
  const references = types
    .flatMap((type) => type?.own ?? [])
    .filter(({ types: names }) => names.includes('Reference'))
    .map((element) => {
      const ids = element.targets.map((name) => idOf.get(name)).sort((a, b) => a - b);
      const known = targets.find(ids.join());
      return known === undefined ? 0 : fits(known + 1, 8, element.name);
    });
  const targetLists = targets.keys.map((key) => (key ? key.split(',').map(Number) : []));
  return {
    references,
    referenceSizes: targetLists.map(({ length }) => fits(length, 8, 'targets')),
    referenceTypes: targetLists.flat().map((id) => fits(id, 8, 'target')),
    names: names.keys,
    plainNames: types.slice(1, backboneBegin).map(({ name }) => name),
    derived,
    bases: types.map((type) => fits(type?.base ? idOf.get(type.base) : 0, 8, 'base')),
    ownCounts: types.map((type) => fits(type?.own?.length ?? 0, 8, 'elements')),
    uses,
    definitions,
    sharedCount: shared.length,
    parents,
    owners,
    positions,
    choiceSizes: choices.map(({ length }) => length),
    choiceTypes: choices.flat().map((id) => fits(id, 8, 'choice')),
    elementCount: elements.length,
  };
}

// --- Search parameters.

const kTypeMark = '@'; // the type's name and a dot
const kCodeMark = '~'; // the code, written like an element

// The same as in unpack.cpp: `birth-date` is `birthDate`.
const elementName = (code) => code.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

function templateOf({ code, expression }, typeName) {
  if (/[@~\n]/.test(expression)) throw new Error(`${code}: a mark in ${expression}`);
  const short = typeName ? expression.replaceAll(`${typeName}.`, kTypeMark) : expression;
  return short.replace(elementName(code), kCodeMark);
}

// `lists`: the parameters of each resource type by code, then the common ones.
export function packParameters(lists, typeNames, paramTypes, idOf) {
  const idsOf = (names) =>
    names
      .map((name) => idOf.get(name))
      .sort((a, b) => a - b)
      .join();
  const rows = lists.map((list, i) =>
    list.map((parameter) => {
      const { code, type, targets } = parameter;
      const row = { code, type, template: templateOf(parameter, typeNames[i]) };
      row.targets = idsOf(targets);
      row.key = [code, type, row.template, row.targets].join('\n');
      return row;
    }),
  );
  // Parameters that differ in nothing but the type's name share a definition. By code, so that lists go through them in order.
  const counts = countsOf(rows.flat().map(({ key }) => key));
  const definitions = [...new Map(rows.flat().map((row) => [row.key, row])).values()].sort(
    (a, b) =>
      byText(a.code, b.code) || counts.get(b.key) - counts.get(a.key) || byText(a.key, b.key),
  );
  const numberOf = new Map(definitions.map(({ key }, i) => [key, i]));
  const gaps = new Column(kGapLimit);
  let text = 0;
  rows.forEach((list, i) => {
    let last = -1;
    for (const [position, { key, code }] of list.entries()) {
      gaps.add(numberOf.get(key) - last - 1, code);
      last = numberOf.get(key);
      text += lists[i][position].expression.length;
    }
  });
  fits(text, 16, 'expressions');

  const templates = new Numbering();
  const targets = new Numbering();
  targets.of('');
  const columns = { types: [], templates: new Column(kGapLimit), targets: [] };
  definitions.forEach(({ code, type, template, targets: ids }, i) => {
    const same = i > 0 && definitions[i - 1].code === code;
    columns.types.push(fits(paramTypes.indexOf(type), 7, type) * 2 + Number(same));
    const known = templates.find(template);
    columns.templates.add(known === undefined ? 0 : known + 1, code);
    columns.targets.push(fits(targets.of(ids), 8, code));
  });
  for (const { targets: names } of lists.flat().flatMap((parameter) => parameter.components)) {
    targets.of(idsOf(names));
  }
  const targetLists = targets.keys.map((key) => (key ? key.split(',').map(Number) : []));
  return {
    codes: [...new Set(definitions.map(({ code }) => code))],
    templates: templates.keys,
    counts: rows.map(({ length }) => fits(length, 8, 'parameters')),
    parameterCount: rows.flat().length,
    text,
    gaps,
    columns,
    // Where the list lies once they are unpacked.
    targetsAt: (names) => targetLists.slice(0, targets.of(idsOf(names))).flat().length,
    targetSizes: targetLists.map(({ length }) => fits(length, 8, 'targets')),
    targetTypes: targetLists.flat().map((id) => fits(id, 8, 'target')),
  };
}
