// What a token says, as a principal.
import { isJson, type Json } from '../shared.js';
import type { Principal } from '../types.js';

/** A claim is not what it should be. */
export class ClaimError extends Error {}

const kReference = /^[A-Z][A-Za-z]{1,63}\/(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}$/;
const kAbsolute = /^https?:\/\/[^\s?#]+\/([A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64})$/;

const absent = (value: unknown) => value === undefined || value === null;

export function textOf(claims: Json, name: string): string | undefined {
  const value = claims[name];
  if (absent(value)) return undefined;
  if (typeof value !== 'string' || value === '') throw new ClaimError(name);
  return value;
}

export function timeOf(claims: Json, name: string): number | undefined {
  const value = claims[name];
  if (absent(value)) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ClaimError(name);
  return value;
}

/** `aud`: one or several. */
export function listOf(claims: Json, name: string): readonly string[] {
  const value = claims[name];
  if (absent(value)) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((one) => typeof one === 'string')) return list;
  throw new ClaimError(name);
}

/** `scope`, else `scp`; a list counts as its members with spaces between them. */
function scopesOf(claims: Json): string | undefined {
  const name = absent(claims.scope) ? 'scp' : 'scope';
  const value = claims[name];
  if (absent(value)) return undefined;
  if (typeof value === 'string') return value;
  const list = listOf(claims, name);
  if (list.some((one) => !/^\S+$/.test(one))) throw new ClaimError(name);
  return list.join(' ');
}

/** `Practitioner/1`, or an absolute URL that ends so. */
function profileOf(claims: Json): string | undefined {
  const text = textOf(claims, 'fhirUser');
  if (text === undefined) return undefined;
  const profile = kAbsolute.exec(text)?.[1] ?? text;
  if (!kReference.test(profile)) throw new ClaimError('fhirUser');
  return profile;
}

/** `1` or `Patient/1`; what is neither refuses the token, as there is no falling back (SPEC 11.4). */
function patientOf(claims: Json): string | undefined {
  const text = textOf(claims, 'patient');
  if (text === undefined) return undefined;
  const patient = text.includes('/') ? text : `Patient/${text}`;
  if (!patient.startsWith('Patient/') || !kReference.test(patient)) throw new ClaimError('patient');
  return patient;
}

/** @throws ClaimError */
export function principalOf(
  claims: Json,
  subject: string,
  issuer: string | undefined,
  expires: number | undefined,
): Principal {
  // A token bound to a key (DPoP, mutual TLS) is worth nothing to whoever merely bears it.
  if (!absent(claims.cnf)) throw new ClaimError('cnf');
  return Object.freeze({
    subject,
    issuer,
    profile: profileOf(claims),
    scopes: scopesOf(claims),
    launchPatient: patientOf(claims),
    expires,
    claims,
  });
}

const kTexts = ['issuer', 'profile', 'scopes', 'launchPatient'] as const;

/**
 * What the host's own function gives. Policies are kept by these members and by what JSON says of the claims: nothing else of a
 * principal can reach the source, or what was loaded for one would serve another. @throws ClaimError
 */
export function checkedPrincipal(given: Principal): Principal {
  const isWrong =
    typeof given !== 'object' ||
    given === null ||
    typeof given.subject !== 'string' ||
    given.subject === '' ||
    kTexts.some((name) => !absent(given[name]) && typeof given[name] !== 'string') ||
    (!absent(given.expires) && !Number.isFinite(given.expires));
  if (isWrong) throw new ClaimError('principal');
  const { subject, issuer, profile, scopes, launchPatient, expires, claims } = given;
  const told: unknown = absent(claims) ? undefined : JSON.parse(JSON.stringify(claims));
  if (told !== undefined && !isJson(told)) throw new ClaimError('claims');
  return Object.freeze({
    subject,
    issuer: issuer ?? undefined,
    profile: profile ?? undefined,
    scopes: scopes ?? undefined,
    launchPatient: launchPatient ?? undefined,
    expires: expires ?? undefined,
    claims: told,
  });
}
