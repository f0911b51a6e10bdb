import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.js';
import { durationText, parseDurationMs } from './lag.js';
import { answersOf, askedAt, indexMs, runLagging, stateMs } from './lag.test-support.js';
import type { Answer, Demands } from './types.js';

const lag = { stateMs, indexMs: 0 };

function told({ findings, freshness: { label, ageMs, reasons = [] } }: Answer) {
  return [findings.map(({ kind }) => kind), label, ageMs, reasons];
}

describe('a state that lags 30 s behind a ticket that changed at second 100', () => {
  it('answers with the ticket as it was until second 130 and not a millisecond longer, as old as it says', async () => {
    const answers = await answersOf(
      [99.999, 100, 103, 105.001, 110, 129.999, 130].map((at) => askedAt(at)),
      lag,
    );
    expect(answers.map(told)).toEqual([
      [[], 'fresh', 0, []],
      [['stale_hit'], 'fresh', 0, ['behind']],
      [['stale_hit'], 'fresh', 3_000, ['behind']],
      [['stale_hit'], 'stale', 5_001, ['behind']],
      [['stale_hit'], 'stale', 10_000, ['behind']],
      [['stale_hit'], 'stale', 29_999, ['behind']],
      // The policy of second 115 is on its way.
      [[], 'stale', 15_000, ['behind']],
    ]);
  });

  it('is told by its findings which record it lacked', async () => {
    const [answer] = await answersOf([askedAt(110)], lag);
    const detail = 'ticket/T-1 is of stream:0:1, and the newest state was of stream:0:3';
    expect(answer?.findings).toEqual([{ kind: 'stale_hit', ref: 'ticket/T-1', detail }]);
  });

  it('knows nobody before anything is folded, and says how old that is', async () => {
    const [answer] = await answersOf([askedAt(20)], lag);
    expect(answer).toMatchObject({ snapshot: null, items: [], freshness: { label: 'stale', ageMs: 20_000 } });
  });

  it('is as old of a search as the policies are, whatever became of tickets', async () => {
    const search = { account: null, mode: 'search' } as const;
    const answers = await answersOf([askedAt(110, search), askedAt(120, search)], lag);
    expect(answers.map(told)).toEqual([
      [[], 'fresh', 0, []],
      [[], 'fresh', 5_000, ['behind']],
    ]);
  });
});

function demanding(demands: Partial<Demands>): { readonly consistency: Demands } {
  const { maxStalenessMsDefault: maxStalenessMs, deadlineMsDefault: deadlineMs } = limits;
  return { consistency: { level: 'latest', maxStalenessMs, deadlineMs, onViolation: 'wait', ...demands } };
}

const patient = { deadlineMs: 30_000, maxStalenessMs: 20_000 };

describe('a question that demands the latest of a state that lags', () => {
  it('is refused when its deadline has come, and that is an outcome and no error', async () => {
    const { answers, stream } = await runLagging([askedAt(110, demanding({}))], lag);
    const refused = { refused: { why: 'behind' }, waitedMs: 2_000, items: [], ranking: [], findings: [] };
    expect(answers).toMatchObject([refused]);
    expect([stream.records, stream.applied]).toEqual([4, 3]);
    expect(stream.notices).toEqual([
      '1 record that had arrived was not folded by the end',
      '1 question was refused as it demanded (1 behind, 0 stale; first: at 110)',
    ]);
  });

  it('waits for what it lacks, while time and the stream go on, and is judged when it is answered', async () => {
    const [answer] = await answersOf([askedAt(110, demanding(patient))], lag);
    // By then the policy of second 115 has arrived, and is not folded.
    expect(answer).toMatchObject({ findings: [], waitedMs: 20_000, freshness: { label: 'fresh', ageMs: 15_000 } });
  });

  it('is refused for its age alone where what it waited for has come and more is on its way', async () => {
    const demands = demanding({ ...patient, deadlineMs: 22_000, maxStalenessMs: 5_000 });
    const [answer] = await answersOf([askedAt(110, demands)], lag);
    expect(answer).toMatchObject({ refused: { why: 'stale' }, waitedMs: 22_000 });
  });

  it('is refused where its deadline is the instant at which what it waits for is folded', async () => {
    const [answer] = await answersOf([askedAt(110, demanding({ ...patient, deadlineMs: 20_000 }))], lag);
    expect(answer).toMatchObject({ refused: { why: 'behind' }, waitedMs: 20_000 });
  });

  it('holds up no other question of its moment', async () => {
    const waiting = askedAt(110, { id: 'waiting', ...demanding(patient) });
    const answers = await answersOf([waiting, askedAt(110), askedAt(120)], lag);
    expect(answers.map(({ waitedMs = 0, freshness }) => [waitedMs, freshness.ageMs])).toEqual([
      [20_000, 15_000],
      [0, 10_000],
      [0, 20_000],
    ]);
  });

  it('is refused at once when it does not want to wait, also for being older than it allows', async () => {
    const asFastOnly = { level: 'fastest', onViolation: 'refuse', maxStalenessMs: 9_999 } as const;
    const questions = [demanding({ onViolation: 'refuse' }), demanding(asFastOnly)].map((more, at) =>
      askedAt(110, { id: `q-${at}`, ...more }),
    );
    const answers = await answersOf(questions, lag);
    expect(answers.map(({ refused, waitedMs }) => [refused?.why, waitedMs])).toEqual([
      ['behind', undefined],
      ['stale', undefined],
    ]);
  });
});

describe('an index that lags', () => {
  const released = ({ items, ranking, content, freshness, findings }: Answer) => {
    return { items, ranking, content, freshness, findings };
  };

  it('costs scoring beside the index until it is there, and no staleness: the answers are those of one that does not', async () => {
    const questions = [0, 100, 115, 299.999, 300, 414.999, 415].map((at) => askedAt(at));
    const [late, early] = await Promise.all(
      [indexMs, 0].map((ms) => answersOf(questions, { stateMs: 0, indexMs: ms })),
    );
    expect(late?.map(released)).toEqual(early?.map(released));
    expect(late?.map(({ pending }) => pending?.scored ?? 0)).toEqual([1, 1, 2, 2, 1, 1, 0]);
    expect(early?.map(({ pending }) => pending?.scored ?? 0)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('a duration', () => {
  it('is read in each of its units and written in the largest that says it whole', () => {
    expect(['250ms', '30s', '5m', '2h', '1d', '0s'].map(parseDurationMs)).toEqual([
      250, 30_000, 300_000, 7_200_000, 86_400_000, 0,
    ]);
    expect([250, 30_000, 90_000, 7_200_000, 0].map(durationText)).toEqual(['250ms', '30s', '90s', '2h', '0ms']);
    expect(['30', 's', '-1s', '1.5s', '1w', '05s', ' 5s'].map(parseDurationMs)).toEqual(Array(7).fill(undefined));
  });
});
