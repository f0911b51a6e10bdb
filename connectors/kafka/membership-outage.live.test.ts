import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OwnBrokers } from '../../eval/live/brokers.js';
import { eventually } from '../../eval/live/eventually.test-support.js';
import { countedMs } from '../../eval/live/machine-time.test-support.js';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import { limits } from '../../src/limits.js';
import { type LiveKafka, liveKafka } from './live.test-support.js';
import { joinAlone, type Membership } from './membership.js';

type Alone = Extract<Membership, { kind: 'alone' }>;

describe.skipIf(kafkaUrl() === undefined)(`membership of a group whose brokers go away (${kafkaMissing()})`, () => {
  let brokers: OwnBrokers;
  let live: LiveKafka;
  let topic: string;
  beforeEach(async () => {
    brokers = await OwnBrokers.start();
    live = await liveKafka(brokers.url);
    topic = await live.newTopic(1);
  });
  afterEach(async () => {
    await live.close();
    await brokers.stop();
  });

  /** A cluster that has just been made makes its own topic for groups first. */
  async function joined(): Promise<Alone> {
    const member = await eventually(() => joinAlone(live.settings, topic));
    if (member.kind === 'others') throw new Error('nobody else is there');
    return member;
  }

  it.each([
    ['as long as a restart takes', async () => undefined],
    [
      'longer than its lease',
      async (member: Alone) => {
        await eventually(() => expect(member.holds()).toBe(false));
      },
    ],
  ])(
    'is not taken by anybody while they are away for %s, and holds again afterwards',
    async (_, away) => {
      const member = await joined();
      const onIntruder = vi.fn();
      member.onIntruder(onIntruder);

      await brokers.first.kill();
      await away(member);
      await brokers.restart();

      await eventually(() => expect(member.holds()).toBe(true));
      expect(await joinAlone(live.settings, topic)).toMatchObject({ kind: 'others' });
      expect(onIntruder).not.toHaveBeenCalled();
      await member.leave();
    },
    120_000,
  );

  it('is left while they are away, and nothing of it comes back', async () => {
    const member = await joined();
    await brokers.first.kill();
    const beganMs = performance.now();
    await member.leave();
    expect(countedMs(beganMs)).toBeLessThan(limits.drainMs);
    await brokers.restart();

    const next = await joined();
    expect(member.holds()).toBe(false);
    await next.leave();
  });
});
