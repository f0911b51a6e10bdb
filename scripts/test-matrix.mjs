/**
 * Runs the tests on several versions of Node, one line of outcome per version.
 *
 *     npm run test:matrix                       every version, every test
 *     npm run test:matrix -- 24 src/domain      one version, only tests below a path
 *
 * The runtimes come from npm as plain binaries of this platform (no install script runs) and are kept in TIDEMARK_NODE_CACHE,
 * by default below node_modules. Exits with 1 when any version failed or could not be had.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = process.env.TIDEMARK_NODE_CACHE ?? join(root, 'node_modules/.cache/tidemark/node');
const versionsDefault = ['20', '22', '24', '26'];
const versionRunning = process.versions.node.split('.')[0];
const windows = process.platform === 'win32';

/** The binary of one major version: this one, or npm's newest release; undefined when npm has none for this platform. */
function nodeBinary(major) {
  if (major === versionRunning) return process.execPath;
  const platform = windows ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(cache, major);
  const binary = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const flags = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    const options = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: windows };
    spawnSync('npm', ['install', '--prefix', folder, ...flags, `${name}@${major}`], options);
  }
  return existsSync(binary) ? binary : undefined;
}

/** Standard output of a command that ran, or undefined when it failed. */
function output(command, args) {
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return run.error === undefined && run.status === 0 ? run.stdout.trim() : undefined;
}

/** One version's line, and whether it passed. The tests' own output goes to standard error. */
function testOn(major, paths) {
  const node = nodeBinary(major);
  const version = node === undefined ? undefined : output(node, ['--version']);
  if (version === undefined) return { line: `node ${major}: could not be installed`, passed: false };
  if (output(node, ['scripts/build.mjs']) === undefined)
    return { line: `node ${version}: does not build`, passed: false };

  const report = join(cache, `tests-${major}.json`);
  rmSync(report, { force: true });
  // First on the path, so that programs the tests start by the name "node" run on the same version.
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  const run = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...paths], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: path, CI: 'true', TIDEMARK_TEST_REPORT: report },
  });
  const counted = spawnSync(node, ['scripts/count-tests.mjs', report, String(run.status ?? 1)], {
    cwd: root,
    encoding: 'utf8',
  });
  return { line: `node ${version}: ${counted.stdout.trim()}`, passed: counted.status === 0 };
}

const wanted = process.argv.slice(2);
const versions = wanted.filter((word) => /^\d+$/.test(word));
const paths = wanted.filter((word) => !/^\d+$/.test(word));
mkdirSync(cache, { recursive: true });
const outcomes = (versions.length > 0 ? versions : versionsDefault).map((major) => {
  const outcome = testOn(major, paths);
  process.stdout.write(`${outcome.line}\n`);
  return outcome;
});
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
