/** Programs of other makers (Java, Maven, Go) that fetch and run the services. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { environmentWith } from '../settings.js';

/**
 * A service cannot be had here: a program is missing, or what it is made of could not be fetched. Tests that need it are then told as not
 * run. A service that was fetched and does not work is another error, and a failure.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export interface Running {
  readonly folder?: string;
  /** Added to the environment of this process. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

export interface Ran {
  readonly code: number | null;
  /** The last lines it wrote on either stream. */
  readonly lastLines: readonly string[];
}

const LAST_LINES_MAX = 20;

/** Runs it to its end. Rejects with `Unavailable` when there is no such program. */
export function runTool(program: string, args: readonly string[], options: Running = {}): Promise<Ran> {
  const { folder, settings = {}, onLine = () => {} } = options;
  return new Promise((resolve, reject) => {
    const lastLines: string[] = [];
    const child = spawn(program, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environmentWith(settings),
      ...(folder === undefined ? {} : { cwd: folder }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        lastLines.push(line);
        if (lastLines.length > LAST_LINES_MAX) lastLines.shift();
        onLine(line);
      });
    }
    child.once('error', (cause) => reject(new Unavailable(`no ${program}, it could not be started`, { cause })));
    child.once('close', (code) => resolve({ code, lastLines }));
  });
}

/** Rejects with `Unavailable` naming the first of these that cannot be run. */
export async function needTools(tools: readonly Tool[]): Promise<void> {
  for (const { title, program, args } of tools) {
    const found = await runTool(program, args).catch(() => undefined);
    if (found?.code !== 0) throw new Unavailable(`no ${title}, the program ${program} cannot be run`);
  }
}

export interface Tool {
  readonly title: string;
  readonly program: string;
  /** With which it does nothing but say that it is there. */
  readonly args: readonly string[];
}

export const java: Tool = { title: 'Java', program: 'java', args: ['-version'] };
export const maven: Tool = { title: 'Maven', program: 'mvn', args: ['--version'] };
export const go: Tool = { title: 'Go', program: 'go', args: ['version'] };
