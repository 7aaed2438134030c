// The official suite's XML as the list of tests that the runners read. The file is plain: groups of tests, attributes in double or
// single quotes, the five named entities and character references, comments, no CDATA sections. Anything else is refused.
const kEntities = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function textOf(raw) {
  if (raw.includes('<')) throw new Error('an element inside text');
  return raw.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (!(name in kEntities)) throw new Error(`unknown entity ${whole}`);
    return kEntities[name];
  });
}

function attributesOf(raw) {
  const out = {};
  for (const [, name, double, single] of raw.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    out[name] = textOf(double ?? single);
  }
  return out;
}

function* elements(xml, name) {
  const found = new RegExp(
    `<${name}\\b((?:[^>"']|"[^"]*"|'[^']*')*?)(?:/>|>([\\s\\S]*?)</${name}>)`,
    'g',
  );
  for (const [, attributes, content] of xml.matchAll(found)) {
    yield { attributes: attributesOf(attributes), content: content ?? '' };
  }
}

function testOf({ attributes, content }, group) {
  const [expression] = elements(content, 'expression');
  if (expression === undefined) throw new Error(`${attributes.name} has no expression`);
  const { name, description, inputfile, predicate, mode, ordered, checkOrderedFunctions } =
    attributes;
  return {
    id: `${group}/${name}`,
    name,
    group,
    description: description ?? null,
    inputfile: inputfile?.replace(/\.xml$/, '.json') ?? null,
    expression: textOf(expression.content),
    predicate: predicate === 'true',
    ...(mode === undefined ? {} : { mode }),
    ...(ordered === undefined ? {} : { ordered: ordered === 'true' }),
    ...(checkOrderedFunctions === undefined
      ? {}
      : { checkOrderedFunctions: checkOrderedFunctions === 'true' }),
    invalid: expression.attributes.invalid ?? null,
    outputs: [...elements(content, 'output')].map((output) => ({
      type: output.attributes.type,
      value: textOf(output.content),
    })),
  };
}

export function testsOf(xml) {
  const text = xml.replace(/<!--[\s\S]*?-->/g, '');
  if (text.includes('<![CDATA[')) throw new Error('a CDATA section');
  const tests = [...elements(text, 'group')].flatMap(({ attributes, content }) =>
    [...elements(content, 'test')].map((test) => testOf(test, attributes.name)),
  );
  if (tests.length === 0) throw new Error('no tests');
  return tests;
}
