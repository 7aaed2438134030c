// The files named on the command line, put together to the text that compilePolicy takes. The texts go in as they are, so that
// the engine sees what JSON.parse would smooth over, such as a repeated key.
import { readFile } from 'node:fs/promises';
import type { Issue } from '../types.js';

/** Wrong input: one line for the reader, exit status 2. */
export class InputError extends Error {
  readonly issues: readonly (Issue & { file?: string })[];

  constructor(message: string, issues: readonly (Issue & { file?: string })[] = []) {
    super(message);
    this.issues = issues;
  }
}

export async function jsonFile(file: string): Promise<{ text: string; value: unknown }> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError(
      `${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`,
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).trim();
    return { text, value: JSON.parse(text) };
  } catch {
    throw new InputError(`${file}: not well-formed JSON in UTF-8`);
  }
}

export interface Documents {
  text: string;
  /** A path in the compile input as file and path in that file. */
  place(path: string): { file?: string; path: string };
}

/** The documents of a policy as the command line names them. */
export interface DocumentFlags {
  /** Files that hold one AccessPolicy or an array of them. */
  policy: readonly string[];
  /** A file. */
  membership?: string | undefined;
  profile?: string | undefined;
  scopes?: string | undefined;
  launchPatient?: string | undefined;
}

export async function readDocuments(flags: DocumentFlags): Promise<Documents> {
  const { policy: policies, membership } = flags;
  const items: { file: string; path: string }[] = [];
  const texts: string[] = [];
  for (const file of policies) {
    const { text, value } = await jsonFile(file);
    if (Array.isArray(value)) {
      value.forEach((_, index) => items.push({ file, path: `[${index}]` }));
      if (value.length > 0) texts.push(text.slice(1, -1));
    } else {
      items.push({ file, path: '' });
      texts.push(text);
    }
  }
  const members = [`"policies":[${texts.join(',')}]`];
  if (membership !== undefined) {
    const { text, value } = await jsonFile(membership);
    // In the compile input `null` would be no membership, so that every policy applies (SPEC 16, P1).
    if (value === null) throw new InputError(`${membership}: not a ProjectMembership`);
    members.push(`"membership":${text}`);
  }
  for (const name of ['profile', 'scopes', 'launchPatient'] as const) {
    if (flags[name] !== undefined) members.push(`"${name}":${JSON.stringify(flags[name])}`);
  }
  return {
    text: `{${members.join(',')}}`,
    place(path) {
      const [, index, rest] = /^policies\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
      const item = index === undefined ? undefined : items[Number(index)];
      if (item !== undefined) {
        const joined = item.path && rest ? `${item.path}.${rest}` : item.path || rest || '';
        return { file: item.file, path: joined };
      }
      const [, inMembership] = /^membership\.?(.*)$/.exec(path) ?? [];
      if (inMembership !== undefined && membership !== undefined) {
        return { file: membership, path: inMembership };
      }
      return { path };
    },
  };
}
