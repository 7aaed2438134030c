// Writes search_parameters.json: every search parameter of R4 by code and base, and whether the engine takes it in criteria. One
// line each, `[code, base, type, true or the reason]`.
//
//   node tests/checks/search_parameters.mjs     (after npm run build)
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { resourcesOf } from '../../core/fhir/r4_model.mjs';
import { root } from './tree.mjs';

export const kList = path.join(root, 'tests/checks/search_parameters.json');

/** R4's definitions. */
export const definitions = () => resourcesOf('search-parameters.json', 'SearchParameter');

/** What the engine says of each, a line for each base. */
export function rowsOf(engine) {
  const known = new Map();
  const find = (base, code) => {
    // What all resources have, and what all of them but four have, is common to all types.
    const type = base === 'Resource' || base === 'DomainResource' ? '*' : base;
    if (!known.has(type)) {
      known.set(type, new Map(engine.searchParameters(type).map((one) => [one.code, one])));
    }
    return known.get(type).get(code);
  };
  const rows = [];
  for (const { code, base, type } of definitions()) {
    for (const name of base) {
      const found = find(name, code);
      rows.push([code, name, type, found?.supported ? true : (found?.reason ?? 'unknown')]);
    }
  }
  const key = ([code, base]) => `${base} ${code}`;
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export const textOf = (rows) => `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
export const committed = () => readFileSync(kList, 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { createEngine } = await import('fhirwall');
  const rows = rowsOf(await createEngine());
  writeFileSync(kList, textOf(rows));
  const refused = rows.filter((row) => row[3] !== true);
  console.log(
    `${definitions().length} search parameters, ${rows.length} with their bases, ${refused.length} refused`,
  );
}
