// The commands. Each returns its exit status.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { EvaluationError, LimitError, PolicyCompileError, ResourceError } from '../errors.js';
import { createEngine } from '../load/node.js';
import type { Decision, Interaction, Policy } from '../types.js';
import { InputError, readDocuments } from './documents.js';
import { progressOf } from './progress.js';

export const kAllowed = 0;
export const kWrongInput = 2;
export const kDenied = 3;

export interface Io {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

export interface PolicyFlags {
  policy: string[];
  membership?: string;
  profile?: string;
  json?: boolean;
}
export interface RedactFlags extends PolicyFlags {
  interaction?: Interaction;
  format?: 'resource' | 'bundle' | 'ndjson';
  drop?: boolean;
}
export interface CheckFlags extends PolicyFlags {
  interaction: Interaction;
  ip?: string;
}

export const line = (stream: NodeJS.WritableStream, text: string) => void stream.write(`${text}\n`);

async function compile(flags: PolicyFlags, io: Io): Promise<Policy> {
  const documents = await readDocuments(flags.policy, flags.membership, flags.profile);
  const engine = await createEngine();
  const located = (policy: Pick<PolicyCompileError, 'issues'>) =>
    policy.issues.map((issue) => ({ ...issue, ...documents.place(issue.path) }));
  try {
    const policy = engine.compilePolicy(documents.text);
    for (const warning of located({ issues: policy.warnings })) {
      line(io.stderr, flags.json ? JSON.stringify(warning) : issueLine(warning));
    }
    return policy;
  } catch (error) {
    if (!(error instanceof PolicyCompileError)) throw error;
    throw new InputError('the policy does not compile', located(error));
  }
}

export function issueLine(issue: InputError['issues'][number]): string {
  const place = [issue.file, issue.path].filter(Boolean).join(': ');
  return `${issue.severity}: ${place} at byte ${issue.offset}: ${issue.message} [${issue.code}]`;
}

export async function open(file: string | undefined, io: Io) {
  if (file === undefined || file === '-') {
    if (io.stdin.isTTY) throw new InputError('no file is named and nothing is piped in');
    return { stream: io.stdin as Readable, size: undefined };
  }
  let size: number;
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    size = found.size;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(
      `${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`,
    );
  }
  return { stream: createReadStream(file, { highWaterMark: 1 << 18 }), size };
}

export async function wholeOf(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

const write = (stream: NodeJS.WritableStream, bytes: Uint8Array) =>
  new Promise<void>((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });

export async function redact(
  file: string | undefined,
  flags: RedactFlags,
  io: Io,
): Promise<number> {
  const format = flags.format ?? (file?.endsWith('.ndjson') ? 'ndjson' : 'resource');
  const interaction = flags.interaction ?? (format === 'resource' ? 'read' : 'search');
  const policy = await compile(flags, io);
  const { stream, size } = await open(file, io);
  if (format === 'resource') {
    const released = policy.redact(interaction, await wholeOf(stream));
    if (released === undefined) {
      line(io.stderr, flags.json ? '{"allowed":false}' : 'denied');
      return kDenied;
    }
    await write(io.stdout, released);
    return kAllowed;
  }
  const onInvalid = flags.drop ? 'drop' : 'error';
  const filter = policy.filterStream({ format, interaction, onInvalid });
  const progress = progressOf(io.stderr, size);
  const source = Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      progress.advance(chunk.length);
      controller.enqueue(chunk);
    },
  });
  const sink = new WritableStream<Uint8Array>({ write: (chunk) => write(io.stdout, chunk) });
  try {
    await source.pipeThrough(counted).pipeThrough(filter).pipeTo(sink);
  } finally {
    progress.end();
  }
  const { released, refused, invalid } = filter.counts;
  if (flags.json) line(io.stderr, JSON.stringify({ released, refused, invalid }));
  else if (invalid > 0) line(io.stderr, `invalid lines dropped: ${invalid}`);
  return kAllowed;
}

const verdict = ({ allowed, reason, rule }: Decision) => {
  const why = rule ? `rule ${rule.index} of ${rule.source}` : reason;
  return `${allowed ? 'allow' : 'deny'}: ${why}`;
};

export async function check(file: string | undefined, flags: CheckFlags, io: Io): Promise<number> {
  const policy = await compile(flags, io);
  const { stream } = await open(file, io);
  const body = await wholeOf(stream);
  // SPEC 12.3, 12.4: IP rules hold for every request; a policy that has some denies an address that is not given.
  const ip = policy.checkIp(flags.ip);
  const decision = policy.decide(flags.interaction, body);
  const allowed = ip.allowed && decision.allowed;
  if (flags.json) {
    line(io.stdout, JSON.stringify({ allowed, ip, decision }));
  } else if (!ip.allowed) {
    const hint = flags.ip === undefined ? ' (the policy has IP rules: give --ip)' : '';
    line(io.stdout, `deny: address ${ip.reason}${hint}`);
  } else {
    line(io.stdout, verdict(decision));
    if (allowed && decision.hidden.length > 0) {
      line(io.stdout, `hidden: ${decision.hidden.join(', ')}`);
    }
  }
  return allowed ? kAllowed : kDenied;
}

/** What went wrong, as lines; undefined for what is no input error. */
export function explainError(error: unknown, json: boolean): string[] | undefined {
  if (error instanceof InputError) {
    const { message, issues } = error;
    if (json) return [JSON.stringify({ error: message, issues })];
    return issues.length > 0 ? issues.map(issueLine) : [`error: ${message}`];
  }
  if (
    error instanceof ResourceError ||
    error instanceof LimitError ||
    error instanceof EvaluationError
  ) {
    const { message, code, offset } = error;
    return [
      json ? JSON.stringify({ error: message, code, offset }) : `error: ${message} [${code}]`,
    ];
  }
  return undefined;
}
