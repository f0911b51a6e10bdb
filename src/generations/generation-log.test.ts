import { describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { DrivenClock } from '../fixtures.test-support.js';
import { defaultTopics, topicsToOpen } from '../log/topics.js';
import { GenerationLog } from './generation-log.js';
import { idOf, promoted, started } from './generations.test-support.js';
import type { Standing } from './standing.js';

const clock = new DrivenClock('rushing');
const newLog = () => new MemoryLog({ id: 'log-1', topics: topicsToOpen(defaultTopics), clock: () => clock.wallMs() });
const openOn = (log: MemoryLog) => GenerationLog.open({ log, topic: defaultTopics.model, clock });

async function follow(opened: GenerationLog, seen: Standing[] = []) {
  const stop = new AbortController();
  const running = opened.run(stop.signal, async (standing) => void seen.push(standing));
  const end = async () => {
    stop.abort();
    await running;
  };
  return { seen, stop: end };
}

describe('the topic of generations', () => {
  it('is read whole at the start', async () => {
    const log = newLog();
    const first = await openOn(log);
    const { stop } = await follow(first);
    await first.append([started('a'), started('b'), promoted('b', 'a')]);
    await stop();
    expect((await openOn(log)).standing).toMatchObject({ live: idOf('b'), former: idOf('a') });
  });

  it('is followed by every instance to the same standings in the same order', async () => {
    const log = newLog();
    const [one, other] = [await openOn(log), await openOn(log)];
    const [left, right] = [await follow(one), await follow(other)];
    await one.append([started('a'), started('b')]);
    await Promise.all([one.append([promoted('b', 'a')]), other.append([promoted('a', 'b')])]);
    await Promise.all([one.append([started('c')]), other.append([started('d')])]);
    await Promise.all([left.stop(), right.stop()]);
    expect(left.seen).toEqual(right.seen);
    expect(left.seen.length).toBeGreaterThan(3);
  });

  it('leaves alone what is not of it, and says behind when what was written does not come back in time', async () => {
    const log = newLog();
    await log.append([{ topic: defaultTopics.model, key: null, headers: [], value: null }]);
    const opened = await openOn(log);
    expect(opened.standing.live).toBeNull();
    await expect(opened.append([started('a')])).rejects.toMatchObject({ code: 'behind', retriable: true });
  });

  it('goes without where the log has none: nothing is live but the configured one, and nothing can be put on record', async () => {
    const topics = topicsToOpen(defaultTopics).filter(({ name }) => name !== defaultTopics.model);
    const opened = await openOn(new MemoryLog({ id: 'log-1', topics, clock: () => clock.wallMs() }));
    await opened.run(new AbortController().signal, async () => undefined);
    expect([opened.hasTopic, opened.standing.live]).toEqual([false, null]);
    await expect(opened.append([started('a')])).rejects.toMatchObject({ code: 'generation_conflict' });
  });
});
