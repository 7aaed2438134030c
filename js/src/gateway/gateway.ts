// One request from its arrival to its record: place, caller, policy, address, guard, interaction, answer (SPEC 13, 14).
import { createEngine } from '../index.js';
import type { Engine, EngineOptions } from '../types.js';
import { checkClientIp, clientAddress } from './address.js';
import { auditor } from './audit.js';
import { authenticator } from './auth/authenticator.js';
import { locator } from './base.js';
import { bodyOf } from './body.js';
import { corsOf } from './cors.js';
import { interact } from './dispatch.js';
import { type Exchange, Refusal } from './exchange.js';
import { guard } from './guard.js';
import { acceptsJson, asksForOther, kOnBehalfOf, notAcceptable, released } from './headers.js';
import { decisionLog } from './log.js';
import { forward, rehearse } from './observe.js';
import { outcomeResponse, refused } from './outcome.js';
import { policyStore } from './policies/store.js';
import { exportFile, exportState } from './read/bulk.js';
import { capabilities } from './read/metadata.js';
import { page } from './read/search.js';
import { carryEnd, endOf, refusalOf } from './read/stream.js';
import { sealedToken, sealer } from './seal.js';
import { settingsOf } from './settings.js';
import { traceOf } from './trace.js';
import type { DecisionRecord, Gateway, GatewayOptions, Peer, Principal } from './types.js';
import { openUpstream } from './upstream.js';

const isEngine = (given: object): given is Engine | Promise<Engine> =>
  'compilePolicy' in given || 'then' in given;

const isGet = (request: Request) => request.method === 'GET' || request.method === 'HEAD';

/** What a failure is to the client. Of what nobody foresaw, nothing is said. */
function refusedAs(error: unknown): Refusal {
  const known = refusalOf(error);
  if (known instanceof Refusal) return known;
  return new Refusal(500, 'exception', 'the gateway failed', 'exception');
}

/** What anybody may know. */
function described(
  record: DecisionRecord,
  request: Request,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  if (!acceptsJson(request) || asksForOther(query)) throw notAcceptable();
  Object.assign(record, { kind: 'metadata', allowed: true, reason: 'metadata' });
  return released(body, headers);
}

export function createGateway<Env = unknown>(given: GatewayOptions<Env>): Gateway<Env> {
  const settings = settingsOf(given);
  const { maxReferences = 0, policyOptions } = given;
  // A `total` counts what is hidden wherever the query was not narrowed exactly, which one option for all queries cannot know.
  const options: GatewayOptions<Env> = {
    ...given,
    policyOptions: {
      ...policyOptions,
      exactTotals: false,
      ...(maxReferences > 0 ? { resolve: policyOptions?.resolve ?? true } : {}),
    },
  };
  checkClientIp(options.clientIp);
  const locate = locator(options.baseUrl);
  const authenticate = authenticator(options.auth);
  const seals = sealer(options.sealKey, options.pagingTtl);
  const statement = capabilities(options as GatewayOptions);
  const log = decisionLog(options);
  const audit = auditor(options);
  const cors = corsOf(options.cors);

  let engine: Promise<Engine> | undefined;
  const engineOf = () => {
    engine ??=
      options.engine !== undefined && isEngine(options.engine)
        ? Promise.resolve(options.engine)
        : createEngine(options.engine as EngineOptions | undefined);
    engine.catch(() => (engine = undefined)); // the next request may have more luck
    return engine;
  };
  let policies: ReturnType<typeof policyStore> | undefined = policyStore(options, engineOf);
  const policiesOf = () => (policies ??= policyStore(options, engineOf));

  // Made while the upstream is waited for.
  const pending = new WeakMap<DecisionRecord, Promise<void>[]>();
  const hashed = (record: DecisionRecord, name: 'subject' | 'query' | 'instance', text: string) => {
    if (options.hashKey === undefined) return;
    const work = log.hash(text).then((hash) => {
      if (hash !== undefined) record[name] = hash;
    });
    work.catch(() => undefined);
    pending.set(record, [...(pending.get(record) ?? []), work]);
  };

  /** An exchange with a known caller and policy. */
  async function enforce(exchange: Exchange): Promise<Response> {
    const { policy, principal, record, request, url } = exchange;
    if (principal.expires !== undefined && principal.expires * 1000 <= Date.now()) {
      throw new Refusal(401, 'expired', 'the token has expired', 'expired', {
        'www-authenticate': 'Bearer error="invalid_token"',
      });
    }
    const token = sealedToken(url);
    if (token !== undefined) {
      const sealed = await seals.open(exchange, token);
      record.kind = sealed.kind === 'page' ? 'type' : 'operation';
      record.interaction = sealed.interaction;
      record.resourceType = sealed.type;
      record.reason = 'allowed';
      record.allowed = true;
      if (sealed.kind === 'export' && (isGet(request) || request.method === 'DELETE')) {
        return exportState(exchange, sealed);
      }
      if (!isGet(request)) throw new Refusal(400, 'invalid', 'a link is for GET', 'not-canonical');
      return (sealed.kind === 'page' ? page : exportFile)(exchange, sealed);
    }
    const { method, headers } = request;
    const check = guard(policy, { method, url, headers, body: exchange.body }, options);
    record.kind = check.kind;
    record.interaction = check.interaction;
    record.resourceType = check.resourceType;
    record.reason = check.reason;
    record.allowed = check.allowed;
    if (check.resourceType !== null && check.id !== null) {
      hashed(record, 'instance', `${check.resourceType}/${check.id}`);
    }
    return interact(exchange, check);
  }

  /** The whole of it; fills in the record. @throws Refusal and what nobody foresaw */
  async function answer(
    request: Request,
    env: Env,
    peer: Peer,
    record: DecisionRecord,
    traceparent: string,
  ): Promise<Response> {
    const place = locate(request);
    if (place === undefined) throw new Refusal(404, 'not-found', 'not found', 'elsewhere');
    const { baseUrl, url } = place;
    const preflight = cors?.preflight(request); // which has no token
    if (preflight !== undefined) {
      Object.assign(record, { kind: 'preflight', allowed: true, reason: 'origin' });
      return preflight;
    }
    if (url === '.well-known/smart-configuration' && isGet(request)) {
      if (options.smartConfiguration === undefined) {
        throw new Refusal(404, 'not-found', 'not found', 'metadata');
      }
      return described(record, request, url, JSON.stringify(options.smartConfiguration), {
        'content-type': 'application/json',
      });
    }
    const isMetadata = isGet(request) && /^metadata(\?|$)/.test(url);
    const { signal } = request;
    let principal: Principal;
    try {
      principal = await authenticate(request, env, signal);
    } catch (error) {
      const anonymous = isMetadata && !request.headers.has('authorization');
      if (!(anonymous && error instanceof Refusal && error.status === 401)) throw error;
      return described(record, request, url, statement(undefined, undefined));
    }
    hashed(record, 'subject', JSON.stringify([principal.issuer ?? null, principal.subject]));
    const question = url.indexOf('?');
    if (question >= 0) hashed(record, 'query', url.slice(question + 1));

    const upstream = openUpstream(settings.upstream, principal, traceparent, signal);
    const take = () => bodyOf(request, settings.maxRequestBytes);
    const behalf = request.headers.get(kOnBehalfOf) ?? undefined;
    const enforced = async (body: () => Promise<Uint8Array<ArrayBuffer>>, rehearsal: boolean) => {
      const lease = await policiesOf().policyFor(principal, behalf, signal, peer.waitUntil);
      try {
        const { policy } = lease;
        record.policy = policy.hash;
        const address = clientAddress(options.clientIp, request, peer);
        if (!policy.checkIp(address).allowed) {
          throw new Refusal(403, 'security', 'not from this address', 'ip');
        }
        if (isMetadata) {
          return described(record, request, url, statement(await engineOf(), policy));
        }
        const exchange: Exchange<Env> = {
          ...{
            request,
            env,
            peer,
            options,
            principal,
            policy,
            upstream,
            baseUrl,
            url,
            signal,
            record,
          },
          body: await body(),
          timeout: settings.upstream.timeout,
          sealer: seals,
          entry: (own, content) => entryOf(exchange, own, content),
        };
        const run = (wanted: Exchange) => enforce(wanted);
        if (!rehearsal) return await run(exchange as Exchange);
        return new Response(null, { status: await rehearse(exchange as Exchange, run) });
      } finally {
        lease.release();
      }
    };
    if (!settings.isAudit || isMetadata) return enforced(take, false);
    const body = await take();
    try {
      record.wouldBe = (await enforced(() => Promise.resolve(body), true)).status;
    } catch (error) {
      record.wouldBe = refusedAs(error).status;
    }
    return forward(upstream, request, url, body);
  }

  /** An entry's exchange: its own request and record, the rest as it is. */
  function entryOf(
    exchange: Exchange<Env>,
    request: Request,
    body: Uint8Array<ArrayBuffer>,
  ): Exchange<Env> {
    const url = locate(request)?.url;
    if (url === undefined)
      throw new Refusal(400, 'invalid', 'not below this base', 'not-canonical');
    const own: Exchange<Env> = {
      ...{ ...exchange, request, body, url, record: { ...exchange.record } },
      entry: (inner, content) => entryOf(own, inner, content),
    };
    return own;
  }

  async function handle(request: Request, env: Env, peer: Peer): Promise<Response> {
    const started = Date.now();
    const { traceId, traceparent } = traceOf(request.headers);
    const record: DecisionRecord = {
      time: new Date(started).toISOString(),
      mode: settings.isAudit ? 'audit-only' : 'enforce',
      ...{ traceId, method: request.method, kind: null, interaction: null, resourceType: null },
      ...{ status: 500, allowed: false, reason: 'exception', rule: null, policy: null },
      duration: 0,
    };
    let response: Response;
    try {
      response = await answer(request, env, peer, record, traceparent);
    } catch (error) {
      const refusal = refusedAs(error);
      record.allowed = false;
      record.reason = refusal.reason;
      response = refused(refusal);
    }
    if (request.method === 'HEAD' && response.body !== null) {
      void response.body.cancel().catch(() => undefined);
      response = carryEnd(
        response,
        new Response(null, { status: response.status, headers: response.headers }),
      );
    }
    const hashes = pending.get(record);
    if (hashes !== undefined) await Promise.allSettled(hashes);
    record.status = response.status;
    record.duration = Date.now() - started;
    const finish = async () => {
      log.write(record, env);
      await audit?.(record, env);
    };
    // After the head: a streamed answer's counts are known at its end.
    const end = endOf(response);
    const work = (end === undefined ? finish() : end.then(finish)).catch(() => undefined);
    peer.waitUntil?.(work);
    return response;
  }

  const guarded = async (request: Request, env: Env, peer: Peer) => {
    const response = await handle(request, env, peer).catch(() =>
      outcomeResponse(500, 'exception', 'the gateway failed'),
    );
    return cors?.mark(request, response) ?? response;
  };
  return {
    fetch(request, env, context) {
      const waitUntil = context?.waitUntil?.bind(context);
      return guarded(request, env as Env, waitUntil === undefined ? {} : { waitUntil });
    },
    handle: guarded,
    free() {
      policies?.free();
      policies = undefined;
    },
  };
}
