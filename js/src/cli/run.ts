// The commands. Each returns its exit status.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { EvaluationError, LimitError, PolicyCompileError, ResourceError } from '../errors.js';
import { createEngine } from '../load/node.js';
import type { Decision, Interaction, Policy } from '../types.js';
import { type DocumentFlags, InputError, readDocuments } from './documents.js';
import { progressOf } from './progress.js';

export const kAllowed = 0;
export const kWrongInput = 2;
export const kDenied = 3;

export interface Io {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

export interface PolicyFlags extends DocumentFlags {
  json?: boolean;
}
export interface RedactFlags extends PolicyFlags {
  interaction?: Interaction | 'batch';
  request?: string;
  format?: 'resource' | 'bundle' | 'ndjson';
  drop?: boolean;
}
export interface CheckFlags extends PolicyFlags {
  interaction: Interaction;
  ip?: string;
  before?: string;
}
export interface ExplainFlags extends PolicyFlags {
  interaction: Interaction;
}

export const line = (stream: NodeJS.WritableStream, text: string) => void stream.write(`${text}\n`);

async function compile(flags: PolicyFlags, io: Io): Promise<Policy> {
  const documents = await readDocuments(flags);
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

export async function open(file: string | undefined, io?: Io) {
  if (io !== undefined && (file === undefined || file === '-')) {
    if (io.stdin.isTTY) throw new InputError('no file is named and nothing is piped in');
    return { stream: io.stdin as Readable, size: undefined };
  }
  let size: number;
  const path = file ?? '-';
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    size = found.size;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(
      `${path}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`,
    );
  }
  return { stream: createReadStream(path, { highWaterMark: 1 << 18 }), size };
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
  if ((interaction === 'batch') !== (flags.request !== undefined)) {
    throw new InputError('--request goes with --interaction batch, which needs it');
  }
  if (interaction === 'batch' && format !== 'resource') {
    throw new InputError('the answer to a batch is redacted whole: --format resource');
  }
  const policy = await compile(flags, io);
  const { stream, size } = await open(file, io);
  if (format === 'resource' || interaction === 'batch') {
    const body = await wholeOf(stream);
    const released =
      interaction === 'batch'
        ? policy.redact('batch', body, {
            request: await wholeOf((await open(flags.request)).stream),
          })
        : policy.redact(interaction, body);
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

const verdict = ({ allowed, reason, rule }: Pick<Decision, 'allowed' | 'reason' | 'rule'>) => {
  const by = rule ? `rule ${rule.index} of ${rule.source}` : reason;
  const why = rule && !allowed && reason !== 'rule' ? `${reason}, ${by}` : by;
  return `${allowed ? 'allow' : 'deny'}: ${why}`;
};

/** A write is decided whole: what is stored and what is submitted (SPEC 9). */
async function decideWrite(policy: Policy, body: Uint8Array, flags: CheckFlags) {
  const interaction = flags.interaction as 'create' | 'update' | 'delete';
  if (interaction === 'create') return policy.checkWrite({ interaction, after: body });
  if (interaction === 'delete') return policy.checkWrite({ interaction, before: body });
  const before =
    flags.before === undefined ? null : await wholeOf((await open(flags.before)).stream);
  return policy.checkWrite({ interaction, before, after: body });
}

const kWrites = ['create', 'update', 'delete'];

export async function check(file: string | undefined, flags: CheckFlags, io: Io): Promise<number> {
  const policy = await compile(flags, io);
  const { stream } = await open(file, io);
  const body = await wholeOf(stream);
  // SPEC 12.3, 12.4: IP rules hold for every request; a policy that has some denies an address that is not given.
  const ip = policy.checkIp(flags.ip);
  if (flags.before !== undefined && flags.interaction !== 'update') {
    throw new InputError('--before goes with --interaction update');
  }
  const write = kWrites.includes(flags.interaction)
    ? await decideWrite(policy, body, flags)
    : undefined;
  const decision = write ?? policy.decide(flags.interaction, body);
  const allowed = ip.allowed && decision.allowed;
  if (flags.json) {
    // What would be stored is left out: this command decides and shows no content.
    const shown = write ? { ...write, body: undefined } : decision;
    line(io.stdout, JSON.stringify({ allowed, ip, decision: shown }));
  } else if (!ip.allowed) {
    const hint = flags.ip === undefined ? ' (the policy has IP rules: give --ip)' : '';
    line(io.stdout, `deny: address ${ip.reason}${hint}`);
  } else {
    const hint = decision.reason === 'no-before' ? ' (give the stored version with --before)' : '';
    line(io.stdout, verdict(decision) + hint);
    for (const { severity, path, message } of write?.issues ?? []) {
      line(io.stdout, `${severity}: ${path}: ${message}`);
    }
    const hidden = 'hidden' in decision ? decision.hidden : [];
    if (allowed && hidden.length > 0) line(io.stdout, `hidden: ${hidden.join(', ')}`);
  }
  return allowed ? kAllowed : kDenied;
}

export async function explain(
  file: string | undefined,
  flags: ExplainFlags,
  io: Io,
): Promise<number> {
  const policy = await compile(flags, io);
  const { stream } = await open(file, io);
  const explained = policy.explain(flags.interaction, await wholeOf(stream));
  if (flags.json) {
    line(io.stdout, JSON.stringify(explained));
  } else {
    line(io.stdout, verdict(explained));
    for (const { index, source, outcome, criterion } of explained.tried) {
      line(
        io.stdout,
        `  rule ${index} of ${source}: ${[outcome, criterion].filter(Boolean).join(' ')}`,
      );
    }
    for (const { path, field, step } of explained.hidden) {
      line(
        io.stdout,
        `  hidden ${path}${step === 'field' ? '' : `: ${step} of ${field ?? 'the policy'}`}`,
      );
    }
  }
  return explained.allowed ? kAllowed : kDenied;
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
