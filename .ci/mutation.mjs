// Finds what a mutation check can flip in a C++ source: comparisons, negations, `&&` and `||`, early returns and returned
// truth values. A tokenizer, not a parser: it leaves out comments, strings, preprocessor lines, template brackets and
// declarations, and relies on the project's format (binary operators stand between spaces).
// Node built-ins only.

const kComparisons = {
  '==': ['!='],
  '!=': ['=='],
  '<': ['>=', '<='],
  '>': ['<=', '>='],
  '<=': ['>', '<'],
  '>=': ['<', '>'],
  '<=>': [],
};
const kJunctions = { '&&': ['||'], '||': ['&&'] };

// Longest first.
const kPunctuators =
  /^(<=>|->\*|<<=|>>=|\.\.\.|::|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|\/=|%=|&=|\|=|\^=|[-+*/%^&|~!=<>?:;,.(){}[\]#])/;

/** The tokens of `text`: { text, begin, end, kind: 'word' | 'number' | 'string' | 'mark' }, without comments and directives. */
export function tokens(text) {
  const found = [];
  let at = 0;
  let lineStart = true;
  const push = (kind, end) => {
    found.push({ kind, text: text.slice(at, end), begin: at, end });
    at = end;
    lineStart = false;
  };
  while (at < text.length) {
    const rest = text.slice(at, at + 200);
    const char = text[at];
    let match;
    if (char === '\n') {
      lineStart = true;
      ++at;
    } else if (/\s/.test(char)) {
      ++at;
    } else if (rest.startsWith('//')) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (rest.startsWith('/*')) {
      const end = text.indexOf('*/', at + 2);
      at = end < 0 ? text.length : end + 2;
    } else if (char === '#' && lineStart) {
      // To the end of the line, and of those it goes on in.
      do {
        const end = text.indexOf('\n', at);
        at = end < 0 ? text.length : end + 1;
      } while (at < text.length && /\\\r?\n$/.test(text.slice(Math.max(0, at - 3), at)));
      lineStart = true;
    } else if ((match = /^(?:u8|[uUL])?R"([^ ()\\\t\n]{0,16})\(/.exec(rest))) {
      const close = `)${match[1]}"`;
      const end = text.indexOf(close, at + match[0].length);
      push('string', end < 0 ? text.length : end + close.length);
    } else if ((match = /^(?:u8|[uUL])?(["'])/.exec(rest))) {
      let end = at + match[0].length;
      while (end < text.length && text[end] !== match[1] && text[end] !== '\n') {
        end += text[end] === '\\' ? 2 : 1;
      }
      push('string', Math.min(end + 1, text.length));
    } else if ((match = /^[A-Za-z_]\w*/.exec(rest))) {
      let end = at + match[0].length;
      while (/\w/.test(text[end] ?? '')) ++end;
      push('word', end);
    } else if ((match = /^\.?\d(?:[\w.']|[eEpP][-+])*/.exec(rest))) {
      push('number', at + match[0].length);
    } else if ((match = kPunctuators.exec(rest))) {
      push('mark', at + match[0].length);
    } else {
      ++at;
    }
  }
  return found;
}

// For each `(`, `[` and `{` the index of what closes it.
function partners(list) {
  const partner = new Map();
  const open = [];
  for (const [index, { text, kind }] of list.entries()) {
    if (kind !== 'mark') continue;
    if ('([{'.includes(text)) open.push(index);
    else if (')]}'.includes(text) && open.length > 0) {
      const start = open.pop();
      partner.set(start, index);
      partner.set(index, start);
    }
  }
  return partner;
}

const kControl = new Set(['if', 'for', 'while', 'switch']);

/**
 * Every mutant of `text`, in order: { begin, end, from, to, line, kind }, where `kind` is comparison, negation, junction, return
 * or truth. The text with [begin, end) replaced by `to` is the mutant.
 */
export function findMutants(text) {
  const list = tokens(text);
  const partner = partners(list);
  const lines = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  const lineOf = (offset) => {
    let low = 0;
    for (let high = lines.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if (lines[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
  const mutants = [];
  const add = (kind, begin, end, to) =>
    mutants.push({ kind, begin, end, from: text.slice(begin, end), to, line: lineOf(begin) });

  // A block that an `if`, a loop or `else` opens, as opposed to the body of a function or lambda.
  const isControlled = (brace) => {
    const before = list[brace - 1];
    if (before?.text === 'else' || before?.text === 'do') return true;
    if (before?.text !== ')') return false;
    const open = partner.get(brace - 1);
    const word = list[open - 1];
    return (
      kControl.has(word?.text) || (word?.text === 'constexpr' && list[open - 2]?.text === 'if')
    );
  };
  // Up to the `;` that ends the statement which begins at `index`.
  const endOfStatement = (index) => {
    for (let at = index; at < list.length; ++at) {
      if (list[at].text === ';') return at;
      if ('([{'.includes(list[at].text) && partner.has(at)) at = partner.get(at);
      else if (list[at].text === '}') break;
    }
    return -1;
  };

  const blocks = []; // the braces around the current token
  let loopHead = -1; // while below this index: in the head of a `for`
  let skipUntil = -1; // inside a static_assert, a requires clause, the parameters of a template
  for (const [index, token] of list.entries()) {
    const before = list[index - 1];
    const after = list[index + 1];
    if (token.text === '{' && token.kind === 'mark') blocks.push(index);
    if (token.text === '}' && token.kind === 'mark') blocks.pop();
    if (index <= skipUntil) continue;
    if (token.kind === 'word') {
      if (token.text === 'static_assert') skipUntil = endOfStatement(index);
      if (token.text === 'for') loopHead = partner.get(index + 1) ?? -1;
      if (token.text === 'requires' && after?.text === '(')
        skipUntil = partner.get(index + 1) ?? index;
      const statement =
        token.text === 'return' || token.text === 'FHIRWALL_TRY' ? endOfStatement(index) : -1;
      const inControl = blocks.length > 0 && isControlled(blocks.at(-1));
      if (token.text === 'FHIRWALL_TRY' && statement > 0) {
        add('return', token.begin, token.end, 'static_cast<void>');
      } else if (token.text === 'return' && statement > 0) {
        if (inControl) add('return', token.begin, list[statement].end, ';');
        const flipped = { true: 'false', false: 'true' }[after?.text];
        if (flipped && statement === index + 2) add('truth', after.begin, after.end, flipped);
      }
      continue;
    }
    if (token.kind !== 'mark') continue;
    const spaced = /\s/.test(text[token.begin - 1] ?? '') && /\s/.test(text[token.end] ?? '');
    const named = before?.text === 'operator' || before?.text === 'template';
    const inLoopHead = index < loopHead;
    if (token.text in kComparisons && spaced && !named) {
      // A loop that goes one step too far reads what is not its own, which no test can see: only its turn is flipped.
      const changes = kComparisons[token.text].slice(0, inLoopHead ? 1 : 2);
      for (const to of changes) add('comparison', token.begin, token.end, to);
    } else if (token.text in kJunctions && spaced && !named) {
      for (const to of kJunctions[token.text]) add('junction', token.begin, token.end, to);
    } else if (token.text === '!' && before?.text !== 'operator') {
      add('negation', token.begin, token.end, '');
    }
  }
  return mutants;
}

export const applied = (text, mutant) =>
  text.slice(0, mutant.begin) + mutant.to + text.slice(mutant.end);

/** The code of a mutant's line, and of the one before where it is a `return`: how lists name a place, since numbers move. */
export function codeOf(text, { line }) {
  const lines = text.split('\n');
  const own = lines[line - 1].trim();
  return own.startsWith('return') ? `${lines[line - 2]?.trim()} ${own}` : own;
}

/** What a mutant does, in one line. */
export const changeOf = ({ from, to }) => {
  const short = (code) => code.replace(/\s+/g, ' ').slice(0, 60);
  return to === '' || to === ';' ? `without ${short(from)}` : `${short(from)} -> ${to}`;
};

/** Numbers in [0, 1) from a seed. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** All of `items` in an order that the seed decides. */
export function shuffled(items, seed) {
  const random = generator(seed);
  const order = [...items];
  for (let last = order.length - 1; last > 0; --last) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/**
 * Tries mutants in turn until `count` of them compiled; as many at a time as there are `judges`. A judge says what became of a
 * mutant: 'killed', 'survived' or 'invalid' (it does not compile, and is replaced by the next). Returns
 * { tried, killed, survivors }.
 */
export async function check(mutants, count, judges, report = () => {}) {
  const result = { tried: 0, killed: 0, survivors: [] };
  const queue = [...mutants];
  let pending = 0;
  const work = async (judge) => {
    while (queue.length > 0 && result.tried + pending < count) {
      const mutant = queue.shift();
      ++pending;
      const verdict = await judge(mutant);
      --pending;
      if (verdict !== 'invalid') ++result.tried;
      if (verdict === 'killed') ++result.killed;
      if (verdict === 'survived') result.survivors.push(mutant);
      report(mutant, verdict);
    }
  };
  await Promise.all(judges.map(work));
  return result;
}
