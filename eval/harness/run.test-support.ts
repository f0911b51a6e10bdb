/** Runs of tests: a suite's questions over a source, with a folder of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../src/domain/canonical.js';
import { defaultTopics } from '../../src/log/topics.js';
import type { StreamSource } from '../streams/source.js';
import { memoryEngines } from './engines.test-support.js';
import { type RunParts, type RunResult, runSuite } from './run.js';
import { lexicalSetup } from './setup.js';
import type { Question } from './types.js';

export type Done = Extract<RunResult, { kind: 'done' }>;

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-eval-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Questions of the source's own unless given. */
export function partsOf(source: StreamSource, folder: string, questions?: readonly Question[]): RunParts {
  let ticks = 0;
  return {
    suite: { digest: digestOf('a suite'), questions: questions ?? [], asksStream: questions === undefined },
    setup: lexicalSetup,
    source,
    engines: memoryEngines(),
    topics: defaultTopics,
    folder,
    resume: false,
    signal: new AbortController().signal,
    progress: () => {},
    stopwatch: () => ticks++,
  };
}

export async function doneRun(parts: RunParts): Promise<Done> {
  const result = await runSuite(parts);
  if (result.kind === 'done') return result;
  throw new Error(`ended after ${result.done} of ${result.total} questions`);
}

export function questionAt(id: string, more: Partial<Question>): Question {
  return {
    id,
    at: { kind: 'end' },
    tenant: 'northquay',
    account: null,
    mode: 'search',
    text: 'refund of labels',
    history: [],
    count: 10,
    expect: { contains: [], absent: [] },
    ...more,
  };
}
