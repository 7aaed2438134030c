// Compiled policies, kept by principal: never used after their time, freed when nobody uses them.
import type { Engine, Policy } from '../../types.js';
import { Refusal } from '../exchange.js';
import { numberOf, Recent, sharesWork, within } from '../shared.js';
import type { GatewayOptions, Peer, Principal } from '../types.js';
import { expired } from '../auth/answers.js';
import { compileFor, Settled } from './compile.js';

export interface PolicyLease {
  readonly policy: Policy;
  /** The policy is not used afterwards. May be called again. */
  release(): void;
}

export interface PolicyStore {
  /** @throws Refusal 401, 403 or 503 */
  policyFor(
    principal: Principal,
    onBehalfOf: string | undefined,
    signal: AbortSignal,
    waitUntil?: Peer['waitUntil'],
  ): Promise<PolicyLease>;
  free(): void;
}

const kLoadTimeout = 10_000; // milliseconds for the documents of one policy
const kFailureTtl = 1000; // milliseconds for which a failure is kept

interface Entry {
  readonly policy: Policy;
  /** Milliseconds since 1970. */
  readonly until: number;
  leases: number;
  /** No longer in the cache. INVARIANT: freed once this holds without leases. */
  isOut: boolean;
}

interface Flight {
  readonly started: number;
  work: Promise<Entry>;
  /** Those who wait; each has a lease from the moment the entry is there. */
  waiters: number;
  entry?: Entry;
}

/** Claims that differ from token to token of the same session, and say nothing about who bears it. */
const kVolatile = ['exp', 'iat', 'nbf', 'jti'];

function keyOf(principal: Principal, onBehalfOf: string | undefined): string {
  const { issuer, subject, profile, scopes, launchPatient, claims } = principal;
  const kept = Object.entries(claims ?? {}).filter(([name]) => !kVolatile.includes(name));
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  const who = [issuer, subject, profile, scopes, launchPatient, onBehalfOf];
  return JSON.stringify([who.map((one) => one ?? null), kept]);
}

/** @throws TypeError a gateway with wrong options does not start */
export function policyStore<Env>(
  options: GatewayOptions<Env>,
  engine: () => Promise<Engine>,
): PolicyStore {
  const { policyCache = {} } = options;
  const ttl = numberOf(policyCache.ttl, 60, 'policyCache.ttl', 0, 86_400) * 1000;
  const seconds = numberOf(policyCache.refresh, ttl / 4000, 'policyCache.refresh', 0, 86_400);
  const refresh = Math.min(seconds * 1000, ttl);
  const max = numberOf(policyCache.max, 500, 'policyCache.max', 1, 100_000);

  const settle = (entry: Entry) => {
    if (entry.isOut && entry.leases === 0) entry.policy.free();
  };
  const cache = new Recent<Entry>(max, (entry) => {
    entry.isOut = true;
    settle(entry);
  });
  const failures = new Recent<{ error: Refusal; until: number }>(max);
  const flights = new Map<string, Flight>();
  let isClosed = false;

  const giveBack = (entry: Entry) => {
    entry.leases -= 1;
    settle(entry);
  };

  function leaseOf(entry: Entry): PolicyLease {
    let isHeld = true;
    const release = () => {
      if (isHeld) giveBack(entry);
      isHeld = false;
    };
    return { policy: entry.policy, release };
  }

  /** Loads and compiles. */
  async function load(
    key: string,
    flight: Flight,
    principal: Principal,
    onBehalfOf: string | undefined,
  ): Promise<Entry> {
    const controller = new AbortController();
    try {
      const { signal } = controller;
      const work = compileFor(options, engine, principal, onBehalfOf, signal);
      const policy = await within(work, kLoadTimeout).catch((error: unknown) => {
        // What still arrives has nobody to use it.
        void work.then((late) => late.free()).catch(() => undefined);
        throw error;
      });
      const until = Math.min(flight.started + ttl, (principal.expires ?? Infinity) * 1000);
      const entry: Entry = { policy, until, leases: flight.waiters, isOut: true };
      flight.entry = entry;
      failures.delete(key);
      if (until > Date.now() && !isClosed) {
        cache.set(key, entry);
        entry.isOut = false;
      } else {
        cache.delete(key);
        settle(entry);
      }
      return entry;
    } catch (error) {
      const refusal =
        error instanceof Refusal
          ? error
          : new Refusal(503, 'transient', 'the policy is not available', 'policy-unavailable');
      failures.set(key, { error: refusal, until: Date.now() + kFailureTtl });
      if (error instanceof Settled) cache.delete(key);
      throw refusal;
    } finally {
      controller.abort();
      if (flights.get(key) === flight) flights.delete(key);
    }
  }

  function takeOff(key: string, principal: Principal, onBehalfOf: string | undefined): Flight {
    const flight = { started: Date.now(), waiters: 0 } as Flight;
    // After this, so that whoever takes off counts as waiting before anything arrives.
    flight.work = Promise.resolve().then(() => load(key, flight, principal, onBehalfOf));
    flight.work.catch(() => undefined);
    flights.set(key, flight);
    return flight;
  }

  /** The flight under way, unless it ended with the request that began it. */
  function underWay(key: string): Flight | undefined {
    const flight = flights.get(key);
    return flight && Date.now() < flight.started + 2 * kLoadTimeout ? flight : undefined;
  }

  const failureOf = (key: string): Refusal | undefined => {
    const failed = failures.get(key);
    if (failed !== undefined && Date.now() < failed.until) return failed.error;
    failures.delete(key);
    return undefined;
  };

  return {
    async policyFor(principal, onBehalfOf, signal, waitUntil) {
      const key = keyOf(principal, onBehalfOf);
      const now = Date.now();
      if ((principal.expires ?? Infinity) * 1000 <= now) throw expired();
      const entry = cache.get(key);
      if (entry !== undefined && now < entry.until) {
        entry.leases += 1;
        const isDue = now >= entry.until - refresh && underWay(key) === undefined;
        if (isDue && failureOf(key) === undefined) {
          const { work } = takeOff(key, principal, onBehalfOf);
          waitUntil?.(work.then(() => undefined).catch(() => undefined));
        }
        return leaseOf(entry);
      }
      cache.delete(key);
      const failure = failureOf(key);
      if (failure !== undefined) throw failure;
      const running = ttl > 0 && sharesWork() ? underWay(key) : undefined;
      const flight = running ?? takeOff(key, principal, onBehalfOf);
      flight.waiters += 1;
      try {
        const loaded = await within(flight.work, kLoadTimeout + 1000, signal);
        if ((principal.expires ?? Infinity) * 1000 > Date.now()) return leaseOf(loaded);
        throw expired();
      } catch (error) {
        if (flight.entry === undefined) flight.waiters -= 1;
        else giveBack(flight.entry);
        if (error instanceof Refusal) throw error;
        throw new Refusal(503, 'transient', 'the policy is not available', 'policy-unavailable');
      }
    },
    free() {
      isClosed = true;
      cache.clear();
      failures.clear();
    },
  };
}
