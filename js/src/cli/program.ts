import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { fhirpath, type FhirPathFlags } from './fhirpath.js';
import {
  check,
  type CheckFlags,
  explain,
  type ExplainFlags,
  explainError,
  type Io,
  kWrongInput,
  redact,
  type RedactFlags,
} from './run.js';
import { serve, type ServeFlags } from './serve.js';

const kFailed = 1;
const kInteractions = ['read', 'vread', 'search', 'history', 'create', 'update', 'delete'];

const gather = (value: string, before: string[] = []) => [...before, value];

const numberUpTo = (most: number) => (text: string) => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > most) {
    throw new InvalidArgumentError(`A whole number up to ${most} is expected.`);
  }
  return Number(text);
};

const file = () => new Argument('[file]', 'FHIR JSON; standard input when absent or -');

function withPolicy(command: Command): Command {
  return command
    .addArgument(file())
    .addOption(
      new Option('-p, --policy <file>', 'AccessPolicy, or an array of them; may be repeated')
        .argParser(gather)
        .makeOptionMandatory(),
    )
    .option(
      '-m, --membership <file>',
      'ProjectMembership: which policies apply, with which parameters',
    )
    .option('--profile <reference>', 'who asks, for %profile: Practitioner/1')
    .option('--scopes <text>', "SMART scopes: 'patient/*.rs user/Patient.cu'")
    .option('--launch-patient <reference>', 'the patient of patient/ scopes: Patient/1')
    .option('--json', 'results and errors as JSON, one a line')
    .showHelpAfterError('(--help says more)');
}

const interactionOption = (text: string, names = kInteractions) =>
  new Option('-i, --interaction <name>', text).choices(names);

/**
 * The command line: runs one command and returns the exit status. 0 released or allowed, 3 denied, 2 wrong input or wrong use,
 * 1 anything else.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let status = 0;
  const program = new Command('fhirwall')
    .description('FHIR access policies: filter, redact and decide on FHIR JSON; evaluate FHIRPath.')
    .version(FHIRWALL_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    });
  withPolicy(program.command('redact'))
    .description('Write what a policy releases of a resource, a Bundle or a stream of resources.')
    .addOption(
      interactionOption('what is done (default: read for a resource, else search)', [
        ...kInteractions,
        'batch',
      ]),
    )
    .option('--request <file>', 'of a batch: the Bundle that was sent, whose answer is redacted')
    .addOption(
      new Option(
        '-f, --format <name>',
        'form of the input (default: ndjson for *.ndjson, else resource)',
      ).choices(['resource', 'bundle', 'ndjson']),
    )
    .option('--drop-invalid', 'ndjson: leave invalid lines out instead of ending with an error')
    .addHelpText('after', '\nExit status: 0 released, 3 denied, 2 wrong input or wrong use.')
    .action(async (path: string | undefined, flags: RedactFlags & { dropInvalid?: boolean }) => {
      status = await redact(path, { ...flags, drop: flags.dropInvalid === true }, io);
    });
  withPolicy(program.command('check'))
    .description('Decide on one resource, or on a write of it.')
    .addOption(interactionOption('what is done').makeOptionMandatory())
    .option('--ip <address>', "the caller's address; a policy with IP rules denies without it")
    .option('--before <file>', 'of an update: the stored version')
    .addHelpText('after', '\nExit status: 0 allowed, 3 denied, 2 wrong input or wrong use.')
    .action(async (path: string | undefined, flags: CheckFlags) => {
      status = await check(path, flags, io);
    });
  withPolicy(program.command('explain'))
    .description(
      'Say which rules were tried on one resource, which parameter failed, and why a path is removed.',
    )
    .addOption(interactionOption('what is done').makeOptionMandatory())
    .addHelpText('after', '\nExit status: 0 allowed, 3 denied, 2 wrong input or wrong use.')
    .action(async (path: string | undefined, flags: ExplainFlags) => {
      status = await explain(path, flags, io);
    });
  program
    .command('fhirpath')
    .description('Evaluate a FHIRPath expression on one resource, and write each value as a line.')
    .argument('<expression>', "such as name.where(use = 'official').given")
    .addArgument(file())
    .option('--typed', 'write the type before each value')
    .option('--strict', 'refuse unknown elements and what can never yield anything')
    .option('--type <name>', 'the FHIR type that the expression starts from')
    .addOption(
      new Option(
        '--var <name=file>',
        'a value for %name from a JSON file; may be repeated',
      ).argParser(gather),
    )
    .option('--json', 'values and errors as JSON, one a line')
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', '\nExit status: 0 evaluated, 2 wrong input or wrong use.')
    .action(async (expression: string, path: string | undefined, flags: FhirPathFlags) => {
      status = await fhirpath(expression, path, flags, io);
    });
  program
    .command('serve')
    .description('Run the gateway in front of a FHIR server, until SIGTERM or SIGINT.')
    .requiredOption('--upstream <url>', 'base URL of the FHIR server')
    .option('--upstream-token-file <file>', 'token that the gateway itself shows to the server')
    .option('--medplum', 'the server is Medplum: queries are narrowed by its own parameters, too')
    .addOption(
      new Option('-p, --policy <file>', 'AccessPolicy, or an array of them; may be repeated')
        .argParser(gather)
        .makeOptionMandatory(),
    )
    .option(
      '--memberships <file>',
      'ProjectMembership, or an array of them; without it everybody has all policies',
    )
    .addOption(
      new Option('--match <name>', 'what of them says whose they are (default: profile)').choices([
        ...['profile', 'user', 'externalId', 'email'],
      ]),
    )
    .option('--jwks <url>', 'keys of the issuer of JWT access tokens')
    .option('--issuer <url>', 'who issues them')
    .addOption(
      new Option(
        '--audience <text>',
        'whom they must be meant for; may be repeated for alternatives',
      ).argParser(gather),
    )
    .option(
      '--token-file <file>',
      'instead: {"token": {"subject": "...", "profile": "Patient/1"}}, for demonstrations',
    )
    .option(
      '--no-auth-as <reference>',
      'instead: no authentication, everybody is this profile; on loopback only',
    )
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .addOption(
      new Option('--port <number>', 'where to listen; 0: a free one')
        .argParser(numberUpTo(65535))
        .default(8080),
    )
    .option('--base <path>', 'path of the gateway, or URL as clients see it', '/fhir')
    .addOption(
      new Option('--trusted-proxies <number>', 'proxies in front, whose X-Forwarded-For counts')
        .argParser(numberUpTo(16))
        .default(0),
    )
    .option('--audit-only', 'decide and log, and forward everything: where another guard stands')
    .addOption(
      new Option(
        '--cors-origin <origin>',
        'https://app.example: pages from there may call the gateway; may be repeated; *: all',
      ).argParser(gather),
    )
    .option('--seal-key-file <file>', 'seals paging links across restarts and instances')
    .option('--hash-key-file <file>', 'keys the hashes of callers and queries in the log')
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      '\nOne JSON line for each decision on standard output. Exit status: 0 ended when asked, 2 wrong input or wrong use.',
    )
    .action(async (flags: ServeFlags) => {
      status = await serve(flags, io);
    });
  for (const command of program.commands) {
    command.exitOverride().configureOutput(program.configureOutput());
  }

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : kWrongInput;
    if ((error as NodeJS.ErrnoException)?.code === 'EPIPE') return 0; // the reader had enough
    const lines = explainError(error, argv.includes('--json'));
    if (lines !== undefined) {
      for (const text of lines) io.stderr.write(`${text}\n`);
      return kWrongInput;
    }
    const { name, message } = error as Error;
    io.stderr.write(`${name}: ${message}\n`);
    return kFailed;
  }
}

/** Set by the build. */
declare const FHIRWALL_VERSION: string;
