// Policies of a Medplum server, as they are stored there.
import type { AccessPolicy, Project } from '../../types.js';
import { ask, isJson, type Json, numberOf, parsed } from '../shared.js';
import type { PolicySource, Principal, UpstreamOptions } from '../types.js';
import { fits, matcherOf, type MembershipKey, only } from './match.js';
import type { MembershipMatch, StoredMembership } from './match.js';

export interface MedplumPolicies {
  /** Of the FHIR server: `https://api.medplum.com/fhir/R4`. */
  readonly baseUrl: string;
  /** The gateway's own credentials, which must reach `ProjectMembership`, `AccessPolicy` and `Project`. */
  readonly headers?: UpstreamOptions['headers'];
  readonly fetch?: typeof fetch | undefined;
  /** Which membership is a principal's. Default `profile`. */
  readonly match?: MembershipMatch | undefined;
  /** Milliseconds for each answer. Default 5000. */
  readonly timeout?: number | undefined;
  /**
   * `false`: `meta.project` of resources is not checked (SPEC 10.1). Default true, for which the server must show it: with
   * `X-Medplum: extended` among the headers of `upstream`.
   */
  readonly checkProject?: boolean | undefined;
}

const kMaxBytes = 1 << 22; // of an answer
const kMaxPolicies = 50; // that one membership references
const kMaxProjects = 20; // that a project links
const kCount = 20; // memberships asked for; only one may be left

const kReference = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9-]{1,64})$/;

/** `,` separates values in a search, and `\` takes its meaning away. */
const valueOf = (text: string) => encodeURIComponent(text.replace(/[\\,]/g, '\\$&'));

function queryOf(key: MembershipKey): string {
  const parts = [
    ['profile', key.profile],
    ['user', key.user],
    ['external-id:exact', key.externalId],
    ['user-name:exact', key.userName],
  ];
  return parts
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${valueOf(value)}`]))
    .join('&');
}

const referencesOf = (values: readonly unknown[]): unknown[] =>
  values.flatMap((value) => (isJson(value) ? [value.reference] : []));

/** @throws TypeError */
export function medplumPolicies(given: MedplumPolicies): PolicySource {
  const url = new URL(given.baseUrl);
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new TypeError('`baseUrl` is an http URL without a query');
  }
  const base = url.href.replace(/\/+$/, '');
  const find = matcherOf(given.match ?? 'profile');
  const timeout = numberOf(given.timeout, 5000, 'timeout', 1, 60_000);

  /** Undefined for what is not there. @throws Error */
  async function get(path: string, principal: Principal, signal: AbortSignal) {
    const { headers } = given;
    const own = typeof headers === 'function' ? await headers(principal) : headers;
    const { status, body } = await ask({
      ...{ fetch: given.fetch, url: `${base}/${path}`, timeout, maxBytes: kMaxBytes, signal },
      init: { headers: { ...own, accept: 'application/fhir+json' } },
    });
    if (status === 404 || status === 410) return undefined;
    const value = status === 200 ? parsed(body) : undefined;
    if (!isJson(value)) throw new Error('no answer');
    return value;
  }

  /** A resource that must be there. @throws Error */
  async function resource(
    type: string,
    reference: unknown,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<Json> {
    const [, named, id] = typeof reference === 'string' ? (kReference.exec(reference) ?? []) : [];
    if (named !== type) throw new Error('no such reference');
    const found = await get(`${type}/${id}`, principal, signal);
    if (found?.resourceType !== type || found.id !== id) throw new Error('not there');
    return found;
  }

  /** @throws Error */
  async function memberships(
    key: MembershipKey,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<StoredMembership | undefined> {
    const path = `ProjectMembership?${queryOf(key)}&_count=${kCount}`;
    const bundle = await get(path, principal, signal);
    const { entry = [], link = [] } = bundle ?? {};
    if (bundle?.resourceType !== 'Bundle' || !Array.isArray(entry) || !Array.isArray(link)) {
      throw new Error('no searchset');
    }
    const found = entry
      .map((one: unknown) => (isJson(one) ? one.resource : undefined))
      .filter((one) => isJson(one) && one.resourceType === 'ProjectMembership')
      .filter((one) => fits(key, one as StoredMembership));
    // More pages may hold more of them.
    const isWhole = !link.some((one: unknown) => isJson(one) && one.relation === 'next');
    return isWhole ? only(found as StoredMembership[]) : undefined;
  }

  /** @throws Error a policy that is not there would be rules that are not there */
  async function policiesOf(
    membership: StoredMembership,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<AccessPolicy[]> {
    const { accessPolicy, access = [] } = membership;
    if (!Array.isArray(access)) throw new Error('no list');
    const named = [accessPolicy, ...access.map((one: unknown) => (isJson(one) ? one.policy : {}))];
    const references = [...new Set(referencesOf(named))];
    if (references.length > kMaxPolicies) throw new Error('too many');
    const read = (one: unknown) => resource('AccessPolicy', one, principal, signal);
    return (await Promise.all(references.map(read))) as AccessPolicy[];
  }

  async function projectsOf(
    membership: StoredMembership,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<{ project?: Project; linkedProjects?: Project[] }> {
    if (given.checkProject === false) return {};
    const read = (one: unknown) => resource('Project', one, principal, signal);
    const project = await read(membership.project?.reference);
    const { link = [] } = project;
    if (!Array.isArray(link) || link.length > kMaxProjects) throw new Error('no list');
    const links = referencesOf(link.map((one: unknown) => (isJson(one) ? one.project : {})));
    const linkedProjects = (await Promise.all(links.map(read))) as unknown as Project[];
    return { project: project as unknown as Project, linkedProjects };
  }

  return {
    async load(principal, signal) {
      const key = find(principal);
      const membership = key && (await memberships(key, principal, signal));
      if (membership === undefined) return undefined;
      const [policies, projects] = await Promise.all([
        policiesOf(membership, principal, signal),
        projectsOf(membership, principal, signal),
      ]);
      return { policies, membership, ...projects };
    },
    async onBehalfOf(reference, principal, signal) {
      const type = kReference.exec(reference)?.[1];
      if (type === undefined) return undefined;
      const isMembership = type === 'ProjectMembership';
      const membership = isMembership
        ? ((await get(reference, principal, signal)) as StoredMembership | undefined)
        : await memberships({ profile: reference }, principal, signal);
      if (membership === undefined) return undefined;
      const { resourceType, id } = membership;
      if (resourceType !== 'ProjectMembership') throw new Error('no membership');
      if (isMembership && reference !== `ProjectMembership/${id}`) throw new Error('another one');
      const [policies, { project }] = await Promise.all([
        policiesOf(membership, principal, signal),
        projectsOf(membership, principal, signal),
      ]);
      return { membership, policies, project };
    },
  };
}
