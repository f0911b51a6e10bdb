import { describe, expect, it } from 'vitest';
import { memoryComposition, runCli } from '../cli.test-support.js';
import type { CompareWish, Evaluation, ReportWish, Told } from '../evaluation.js';

const told: Told = {
  kind: 'done',
  passed: true,
  lines: [{ text: '3 of 9 contexts changed', tone: 'strong' }],
  json: { changed: 3 },
  files: ['/runs/comparison.html'],
};

const captured = { questions: 0, records: 0, labels: 0, notices: [], files: [] };

/** Runs the command on an evaluation that only notes what it is asked for. */
async function asked(...words: readonly string[]) {
  const wishes: (CompareWish | ReportWish)[] = [];
  const note = async (_: unknown, wish: CompareWish | ReportWish): Promise<Told> => {
    wishes.push(wish);
    return told;
  };
  const evaluation: Evaluation = { run: async () => told, compare: note, report: note, capture: async () => captured };
  const result = await runCli(['eval', ...words], { composition: { ...memoryComposition(), evaluation } });
  return { ...result, wish: wishes[0] };
}

describe('tidemark eval compare', () => {
  it('asks for two set-ups of a suite, and shows what changed and where the page is', async () => {
    const { wish, out, code } = await asked(
      'compare',
      's.yaml',
      'lexical',
      'transformers:./m',
      '--out',
      'o',
      '--resume',
    );
    expect(wish).toEqual({
      kind: 'setups',
      suite: 's.yaml',
      setups: ['lexical', 'transformers:./m'],
      resume: true,
      out: 'o',
    });
    expect(out).toContain('3 of 9 contexts changed');
    expect(out).toContain('/runs/comparison.html');
    expect(code).toBe(0);
  });

  it('asks for two reports where two files are named, and prints JSON', async () => {
    const { wish, out } = await asked('compare', 'a/report.json', 'b/report.json', '--json');
    expect(wish).toEqual({ kind: 'reports', reports: ['a/report.json', 'b/report.json'] });
    expect(JSON.parse(out)).toEqual({ changed: 3 });
  });

  it.each([[['s.yaml']], [['s.yaml', 'a', 'b', 'c']]])('refuses %j as a mistake of usage', async (words) => {
    const { code, err, wish } = await asked('compare', ...words);
    expect(wish).toBeUndefined();
    expect(code).toBe(2);
    expect(err).toContain('compare takes a suite and two set-ups, or two reports');
  });
});

describe('tidemark eval report', () => {
  it('writes the page to a file of its own as well', async () => {
    expect((await asked('report', 'runs/demo', '--html', 'demo.html')).wish).toEqual({
      run: 'runs/demo',
      html: 'demo.html',
    });
  });
});
