// Where `@medplum/core` 5.2.13 decides a criterion otherwise than FHIR R4 search, as classes: each is a predicate over one term
// and the values that its parameter has in the resource, and never looks at a result. `section` is the place in
// http://hl7.org/fhir/R4/search.html (or the SPEC's rule) that decides.
import { codings, textParts } from './search_generator.mjs';

const isText = (value) => typeof value === 'string' && value !== '';
const lower = (text) => text.toLowerCase();
const bare = (text) => lower(text.normalize('NFD').replaceAll(/\p{M}/gu, ''));
const unescape = (text) => text.replaceAll(/\\(.)/g, '$1');
const splitPipes = (text) => (text.match(/(?:[^\\|]|\\.)*(?:\||$)/g) ?? []).slice(0, -1);

// [system]|[code] of a value: `system` is undefined where no pipe stands.
function token(value) {
  const parts = splitPipes(`${value}|`).map((part) => unescape(part.replace(/\|$/, '')));
  return parts.length > 1 ? { system: parts[0], code: parts.at(-1) } : { code: parts[0] };
}

// Whether any pair of a value of the criterion and a value of the resource is so.
const pairs = (test) => (term) =>
  term.values.some((value) => term.typed.some((typed) => test(value, typed, term)));

// ---- string

const isString = ({ param, modifier }) =>
  param.type === 'string' && ['', ':not', ':exact', ':contains'].includes(modifier);
const wholeText = ({ type, value }, names = textParts({ type, value })) => bare(names.join(' '));
const isComplex = ({ value }) => typeof value === 'object';

// ---- token

const isToken = ({ param, modifier }) => param.type === 'token' && ['', ':not'].includes(modifier);
const isPrimitive = ({ value }) => typeof value !== 'object';
const sameButCase = (a, b) => isText(a) && isText(b) && a !== b && lower(a) === lower(b);

// ---- date

// Milliseconds of [first, last] for a date as written: with true month ends.
function interval(text) {
  const [, date, time, zone] = /^([\d-]+)(?:T([\d:.]+)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const [year, month, day] = date.split('-').map(Number);
  if (time === undefined) {
    const first = Date.UTC(year, (month ?? 1) - 1, day ?? 1);
    const after =
      day !== undefined
        ? first + 86_400_000
        : month !== undefined
          ? Date.UTC(year, month, 1)
          : Date.UTC(year + 1, 0, 1);
    return { first, last: after - 1 };
  }
  const seconds = time.split(':').length === 2 ? `${time}:00` : time;
  const first = Date.parse(`${date}T${seconds}${zone ?? 'Z'}`);
  const width = time.split(':').length === 2 ? 60_000 : time.includes('.') ? 1 : 1000;
  return { first, last: first + width - 1 };
}

function intervalOf({ value }) {
  if (typeof value === 'string') return interval(value);
  if (value === null || typeof value !== 'object') return undefined;
  const { start, end } = value;
  if (!isText(start) && !isText(end)) return undefined;
  return {
    first: isText(start) ? interval(start)?.first : -Infinity,
    last: isText(end) ? interval(end)?.last : Infinity,
  };
}

const prefixOf = (value) => /^[a-z]{2}/.exec(value)?.[0] ?? 'eq';
const dateOf = (value) => interval(value.replace(/^[a-z]{2}/, ''));
const dates = (test) => (term) =>
  term.param.type === 'date' &&
  term.modifier === '' &&
  pairs((value, typed) => {
    const s = dateOf(value);
    const t = intervalOf(typed);
    return s !== undefined && t !== undefined && test(s, t, prefixOf(value), value, typed);
  })(term);
const isShortMonth = (text) =>
  /^\d{4}-\d\d$/.test(text ?? '') && new Date(interval(text).last).getUTCDate() < 31;

// ---- reference

const isReference = ({ param, modifier }) =>
  param.type === 'reference' && ['', ':not'].includes(modifier);
const referenceText = ({ value }) => (typeof value === 'string' ? value : value?.reference);
const isPlainReference = (text) => /^[A-Z]\w+\/[A-Za-z0-9.-]{1,64}$/.test(text ?? '');

export const classes = [
  {
    name: 'string: in the middle of the text',
    section: '3.1.1.4.8: "starts with or is equal"; the peer looks for a substring',
    fits: (term) =>
      isString(term) &&
      term.modifier === '' &&
      pairs((value, typed) => {
        const wanted = bare(unescape(value));
        const parts = textParts(typed).map(bare);
        return (
          !parts.some((part) => part.startsWith(wanted)) &&
          (parts.some((part) => part.includes(wanted)) || isComplex(typed))
        );
      })(term),
  },
  {
    name: 'string: accents',
    section: '3.1.1.4.8: "insensitive to casing and to accents"; the peer compares accents',
    fits: (term) =>
      isString(term) &&
      term.modifier !== ':exact' &&
      pairs(
        (value, typed) =>
          bare(value) !== lower(value) ||
          textParts(typed).some((part) => bare(part) !== lower(part)),
      )(term),
  },
  {
    name: 'string: :exact',
    section: '3.1.1.4.8: "exactly, including case and accent"; the peer ignores the modifier',
    fits: (term) =>
      isString(term) &&
      term.modifier === ':exact' &&
      pairs((value, typed) => {
        const wanted = unescape(value);
        return (
          !textParts(typed).includes(wanted) &&
          (textParts(typed).some((part) => bare(part).includes(bare(wanted))) || isComplex(typed))
        );
      })(term),
  },
  {
    name: 'string: a part that the peer leaves out',
    section:
      '3.1.1.4.8 with the parameters of HumanName and Address: any part; the peer formats one text',
    fits: (term) =>
      isString(term) &&
      pairs((value, typed) => isComplex(typed) && wholeText(typed).includes(bare(unescape(value))))(
        term,
      ),
  },
  {
    name: 'token: case',
    section: '3.1.1.4.10 and SPEC 5.3: case-sensitive; the peer ignores case',
    fits: (term) =>
      isToken(term) &&
      pairs((value, typed) => {
        const { system, code } = token(value);
        return codings(typed).some(
          (one) =>
            sameButCase(one.code, code) || (isText(system) && sameButCase(one.system, system)),
        );
      })(term),
  },
  {
    name: 'token: text or display as the code',
    section:
      '3.1.1.4.10: a code; the peer takes display, text and type.text for codes without a system',
    fits: (term) =>
      isToken(term) &&
      pairs((value, typed) => {
        const { system, code } = token(value);
        return (
          !isText(system) &&
          codings(typed).some((one) => isText(one.text) && bare(one.text) === bare(code))
        );
      })(term),
  },
  {
    name: 'token: a system beside a code or boolean element',
    section: '3.1.1.4.10: "the system is implied"; the peer gives such elements none',
    fits: (term) =>
      isToken(term) &&
      pairs((value, typed) => token(value).system !== undefined && isPrimitive(typed))(term),
  },
  {
    name: 'date: overlaps without being contained',
    section:
      '3.1.1.4.5: eq, ne, ge and le ask that the range of the value "fully contains" the other; the peer asks for overlap',
    fits: dates(
      (s, t, prefix) =>
        ['eq', 'ne', 'ge', 'le'].includes(prefix) &&
        t.first <= s.last &&
        t.last >= s.first &&
        !(s.first <= t.first && t.last <= s.last),
    ),
  },
  {
    name: 'date: instants that touch',
    section:
      '3.1.1.4.6: equal instants are equal; of milliseconds the peer makes ranges without extent',
    fits: dates(
      (s, t, prefix) =>
        ['eq', 'ne', 'ap'].includes(prefix) && (t.first === s.last || t.last === s.first),
    ),
  },
  {
    name: 'date: the end of a month',
    section: '3.1.1.4.6: a month is an interval; the peer gives every month 31 days',
    fits: dates((s, t, _prefix, value, typed) =>
      [value.replace(/^[a-z]{2}/, ''), typed.value, typed.value.start, typed.value.end].some(
        (text) => isText(text) && isShortMonth(text),
      ),
    ),
  },
  {
    name: 'date: Timing',
    section: '3.1.1.4.6: "the outer limits"; the peer does not look at a Timing',
    fits: (term) =>
      term.param.type === 'date' && term.typed.some(({ value }) => value?.event ?? value?.repeat),
  },
  {
    name: 'date: minutes',
    section:
      '3.1.1.4.6: "hour and minutes SHALL be provided", seconds need not; the peer finds nothing then',
    fits: ({ param, modifier, values }) =>
      param.type === 'date' &&
      modifier === '' &&
      values.some((value) => /T\d\d:\d\d(?!:)/.test(value)),
  },
  {
    name: 'an element with extensions only',
    section:
      '3.1.1.4.4.1 and SPEC 5.5: it has no value, so it is missing, and nobody knows whether it is another; the peer takes the extensions for a value',
    fits: ({ modifier, values, typed }) =>
      ([':missing', ':not'].includes(modifier) || values[0].startsWith('ne')) &&
      typed.some(({ value }) => Object.keys(value).join() === 'extension'),
  },
  {
    name: 'reference: an id alone',
    section: '3.1.1.4.12: "[parameter]=[id]"; the peer only where one type can be meant',
    fits: (term) =>
      isReference(term) &&
      term.values.some((value) => !value.includes('/')) &&
      term.param.targets.length !== 1,
  },
  {
    name: 'reference: versions, absolute URLs, urn and canonicals',
    section:
      '3.1.1.4.12 and SPEC 5.3, 5.5: what is not `Type/id`; the peer compares texts and their ends',
    fits: (term) =>
      isReference(term) &&
      (term.values.some((value) => value.includes('/') && !isPlainReference(value)) ||
        term.typed.some(
          (typed) => isText(referenceText(typed)) && !isPlainReference(referenceText(typed)),
        )),
  },
  {
    name: 'reference: logical references under :not',
    section: 'SPEC 5.5, 5.6: an unresolved element satisfies no criterion',
    fits: (term) =>
      isReference(term) &&
      term.modifier === ':not' &&
      term.typed.some((typed) => referenceText(typed) === undefined),
  },
  {
    name: 'uri: a part of the whole',
    section: '3.1.1.4.13: the whole, case-sensitive; the peer looks for a substring',
    fits: (term) =>
      term.param.type === 'uri' &&
      term.modifier === '' &&
      pairs((value, typed) => {
        const wanted = unescape(value);
        return typed.value !== wanted && lower(String(typed.value)).includes(lower(wanted));
      })(term),
  },
  {
    name: 'modifier that the peer reads as equality',
    section: '3.1.1.4.4 and 3.1.1.4.10-13: :text, :of-type, :identifier, :[type], :above, :below',
    fits: ({ param, modifier }) =>
      (param.type === 'token' && [':text', ':of-type'].includes(modifier)) ||
      (param.type === 'reference' && /^:(?:identifier|text|[A-Z]\w+)$/.test(modifier)) ||
      (param.type === 'uri' && [':above', ':below'].includes(modifier)),
  },
  {
    name: 'number and quantity',
    section: '3.1.1.4.4, 3.1.1.4.11; the peer matches neither',
    fits: ({ param, modifier }) => ['number', 'quantity'].includes(param.type) && modifier === '',
  },
];

/** The classes one of which a disagreement over these terms may be in. */
export const explanations = (terms) =>
  classes.filter(({ fits }) => terms.some((term) => fits(term)));
