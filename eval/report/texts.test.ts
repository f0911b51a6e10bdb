import { describe, expect, it } from 'vitest';
import type { Report } from '../harness/types.js';
import { answerOf, questionOf, ranked, reportParts } from './answers.test-support.js';
import { baselineOf, baselineText, readBaseline } from './baseline.js';
import { buildReport } from './build.js';
import { reportFiles } from './files.js';
import { reportText } from './json.js';
import { junitText } from './junit.js';
import { figureAgainst } from './metric-text.js';
import { madeReport } from './report.test-support.js';
import { terminalLines } from './terminal.js';
import { parseBound } from './threshold.js';
import { readQrels, readRun } from './trec.js';

const hostile = madeReport({ questions: 40, passed: false, findings: ['stale_hit', 'fact_missing'] });

function small(more: Partial<Parameters<typeof buildReport>[0]> = {}): Report {
  const questions = [questionOf('q 1', { relevant: new Map([['policy/P 1', 2]]) })];
  const answers = [answerOf('q 1', { ranking: ranked('policy/P-2', 'policy/P 1'), plain: ['policy/P-2'] })];
  return buildReport({ ...reportParts, questions, answers, ...more });
}

describe('the report as JSON', () => {
  it('is the same bytes for another run but for times, which come last', () => {
    const [one, other] = [small(), small({ startedAt: '2027-01-01T00:00:00.000Z', totalMs: 99 })].map(reportText);
    const cut = (text = '') => text.slice(0, text.indexOf('"times":'));
    expect(other).not.toBe(one);
    expect(cut(other)).toBe(cut(one));
    expect(Object.keys(JSON.parse(one ?? '')).at(-1)).toBe('times');
  });

  it('says the same as the report, to nine decimals', () => {
    const read = JSON.parse(reportText(small())) as Report;
    expect(read.metrics['ndcg@10']?.value).toBe(Number((1 / Math.log2(3)).toFixed(9)));
    expect(read.questions[0]?.relevant).toEqual({ 'policy/P 1': 2 });
  });
});

describe('the report for a terminal', () => {
  const texts = terminalLines(hostile).map(({ text }) => text);

  it('fits 100 columns, and holds nothing that a terminal obeys, whatever the stream brought', () => {
    expect(Math.max(...texts.map((text) => [...text].length))).toBeLessThanOrEqual(100);
    expect(texts.filter((text) => /[\p{Cc}\u202a-\u202e]/u.test(text))).toEqual([]);
  });

  it('says in words what is better, what is not met, what was found and what to look at', () => {
    const text = texts.join('\n');
    expect(text).toMatch(/against plain BM25.*\n.*nDCG@10.*0\.302.*\+0\.080 to \+0\.140.*▲ better/);
    expect(text).toContain('✗ 1 of 2 thresholds not met\n  ✗ nDCG@10 >= 0.45: it is 0.412');
    expect(text).toMatch(/Found: \d+ stale hits, \d+ facts missing/);
    expect(text).toContain('Worst questions (5 of 40)');
  });

  it('writes a value that misses its bound by little so that it is seen to', () => {
    const cases = [
      ['>= 0.9', 0.8996, '0.8996'],
      ['<= 0', 0.0000004, '0.0000004'],
      ['>= 100', 99.99, '99.9900'],
      ['> 0.9', 0.9, '0.900'],
      ['>= 0.9', 0.5, '0.500'],
    ] as const;
    expect(cases.map(([bound, value]) => figureAgainst(value, bound))).toEqual(cases.map(([, , text]) => text));
  });

  it('says of a metric without a value that it has none', () => {
    const lines = terminalLines(small({ thresholds: { abstention_auc: '>= 0.7' } })).map(({ text }) => text);
    expect(lines.join('\n')).toMatch(/Answerable or not, AUC +– +no question has a value/);
    expect(lines.join('\n')).toContain('>= 0.7: it has no value');
  });
});

describe('the report as JUnit', () => {
  const xml = junitText(hostile);

  it('has a case for each question and each threshold, and counts those that fail', () => {
    // The threshold of stale hits is met: those are allowed.
    const failing = hostile.questions.filter(({ findings }) =>
      findings.some(({ kind }) => kind === 'fact_missing'),
    ).length;
    expect(xml.match(/<testcase /g)).toHaveLength(42);
    expect(xml.match(/<failure /g)).toHaveLength(failing + 1);
    expect(xml).toContain(`tests="42" failures="${failing + 1}" errors="0"`);
  });

  it('has no character that XML lacks, and no text that is read as markup', () => {
    expect(xml).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
    expect(xml).not.toMatch(/<(?!\/?(?:testsuites?|testcase|failure)\b|\?xml )/);
    expect(xml.replaceAll(/&(?:amp|lt|gt|quot);/g, '')).not.toContain('&');
  });
});

describe('the files of a run', () => {
  it('hold the ranking and the judgements as trec_eval takes them', async () => {
    const files = await reportFiles(small());
    const names = ['report.json', 'report.html', 'junit.xml', 'baseline.json', 'run.trec', 'qrels.trec'];
    expect([...files.keys()]).toEqual(names);
    expect(readBaseline(files.get('baseline.json') ?? '', 'b.json').name).toBe('baseline default');
    expect(readRun(files.get('run.trec') ?? '')).toEqual(new Map([['q 1', ['policy/P-2', 'policy/P 1']]]));
    expect(readQrels(files.get('qrels.trec') ?? '')).toEqual(new Map([['q 1', new Map([['policy/P 1', 2]])]]));
  });
});

describe('a baseline file', () => {
  it('is read as it was written, one question a line', () => {
    const text = baselineText(baselineOf(small(), 'last week'));
    expect(baselineText(readBaseline(text, 'b.json'))).toBe(text);
    expect(text.split('\n').filter((line) => line.startsWith('"q 1":'))).toHaveLength(1);
  });

  it('is refused with one clear line', () => {
    expect(() => readBaseline('{', 'b.json')).toThrow('baseline b.json is not JSON');
    expect(() => readBaseline('{"format":1}', 'b.json')).toThrow(/^baseline b\.json at \/name: /);
    expect(() => readBaseline('{"format":2}', 'b.json')).toThrow(/^baseline b\.json at \/format: /);
  });
});

describe('a bound', () => {
  it.each(['>= 0.3', '<=0', ' < 1 ', '> -0.5'])('is read: %s', (text) => expect(parseBound(text)).toBeDefined());
  it.each(['0.3', '= 0.3', '>= ', '>= 1e3', '>= NaN'])('is not read: %s', (text) => {
    expect(parseBound(text)).toBeUndefined();
  });
});
