// A batch is carried out entry by entry, each as a request of its own.
import type { RequestCheck } from '../../types-request.js';
import { interact } from '../dispatch.js';
import { type Exchange, type Interact, Refusal } from '../exchange.js';
import { goesOn, guard, refusalBy } from '../guard.js';
import { released } from '../headers.js';
import { refused } from '../outcome.js';
import { wholeOf } from '../upstream.js';
import { invalid } from './body.js';
import { type Entry, jsonOf, requestOf, sentBy } from './entries.js';
import { transaction } from './transaction.js';

const kMaxResponseBytes = 32 << 20;

// FHIR's order: what is deleted is gone, and what is created is there, when the rest is looked at.
const kOrder = ['DELETE', 'POST', 'PUT', 'PATCH', 'GET', 'HEAD'];

/** What the guard says of an entry as it will be carried out. @throws Refusal */
export function checked(own: Exchange): RequestCheck {
  const { request, url, body, policy, options } = own;
  const { method, headers } = request;
  const check = guard(policy, { method, url, headers, body }, options);
  if (!goesOn(check)) throw refusalBy(check);
  if (check.kind === 'batch') throw invalid('a batch in a batch', 'nested');
  return check;
}

/** An answer as an entry; its body is taken as it is. */
async function asEntry(own: Exchange, answer: Response, room: number): Promise<string> {
  const { status, headers } = answer;
  const response: Record<string, unknown> = { status: String(status) };
  for (const name of ['location', 'etag'] as const) {
    const value = headers.get(name);
    if (value !== null) response[name] = value;
  }
  const modified = Date.parse(headers.get('last-modified') ?? '');
  if (!Number.isNaN(modified)) response['lastModified'] = new Date(modified).toISOString();
  const body = answer.body === null ? new Uint8Array(0) : await wholeOf(answer, own.timeout, room);
  if (body.length === 0) return `{"response":${jsonOf(response)}}`;
  const text = new TextDecoder().decode(body);
  const isOutcome = status >= 400 || /^\s*\{\s*"resourceType"\s*:\s*"OperationOutcome"/.test(text);
  if (!isOutcome) return `{"resource":${text},"response":${jsonOf(response)}}`;
  return `{"response":{${jsonOf(response).slice(1, -1)},"outcome":${text}}}`;
}

async function carryOut(exchange: Exchange, entry: Entry | Refusal, room: number): Promise<string> {
  try {
    if (entry instanceof Refusal) throw entry;
    const own = requestOf(exchange, entry);
    const check = checked(own);
    const text = await asEntry(own, await interact(own, check), room);
    exchange.record.released = (exchange.record.released ?? 0) + 1;
    return text;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    exchange.record.refused = (exchange.record.refused ?? 0) + 1;
    return asEntry(exchange, refused(error), kMaxResponseBytes);
  }
}

export const batch: Interact = async (exchange) => {
  const { type, entries } = sentBy(exchange);
  if (type === 'transaction') return transaction(exchange, entries);
  let room = exchange.options.maxResponseBytes ?? kMaxResponseBytes;
  const results: string[] = entries.map(() => '');
  for (const method of kOrder) {
    for (const [index, entry] of entries.entries()) {
      const own = entry instanceof Refusal ? 'GET' : entry.method;
      if (own !== method) continue;
      const result = await carryOut(exchange, entry, room);
      room = Math.max(0, room - result.length);
      results[index] = result;
    }
  }
  const entry = results.length === 0 ? '' : `,"entry":[${results.join(',')}]`;
  return released(`{"resourceType":"Bundle","type":"batch-response"${entry}}`);
};
