// How authentication fails (SPEC 14). No text holds anything of the token.
import { Refusal } from '../exchange.js';
import type { Principal } from '../types.js';

/** Who bears this token? @throws Refusal */
export type Check = (token: string, signal: AbortSignal) => Promise<Principal>;

const kInvalid = { 'www-authenticate': 'Bearer error="invalid_token"' };

export const required = (): Refusal =>
  new Refusal(401, 'login', 'authentication is required', 'login', {
    'www-authenticate': 'Bearer',
  });

export const invalid = (): Refusal =>
  new Refusal(401, 'login', 'the token is not valid', 'invalid-token', kInvalid);

export const expired = (): Refusal =>
  new Refusal(401, 'expired', 'the token has expired', 'expired', kInvalid);

export const unavailable = (): Refusal =>
  new Refusal(503, 'transient', 'authentication is not available', 'auth-unavailable');
