import { afterEach, describe, expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import { account, DrivenClock, policy, topics } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { topicsToOpen } from '../log/topics.js';
import { replayFull } from '../replay/full.js';
import { ClosingEngines } from './closing.test-support.js';
import { started } from './generations.test-support.js';
import { encodeGenerationEvent } from './record.js';
import { GenerationWorld } from './service.test-support.js';

const noFiles = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
const worlds: GenerationWorld[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.stop()));
});

async function opened(...of: Parameters<typeof GenerationWorld.open>): Promise<GenerationWorld> {
  const world = await GenerationWorld.open(...of);
  worlds.push(world);
  return world;
}

async function library(engines: ClosingEngines): Promise<GenerationWorld> {
  const world = await opened({ engines: { open: engines.open } });
  await world.put(account('A-1'), policy('P-0', { policyId: 'p0', body: 'Refunds take thirty days.' }));
  return world;
}

function status(world: GenerationWorld, id: string) {
  return world.operations.status().find((one) => one.id === id);
}

/** The topic of generations is read at the start, and followed from when it is released. */
class HeldLog extends MemoryLog {
  release: () => void = () => undefined;
  readonly #held = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  override async *subscribe(...[names, from, signal]: Parameters<MemoryLog['subscribe']>) {
    if (names.includes(topics.model)) await this.#held;
    yield* super.subscribe(names, from, signal);
  }
}

describe('a generation', () => {
  it('that was made and then refused on record is closed, also where whoever asked for it waits no longer', async () => {
    const [clock, engines] = [new DrivenClock(), new ClosingEngines()];
    const log = new HeldLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => clock.wallMs() });
    const world = await opened({ log, clock, engines: { open: engines.open } });
    const others = ['a', 'b', 'c', 'd'].map((name) => encodeGenerationEvent(topics.model, started(name)));
    await log.append(others.slice(0, limits.generationsMax));
    const beganMs = clock.monotonicMs();
    const starting = world.operations.start('hashing', 'one', null).catch((error: unknown) => error);
    await world.until(() => {
      clock.advance(engines.openCount === 1 ? 50 : 0);
      return clock.monotonicMs() - beganMs > 2 * limits.generationFollowMs;
    });
    expect([await starting, engines.openCount]).toEqual([expect.objectContaining({ code: 'behind' }), 1]);
    log.release();
    await world.until(() => engines.openCount === 0);
  });

  it('is closed only when no question that began with it is under way', async () => {
    const engines = new ClosingEngines();
    const world = await library(engines);
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    const asking = Array.from({ length: 20 }, () => world.ask());
    await world.operations.rollBack('one');
    await world.operations.drop(id, 'one');
    await Promise.all(asking);
    await world.until(() => engines.openCount === 0);
    expect(engines.late).toEqual([]);
  });

  it('is closed only when no full replay ranks with it any more', async () => {
    const engines = new ClosingEngines();
    const world = await library(engines);
    const id = await world.startFilled('hashing');
    await world.operations.promote(id, 'one');
    const { id: snapshot } = await world.ask();
    const { generations } = world.service.replay;
    if (generations === undefined) throw new Error('a service has generations');
    const openThen: number[] = [];
    const pastOf: typeof generations.pastOf = (index) => {
      const past = generations.pastOf(index);
      if (past === undefined || past === 'dropped') return past;
      const retrieve: typeof past.retrieve = async (...asked) => {
        await world.operations.rollBack('one');
        await world.operations.drop(id, 'one');
        for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
        openThen.push(engines.openCount);
        return past.retrieve(...asked);
      };
      return { identity: past.identity, withoutIndex: () => past.withoutIndex(), retrieve };
    };
    const replay = { ...world.service.replay, generations: { pastOf, holdOf: generations.holdOf.bind(generations) } };
    expect(await replayFull(replay, await world.recorded(snapshot))).toMatchObject({ verdict: 'MATCH' });
    expect(openThen).toEqual([1]);
    await world.until(() => engines.openCount === 0);
  });

  it('that answers where the promoted one cannot be opened gives way to the configured one when it is dropped', async () => {
    const engines = new ClosingEngines();
    const world = await library(new ClosingEngines());
    const other = await opened({ log: world.log, engines: { open: engines.open } });
    await other.caughtUp();
    const former = await world.startFilled('hashing');
    await world.operations.promote(former, 'one');
    await other.until(() => other.live === former);
    engines.fault = noFiles;
    await world.operations.promote(await world.startFilled('wordy'), 'one');
    await world.operations.drop(former, 'one');
    await other.until(() => engines.openCount === 0);
    await other.ask();
    expect(status(other, other.live)).toMatchObject({ role: 'live', method: 'lexical' });
    expect(engines.late).toEqual([]);
  });
});

describe('a shadow that cannot be opened here', () => {
  it('for whatever reason is told as unavailable, and the service runs on and starts again', async () => {
    const engines = new ClosingEngines();
    const world = await library(new ClosingEngines());
    const other = await opened({ log: world.log, engines: { open: engines.open } });
    engines.fault = noFiles;
    const id = await world.operations.start('hashing', 'one', null);
    await other.until(() => status(other, id)?.role === 'unavailable');
    expect(status(other, id)?.trouble).toContain('EACCES');
    expect(status(await opened({ log: world.log, engines: { open: engines.open } }), id)?.role).toBe('unavailable');
    await expect(other.operations.start('wordy', 'one', null)).rejects.toMatchObject({ code: 'request_invalid' });
  });

  it('is opened when it is started again, and by itself when what it needs is back', async () => {
    const world = await library(new ClosingEngines());
    const id = await world.operations.start('hashing', 'one', null);
    const [asked, waiting] = [new ClosingEngines(), new ClosingEngines()];
    asked.fault = waiting.fault = noFiles;
    const sleep = (ms: number, signal?: AbortSignal) =>
      systemClock.sleep(ms === limits.generationRetryMs ? 1 : ms, signal);
    const first = await opened({ log: world.log, engines: { open: asked.open } });
    const clock = { ...systemClock, sleep };
    const second = await opened({ log: world.log, engines: { open: waiting.open }, clock });
    expect([first, second].map((one) => status(one, id)?.role)).toEqual(['unavailable', 'unavailable']);
    asked.fault = waiting.fault = undefined;
    expect(await first.operations.start('hashing', 'one', null)).toBe(id);
    expect([status(first, id)?.role, status(first, id)?.trouble, asked.openCount]).toEqual(['shadow', null, 1]);
    await second.until(() => status(second, id)?.role === 'shadow');
  });
});

describe('a start', () => {
  it('that cannot be put on record leaves nothing open, and of several of one method one stays', async () => {
    const engines = new ClosingEngines();
    const world = await library(engines);
    const { append } = world.log;
    const full = new TidemarkError({ code: 'log_failed', message: 'full', advice: 'Make room.', retriable: false });
    world.log.append = () => Promise.reject(full);
    for (let n = 0; n < 3; n++) await expect(world.operations.start('hashing', 'one', null)).rejects.toBe(full);
    expect(engines.openCount).toBe(0);
    world.log.append = append;
    const ids = await Promise.all([1, 2, 3].map(() => world.operations.start('hashing', 'one', null).catch(() => '')));
    expect(new Set(ids.filter((id) => id !== '')).size).toBe(1);
    expect(engines.openCount).toBe(1);
  });
});
