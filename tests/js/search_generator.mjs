// Criteria made from what is in the data: a parameter's own values as they are, changed a little, or of another resource.
// Each is one that FHIR R4 search allows.

const kPrefixes = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

const escaped = (text) => text.replaceAll(/[\\,|$]/g, '\\$&');
const isText = (value) => typeof value === 'string' && value !== '';

const swapCase = (text) =>
  [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');

function changedText(text, pick) {
  switch (pick(8)) {
    case 0:
      return text.toUpperCase();
    case 1:
      return swapCase(text);
    case 2:
      return text.slice(0, 1 + pick(text.length));
    case 3:
      return text.slice(pick(text.length));
    case 4:
      return `${text}x`;
    case 5:
      return text.normalize('NFD').replaceAll(/\p{M}/gu, '');
    default:
      return text;
  }
}

/** The texts of a string value, each of which may match by itself (FHIR R4 search, 3.1.1.4.8). */
export function textParts({ type, value }) {
  if (typeof value !== 'object') return [String(value)];
  const names =
    type === 'HumanName'
      ? ['text', 'prefix', 'given', 'family', 'suffix']
      : ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'];
  return names.flatMap((name) => value[name] ?? []).filter(isText);
}

function stringValue(typed, pick) {
  const parts = textParts(typed);
  if (parts.length === 0) return undefined;
  const text = changedText(parts[pick(parts.length)], pick).trim();
  return /[\p{L}\p{N}]/u.test(text) ? { text: escaped(text) } : undefined;
}

const kStringModifiers = ['', '', '', '', '', ':not', ':not', ':exact', ':contains'];

// The codings of a value: { system, code, text }.
export function codings({ type, value }) {
  switch (type) {
    case 'CodeableConcept':
      return [
        ...(value.coding ?? []).map(({ system, code, display }) => ({
          ...{ system, code, text: display },
        })),
        { text: value.text },
      ];
    case 'Coding':
      return [{ system: value.system, code: value.code, text: value.display }];
    case 'Identifier':
      return [{ system: value.system, code: value.value, text: value.type?.text }];
    case 'ContactPoint':
      return [{ system: value.system, code: value.value }];
    default:
      return [{ code: String(value) }];
  }
}

function tokenText({ system, code, text }, pick) {
  const word = pick(8) === 0 && isText(text) ? text : (code ?? text);
  if (!isText(word)) return undefined;
  const changed = escaped(pick(3) === 0 ? changedText(word, pick) : word);
  switch (pick(8)) {
    case 0:
      return `|${changed}`;
    case 1:
      return `urn:other|${changed}`;
    case 2:
      return isText(system) ? `${escaped(system)}|` : changed;
    case 3:
    case 4:
      return isText(system) ? `${escaped(system)}|${changed}` : changed;
    default:
      return changed;
  }
}

function tokenValue(typed, pick) {
  if (typeof typed.value === 'boolean') {
    const text = String(pick(2) === 0 ? typed.value : !typed.value);
    return { text: pick(6) === 0 ? `|${text}` : text, modifier: pick(4) === 0 ? ':not' : '' };
  }
  if (typeof typed.value === 'number') return { text: String(typed.value) };
  const list = codings(typed);
  const one = list[pick(list.length)];
  if (typed.type === 'Identifier' && typed.value.type?.coding && pick(6) === 0) {
    const { system, code } = typed.value.type.coding[0];
    if (isText(system) && isText(code) && isText(typed.value.value)) {
      const parts = [system, code, changedText(typed.value.value, pick)].map(escaped);
      return { text: parts.join('|'), modifier: ':of-type' };
    }
  }
  if (['CodeableConcept', 'Coding'].includes(typed.type) && isText(one.text) && pick(12) === 0) {
    const text = changedText(one.text, pick).trim();
    return /[\p{L}\p{N}]/u.test(text) ? { text: escaped(text), modifier: ':text' } : undefined;
  }
  const text = tokenText(one, pick);
  return text === undefined ? undefined : { text, modifier: pick(4) === 0 ? ':not' : '' };
}

function dateText(typed, pick) {
  const { value } = typed;
  const all = typeof value === 'string' ? [value] : [value.start, value.end].filter(isText);
  if (all.length === 0) return undefined;
  let text = all[pick(all.length)];
  if (pick(3) === 0) {
    // Another instant, near or far.
    const distance = [1, 1000, 60_000, 3_600_000, 86_400_000, 2_592_000_000][pick(6)];
    const moved = new Date(Date.parse(text) + (pick(2) === 0 ? distance : -distance));
    text = moved.toISOString();
  }
  const zone = /T.*(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1] ?? '';
  switch (pick(6)) {
    case 0:
      return text.slice(0, 4);
    case 1:
      return text.slice(0, 7);
    case 2:
      return text.slice(0, 10);
    case 3:
      return text.length > 16 ? text.slice(0, 16) + zone : text;
    default:
      return text;
  }
}

function dateValue(typed, pick) {
  const text = dateText(typed, pick);
  return text === undefined ? undefined : { text: kPrefixes[pick(kPrefixes.length)] + text };
}

function referenceValue({ value }, pick, { targets }) {
  const text = typeof value === 'string' ? value : value.reference;
  if (typeof value === 'object' && value.identifier && pick(3) > 0) {
    const { system, value: code } = value.identifier;
    const token = tokenText({ system, code }, pick);
    return token === undefined ? undefined : { text: token, modifier: ':identifier' };
  }
  if (!isText(text) || text.startsWith('#')) return undefined;
  const parts = /^([A-Z]\w+)\/([A-Za-z0-9.-]+)(?:\/_history\/.+)?$/.exec(text);
  if (parts === null) return { text: text.split('|').map(escaped).join('|') };
  const [, type, id] = parts;
  switch (pick(8)) {
    case 0:
      return { text: id };
    case 1:
      return targets.length === 0 || targets.includes(type)
        ? { text: id, modifier: `:${type}` }
        : { text: id };
    case 2:
      return { text: `${type}/${id}x` };
    case 3:
      return { text: `${type}/${id}`, modifier: ':not' };
    case 4:
      return { text: `${type}/${id}/_history/2` };
    default:
      return { text: `${type}/${id}` };
  }
}

const kUriModifiers = ['', '', '', '', ':not', ':above', ':below'];
function uriValue({ value }, pick) {
  if (!isText(value)) return undefined;
  const modifier = kUriModifiers[pick(kUriModifiers.length)];
  if (modifier === ':above' || modifier === ':below') {
    if (!/^https?:\/\/[^/]+/.test(value)) return undefined;
    const text = [value, value.replace(/\/[^/]+$/, ''), `${value}/more`][pick(3)];
    return /^https?:\/\/[^/]+/.test(text) ? { text: escaped(text), modifier } : undefined;
  }
  return { text: escaped(changedText(value, pick)), modifier };
}

function quantityValue({ value }, pick) {
  const number = typeof value === 'number' ? value : (value?.value ?? value?.low?.value);
  if (typeof number !== 'number') return undefined;
  const near = [number, number, number * 2, number - 1, Math.round(number)][pick(5)];
  const prefix = kPrefixes[pick(kPrefixes.length)];
  // Synthea writes `(score)` for a unit of UCUM, which is none: such criteria are refused.
  const unit =
    isText(value?.code) && isText(value.system) && !value.code.startsWith('(')
      ? ['', `|${escaped(value.system)}|${escaped(value.code)}`, `||${escaped(value.code)}`]
      : [''];
  return { text: prefix + String(near) + unit[pick(unit.length)] };
}

const kOf = {
  string: stringValue,
  token: tokenValue,
  date: dateValue,
  reference: referenceValue,
  uri: uriValue,
  number: quantityValue,
  quantity: quantityValue,
};

/**
 * One term for a parameter { code, type, targets }, from the values it has in a resource: { param, modifier, values, text }, or
 * undefined where they give none.
 */
export function makeTerm(param, typedValues, pick) {
  if (pick(25) === 0) {
    const text = pick(2) === 0 ? 'true' : 'false';
    return termOf(param, ':missing', [text]);
  }
  if (typedValues.length === 0) return undefined;
  const make = () => kOf[param.type](typedValues[pick(typedValues.length)], pick, param);
  const first = make();
  if (first === undefined) return undefined;
  const modifier =
    first.modifier ??
    (param.type === 'string' ? kStringModifiers[pick(kStringModifiers.length)] : '');
  const values = [first.text];
  if (pick(6) === 0 && !['date', 'number', 'quantity'].includes(param.type)) {
    const second = make();
    if (second !== undefined && second.modifier === first.modifier) {
      values.push(second.text);
    }
  }
  return termOf(param, modifier, values);
}

/** A term from its parts. Values are written as they stand in a URL before it is encoded. */
export function termOf(param, modifier, values) {
  const text = `${param.code}${modifier}=${encodeURIComponent(values.join(','))}`;
  return { param, modifier, values, text };
}
