/** What has passed on this commit, so that an interrupted run can go on. Changed files make it a run of no commit: nothing is kept. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Counts } from './vitest-report.js';

const keptSchema = z.object({
  commit: z.string(),
  passed: z.record(z.string(), z.object({ passed: z.number(), skipped: z.number() })),
});

export class Results {
  readonly #path: string;
  readonly #commit: string | undefined;
  readonly #passed: Record<string, { passed: number; skipped: number }>;

  private constructor(
    path: string,
    commit: string | undefined,
    passed: Record<string, Pick<Counts, 'passed' | 'skipped'>>,
  ) {
    this.#path = path;
    this.#commit = commit;
    this.#passed = passed;
  }

  static async open(size: string): Promise<Results> {
    const path = `node_modules/.cache/tidemark/prove-${size}.json`;
    const commit = await cleanCommit();
    const kept = keptSchema.safeParse(jsonOf(await readFile(path, 'utf8').catch(() => '')));
    const usable = kept.success && commit !== undefined && kept.data.commit === commit;
    return new Results(path, commit, usable ? kept.data.passed : {});
  }

  passed(name: string): Counts | undefined {
    const known = this.#passed[name];
    return known && { ...known, failed: 0, failures: [] };
  }

  async keep(name: string, { passed, failed, skipped }: Counts): Promise<void> {
    if (this.#commit === undefined) return;
    if (failed === 0) this.#passed[name] = { passed, skipped };
    else delete this.#passed[name];
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFile(this.#path, JSON.stringify({ commit: this.#commit, passed: this.#passed }));
  }
}

/** Undefined when files differ from the commit, or where there is no repository. */
async function cleanCommit(): Promise<string | undefined> {
  const git = promisify(execFile);
  try {
    const { stdout: changed } = await git('git', ['status', '--porcelain']);
    if (changed.trim() !== '') return undefined;
    return (await git('git', ['rev-parse', 'HEAD'])).stdout.trim();
  } catch {
    return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
