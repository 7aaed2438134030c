// Opaque tokens: RFC 7662.
import { Refusal } from '../exchange.js';
import { ask, digest, isJson, type Json, numberOf, parsed, Recent } from '../shared.js';
import { secureUrl, sharesWork, utf8, within } from '../shared.js';
import type { IntrospectionAuth, Principal } from '../types.js';
import { type Check, expired, invalid, unavailable } from './answers.js';
import { listOf, principalOf, textOf, timeOf } from './claims.js';

const kTimeout = 5000; // milliseconds for an answer
const kMaxBytes = 1 << 18; // of an answer
const kMaxKept = 1000; // answers of either kind
const kMaxRefusedTtl = 5; // seconds: a token may become active that was asked about too early
const kSkew = 30; // seconds that `nbf` may lie ahead

/** What is known of a token: who bears it, or why it is not taken. */
type Answer = Principal | Refusal;
interface Kept {
  readonly answer: Answer;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** RFC 6749 2.3.1: each part is form-encoded before. */
function basic(clientId: string, clientSecret: string): string {
  const form = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);
  const bytes = utf8(`${form(clientId)}:${form(clientSecret)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

const given = (value: unknown) => typeof value === 'string' && value !== '';

/** @throws TypeError a gateway with wrong options does not start */
export function introspectionCheck(auth: IntrospectionAuth): Check {
  const { issuer, clientId, clientSecret } = auth;
  const url = secureUrl(auth.url, 'url');
  if (!given(clientId) || !given(clientSecret)) throw new TypeError('`clientId` is missing');
  if (issuer !== undefined && !given(issuer)) throw new TypeError('`issuer` is empty');
  const audience =
    typeof auth.audience === 'string' ? [auth.audience] : auth.audience && [...auth.audience];
  if (audience !== undefined && (audience.length === 0 || !audience.every(given))) {
    throw new TypeError('`audience` is empty');
  }
  const ttl = numberOf(auth.ttl, 30, 'ttl', 0, 3600);
  const timeout = numberOf(auth.timeout, kTimeout, 'timeout', 1, 60_000);
  const headers = {
    authorization: basic(clientId, clientSecret),
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  const active = new Recent<Kept>(kMaxKept);
  const refused = new Recent<Kept>(kMaxKept); // apart, so that invented tokens push out no real one
  const underWay = new Map<string, Promise<Answer>>();

  /** @throws ClaimError */
  function answerOf(claims: Json): Answer {
    const iss = textOf(claims, 'iss');
    const aud = listOf(claims, 'aud');
    const expires = timeOf(claims, 'exp');
    const begins = timeOf(claims, 'nbf');
    const now = Date.now() / 1000;
    if (issuer !== undefined && iss !== issuer) return invalid();
    if (audience !== undefined && !audience.some((one) => aud.includes(one))) return invalid();
    if (expires !== undefined && expires <= now) return expired();
    if (begins !== undefined && begins > now + kSkew) return invalid();
    const sub = textOf(claims, 'sub');
    const isPerson = textOf(claims, 'username') !== undefined;
    // A client stands for itself only where the token names no person.
    const subject = sub ?? (isPerson ? undefined : textOf(claims, 'client_id'));
    if (subject === undefined) return invalid();
    return principalOf(claims, subject, iss ?? issuer, expires);
  }

  /** @throws Error without an answer that can be relied on */
  async function introspect(token: string, key: string): Promise<Answer> {
    const asked = Date.now();
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString();
    const init = { method: 'POST', headers, body };
    const reply = await ask({ fetch: auth.fetch, url, init, timeout, maxBytes: kMaxBytes });
    const claims = reply.status === 200 ? parsed(reply.body) : undefined;
    if (!isJson(claims) || typeof claims.active !== 'boolean') throw new Error('no answer');
    const answer = claims.active ? answerOf(claims) : invalid();
    const isRefused = answer instanceof Refusal;
    const seconds = isRefused ? Math.min(ttl, kMaxRefusedTtl) : ttl;
    const end = isRefused ? Infinity : (answer.expires ?? Infinity) * 1000;
    const until = Math.min(asked + seconds * 1000, end);
    if (until > Date.now()) (isRefused ? refused : active).set(key, { answer, until });
    return answer;
  }

  /** One question at a time for a token; each time a question of its own without `ttl`. */
  function shared(token: string, key: string): Promise<Answer> {
    const running = underWay.get(key);
    if (running !== undefined) return running;
    const work = introspect(token, key);
    if (ttl === 0 || !sharesWork()) return work;
    underWay.set(key, work);
    const end = () => underWay.delete(key);
    work.then(end, end);
    return work;
  }

  return async (token, signal) => {
    const key = await digest(token);
    const now = Date.now();
    for (const kept of [active, refused]) {
      const found = kept.get(key);
      if (found === undefined) continue;
      if (found.until > now) {
        if (found.answer instanceof Refusal) throw found.answer;
        return found.answer;
      }
      kept.delete(key);
    }
    let answer: Answer;
    try {
      answer = await within(shared(token, key), timeout + 1000, signal);
    } catch {
      throw unavailable();
    }
    if (answer instanceof Refusal) throw answer;
    return answer;
  };
}
