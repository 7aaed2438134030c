// npm run build: the WebAssembly module and the npm package (npm/dist). What is up to date is not built again.
//
//   npm run build -- --skip-wasm   package the module that was built before
//   npm run build -- --force       package again although nothing changed
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import {
  bin,
  buildFolder,
  capture,
  fail,
  filesBelow,
  header,
  main,
  mustRun,
  parseOptions,
  root,
} from './lib.mjs';
import { mergeData } from './wasm_data.mjs';

const kRuntimes = ['node', 'browser', 'workerd', 'edge-light', 'deno', 'bun'];
const kTarget = 'es2022'; // every runtime with WebAssembly SIMD knows it

const kLineLength = 200; // of minified files, so that a stack trace shows one line and not the whole file

const npm = path.join(root, 'npm');
const dist = path.join(npm, 'dist');
const stamp = path.join(buildFolder, 'npm.stamp');
const version = () => JSON.parse(readFileSync(path.join(npm, 'package.json'), 'utf8')).version;

async function buildWasm() {
  // Emscripten's libraries are built on first use; they stay inside the clone unless the caller has a place for them.
  const env = process.env.EM_CACHE === undefined && canCacheHere() ? { EM_CACHE: cacheHere } : {};
  await mustRun('cmake', ['--preset', 'wasm'], { quiet: true, env });
  await mustRun('cmake', ['--build', path.join(buildFolder, 'wasm'), '--target', 'fhirwall_wasm'], {
    quiet: true,
    env,
  });
}

// A system-wide cache that already holds the libraries is used as it is; without write access to one that is incomplete, the
// build folder takes its place.
const cacheHere = path.join(buildFolder, 'emscripten-cache');
function canCacheHere() {
  const { code, output } = capture('em-config', ['CACHE']);
  const system = output.trim();
  return code !== 0 || !existsSync(path.join(system, 'sysroot', 'lib'));
}

const hashOf = (files) => {
  const hash = createHash('sha256');
  for (const file of files) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
};

function inputs(wasm) {
  return [
    wasm.glue,
    wasm.module,
    path.join(root, '.ci/build.mjs'),
    path.join(root, '.ci/wasm_data.mjs'),
    path.join(npm, 'package.json'),
    path.join(root, 'package-lock.json'),
    path.join(root, 'js/tsconfig.json'),
    ...filesBelow('js/src').map((file) => path.join(root, file)),
  ];
}

// The custom section `fhirwall` names the build, which js/src/wasm-source.ts compares before it starts the module.
function withBuildName(module, build) {
  const leb = (value) => {
    const bytes = [];
    do {
      bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
      value >>>= 7;
    } while (value > 0);
    return Buffer.from(bytes);
  };
  const name = Buffer.from('fhirwall');
  const payload = Buffer.concat([leb(name.length), name, Buffer.from(build)]);
  return Buffer.concat([module, Buffer.from([0]), leb(payload.length), payload]);
}

async function bundle(wasm, out) {
  const { build } = await import('esbuild');
  const { minify } = await import('terser');

  const buildName = hashOf([wasm.glue, wasm.module]).slice(0, 16);
  const smaller = async (from, to, ecma) => {
    const { code } = await minify(readFileSync(from, 'utf8'), {
      module: true,
      ecma,
      compress: { passes: 2 },
      mangle: true,
      format: { max_line_len: kLineLength, ascii_only: true },
    });
    writeFileSync(to, code);
  };
  await smaller(wasm.glue, path.join(out, 'glue.js'), 2020);
  const module = mergeData(readFileSync(wasm.module));
  writeFileSync(path.join(out, 'engine.wasm'), withBuildName(module, buildName));

  const beside = {
    name: 'beside',
    setup(build) {
      const external = ({ path: wanted }) => ({ path: wanted, external: true });
      build.onResolve({ filter: /^\.\/glue\.js$/ }, external);
      build.onResolve({ filter: /^\.\/engine\.wasm(\?module)?$/ }, external);
    },
  };
  const shared = {
    bundle: true,
    format: 'esm',
    target: kTarget,
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
    define: {
      FHIRWALL_BUILD: JSON.stringify(buildName),
      FHIRWALL_VERSION: JSON.stringify(version()),
    },
  };
  // One file for each runtime and `core.js`, which they share.
  await build({
    ...shared,
    entryPoints: kRuntimes.map((name) => path.join(root, `js/src/load/${name}.ts`)),
    outdir: out,
    splitting: true,
    chunkNames: 'core',
    minify: true,
    lineLimit: kLineLength,
    external: ['node:*'],
    plugins: [beside],
  });
  const core = path.join(out, 'core.js');
  await smaller(core, core, 2022);
  await build({
    ...shared,
    entryPoints: ['main', 'program'].map((name) => path.join(root, `js/src/cli/${name}.ts`)),
    outdir: path.join(out, 'cli'),
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    banner: {
      // commander is CommonJS.
      js: "import { createRequire as createRequireOf } from 'node:module';\nconst require = createRequireOf(import.meta.url);",
    },
    plugins: [
      {
        name: 'package',
        setup(build) {
          // The engine is loaded from the package, not bundled a second time.
          const to = (place) => () => ({ path: place, external: true });
          build.onResolve({ filter: /^\.\.\/(load\/node|errors)\.js$/ }, to('../node.js'));
          build.onResolve({ filter: /^\.\/program\.js$/ }, to('./program.js'));
          build.onResolve({ filter: /^\.\.\/gateway\/index\.js$/ }, to('../gateway.js'));
          build.onResolve({ filter: /^\.\.\/adapters\/node\.js$/ }, to('../adapters/node.js'));
        },
      },
    ],
  });
}

// The engine is loaded from the package, not bundled a second time.
const engineOfPackage = {
  name: 'engine',
  setup(build) {
    const own = ['index.ts', 'errors.ts'].map((name) => path.join(root, 'js/src', name));
    build.onResolve({ filter: /^\.\.?\// }, ({ path: wanted, resolveDir }) => {
      const file = path.resolve(resolveDir, wanted).replace(/\.js$/, '.ts');
      return own.includes(file) ? { path: 'fhirwall', external: true } : undefined;
    });
  },
};

// The gateway with its libraries, and adapters without their frameworks.
async function bundleGateway(out) {
  const { build } = await import('esbuild');
  const shared = {
    bundle: true,
    format: 'esm',
    target: kTarget,
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
    minify: true,
    lineLimit: kLineLength,
    external: ['fhirwall', 'node:*'],
    plugins: [engineOfPackage],
  };
  await build({
    ...shared,
    entryPoints: [path.join(root, 'js/src/gateway/index.ts')],
    outfile: path.join(out, 'gateway.js'),
  });
  await build({
    ...shared,
    packages: 'external',
    entryPoints: adapterNames().map((name) => path.join(root, `js/src/adapters/${name}.ts`)),
    outdir: path.join(out, 'adapters'),
  });
}

const adapterNames = () =>
  readdirSync(path.join(root, 'js/src/adapters'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => entry.name.slice(0, -'.ts'.length));

async function declarations(out) {
  const types = path.join(out, 'types');
  await mustRun(
    bin('tsc'),
    [
      ...['-p', path.join(root, 'js'), '--noEmit', 'false'],
      ...['--declaration', '--emitDeclarationOnly', '--outDir', types],
    ],
    { quiet: true },
  );
  // Only what index.d.ts leads to is public.
  const kPublic = [
    ...['index.d.ts', 'public.d.ts', 'errors.d.ts', 'load', 'cli'],
    ...['gateway', 'adapters'],
  ];
  const kGateway = ['index.d.ts', 'gateway.d.ts', 'types.d.ts', 'policies'];
  for (const name of readdirSync(types)) {
    if (!kPublic.includes(name) && !name.startsWith('types'))
      rmSync(path.join(types, name), { recursive: true });
  }
  for (const name of readdirSync(path.join(types, 'load'))) {
    if (name !== 'browser.d.ts') rmSync(path.join(types, 'load', name));
  }
  for (const name of readdirSync(path.join(types, 'gateway'))) {
    if (!kGateway.includes(name)) rmSync(path.join(types, 'gateway', name), { recursive: true });
  }
}

await main(async (argv) => {
  const options = parseOptions(argv, { 'skip-wasm': false, force: false });
  const wasm = {
    glue: path.join(buildFolder, 'wasm/wasm/engine.mjs'),
    module: path.join(buildFolder, 'wasm/wasm/engine.wasm'),
  };
  if (!options['skip-wasm']) {
    header('wasm');
    await buildWasm();
  }
  for (const file of Object.values(wasm)) {
    if (!existsSync(file)) fail(`${path.relative(root, file)} is missing: npm run build`);
  }

  header('package');
  const now = hashOf(inputs(wasm));
  const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (!options.force && before === now && existsSync(path.join(dist, 'engine.wasm'))) {
    console.log('npm/dist is up to date');
    return;
  }
  // Filled beside its place and moved there, so that nobody sees half a package.
  const out = path.join(buildFolder, 'npm-dist');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await bundle(wasm, out);
  await bundleGateway(out);
  await declarations(out);
  rmSync(dist, { recursive: true, force: true });
  renameSync(out, dist);
  mkdirSync(buildFolder, { recursive: true });
  writeFileSync(stamp, now);
  const kShown = ['engine.wasm', 'glue.js', 'core.js', 'node.js', 'workerd.js', 'gateway.js'];
  for (const name of kShown) {
    const bytes = readFileSync(path.join(dist, name));
    const small = brotliCompressSync(bytes).length;
    console.log(`${name.padEnd(14)} ${bytes.length} bytes, ${small} brotli`);
  }
});
