// Operations that the options list, with the shape of what they answer (SPEC 13.7).
import type { Exchange, Interact } from '../exchange.js';
import { Refusal } from '../exchange.js';
import {
  acceptsJson,
  asksForOther,
  bodiless,
  isFhirJson,
  notAcceptable,
  released,
} from '../headers.js';
import { notFound } from '../outcome.js';
import { resolveReferences } from '../resolve.js';
import type { OperationRule } from '../types.js';
import { failureOf } from '../upstream.js';
import { kickOff } from './bulk.js';
import { readsCurrent } from './instance.js';
import { bundle } from './search.js';
import { refusalOf } from './stream.js';

const kUrl =
  /^(?:([A-Z][A-Za-z]+)\/(?:([A-Za-z0-9\-.]{1,64})\/)?)?\$([A-Za-z][A-Za-z0-9\-_.]*)(?:\?(.*))?$/s;

const forbidden = (reason: string) => new Refusal(403, 'forbidden', 'not allowed', reason);

function ruleOf(exchange: Exchange, type: string | undefined, name: string): OperationRule {
  const rules = exchange.options.operations ?? {};
  const key = [`${type ?? ''}/$${name}`, `$${name}`].find((wanted) => Object.hasOwn(rules, wanted));
  const rule = key === undefined ? undefined : rules[key];
  const { method } = exchange.request;
  const isAllowed = (rule?.methods ?? ['POST']).includes(method === 'POST' ? 'POST' : 'GET');
  if (rule === undefined || !isAllowed) throw forbidden('operation');
  return rule;
}

const kPartial = ['_elements', '_fields', '_graphql', '_summary']; // answers of these are never decided (SPEC 8.6)

/** The parameters of the URL without those that are the gateway's to answer. */
function queryOf(query: string): string {
  const given = new URLSearchParams(query);
  if (asksForOther(given)) throw notAcceptable();
  const kept = new URLSearchParams();
  for (const [name, value] of given) {
    if (name === '_format' || name === '_pretty' || (name === '_summary' && value === 'false'))
      continue;
    if (kPartial.includes(name)) throw forbidden('search-parameter');
    kept.append(name, value);
  }
  const text = kept.toString();
  return text === '' ? '' : `?${text}`;
}

export const operation: Interact = async (exchange) => {
  const { policy, request, record, upstream } = exchange;
  const match = kUrl.exec(exchange.url);
  if (match === null) throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
  const [, type, id, name = '', query = ''] = match;
  const rule = ruleOf(exchange, type, name);
  record.allowed = true;
  record.reason = 'operation';
  if (type !== undefined && !policy.can('read', type)) throw forbidden('no-rule');
  if (id !== undefined && !(await readsCurrent(exchange, type ?? '', id))) {
    record.allowed = false;
    record.reason = 'not-found';
    return notFound();
  }
  const url = exchange.url.split('?', 1)[0] + queryOf(query);
  if (name === 'export') return kickOff(exchange, url);
  if (!acceptsJson(request)) throw notAcceptable();
  const isPost = request.method === 'POST';
  if (isPost && exchange.body.length > 0 && !isFhirJson(request.headers)) {
    throw new Refusal(415, 'not-supported', 'the body is no FHIR JSON', 'media-type');
  }
  const answer = await upstream.send(
    isPost
      ? {
          method: 'POST',
          url,
          headers: { 'content-type': 'application/fhir+json' },
          body: exchange.body,
        }
      : { method: 'GET', url },
  );
  if (rule.result === 'none') {
    if (answer.status < 200 || answer.status > 299) throw failureOf(answer);
    void answer.body?.cancel().catch(() => undefined);
    return bodiless(204);
  }
  if (rule.result === 'searchset') return bundle(exchange, answer, 'search', type ?? null);
  if (rule.result === 'history') return bundle(exchange, answer, 'history', type ?? null);
  if (answer.status !== 200) throw failureOf(answer);
  // A resource, or `Parameters`, which the policy grants like any other type.
  const body = await upstream.json(answer);
  try {
    const resolved = await resolveReferences(exchange, body, 'read');
    const shown = policy.redact('read', body, { resolved });
    if (shown === undefined) throw forbidden('no-rule');
    record.released = 1;
    return released(shown);
  } catch (error) {
    throw refusalOf(error);
  }
};
