// The command that evaluates an expression.
import { readFile } from 'node:fs/promises';
import { PolicyCompileError } from '../errors.js';
import { createEngine } from '../load/node.js';
import type { Engine, FhirPath, FhirPathOptions, TypedValue } from '../types.js';
import { InputError } from './documents.js';
import { type Io, kAllowed, line, open, wholeOf } from './run.js';

export interface FhirPathFlags {
  typed?: boolean;
  strict?: boolean;
  type?: string;
  var?: string[];
  json?: boolean;
}

// `name=file` -> the bytes of that file.
async function variablesOf(flags: readonly string[]): Promise<Record<string, Uint8Array>> {
  const variables: Record<string, Uint8Array> = Object.create(null);
  for (const flag of flags) {
    const [, name, file] = /^%?([^=]+)=(.+)$/s.exec(flag) ?? [];
    if (name === undefined || file === undefined) {
      throw new InputError(`--var ${flag}: name=file is expected`);
    }
    try {
      variables[name] = new Uint8Array(await readFile(file));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new InputError(
        `${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`,
      );
    }
  }
  return variables;
}

function compile(engine: Engine, expression: string, options: FhirPathOptions): FhirPath {
  try {
    return engine.fhirpath(expression, options);
  } catch (error) {
    if (!(error instanceof PolicyCompileError)) throw error;
    const place = (path: string) => (path === '' ? 'expression' : `--${path}`);
    const issues = error.issues.map((issue) => ({ ...issue, path: place(issue.path) }));
    throw new InputError('the expression does not compile', issues);
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

export async function fhirpath(
  expression: string,
  file: string | undefined,
  flags: FhirPathFlags,
  io: Io,
): Promise<number> {
  const engine = await createEngine();
  const strict = flags.strict === true;
  let compiled = compile(engine, expression, { strict, type: flags.type });
  const variables = await variablesOf(flags.var ?? []);
  const { stream } = await open(file, io);
  const resource = await wholeOf(stream);
  // Only from a known type on can an element be unknown.
  if (strict && flags.type === undefined) {
    const type = engine.fhirpath('$this').evaluateTyped(resource)[0]?.type;
    if (type?.startsWith('FHIR.')) {
      compiled = compile(engine, expression, { strict, type: type.slice('FHIR.'.length) });
    }
  }
  if (flags.json && !flags.typed) {
    for (const value of compiled.evaluate(resource, { variables })) {
      line(io.stdout, JSON.stringify(value));
    }
    return kAllowed;
  }
  // With types also for plain text: their values have all digits.
  for (const one of compiled.evaluateTyped(resource, { variables })) {
    if (flags.json) line(io.stdout, JSON.stringify(one));
    else if (flags.typed) line(io.stdout, `${one.type} ${textOf(one.value)}`);
    else if (hasValue(one)) line(io.stdout, textOf(one.value));
  }
  return kAllowed;
}

const hasValue = ({ value }: TypedValue) => value !== null;
