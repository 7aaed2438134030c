// Who may ask `fhirwall serve`: bearers of tokens by JWKS, of tokens from a file, or one profile on this machine alone.
import { createHmac, randomBytes } from 'node:crypto';
import type { GatewayOptions, Principal } from '../gateway/types.js';
import { InputError, jsonFile } from './documents.js';

export interface AuthFlags {
  jwks?: string;
  issuer?: string;
  audience?: string[];
  tokenFile?: string;
  /** commander says `true` where the option is absent: its name begins with `no-`. */
  authAs?: string | boolean;
  host: string;
}

const kLoopback = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);
const kToken = /^[A-Za-z0-9._~+/-]+=*$/;
const kMembers = ['subject', 'profile', 'scopes', 'launchPatient'] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function principalOf(file: string, value: unknown): Principal {
  const wrong = () =>
    new InputError(
      `${file}: each token has an object with a subject, and maybe profile, scopes and launchPatient`,
    );
  if (!isObject(value) || value['subject'] === undefined) throw wrong();
  for (const [name, text] of Object.entries(value)) {
    if (!kMembers.some((member) => member === name) || typeof text !== 'string' || text === '') {
      throw wrong();
    }
  }
  return value as unknown as Principal;
}

/** Looked up by a keyed hash, so that how long it takes says nothing of the tokens. */
async function tokensOf(file: string): Promise<GatewayOptions['auth']> {
  const { value } = await jsonFile(file);
  if (!isObject(value)) throw new InputError(`${file}: an object of tokens is expected`);
  const key = randomBytes(32);
  const hash = (token: string) => createHmac('sha256', key).update(token).digest('hex');
  const principals = new Map<string, Principal>();
  for (const [token, principal] of Object.entries(value)) {
    if (!kToken.test(token)) throw new InputError(`${file}: a token has characters of none`);
    principals.set(hash(token), principalOf(file, principal));
  }
  return (request) => {
    const [, token] = /^Bearer +([^\s,]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    return token === undefined ? undefined : principals.get(hash(token));
  };
}

/** Requests that name this machine by another name come from a page that found a way around the browser's rules: 401. */
function everybodyAs(profile: string): GatewayOptions['auth'] {
  return (request) =>
    kLoopback.has(new URL(request.url).hostname) ? { subject: profile, profile } : undefined;
}

export async function authOf(flags: AuthFlags): Promise<GatewayOptions['auth']> {
  const { jwks, issuer, audience, tokenFile, authAs, host } = flags;
  const everybody = typeof authAs === 'string' ? authAs : undefined;
  const ways = [jwks, tokenFile, everybody].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new InputError(
      'who may ask? one of --jwks with --issuer and --audience, --token-file, --no-auth-as',
    );
  }
  if (jwks === undefined && (issuer !== undefined || audience !== undefined)) {
    throw new InputError('--issuer and --audience go with --jwks');
  }
  if (tokenFile !== undefined) return tokensOf(tokenFile);
  if (everybody !== undefined) {
    if (!kLoopback.has(host)) throw new InputError('--no-auth-as listens on loopback only');
    return everybodyAs(everybody);
  }
  if (issuer === undefined || audience === undefined) {
    throw new InputError('--jwks needs --issuer and --audience');
  }
  return { type: 'jwt', jwksUrl: jwks as string, issuer, audience };
}
