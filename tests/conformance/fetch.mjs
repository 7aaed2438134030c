// Fetches the official FHIRPath suite of FHIR R4 (HL7, FHIR/fhir-test-cases) and keeps it only if it has the checksum that was asked
// for. Built-in modules only.
//
//   node tests/conformance/fetch.mjs --sha256 <64 hex digits> [--from <url>] [--to <file>] [--json <file>]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { testsOf } from './official_xml.mjs';

const kCommit = '245f6cc777c895842e7f4a3b1307b798144d65ae';
const kUrl = `https://raw.githubusercontent.com/FHIR/fhir-test-cases/${kCommit}/r4/fhirpath/tests-fhir-r4.xml`;

const kHelp = `usage: fetch.mjs --sha256 <64 hex digits> [--from <url>] [--to <file>] [--json <file>]

Fetches the official FHIRPath suite of FHIR R4 and stores it if its SHA-256 is the one given.

  --sha256  the checksum that the file must have. This project keeps none: take it from a copy that you trust
  --from    http(s) or file address; default: commit ${kCommit.slice(0, 12)} of FHIR/fhir-test-cases
  --to      where to store it; default: build/fhirpath/tests-fhir-r4.xml
  --json    also write its tests as the JSON that the runners read
`;

/** The bytes behind an http(s) or file address. */
export async function bytesOf(address) {
  const url = new URL(address);
  if (url.protocol === 'file:') return readFileSync(fileURLToPath(url));
  if (!['http:', 'https:'].includes(url.protocol))
    throw new Error(`unknown scheme ${url.protocol}`);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.host} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Throws unless the bytes have the checksum; then nothing is written. */
export async function fetchSuite({ from, sha256, to, json }) {
  const bytes = await bytesOf(from);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256.toLowerCase()) {
    throw new Error(`the checksum is ${found}, expected ${sha256}: nothing was stored`);
  }
  const store = (file, data) => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, data);
  };
  const tests = json === undefined ? [] : testsOf(bytes.toString('utf8'));
  store(to, bytes);
  if (json !== undefined) store(json, `${JSON.stringify(tests, null, 1)}\n`);
  return { bytes: bytes.length, tests: tests.length };
}

async function main() {
  const { values } = parseArgs({
    options: {
      sha256: { type: 'string' },
      from: { type: 'string', default: kUrl },
      to: { type: 'string', default: 'build/fhirpath/tests-fhir-r4.xml' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(kHelp);
    return;
  }
  if (!/^[0-9a-f]{64}$/i.test(values.sha256 ?? '')) {
    throw new Error(`--sha256 is required: 64 hex digits\n\n${kHelp}`);
  }
  const { bytes, tests } = await fetchSuite(values);
  const also = values.json === undefined ? '' : `, ${tests} tests in ${values.json}`;
  console.log(`${bytes} bytes in ${values.to}${also}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
