// Makes the machine ready: Debian packages, then the npm packages of the lock file. Node built-ins only. Everything it
// writes besides system packages stays inside the clone.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture, fail, has, main, mustRun, root, run } from './lib.mjs';

const kLeastNode = 20;

function hasFuzzerRuntime() {
  const { code, output } = capture('clang++-14', ['-print-resource-dir']);
  if (code !== 0) return false;
  const folder = path.join(output.trim(), 'lib', 'linux');
  return (
    existsSync(folder) && readdirSync(folder).some((name) => /^libclang_rt\.fuzzer-/.test(name))
  );
}

const header = (file) => () =>
  ['/usr/include', '/usr/local/include'].some((folder) => existsSync(path.join(folder, file)));

// What is needed, in which group, and how its presence is seen.
const kPackages = [
  { name: 'g++', group: 'build', present: () => has('g++') },
  { name: 'cmake', group: 'build', present: () => has('cmake') },
  { name: 'ninja-build', group: 'build', present: () => has('ninja') },
  { name: 'emscripten', group: 'build', present: () => has('em++') },
  { name: 'libboost1.81-dev', group: 'build', present: header('boost/spirit/home/x3.hpp') },
  { name: 'libgtest-dev', group: 'test', present: header('gtest/gtest.h') },
  { name: 'libbenchmark-dev', group: 'test', present: header('benchmark/benchmark.h') },
  { name: 'clang-14', group: 'test', present: () => has('clang++-14') },
  { name: 'llvm-14', group: 'test', present: () => has('llvm-symbolizer-14') },
  { name: 'libclang-rt-14-dev', group: 'test', present: hasFuzzerRuntime },
  { name: 'clang-tidy-14', group: 'test', present: () => has('clang-tidy-14') },
  { name: 'clang-format-14', group: 'test', present: () => has('clang-format-14') },
  { name: 'chromium', group: 'test', present: () => has('chromium') },
];

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < kLeastNode) {
    fail(`Node ${process.versions.node} is too old: version ${kLeastNode} or later is needed`);
  }
}

// How apt-get may be called here: [] as root, ['sudo', '-n'] with passwordless sudo, undefined when not at all.
function aptPrefix() {
  if (!has('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return has('sudo') && capture('sudo', ['-n', 'true']).code === 0 ? ['sudo', '-n'] : undefined;
}

export async function ensurePackages(groups) {
  const missing = kPackages
    .filter((one) => groups.includes(one.group) && !one.present())
    .map((one) => one.name);
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  const prefix = aptPrefix();
  if (prefix === undefined) {
    fail(
      `missing: ${missing.join(' ')}\ninstall with:\n` +
        `  sudo apt-get update && sudo ${install.join(' ')}\nthen run this command again`,
    );
  }
  console.log(`installing ${missing.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (args) => {
    const [command, ...rest] = [...prefix, ...args];
    return run(command, rest, { env, quiet: true });
  };
  await apt(['apt-get', 'update']); // A stale mirror list is not fatal; the install below decides.
  const { code } = await apt(install);
  if (code !== 0) fail(`\`${[...prefix, ...install].join(' ')}\` failed`);
  const still = kPackages.filter((one) => missing.includes(one.name) && !one.present());
  if (still.length > 0) {
    fail(`installed, but still not found: ${still.map((one) => one.name).join(' ')}`);
  }
}

// Does node_modules hold what the lock file says? Packages for other platforms are optional and may be absent.
export function modulesAreCurrent() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([place, entry]) =>
      !place.startsWith('node_modules/') ||
      (entry.optional && !present[place]) ||
      (existsSync(path.join(root, place)) && present[place]?.version === entry.version),
  );
}

export async function ensureModules() {
  if (modulesAreCurrent()) return;
  console.log('installing npm packages');
  await mustRun('npm', ['ci', '--no-audit', '--no-fund'], { quiet: true });
}

// groups: 'build' (what the npm package needs), 'test' (what the tests need beside that).
export async function setup(groups = ['build']) {
  checkNode();
  await ensurePackages(groups);
  await ensureModules();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => setup(['build', 'test']));
}
