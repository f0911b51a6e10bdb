import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiWorld } from '../api/world.test-support.js';
import { account, policy } from '../fixtures.test-support.js';
import type { Snapshot } from './api.generated.js';
import { TidemarkClient } from './client.js';
import { clientLimits } from './limits.js';
import type { TidemarkProblem } from './problem.js';
import type { Run } from './run.js';

let api: ApiWorld;
/** Milliseconds of all pauses: nobody waits, and the service is away until `awayUntilMs` of them have passed. */
let nowMs: number;
let awayUntilMs: number;
let client: TidemarkClient;
beforeEach(async () => {
  api = await ApiWorld.open();
  await api.world.put(account('A-1'), policy('P-1'));
  [nowMs, awayUntilMs] = [0, 0];
  client = new TidemarkClient({
    url: 'http://tidemark.test',
    fetch: (request) => (nowMs < awayUntilMs ? Promise.reject(new TypeError('down')) : api.app.fetch(request)),
    pause: async (ms) => {
      nowMs += ms;
    },
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await api.stop();
});

const away = (ms: number) => {
  awayUntilMs = nowMs + ms;
};
const inRun = <T>(act: (run: Run) => Promise<T> | T) => client.withContext({ account: 'A-1' }, act);
const call = (act: () => unknown) => inRun((run) => run.tool('refund', {}, 'k', act)).then(({ value }) => value);
/** What a later attempt at the same key is told. */
const later = () => call(() => expect.fail('it acts again'));

describe('what came of a tool call', () => {
  it('is on record although the service was away for longer than an ordinary call is tried', async () => {
    const act = () => {
      away(0.8 * clientLimits.outcomeMs);
      return 'done';
    };
    expect(await call(act)).toEqual({ kind: 'acted', result: 'done' });
    expect(await later()).toEqual({ kind: 'duplicate', status: 'returned', result: 'done' });
  });

  it('is given up after so long, and said', async () => {
    const act = () => {
      away(Number.POSITIVE_INFINITY);
      return 'done';
    };
    await expect(call(act)).rejects.toMatchObject({ code: 'outcome_unrecorded', facts: { result: 'done' } });
    expect(nowMs).toBeGreaterThan(0.8 * clientLimits.outcomeMs);
    expect(nowMs).toBeLessThanOrEqual(clientLimits.outcomeMs + clientLimits.farewellMs);
  });

  it.each([
    ['a BigInt', () => 7n],
    ['a function', () => () => 7],
    ['half a character', () => '\ud800'],
    ['half a character in a name', () => ({ '\ud800': 1 })],
  ])('is a return although the result holds %s', async (_, act) => {
    expect(await call(act)).toMatchObject({ kind: 'acted' });
    expect(await later()).toMatchObject({ kind: 'duplicate', status: 'returned' });
  });

  it('is a return that says what is left out where a result is in a circle', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(await call(() => circle)).toEqual({ kind: 'acted', result: circle });
    expect(await later()).toEqual({ kind: 'duplicate', status: 'returned', result: { omitted: expect.any(String) } });
  });

  it('is a return where a page of an insecure origin can make no hash', async () => {
    const act = () => {
      vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
      return 'x'.repeat(clientLimits.resultBytesMax);
    };
    expect(await call(act)).toMatchObject({ kind: 'acted' });
    vi.unstubAllGlobals();
    expect(await later()).toMatchObject({ status: 'returned', result: { omitted: expect.any(String) } });
  });

  const longest = clientLimits.messageCharsRecordedMax;
  it.each([
    ['an emoji where its message is cut', new Error(`${'x'.repeat(longest - 1)}😀`)],
    ['an empty code', Object.assign(new Error('no'), { code: '' })],
    ['a code of a thousand characters', Object.assign(new Error('no'), { code: 'x'.repeat(1_000) })],
    ['half a character as its code', Object.assign(new Error('no'), { code: '\ud800' })],
    ['no text', Object.create(null)],
  ])('is a failure although the error has %s', async (_, error) => {
    await expect(call(() => Promise.reject(error))).rejects.toBe(error);
    expect(await later()).toMatchObject({ kind: 'duplicate', status: 'failed' });
  });

  it('is the error of the tool, with what kept it from being recorded, where it cannot be', async () => {
    const error = new Error('declined');
    const act = () => {
      away(Number.POSITIVE_INFINITY);
      throw error;
    };
    await expect(call(act)).rejects.toBe(error);
    expect(error).toMatchObject({ suppressed: { code: 'unreachable' } });
    awayUntilMs = 0;
    expect(await later()).toEqual({ kind: 'duplicate', status: 'unknown' });
  });
});

describe('a run whose end cannot be recorded', () => {
  it('still hands over what was done', async () => {
    const ended = inRun(() => {
      away(Number.POSITIVE_INFINITY);
      return 'the answer';
    });
    const problem: TidemarkProblem = await ended.then(
      () => expect.fail(),
      (error) => error,
    );
    expect(problem).toMatchObject({ code: 'end_unrecorded', retriable: false, cause: { code: 'unreachable' } });
    const { value, correlationId, snapshot, records } = problem.facts;
    expect([value, records]).toEqual(['the answer', [expect.stringMatching(/^copilot\.control:/)]]);
    awayUntilMs = 0;
    expect((await client.snapshot((snapshot as Snapshot).id)).id).toMatch(/^sha256-/);
    await api.world.parts.ledger.catchUp();
    expect(api.world.parts.ledger.correlated('acme', String(correlationId))).toHaveLength(1);
  });
});
