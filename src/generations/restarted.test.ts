/** What operators may do with an instance that has just begun, and has not applied all that is in the log yet. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { type PositionVector, partitionKey } from '../domain/position.js';
import { account, DrivenClock, policy, topics } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { topicAbout } from '../log/topics.js';
import { TroubledLog } from '../troubled-log.test-support.js';
import { GenerationWorld } from './service.test-support.js';

const { name: topic } = topicAbout(topics, 'policy');

/** It delivers nothing of what is applied while it is held; how far it is it tells all the same. */
class HeldLog extends TroubledLog {
  held: Promise<void> = Promise.resolve();
  isSilent = false;

  override async *subscribe(names: readonly string[], from: PositionVector, signal: AbortSignal) {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    if (names.includes(topic)) await Promise.race([this.held, ended]);
    yield* super.subscribe(names, from, signal);
  }

  override async ends() {
    if (this.isSilent) throw new Error('the log does not answer');
    return super.ends();
  }
}

/** With a shadow of more policies than an answer reads to a model. `wasLive`: it was promoted, and gone back from. */
async function restarted(wasLive = false) {
  const clock = new DrivenClock();
  const log = new HeldLog(clock);
  const before = await GenerationWorld.open({ log });
  const policies = Array.from({ length: limits.pendingEmbeddedMax * 2 }, (_, n) =>
    policy(`P-${n}`, { policyId: `p${n}` }),
  );
  await before.put(account('A-1'), ...policies);
  const shadow = await before.startFilled('hashing');
  if (wasLive) {
    await before.operations.promote(shadow, 'one');
    await before.operations.rollBack('one');
  }
  await before.stop();
  let release: () => void = () => undefined;
  log.held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = await GenerationWorld.open({ log, clock, engines: { entitiesPerSecond: 1 } });
  onTestFinished(() => world.stop());
  return { log, clock, world, shadow, release };
}

type Restarted = Awaited<ReturnType<typeof restarted>>;

/** Time passes until it has come to its end. */
async function settled<Result>({ world, clock }: Restarted, act: Promise<Result>): Promise<Result> {
  let isOver = false;
  const over = act.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined);
  await world.until(() => {
    clock.advance(50);
    return isOver;
  });
  return over;
}

const behind = { code: 'behind', retriable: true, advice: expect.stringContaining('/v1/positions') };

describe('an instance that has not applied all that is in the log', () => {
  it('refuses to promote: what nobody has read yet is lacking all the same', async () => {
    const again = await restarted();
    const { live, operations } = again.world;
    await expect(settled(again, operations.promote(again.shadow, 'one'))).rejects.toMatchObject(behind);
    expect(again.world.live).toBe(live);
  });

  it('refuses to go back, for the same reason', async () => {
    const again = await restarted(true);
    const { live, operations } = again.world;
    await expect(settled(again, operations.rollBack('one'))).rejects.toMatchObject(behind);
    expect(again.world.live).toBe(live);
  });

  it('refuses while the log does not tell where it ends', async () => {
    const again = await restarted();
    again.log.isSilent = true;
    const promoting = settled(again, again.world.operations.promote(again.shadow, 'one'));
    await expect(promoting).rejects.toMatchObject({ code: 'unreachable', retriable: true });
  });

  it('waits for no partition that an operator has to look after: there would be no going back', async () => {
    const again = await restarted(true);
    again.log.found.set(partitionKey(topic, 0), { kind: 'topic_missing' });
    await settled(again, again.world.operations.rollBack('one'));
    expect(again.world.live).toBe(again.shadow);
  });

  it('promotes once it has, and the generation has had what an answer does not read to a model by itself', async () => {
    const again = await restarted();
    const { operations } = again.world;
    again.release();
    await again.world.caughtUp();
    await expect(operations.promote(again.shadow, 'one')).rejects.toMatchObject({ code: 'behind' });
    await settled(again, again.world.filled(again.shadow));
    await settled(again, operations.promote(again.shadow, 'one'));
    expect(again.world.live).toBe(again.shadow);
  });
});
