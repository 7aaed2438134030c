// npm start: builds the package, then runs the gateway example in workerd in front of a FHIR server in this process, prints
// what three users see of one search, and serves the playground.
//
//   npm start -- --once        print and end
//   npm start -- --port 9000   another port than 8787
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildFolder, fail, header, main, mustRun, parseOptions, root } from './lib.mjs';
import { setup } from './setup.mjs';

const examples = path.join(root, 'examples');
const folder = path.join(buildFolder, 'start');
const kDefaultPort = 8787;

// esbuild leaves `.wasm` imports as `./engine.wasm` and puts the file beside the bundle.
const wasmBeside = (outdir) => ({
  name: 'wasm-beside',
  setup(build) {
    build.onResolve({ filter: /\.wasm$/ }, ({ path: wanted, resolveDir }) => {
      copyFileSync(path.resolve(resolveDir, wanted), path.join(outdir, 'engine.wasm'));
      return { path: './engine.wasm', external: true };
    });
  },
});

async function bundle() {
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  const worker = path.join(folder, 'worker');
  const site = path.join(folder, 'site');
  for (const one of [worker, site]) mkdirSync(one, { recursive: true });
  const shared = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' };
  await build({
    ...shared,
    entryPoints: [path.join(examples, 'cloudflare-worker/src/worker.mjs')],
    outfile: path.join(worker, 'worker.js'),
    conditions: ['workerd'],
    platform: 'neutral',
    external: ['cloudflare:*'],
    plugins: [wasmBeside(worker)],
  });
  await build({
    ...shared,
    entryPoints: [path.join(examples, 'playground/main.mjs')],
    outfile: path.join(site, 'main.js'),
    conditions: ['browser'],
    platform: 'browser',
    plugins: [wasmBeside(site)],
  });
  const manifest = JSON.parse(readFileSync(path.join(root, 'npm/package.json'), 'utf8'));
  const wasm = manifest.exports['./engine.wasm'];
  copyFileSync(path.join(root, 'npm', wasm.default ?? wasm), path.join(site, 'engine.wasm'));
  for (const file of ['index.html', 'style.css']) {
    copyFileSync(path.join(examples, 'playground/public', file), path.join(site, file));
  }
  return { worker, site };
}

const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};
const kPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

// The files of the page, from a fixed list: no path of a request is ever joined to a folder.
async function servePage(site) {
  const files = new Map(
    ['index.html', 'style.css', 'main.js', 'engine.wasm'].map((name) => [
      name === 'index.html' ? '/' : `/${name}`,
      { type: kTypes[path.extname(name)], bytes: readFileSync(path.join(site, name)) },
    ]),
  );
  const server = createServer((request, response) => {
    const file = files.get(request.url.split('?')[0]);
    if (!file || !['GET', 'HEAD'].includes(request.method)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
      return;
    }
    response.writeHead(200, {
      'content-type': file.type,
      'content-security-policy': kPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    response.end(request.method === 'HEAD' ? undefined : file.bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => server.close() };
}

function freePort(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(port, '127.0.0.1', () => {
      const { port: found } = probe.address();
      probe.close(() => resolve(found));
    });
  });
}

// The Worker may reach one address only, the FHIR server's. workerd listens on loopback only, so every caller's address is
// 127.0.0.1; the socket sets the header that Cloudflare's edge would set, over anything a client sends.
function configuration({ port, upstream, pagePort }) {
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "fhir-server", external = (address = "${new URL(upstream).host}", http = ())),
    (name = "page", external = (address = "127.0.0.1:${pagePort}", http = ())),
  ],
  sockets = [(
    name = "http",
    address = "127.0.0.1:${port}",
    http = (injectRequestHeaders = [(name = "CF-Connecting-IP", value = "127.0.0.1")]),
    service = "gateway",
  )],
);

const gateway :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "engine.wasm", wasm = embed "engine.wasm"),
  ],
  compatibilityDate = "2026-01-01",
  bindings = [
    (name = "UPSTREAM", text = "${upstream}"),
    (name = "ASSETS", service = "page"),
  ],
  globalOutbound = "fhir-server",
);
`;
}

async function startWorkerd(worker, settings) {
  const file = path.join(worker, 'config.capnp');
  writeFileSync(file, configuration(settings));
  const { default: program } = createRequire(import.meta.url)('workerd');
  const child = spawn(program, ['serve', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  // The gateway's decisions: kept until all users are shown, then written as they come.
  const decisions = { text: '', take: (more) => (decisions.text += more) };
  child.stdout.setEncoding('utf8').on('data', (more) => decisions.take(more));
  let ended = false;
  child.on('exit', () => (ended = true));
  child.on('error', () => (ended = true));
  const base = `http://127.0.0.1:${settings.port}`;
  for (let attempt = 0; attempt < 200; ++attempt) {
    if (ended) fail('workerd ended before it answered');
    try {
      if ((await fetch(`${base}/fhir/Patient`)).status === 401) {
        return { base, child, decisions };
      }
    } catch {
      // Not listening yet.
    }
    await sleep(50);
  }
  child.kill();
  return fail('workerd does not answer');
}

// What one user sees, in a few lines: the resources and the elements of each that are left, beside those that were cut.
async function describe(base, token, { title }, search, all) {
  const response = await fetch(base + search, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  const body = JSON.parse(text);
  console.log(`\n${title} (Authorization: Bearer ${token})`);
  if (response.status !== 200) {
    const [issue] = body.issue;
    console.log(`  ${response.status} ${body.resourceType} ${issue.code}: ${issue.details.text}`);
    return;
  }
  const seen = (body.entry ?? []).map((entry) => entry.resource);
  console.log(`  200, ${seen.length} of ${all.length} resources, ${text.length} bytes`);
  for (const resource of seen) {
    const whole = all.find((one) => one.id === resource.id);
    const cut = Object.keys(whole).filter((key) => !(key in resource));
    console.log(
      `  ${resource.resourceType}/${resource.id}: ${Object.keys(resource).slice(2).join(' ')}`,
    );
    if (cut.length > 0) console.log(`    cut: ${cut.join(' ')}`);
  }
}

await main(async (argv) => {
  const options = parseOptions(argv, { once: false, port: kDefaultPort });
  const chosen = argv.some((argument) => argument.startsWith('--port'));
  await setup(['build']);
  header('building');
  await mustRun(process.execPath, [path.join('.ci', 'build.mjs')], { quiet: true });
  const { worker, site } = await bundle();
  const port = await freePort(options.once && !chosen ? 0 : options.port).catch(() =>
    fail(`port ${options.port} is in use; choose another with --port`),
  );

  const { startUpstream } = await import('../examples/cloudflare-worker/demo/upstream.mjs');
  const { users } = await import('../examples/cloudflare-worker/src/access.mjs');
  const upstream = await startUpstream();
  const page = await servePage(site);
  const { base, child, decisions } = await startWorkerd(worker, {
    port,
    upstream: upstream.url,
    pagePort: page.port,
  });
  const stop = () => {
    child.kill();
    page.close();
    upstream.close();
  };
  process.on('exit', () => child.kill());
  try {
    header('running');
    console.log(`FHIR server, in this process   ${upstream.url}`);
    console.log(`gateway, in workerd            ${base}/fhir`);
    console.log(`playground                     ${base}/`);

    const search = '/fhir/Patient';
    header(`GET ${search}, as three users`);
    const bundle = await (await fetch(`${upstream.url}/Patient?_count=200`)).json();
    const all = bundle.entry.map((entry) => entry.resource);
    for (const [token, user] of Object.entries(users)) {
      await describe(base, token, user, search, all);
    }
    await sleep(100); // the last line is written after its answer
    header('what the gateway logged, a line for each request');
    for (const line of decisions.text.split('\n'))
      if (line.includes('"policy":"')) console.log(line);
    decisions.take = (more) => process.stdout.write(more);
  } catch (error) {
    stop();
    throw error;
  }
  if (options.once) {
    stop();
    return;
  }
  console.log(`\nopen ${base}/ - Ctrl-C ends`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
});
