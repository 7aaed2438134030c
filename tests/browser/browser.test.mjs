// Headless Chromium under a policy that forbids eval: the page, and a module worker.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { expected } from '../runtimes/expected.mjs';
import { bundle, workFolder } from '../runtimes/harness.mjs';

const kChromium = '/usr/bin/chromium';
const kPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const kTypes = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' };
const kArguments = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

let server;
let browser;

before(async () => {
  if (!existsSync(kChromium)) throw new Error('Chromium is missing: apt-get install chromium');
  const folder = workFolder('browser');
  const options = { wasm: './engine.wasm' };
  await bundle('../browser/page.mjs', path.join(folder, 'page.js'), 'browser', options);
  await bundle('../browser/worker.mjs', path.join(folder, 'worker.js'), 'browser', options);
  writeFileSync(
    path.join(folder, 'index.html'),
    '<!doctype html><title>fhirwall</title><script type="module" src="page.js"></script>',
  );
  const files = ['index.html', 'page.js', 'worker.js', 'engine.wasm'];
  server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : request.url.slice(1);
    if (!files.includes(name)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': kTypes[name.split('.').at(-1)],
      'content-security-policy': kPolicy,
    });
    response.end(readFileSync(path.join(folder, name)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath: kChromium, args: kArguments });
});

after(async () => {
  await browser?.close();
  server?.close();
});

// waitForFunction is blocked by the page's policy, so the page is asked again and again.
async function outcome(page) {
  for (let tries = 0; tries < 600; ++tries) {
    const text = await page.evaluate(() => document.documentElement.dataset.result);
    if (text !== undefined) return JSON.parse(text);
    await sleep(100);
  }
  throw new Error('no answer from the page within a minute');
}

for (const place of ['page', 'worker']) {
  test(`Chromium, ${place}, under a strict Content-Security-Policy`, async () => {
    const page = await browser.newPage();
    const messages = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(String(error)));
    try {
      await page.goto(`http://127.0.0.1:${server.address().port}/#${place}`);
      const { evalBlocked, result, error } = await outcome(page);
      assert.equal(error, undefined, messages.join('\n'));
      assert.equal(evalBlocked, true, 'the policy is in force');
      assert.deepEqual(result, await expected());
    } finally {
      await page.close();
    }
  });
}
