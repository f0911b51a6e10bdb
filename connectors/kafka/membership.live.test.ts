import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kafkaMissing, kafkaUrl } from '../../eval/live/settings.js';
import { type LiveKafka, liveKafka } from './live.test-support.js';
import { joinAlone } from './membership.js';

const url = kafkaUrl();

describe.skipIf(url === undefined)(`membership of a group (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  let topic: string;
  beforeAll(async () => {
    live = await liveKafka(url ?? '');
    topic = await live.newTopic(1);
  });
  afterAll(() => live.close());

  it('is ours while nobody else has it, is not given to a second, and is free again after leaving', async () => {
    const first = await joinAlone(live.settings, topic);
    expect(first.kind).toBe('alone');
    const onIntruder = vi.fn();
    if (first.kind === 'alone') first.onIntruder(onIntruder);

    expect(await joinAlone(live.settings, topic)).toEqual({ kind: 'others', members: 2 });
    expect(onIntruder).not.toHaveBeenCalled();

    if (first.kind === 'alone') await first.leave();
    const third = await joinAlone(live.settings, topic);
    expect(third.kind).toBe('alone');
    if (third.kind === 'alone') await third.leave();
  });
});
