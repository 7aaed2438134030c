// What a client wants to store, as far as the gateway itself looks into it.
import { type Exchange, Refusal } from '../exchange.js';
import { acceptsJson, isFhirJson, notAcceptable } from '../headers.js';

export type Bytes = Uint8Array<ArrayBuffer>;

/** A JSON object or array as it was read. */
export type Tree = Record<string, unknown>;

export const invalid = (text: string, reason = 'invalid') =>
  new Refusal(400, 'invalid', text, reason);
const wrongType = () => new Refusal(415, 'not-supported', 'bodies are FHIR JSON', 'media-type');

export const isObject = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text of a body. @throws Refusal */
export function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw invalid('the body is not UTF-8');
  }
}

/** What `parse` makes of a body: it is for looking only, and what is stored is what the engine gives. @throws Refusal */
export function treeOf(body: Uint8Array, parse: (text: string) => unknown = JSON.parse): unknown {
  const text = textOf(body);
  try {
    return parse(text);
  } catch {
    throw invalid('the body is no JSON');
  }
}

/** Refused before anything is asked of the server. */
export function needsJson({ request }: Exchange): void {
  if (!acceptsJson(request)) throw notAcceptable();
  if (!isFhirJson(request.headers)) throw wrongType();
}

/** References that are queries (SPEC 13.4): a server may look for them with rights of its own. */
export function conditionalReferences(tree: unknown, found = new Set<string>()): Set<string> {
  const open = [tree];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const [name, value] of Object.entries(node)) {
      if (name === 'reference' && typeof value === 'string' && value.includes('?')) {
        found.add(value);
      }
      open.push(value);
    }
  }
  return found;
}

export const conditionalReference = () =>
  new Refusal(403, 'forbidden', 'references are no queries here', 'conditional-reference');

/** The resource that a create or update submits. @throws Refusal when it is another than the URL names */
export function submitted(body: Bytes, type: string, id: string | null): Tree {
  const tree = treeOf(body);
  if (!isObject(tree) || tree['resourceType'] !== type) {
    throw invalid('the body is not of the type that the URL names', 'identity');
  }
  if (id !== null && tree['id'] !== id) {
    throw invalid('the body has not the id that the URL names', 'identity');
  }
  if (conditionalReferences(tree).size > 0) throw conditionalReference();
  return tree;
}

/** Refuses a patch whose media type and shape differ. */
export function needsPatch({ request, body }: Exchange): void {
  if (!acceptsJson(request)) throw notAcceptable();
  const type = (request.headers.get('content-type') ?? '').toLowerCase();
  const isJsonPatch = /^application\/json-patch\+json\s*(;\s*charset="?utf-?8"?\s*)?$/.test(type);
  if (!isJsonPatch && !isFhirJson(request.headers)) throw wrongType();
  const tree = treeOf(body);
  const fits = isJsonPatch
    ? Array.isArray(tree)
    : isObject(tree) && tree['resourceType'] === 'Parameters';
  if (!fits) throw invalid('the body is no patch of its media type');
}
