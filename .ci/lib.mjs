// What the scripts of this folder share. Node built-ins only: they run before `npm ci`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const buildFolder = path.join(root, 'build');
export const bin = (name) => path.join(root, 'node_modules', '.bin', name);

// A failure whose message is meant for the reader; no stack is printed for it.
export class Failure extends Error {}

export function fail(message) {
  throw new Failure(message);
}

const bold = process.stdout.isTTY ? (text) => `\x1b[1m${text}\x1b[0m` : (text) => text;

export function header(text) {
  console.log(`\n${bold(`== ${text}`)}`);
}

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

// Runs a program and waits. Output goes to this process's own, unless `quiet` keeps it back until the program fails;
// `output` holds it all. `timeoutSeconds` ends the program and everything it started. Never throws for an exit code.
export function run(command, args = [], options = {}) {
  const { cwd = root, env = {}, quiet = false, timeoutSeconds = 0, input } = options;
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: timeoutSeconds > 0,
    });
    let output = '';
    let timedOut = false;
    const take = (stream) => (chunk) => {
      output += chunk;
      if (!quiet) stream.write(chunk);
    };
    child.stdout.setEncoding('utf8').on('data', take(process.stdout));
    child.stderr.setEncoding('utf8').on('data', take(process.stderr));
    if (input !== undefined) child.stdin.end(input);
    const timer =
      timeoutSeconds > 0 &&
      setTimeout(() => {
        timedOut = true;
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          child.kill('SIGKILL');
        }
      }, timeoutSeconds * 1000);
    const done = (code) => {
      clearTimeout(timer);
      if (quiet && code !== 0) process.stdout.write(output);
      resolve({ code, output, timedOut, seconds: (performance.now() - started) / 1000 });
    };
    child.on('error', (error) => {
      output += `${command}: ${error.message}\n`;
      if (!quiet) process.stderr.write(`${command}: ${error.message}\n`);
      done(127);
    });
    child.on('close', (code, signal) => done(code ?? (signal ? 128 : 1)));
  });
}

// The same, for a step that everything after it needs.
export async function mustRun(command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    const what = [path.basename(command), ...args].join(' ').slice(0, 200);
    fail(`\`${what}\` ended with ${result.timedOut ? 'a time-out' : `status ${result.code}`}`);
  }
  return result;
}

export function capture(command, args = [], options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
  return { code: result.status ?? 127, output: result.stdout ?? '' };
}

// Is a program on the PATH?
export function has(program) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => folder && existsSync(path.join(folder, program)));
}

// All files below `folder` (relative to the root) that `keep` accepts, sorted, as paths relative to the root.
export function filesBelow(folder, keep = () => true) {
  const found = [];
  const visit = (relative) => {
    const absolute = path.join(root, relative);
    if (!existsSync(absolute)) return;
    for (const name of readdirSync(absolute)) {
      if (name === 'node_modules' || name === 'dist' || name === 'build') continue;
      const child = path.join(relative, name);
      if (statSync(path.join(root, child)).isDirectory()) visit(child);
      else if (keep(child)) found.push(child);
    }
  };
  visit(folder);
  return found.sort();
}

// `--name value`, `--name=value` and `--flag`, against a table { name: default }. The type of the default is the type of the
// option; an unknown option is a failure that lists the known ones.
export function parseOptions(argv, defaults) {
  const options = { ...defaults };
  const known = Object.keys(defaults)
    .map((name) => `--${name}`)
    .join(' ');
  for (let index = 0; index < argv.length; ++index) {
    const [, name, , inline] = /^--([a-z][a-z-]*)(=(.*))?$/.exec(argv[index]) ?? [];
    if (name === undefined || !(name in defaults)) {
      fail(`unknown argument ${argv[index]}; known are ${known}`);
    }
    if (typeof defaults[name] === 'boolean') {
      options[name] = inline === undefined || inline === 'true';
      continue;
    }
    const value = inline ?? argv[++index];
    if (value === undefined) fail(`--${name} needs a value`);
    if (typeof defaults[name] === 'number') {
      options[name] = Number(value);
      if (!Number.isFinite(options[name])) fail(`--${name} needs a number`);
    } else {
      options[name] = value;
    }
  }
  return options;
}

// Runs a script's main function; a Failure becomes one line and exit status 1.
export async function main(work) {
  try {
    await work(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}
