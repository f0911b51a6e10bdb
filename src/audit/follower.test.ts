import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { systemClock } from '../domain/clock.js';
import { limits } from '../limits.js';
import { entryOf } from './contract.js';
import { LogAudit } from './log-audit.js';

const topic = 'copilot.context';

/** One that counts how often it is asked how far it is. */
class AskedLog extends MemoryLog {
  asked = 0;
  isAway = false;

  override ends() {
    this.asked++;
    return this.isAway ? Promise.reject(new Error('away')) : super.ends();
  }
}

let stop = new AbortController();
const running: Promise<void>[] = [];
afterEach(async () => {
  stop.abort();
  await Promise.all(running.splice(0));
  stop = new AbortController();
});

async function twoOver(): Promise<{ readonly log: AskedLog; readonly one: LogAudit; readonly other: LogAudit }> {
  const log = new AskedLog({ id: 'log-1', topics: [{ name: topic, partitions: 1 }], clock: () => 1_700_000_000_000 });
  const [one, other] = [await LogAudit.open(log, topic), await LogAudit.open(log, topic)];
  for (const audit of [one, other]) running.push(audit.follow(stop.signal, systemClock));
  log.asked = 0;
  return { log, one, other };
}

describe('two instances over one audit topic', () => {
  it('find what the other has recorded, at once and whatever its number', async () => {
    const { one, other } = await twoOver();
    for (let n = 0; n < 250; n++) {
      const position = await one.record(entryOf(`question ${n}`));
      const finding = await other.find('acme', entryOf(`question ${n}`).id);
      expect(finding).toMatchObject({ kind: 'found', entry: { position } });
    }
    await vi.waitFor(() => expect([one.count, other.count]).toEqual([250, 250]));
  });

  it('know the first release of a snapshot that both have released', async () => {
    const { one, other } = await twoOver();
    await one.record(entryOf('again'));
    await other.record({ ...entryOf('again'), requestId: 'r-2' });
    expect(await one.find('acme', entryOf('again').id)).toMatchObject({ entry: { requestId: 'r-1' } });
    await vi.waitFor(() => expect(other.count).toBe(1));
  });

  it('say not found of what nobody has recorded, for one question to the log however many ask', async () => {
    const { log, other } = await twoOver();
    const startedMs = performance.now();
    const flood = Array.from({ length: 2_000 }, (_, n) => other.find('acme', entryOf(`unknown ${n}`).id));
    for (const finding of await Promise.all(flood)) expect(finding).toEqual({ kind: 'not_found' });
    const turns = (performance.now() - startedMs) / limits.auditEndAskMs;
    expect(log.asked).toBeLessThanOrEqual(1 + Math.ceil(turns));
    expect(log.asked).toBeLessThan(20);
  });

  it('do not ask about what they know', async () => {
    const { log, one } = await twoOver();
    await one.record(entryOf('known'));
    await one.find('acme', entryOf('known').id);
    expect(log.asked).toBe(0);
  });

  it('say that they are behind, and not that there is nothing, while the log cannot be asked', async () => {
    const { log, one, other } = await twoOver();
    await one.record(entryOf('one'));
    await vi.waitFor(() => expect(other.count).toBe(1));
    log.isAway = true;
    expect(await other.find('acme', entryOf('two').id)).toEqual({ kind: 'behind' });
    expect(await other.find('acme', entryOf('one').id)).toMatchObject({ kind: 'found' });
  });

  it('still find what an answer about the end came too late for', async () => {
    const { log, one, other } = await twoOver();
    const ends = vi.spyOn(log, 'ends').mockReturnValue(new Promise(() => undefined));
    const finding = other.find('acme', entryOf('one').id);
    await one.record(entryOf('one'));
    expect(await finding).toMatchObject({ kind: 'found' });
    ends.mockRestore();
  });
});
