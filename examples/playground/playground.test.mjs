// The page in Chromium, served by `npm start`: three answers beside each other, and the engine in the page under its strict
// content security policy.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const start = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../.ci/start.mjs');
const kChromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) =>
  existsSync(file),
);
const kArguments = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const kPatience = 120_000; // milliseconds, the build included

let server;
let browser;
let page;
const complaints = [];

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

// Polls from outside: the page's policy forbids the evaluation that waitForFunction needs.
async function until(what, read) {
  const end = Date.now() + 15_000;
  for (;;) {
    const value = await read();
    if (value) return value;
    if (Date.now() > end) assert.fail(`${what} did not come`);
    await sleep(50);
  }
}

before(
  async () => {
    assert.ok(kChromium, 'Chromium is missing: apt-get install chromium');
    const port = await freePort();
    server = spawn(process.execPath, [start, '--port', String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    server.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    const end = Date.now() + kPatience;
    while (!output.includes('Ctrl-C ends')) {
      assert.ok(server.exitCode === null && Date.now() < end, `npm start: ${output}`);
      await sleep(100);
    }
    browser = await chromium.launch({ executablePath: kChromium, args: kArguments });
    page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text()))
        complaints.push(message.text());
    });
    const response = await page.goto(`http://127.0.0.1:${port}/`);
    assert.equal(response.status(), 200);
    assert.match(
      response.headers()['content-security-policy'],
      /script-src 'self' 'wasm-unsafe-eval';/,
    );
    await until('the engine', () => page.locator('html[data-ready=true]').count());
  },
  { timeout: kPatience + 60_000 },
);

after(async () => {
  await browser?.close();
  server?.kill();
});

const answers = async () => ({
  statuses: await page.locator('.card .status').allTextContents(),
  bodies: await page.locator('.card > pre').allTextContents(),
});

test('three users get three answers to the same search', async () => {
  const { statuses, bodies } = await until('the answers', async () => {
    const all = await answers();
    return all.statuses.every((text) => /^\d{3}, /.test(text)) && all;
  });
  assert.deepEqual(
    statuses.map((text) => text.slice(0, 3)),
    ['403', '200', '200'],
  );
  const ids = bodies.map((text) => (JSON.parse(text).entry ?? []).map((one) => one.resource.id));
  assert.deepEqual(ids, [[], ['ana'], ['ana', 'ben']]);
  assert.match(bodies[1], /birthDate/);
  assert.doesNotMatch(bodies[2], /birthDate|address|telecom|identifier|Mission/);
});

test('another request is asked anew', async () => {
  await page.selectOption('#request', '/fhir/Patient/cora');
  await until('404 for both', async () => {
    const { statuses } = await answers();
    return statuses.map((text) => text.slice(0, 3)).join() === '403,404,404';
  });
});

test('the engine redacts in the page, and shows what is wrong with a policy', async () => {
  const released = () => page.locator('#released').textContent();
  const value = JSON.parse(await released());
  assert.deepEqual(Object.keys(value), ['resourceType', 'id', 'name']);

  const policy = page.locator('#policy');
  const good = await policy.inputValue();
  await policy.fill(good.replace('"birthDate"', '"birthDay"'));
  await until('an issue', async () =>
    /^policies\.resource\[0\]\.hiddenFields\[0\]: /.test(
      await page.locator('#verdict').textContent(),
    ),
  );
  assert.equal(await released(), '');
  await policy.fill(good.replace('=CA', '=MA'));
  await until('a denial', async () => /denied/.test(await page.locator('#verdict').textContent()));
  assert.equal(await released(), '');
});

test('the page says what browser redaction is not, and breaks no rule of its policy', async () => {
  assert.match(
    (await page.locator('main').textContent()).replace(/\s+/g, ' '),
    /no boundary against the browser's owner/,
  );
  assert.deepEqual(complaints, []);
});

test('every control has a name and the page does not scroll sideways on a phone', async () => {
  for (const control of await page.locator('select, textarea').all()) {
    const named = await control.evaluate(
      (node) => node.labels.length > 0 && node.labels[0].textContent.trim() !== '',
    );
    assert.ok(named, await control.getAttribute('id'));
  }
  await page.setViewportSize({ width: 390, height: 800 });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
});
