/** Qdrant's engine from its Python package behind the HTTP shim of `qdrant-shim/`: what stands in for the server where none is given. */
import { join } from 'node:path';
import { repositoryFolder } from '../settings.js';
import { cached } from './cache.js';
import { type Steps, secondsSince } from './steps.js';
import { needTools, runTool, type Tool, Unavailable } from './tools.js';

export const qdrantEngine = 'qdrant-edge-py 0.9.0';

const ASKED_WITHIN_MS = 60_000;

/** The package is built for these versions of Python, and is installed into an environment of its own. */
const python: Tool = {
  title: 'Python 3.10 or later with venv and ensurepip',
  program: 'python3',
  args: ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'],
};

/** The Python that has the engine; installed once. Rejects with `Unavailable` when there is no Python or the package cannot be had. */
export async function shimPython(steps: Steps): Promise<string> {
  // Moving such a folder breaks its scripts, which name their Python in full, and not the Python itself.
  const folder = await cached(qdrantEngine.replace(' ', '-'), async (draft) => {
    await needTools([python]);
    const startedMs = performance.now();
    steps.say(`qdrant: fetching ${qdrantEngine} with pip`);
    await installed('python3', ['-m', 'venv', draft], steps);
    const wanted = qdrantEngine.replace(' ', '==');
    // What is built from source would need a compiler and an hour.
    const options = ['--disable-pip-version-check', '--only-binary', ':all:', '--no-deps'];
    await installed(pythonIn(draft), ['-m', 'pip', 'install', ...options, wanted], steps);
    steps.say(`qdrant: installed (${secondsSince(startedMs)})`);
  });
  return pythonIn(folder);
}

/** Without `-B` Python would write into the repository. */
export function shimArguments(dataFolder: string, port: number): readonly string[] {
  const main = join(repositoryFolder(), 'eval/live/services/qdrant-shim/main.py');
  return ['-B', main, dataFolder, String(port)];
}

/** What the shim at this URL cannot show, and why, by name; undefined when a real server is there. */
export async function shimLacks(url: string): Promise<Readonly<Record<string, string>> | undefined> {
  const reply = await fetch(new URL('/', url), { signal: AbortSignal.timeout(ASKED_WITHIN_MS) });
  const told: { readonly shim_lacks?: Readonly<Record<string, string>> } = JSON.parse(await reply.text());
  return told.shim_lacks;
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python3');
}

async function installed(program: string, args: readonly string[], steps: Steps): Promise<void> {
  const { code, lastLines } = await runTool(program, args, { onLine: (line) => steps.move(`qdrant: ${line}`) });
  if (code !== 0) throw new Unavailable(`pip could not install ${qdrantEngine}: ${lastLines.at(-1)?.slice(0, 300)}`);
}
