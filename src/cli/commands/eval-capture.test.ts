import { describe, expect, it } from 'vitest';
import { memoryComposition, runCli } from '../cli.test-support.js';
import type { CapturedFacts, CaptureWish, Evaluation } from '../evaluation.js';

const facts: CapturedFacts = {
  questions: 3,
  records: 9,
  labels: 1,
  notices: ['snapshots left out because they asked no question: 1'],
  files: [],
};

/** Runs the command on an evaluation that only notes what it is asked for. */
async function asked(...words: readonly string[]) {
  const wishes: CaptureWish[] = [];
  const unasked = () => Promise.reject(new Error('nobody asks for it'));
  const evaluation: Evaluation = {
    run: unasked,
    compare: unasked,
    report: unasked,
    capture: async (_, wish) => {
      wishes.push(wish);
      return wish.isWritten ? { ...facts, files: [`${wish.folder}/suite.yaml`] } : facts;
    },
  };
  const ran = await runCli(['eval', 'capture', ...words], { composition: { ...memoryComposition(), evaluation } });
  return { ...ran, wish: wishes[0] };
}

describe('tidemark eval capture', () => {
  it('only counts what it would write, and says what it takes to have it', async () => {
    const { wish, out, code } = await asked('here');
    expect(wish).toEqual({ folder: 'here', fromMs: -Infinity, toMs: Infinity, tenant: null, isWritten: false });
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('3 questions, 1 of them labelled by decisions, over 9 records.'),
    ]);
    expect(out).toContain('snapshots left out because they asked no question: 1');
    expect(out).toContain('Nothing was written: give --with-text');
  });

  it('passes the range and the tenant on, and says how to play what it wrote', async () => {
    const range = ['--from', '2026-03-01T00:00:00Z', '--to', '2026-04-01T00:00:00Z', '--tenant', 'acme'];
    const { wish, out } = await asked('here', ...range, '--with-text');
    const [fromMs, toMs] = [Date.UTC(2026, 2, 1), Date.UTC(2026, 3, 1)];
    expect(wish).toEqual({ folder: 'here', fromMs, toMs, tenant: 'acme', isWritten: true });
    expect(out).toContain('tidemark eval run here/suite.yaml');
  });

  it('ends with exit code 2 at an instant that is none', async () => {
    const { code, err, wish } = await asked('here', '--from', 'yesterday');
    expect([code, wish, err]).toEqual([2, undefined, expect.stringContaining('yesterday is no instant')]);
  });
});
