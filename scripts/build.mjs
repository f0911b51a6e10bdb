/**
 * Builds `dist`: compiled sources (without tests and contract suites), the types of the client, the files of the API
 * documentation page and of the evaluation's pages, and an executable entry point. Incremental, and silent when all is well, because `npm test` and `npm run demo` call it first.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);

/** Copied so that the page loads nothing from other hosts; the licence texts must travel with the files. */
const documentationFiles = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
];

/** What runs in browsers as it is written. */
const pageFolder = 'eval/report/static';

class BuildFailure extends Error {}

/** The folder of an installed package. */
function packageFolder(name) {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch (cause) {
    throw new BuildFailure(`${name} is not installed: run "npm ci" first`, { cause });
  }
}

function compile(project) {
  const compiler = join(packageFolder('typescript'), 'bin', 'tsc');
  const run = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, encoding: 'utf8' });
  if (run.error) throw new BuildFailure(`the compiler could not be started: ${run.error.message}`);
  if (run.status !== 0) {
    throw new BuildFailure(`the sources do not compile\n${run.stdout}${run.stderr}`.trimEnd());
  }
}

/** The incremental record is trusted by the compiler, so outputs somebody deleted would never come back. */
function compileAll() {
  compile('tsconfig.build.json');
  if (existsSync(join(root, 'src/main.ts')) && !existsSync(join(dist, 'src/main.js'))) {
    rmSync(join(dist, '.tsbuildinfo'), { force: true });
    compile('tsconfig.build.json');
  }
  // A program of its own: its types are those of browsers, so that nothing of Node gets into what the client needs.
  compile('tsconfig.client.json');
}

/** Removes outputs whose source is gone: a deleted module must not go on working from `dist`, nor be published. */
function removeStale(folder) {
  const absolute = join(dist, folder);
  if (!existsSync(absolute)) return;
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      removeStale(path);
      continue;
    }
    const output = /^(?<module>.+)\.(?:js(?:\.map)?|d\.ts)$/.exec(path);
    const copied = folder === 'src/api/static' || folder === pageFolder;
    if (output && !copied && !existsSync(join(root, `${output.groups.module}.ts`))) rmSync(join(dist, path));
  }
}

function copyDocumentationFiles() {
  const from = packageFolder('swagger-ui-dist');
  const to = join(dist, 'src/api/static');
  mkdirSync(to, { recursive: true });
  for (const name of documentationFiles) copyChanged(join(from, name), join(to, name));
}

function copyPageFiles() {
  const from = join(root, pageFolder);
  const to = join(dist, pageFolder);
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copyChanged(join(from, name), join(to, name));
}

function copyChanged(from, to) {
  const source = statSync(from);
  const target = statSync(to, { throwIfNoEntry: false });
  const same = target !== undefined && target.size === source.size && target.mtimeMs >= source.mtimeMs;
  if (!same) copyFileSync(from, to);
}

try {
  compileAll();
  for (const folder of ['src', 'connectors', 'eval']) removeStale(folder);
  copyDocumentationFiles();
  copyPageFiles();
  const entry = join(dist, 'src/main.js');
  if (existsSync(entry)) chmodSync(entry, 0o755);
} catch (error) {
  if (!(error instanceof BuildFailure)) throw error;
  process.stderr.write(`build: ${error.message}\n`);
  process.exitCode = 1;
}
