// Links to pages and files of the upstream, which leave only sealed (SPEC 13.6): for one caller, one policy, and a short time.
import type { Interaction } from '../types.js';
import type { Exchange } from './exchange.js';
import { Refusal } from './exchange.js';
import { keyBytes } from './settings.js';

/** What a sealed link leads to. */
export interface Sealed {
  /** Relative to the upstream's base. */
  readonly url: string;
  /** A page of a searchset or history, the state of an export, or one of its files. */
  readonly kind: 'page' | 'export' | 'file';
  readonly interaction: Interaction;
  /** What was asked; null: more than one type. */
  readonly type: string | null;
}

export interface Sealer {
  /** The gateway's URL for it. */
  seal(exchange: Exchange, sealed: Sealed): Promise<string>;
  /** @throws Refusal for what is none, another caller's, of another policy, or too old: always the same */
  open(exchange: Exchange, token: string): Promise<Sealed>;
}

const encoder = new TextEncoder();
const kParameter = '?_page=';
const kNonce = 12;
const kMaxToken = 12 << 10; // characters: beyond it no server takes the URL

export const sealedToken = (url: string): string | undefined =>
  url.startsWith(kParameter) ? url.slice(kParameter.length) : undefined;

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length > kMaxToken) return undefined;
  try {
    const decoded = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

// Whom a link is for. Lengths keep one member from being read as another.
function audienceOf({ principal, policy }: Exchange): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify([principal.issuer ?? null, principal.subject, policy.hash]));
}

export function sealer(option: Uint8Array | string | undefined, ttl = 300): Sealer {
  const given = option === undefined ? undefined : keyBytes(option, 'sealKey', 32);
  if (!(ttl > 0)) throw new TypeError('`pagingTtl` is a number of seconds');
  let key: Promise<CryptoKey> | undefined;
  // Made when first needed: some runtimes have no randomness before the first request.
  const keyOf = () =>
    (key ??= (async () => {
      const secret = given ?? crypto.getRandomValues(new Uint8Array(32));
      const label = encoder.encode('fhirwall page 1\0');
      const material = new Uint8Array(label.length + secret.length);
      material.set(label);
      material.set(secret, label.length);
      const hash = await crypto.subtle.digest('SHA-256', material);
      return crypto.subtle.importKey('raw', hash, 'AES-GCM', false, ['encrypt', 'decrypt']);
    })());
  const invalid = () =>
    new Refusal(403, 'forbidden', 'this link does not work, or no longer', 'page');

  return {
    async seal(exchange, { url, kind, interaction, type }) {
      const now = Math.floor(Date.now() / 1000);
      const until = Math.min(now + ttl, exchange.principal.expires ?? Infinity);
      const iv = crypto.getRandomValues(new Uint8Array(kNonce));
      const text = encoder.encode(
        JSON.stringify([Math.floor(until), kind, interaction, type, url]),
      );
      const additionalData = audienceOf(exchange);
      const sealed = await crypto.subtle.encrypt(
        { name: 'AES-GCM', iv, additionalData },
        await keyOf(),
        text,
      );
      const token = new Uint8Array(kNonce + sealed.byteLength);
      token.set(iv);
      token.set(new Uint8Array(sealed), kNonce);
      return `${exchange.baseUrl}${kParameter}${toBase64Url(token)}`;
    },

    async open(exchange, token) {
      const bytes = fromBase64Url(token);
      if (bytes === undefined || bytes.length < kNonce + 16) throw invalid();
      let opened: unknown;
      try {
        const iv = bytes.slice(0, kNonce);
        const additionalData = audienceOf(exchange);
        const text = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv, additionalData },
          await keyOf(),
          bytes.slice(kNonce),
        );
        opened = JSON.parse(new TextDecoder().decode(text));
      } catch {
        throw invalid();
      }
      const [until, kind, interaction, type, url] = opened as [number, ...string[]];
      if (!(until > Date.now() / 1000)) throw invalid();
      return { url, kind, interaction, type } as Sealed;
    },
  };
}
