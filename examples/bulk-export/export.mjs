// A client of FHIR Bulk Data: starts an export, waits for it, and writes its files.
//
//   TOKEN=... node export.mjs http://127.0.0.1:8080/fhir folder
import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const kLongestWait = 60; // seconds between two looks

/** Returns the names of the files, `Patient.1.ndjson` and so on. A file that broke off keeps the name `*.part`. */
export async function exportAll({ base, token, folder, scope = '' }) {
  const { origin } = new URL(base);
  // The token goes to the gateway only.
  const ask = async (url, headers = {}) => {
    if (new URL(url).origin !== origin) throw new Error('a link leads away from the gateway');
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
    return response;
  };
  const prefer = { accept: 'application/fhir+json', prefer: 'respond-async' };
  const started = await ask(`${base}/${scope}$export`, prefer);
  const state = new URL(started.headers.get('content-location'), base).href;
  let answer = await ask(state);
  while (answer.status === 202) {
    const wait = Number(answer.headers.get('retry-after') ?? 1);
    await sleep(1000 * Math.min(Number.isFinite(wait) ? wait : 1, kLongestWait));
    answer = await ask(state);
  }
  const { output } = await answer.json();
  await mkdir(folder, { recursive: true });
  const names = [];
  for (const [index, { type, url }] of output.entries()) {
    if (!/^[A-Za-z]+$/.test(type)) throw new Error('a type is none');
    const name = `${type}.${index + 1}.ndjson`;
    const place = path.join(folder, name);
    const { body } = await ask(url, { accept: 'application/fhir+ndjson' });
    await pipeline(Readable.fromWeb(body), createWriteStream(`${place}.part`));
    await rename(`${place}.part`, place);
    names.push(name);
  }
  return names;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [base, folder] = process.argv.slice(2);
  const names = await exportAll({ base, folder, token: process.env.TOKEN });
  console.log(names.join('\n'));
}
