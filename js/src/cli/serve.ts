// The command that runs the gateway on Node.
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { createEngine } from '../load/node.js';
import type { GatewayOptions } from '../gateway/types.js';
import { InputError } from './documents.js';
import { type Io, kAllowed, line } from './run.js';
import { type AuthFlags, authOf } from './serve-auth.js';
import { policiesOf, type SourceFlags } from './serve-policies.js';

export interface ServeFlags extends AuthFlags, SourceFlags {
  upstream: string;
  upstreamTokenFile?: string;
  medplum?: boolean;
  port: number;
  base: string;
  trustedProxies: number;
  auditOnly?: boolean;
  corsOrigin?: string[];
  sealKeyFile?: string;
  hashKeyFile?: string;
}

const kShortestKey = 32; // bytes
const kGrace = 10_000; // milliseconds for the requests under way when the end is asked for

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(
      `${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`,
    );
  }
}

async function keyOf(file: string | undefined): Promise<Uint8Array | undefined> {
  if (file === undefined) return undefined;
  const key = await bytesOf(file);
  if (key.length < kShortestKey) throw new InputError(`${file}: ${kShortestKey} bytes or more`);
  return key;
}

async function upstreamOf(flags: ServeFlags): Promise<GatewayOptions['upstream']> {
  const { upstream, upstreamTokenFile } = flags;
  const { protocol, search, hash, username } = URL.canParse(upstream)
    ? new URL(upstream)
    : { protocol: '', search: '', hash: '', username: '' };
  if (!['http:', 'https:'].includes(protocol) || search || hash || username) {
    throw new InputError('--upstream: an http or https URL, without query and user, is expected');
  }
  const token =
    upstreamTokenFile === undefined
      ? undefined
      : new TextDecoder().decode(await bytesOf(upstreamTokenFile)).trim();
  return {
    baseUrl: upstream.replace(/\/+$/, ''),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    kind: flags.medplum ? 'medplum' : 'fhir',
  };
}

async function listen(server: Server, { port, host }: ServeFlags): Promise<AddressInfo> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(
      code === 'EADDRINUSE'
        ? `port ${port} is in use`
        : `cannot listen on ${host} port ${port} (${code})`,
    );
  }
  return server.address() as AddressInfo;
}

/** Until SIGTERM or SIGINT; then no new connection, and the requests under way are answered. A second signal ends them. */
async function untilAsked(server: Server): Promise<void> {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  let ask = () => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  for (const signal of signals) process.once(signal, ask);
  await asked;
  for (const signal of signals) process.off(signal, ask);
  const end = () => server.closeAllConnections();
  for (const signal of signals) process.once(signal, end);
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const late = setTimeout(end, kGrace);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(idle);
  clearTimeout(late);
  for (const signal of signals) process.off(signal, end);
}

// What the gateway says of its options is wrong use of this command.
function checked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TypeError) throw new InputError(error.message);
    throw error;
  }
}

export async function serve(flags: ServeFlags, io: Io): Promise<number> {
  const { createGateway, staticPolicies } = await import('../gateway/index.js');
  const { nodeServer } = await import('../adapters/node.js');
  const engine = await createEngine();
  const { corsOrigin } = flags;
  if (corsOrigin?.includes('*') && typeof flags.authAs === 'string') {
    // Every page that this machine's browser shows would be that profile.
    throw new InputError('--no-auth-as goes with origins that --cors-origin names, not with *');
  }
  const options: GatewayOptions = {
    upstream: await upstreamOf(flags),
    auth: await authOf(flags),
    policies: staticPolicies(await policiesOf(flags, engine)),
    engine,
    baseUrl: flags.base,
    clientIp: { trustedProxies: flags.trustedProxies },
    mode: flags.auditOnly ? 'audit-only' : 'enforce',
    sealKey: await keyOf(flags.sealKeyFile),
    hashKey: await keyOf(flags.hashKeyFile),
    ...(corsOrigin && { cors: { origins: corsOrigin.includes('*') ? '*' : corsOrigin } }),
    log: (record) => line(io.stdout, JSON.stringify(record)),
  };
  const gateway = checked(() => createGateway(options));
  const server = nodeServer(gateway);
  const { address, port, family } = await listen(server, flags);
  const host = family === 'IPv6' ? `[${address}]` : address;
  const url = flags.base.startsWith('/') ? `http://${host}:${port}${flags.base}` : flags.base;
  line(io.stderr, `fhirwall listens on ${url} in front of ${flags.upstream}`);
  await untilAsked(server);
  gateway.free();
  return kAllowed;
}
