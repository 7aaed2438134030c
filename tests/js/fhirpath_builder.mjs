// Builds FHIRPath expressions and resources from a list of small integers: each is one choice, and where they end every
// choice is the first, which ends the text. Shrinking the list shrinks the expression.
export class Choices {
  #list;
  #at = 0;
  constructor(list) {
    this.#list = list;
  }
  below(bound) {
    return this.#at < this.#list.length ? this.#list[this.#at++] % bound : 0;
  }
  of(list) {
    return list[this.below(list.length)];
  }
  oneIn(bound) {
    return this.below(bound) === bound - 1;
  }
}

const words = (text) => text.trim().split(/\s+/);
const lines = (text) => text.trim().split(/\s*;\s*/);

const kNames =
  words(`name given family use value system code coding display text period start end extension url id
  reference unit nothing`);
const kTypes =
  words(`Patient string String System.String FHIR.string Quantity FHIR.Quantity boolean Boolean dateTime date
  Reference HumanName Element Integer CodeableConcept Decimal Practitioner Resource`);
const kAnywhere = lines(
  `$this; value; {}; name.given.first(); extension.value; code; 'A\u00e9'; %resource.id`,
);

// By kind, a letter: what an operand or an argument of this kind can be.
const kAtoms = {
  b: lines(`true; false; active; name.exists(); deceased; {}; use = 'official'; ($this is string)`),
  i: lines(`0; 1; 2; 3; 10; -1; multipleBirth; name.count(); 2147483647; 5`),
  n: lines(
    `0.5; 1.50; 2; 100; 0.1; -3.7; 1.0; 28; extension.value; 12.345; multipleBirth; 1000000; 0`,
  ),
  t: [
    ...lines(
      `'a'; ''; name.family; name.given.first(); code.text; 'official'; '1'; '2014-01'; ' x '; 'A,B'; 'true'`,
    ),
    ...lines(
      `'12:30'; '1.5'; 'YWI='; '6162'; 'http://x'; id; gender; '2015-02-04T14:34:28Z'; identifier.value`,
    ),
  ],
  d: [
    ...lines(
      `@2014; birthDate; @2014-02; @2016-02-29; @2014-01-31T; @2014-01-25T14:30:14.559+05:00; @T12; issued`,
    ),
    ...lines(
      `@T23:59:59.999; @T14:34; @2015-02-04T14:34:28Z; effective; name.period.start; meta.lastUpdated`,
    ),
    ...lines(`@2012-12-31T23:59:59-12:00; @2014T`),
  ],
  q: [
    ...lines(
      `1 year; 2 months; 3 days; value; 1 'kg'; 100 'mg'; 4.0 'cm'; 1 week; 24 hours; 90 minutes; 1.5 seconds`,
    ),
    ...lines(`1 'a'; 2 'mo'; 1000 milliseconds; referenceRange.low; 1 '1'; -5 'mm[Hg]'`),
  ],
  c: [
    ...lines(
      `name; name.given; name.family; telecom; identifier; extension; contact.name; contained; $this; value`,
    ),
    ...lines(
      `descendants(); code.coding; component; subject; interpretation; deceased; Patient.name; meta.tag; {}`,
    ),
    ...lines(
      `(1 | 2 | 'a' | 2.0); birthDate.extension; note; maritalStatus.coding; photo; multipleBirth; code.text`,
    ),
    ...lines(`Observation.component.value; %resource; children()`),
  ],
  p: lines(`'.*'; 'a+'; '(a|b)*c'; '^[0-9]{4}$'; '[A-Z]'; '[a-z]+[ ]*'; name.family; '.{1,20}x'`),
  e: lines(`'base64'; 'hex'; 'urlbase64'`),
  h: lines(`'html'; 'json'`),
  u: lines(`'day'; 'years'; 'mg'; 'hours'; 'kg'; 'd'`),
  y: kTypes,
};
const kOperators = {
  b: lines(` and ;or;xor;implies`),
  i: words(`+ - * div mod`),
  n: words(`+ - * / div mod`),
  t: words(`+ &`),
  d: words(`+ -`),
  q: words(`+ - * /`),
  c: words(`|`),
};
const kComparisons = words(`= != ~ !~ < <= > >=`);
const kMemberships = words(`in contains = ~`);

// Input, name, kinds of arguments, kind of the result.
const kFunctions = words(`
  c.where(b)c c.select(a)c c.repeat(c)c c.ofType(y)c c.as(y)c c.first()c c.last()c c.tail()c c.skip(i)c c.take(i)c
  c.single()c c.union(c)c c.combine(c)c c.intersect(c)c c.exclude(c)c c.distinct()c c.children()c c.descendants()c
  c.extension(t)c c.trace(t)c c.iif(bcc)c c.type()c t.split(t)c t.toChars()c c.getValue()c c.empty()b c.exists()b
  c.exists(b)b c.all(b)b c.is(y)b c.subsetOf(c)b c.supersetOf(c)b c.isDistinct()b b.not()b b.allTrue()b b.anyTrue()b
  b.allFalse()b b.anyFalse()b a.toBoolean()b a.convertsToBoolean()b a.convertsToInteger()b a.convertsToDecimal()b
  a.convertsToDate()b a.convertsToDateTime()b a.convertsToTime()b a.convertsToQuantity()b a.convertsToString()b
  a.hasValue()b t.startsWith(t)b t.endsWith(t)b t.contains(t)b t.matches(p)b t.matchesFull(p)b c.count()i t.length()i
  t.indexOf(t)i t.lastIndexOf(t)i a.toInteger()i n.floor()i n.ceiling()i n.truncate()i a.precision()i a.toDecimal()n
  n.abs()n n.exp()n n.ln()n n.log(n)n n.power(n)n n.sqrt()n n.round(i)n c.aggregate(nn)n n.lowBoundary(i)n
  n.highBoundary()n n.sum()n n.avg()n n.min()n n.max()n a.toString()t t.substring(i)t t.substring(ii)t t.upper()t
  t.lower()t t.trim()t t.replace(tt)t t.replaceMatches(pt)t c.join(t)t t.encode(e)t t.decode(e)t t.escape(h)t
  t.unescape(h)t a.toDate()d a.toDateTime()d a.toTime()d d.lowBoundary()d d.highBoundary()d a.toQuantity()q q.abs()q
  a.toQuantity(u)q`).map((text) => {
  const [, input, name, args, result] = /^(\w)\.(\w+)\((\w*)\)(\w)$/.exec(text);
  return { input, name, args, result };
});
const kDepth = 3;
const kSize = 400;

/** An expression of any kind; `functions` are the names it calls. */
export function expressionFrom(choices) {
  let out = '';
  const put = (text) => {
    out += text;
  };
  const anyKind = () => choices.of('ctibdqn');
  const full = (depth) => depth >= kDepth || out.length > kSize;

  function binary(left, operator, right, depth) {
    term(left, depth + 1);
    put(` ${operator.trim()} `);
    term(right, depth + 1);
  }

  function expression(wanted, depth) {
    const kind = wanted === 'a' || choices.oneIn(16) ? anyKind() : wanted;
    const form = full(depth) ? 0 : choices.below(6);
    if (form < 2) return term(kind, depth);
    if (kind === 'b' && form > 2) {
      if (form === 3) return binary('c', choices.of(kMemberships), 'c', depth);
      if (form === 4) {
        term(anyKind(), depth + 1);
        return put(` is ${choices.of(kTypes)}`);
      }
      const side = anyKind();
      return binary(side, choices.of(kComparisons), side, depth);
    }
    return binary(kind, choices.of(kOperators[kind]), kind === 'd' ? 'q' : kind, depth);
  }

  function term(wanted, depth) {
    const kind = wanted === 'a' || choices.oneIn(20) ? anyKind() : wanted;
    const form = full(depth) ? 0 : choices.below(8);
    if (form < 3) atom(kind);
    else if (form === 3) {
      put(choices.oneIn(5) ? '-(' : '(');
      expression(kind, depth + 1);
      put(')');
    } else call(kind, depth);
    if (choices.oneIn(16)) put(`[${choices.of(['0', '1'])}]`);
  }

  function atom(kind) {
    put(choices.oneIn(12) ? choices.of(kAnywhere) : choices.of(kAtoms[kind]));
    if (kind === 'c' && choices.oneIn(5)) put(`.${choices.of(kNames)}`);
  }

  function call(kind, depth) {
    const { input, name, args, result } = choices.of(
      kFunctions.filter((one) => one.result === kind),
    );
    void result;
    const start = out.length;
    term(input, depth + 1);
    // `-1.abs()` would negate the result.
    if (out[start] === '-') out = `${out.slice(0, start)}(${out.slice(start)})`;
    put(`.${name}(`);
    [...args].forEach((one, index) => {
      if (index > 0) put(', ');
      if ('abcdinqt'.includes(one)) expression(one, depth + 1);
      else atom(one);
    });
    put(')');
  }

  expression('a', 0);
  return out;
}

const kMembers = {
  Patient: {
    active: true,
    name: [
      { use: 'official', family: 'Aa', given: ['Bb', 'Cc'], period: { start: '2014' } },
      { text: 'Dd', given: ['a'] },
    ],
    birthDate: '2016-02-29',
    _birthDate: { extension: [{ url: 'http://x', valueDateTime: '2016-02-29T10:00:00Z' }] },
    deceasedDateTime: '2020-01-01T10:00:00.123+05:00',
    multipleBirthInteger: 3,
    telecom: [
      { system: 'phone', value: '1', rank: 1 },
      { system: 'email', value: '\u00e9@b' },
    ],
    identifier: [{ system: 'http://x', value: 'id1', period: { start: '2014-01', end: '2015' } }],
    contact: [
      {
        name: { family: 'Ee' },
        relationship: [{ coding: [{ system: 's', code: 'a' }], text: 'Ff' }],
      },
    ],
    contained: [{ resourceType: 'Practitioner', id: 'p', name: [{ family: 'Gg' }] }],
    extension: [
      { url: 'http://x', valueDecimal: 1.25 },
      { url: 'a', extension: [{ url: 'b', valueString: 'official' }] },
    ],
    meta: { lastUpdated: '2015-02-04T14:34:28Z', tag: [{ code: 'a', system: 's' }] },
    id: 'p1',
    gender: 'male',
    maritalStatus: { coding: [{ code: 'M' }, { code: 'a' }], text: 'M' },
    photo: [{ data: 'YWI=', size: 5, creation: '2014' }],
  },
  Observation: {
    status: 'final',
    valueQuantity: { value: 1.2, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    code: { coding: [{ system: 'http://loinc.org', code: '1-2', display: 'x' }], text: 'a' },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2015-02',
    issued: '2015-02-04T14:34:28.5Z',
    component: [
      {
        code: { text: 'a' },
        valueQuantity: { value: 2, system: 'http://unitsofmeasure.org', code: 'kg' },
      },
      { code: { text: 'b' }, valueString: 'true' },
      { code: { text: 'b' }, valueInteger: 7 },
    ],
    referenceRange: [
      { low: { value: 1, code: 'g', system: 'http://unitsofmeasure.org' }, text: 'r' },
    ],
    extension: [{ url: 'http://x', valueDecimal: 0.0000001 }],
    interpretation: [{ coding: [{ code: 'H' }, { code: 'L' }] }, { text: 'a' }],
    note: [{ text: 'line\nline', time: '2014' }],
    id: 'o1',
    meta: { lastUpdated: '2015-02-04T14:34:28.000+02:00' },
  },
};

export function resourceFrom(choices) {
  const type = choices.of(['Patient', 'Observation']);
  const kept = Object.entries(kMembers[type]).filter(() => !choices.oneIn(4));
  return { resourceType: type, ...Object.fromEntries(kept) };
}
