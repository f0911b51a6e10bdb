/** Our own topics cannot be written: that of rejected events (row 54), and the audit topic (row 17). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { account, caller, contextRequest, recordOf, tenant } from '../../../src/fixtures.test-support.js';
import { topicAbout } from '../../../src/log/topics.js';
import { size } from '../../prove/settings.js';
import { eventually } from '../eventually.test-support.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { FaultScene, idsOf, messageOf, ms, watchUntil } from './scene.test-support.js';

/** In the protocol (AlterConfigs). */
const TOPIC_RESOURCE = 2;
const MAX_STALENESS_MS = 1_000;
const PAUSED_MS = size(1_500, 60_000);
const SNAPSHOTS = size(5, 50);

describe.skipIf(kafkaUrl() === undefined)(`topics of our own (${kafkaMissing()})`, () => {
  let scene: FaultScene;
  /** Or every append is refused, however small: what is asked for can be had of a single broker, which lowers `min.insync.replicas` to 1. */
  const setWritable = async (topic: string, isWritable: boolean) => {
    const configEntries = [{ name: 'max.message.bytes', value: isWritable ? '1048588' : '1' }];
    await scene.topics.admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: TOPIC_RESOURCE, name: topic, configEntries }],
    });
  };
  beforeAll(async () => {
    scene = await FaultScene.open();
    await scene.serve();
  });
  afterEach(async () => {
    await setWritable(scene.map.rejected, true);
    await setWritable(scene.map.context, true);
  });
  afterAll(() => scene.close());

  /** A record that is no event, between others. */
  async function sendBad(before: readonly string[], after: readonly string[]): Promise<void> {
    await scene.send(before);
    await scene.live.caughtUp();
    await setWritable(scene.map.rejected, false);
    const bad = { ...messageOf('bad'), value: Buffer.from('no event') };
    await scene.producer.send({ topic: scene.tickets, messages: [bad] });
    await scene.send(after);
  }

  it('where rejected events go cannot be written: the partition waits and skips nothing, then all is there', async ({
    annotate,
  }) => {
    const { materializer, engines, rejected } = scene.live.service;
    const [before, after] = [idsOf('before', 5), idsOf('after', 5)];
    await sendBad(before, after);
    const isRetrying = () => expect(materializer.states.get(scene.partition)).toBe('retrying');
    await eventually(isRetrying);
    const pausing = { maxStalenessMs: MAX_STALENESS_MS, withinMs: 2 * PAUSED_MS };
    const { looks } = await watchUntil(scene, ({ ageMs }) => (ageMs ?? 0) > PAUSED_MS, pausing);
    expect(looks.at(-1)).toMatchObject({ label: 'stale', reasons: [{ code: 'behind', partition: scene.partition }] });
    expect((await engines.state.through()).get(scene.partition)).toBe(BigInt(before.length) - 1n);
    expect(await scene.missing(after)).toEqual(after);

    await setWritable(scene.map.rejected, true);
    const againMs = performance.now();
    await eventually(async () => expect(await scene.missing(after)).toEqual([]));
    await annotate(`all there ${ms(performance.now() - againMs)} after it could be written again`);
    expect(rejected.list(null).map(({ id }) => id)).toEqual([`${scene.partition}:${before.length}`]);
    expect((await engines.log.ends()).get(`${scene.map.rejected}:0`)).toBe(1n);
  });

  it('where snapshots are recorded cannot be written: they are on record on this disk, and afterwards in the topic', async () => {
    const { snapshots, audit, engines } = scene.live.service;
    const { key, value } = recordOf('account', 'A-1', account('A-1'));
    const message = { key: key && Buffer.from(key), value: value && Buffer.from(value) };
    await scene.producer.send({ topic: topicAbout(scene.map, 'account').name, messages: [message] });
    await scene.live.caughtUp();
    const recorded = async () => {
      const result = await snapshots.snapshot(contextRequest(), caller);
      if (result.kind !== 'released') throw new Error(`the snapshot was not released: ${result.kind}`);
      return result.id;
    };
    const end = async () => (await engines.log.ends()).get(`${scene.map.context}:0`);
    await setWritable(scene.map.context, false);
    const ids = await Promise.all(Array.from({ length: SNAPSHOTS }, recorded));
    for (const id of ids) expect(await audit.find(tenant, id)).toMatchObject({ kind: 'found' });
    expect(await end()).toBe(0n);

    await setWritable(scene.map.context, true);
    await eventually(async () => expect(await end()).toBe(BigInt(SNAPSHOTS)));
    for (const id of ids) expect(await audit.find(tenant, id)).toMatchObject({ kind: 'found' });
  });
});
