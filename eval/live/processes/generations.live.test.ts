/** A deployment that is older than the topic of generations: it goes on, says what it goes without, and has it after `topics apply`. */
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endAll, ensureBuilt, entry } from '../../processes/server.test-support.js';
import { eventually } from '../eventually.test-support.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { ProcessScene } from './scene.test-support.js';

let scene: ProcessScene;

function topicsApply(): string {
  const { PATH = '' } = process.env;
  const env = { PATH, ...scene.settings };
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'topics', 'apply', '--json'], {
    env,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

describe.skipIf(kafkaUrl() === undefined)(`without the topic of generations (${kafkaMissing()})`, () => {
  beforeAll(async () => {
    ensureBuilt();
    scene = await ProcessScene.open('file');
    await scene.topics.delete(scene.map.model);
  });
  afterEach(endAll);
  afterAll(() => scene?.close());

  it('a service starts, says so, and refuses to begin what it could not put on record', async () => {
    const server = await scene.start({ LOG_LEVEL: 'warn' });
    await server.ready();
    // What it says and that it answers come over two channels.
    await eventually(() => expect(server.told).toContain('the log has no topic for index generations'));
    const heard = await server.ask('/v1/generations', { method: 'hashing' });
    expect(heard).toMatchObject({ status: 409, body: { code: 'generation_conflict' } });
    expect(heard.kind === 'reply' && heard.text).toContain('tidemark topics apply');
    await server.stop();
  });

  it('`topics apply` makes it, and the next start has generations, over the journal that there was', async () => {
    expect(topicsApply()).toContain(scene.map.model);
    const server = await scene.start({ LOG_LEVEL: 'warn' });
    await server.ready();
    expect(server.told).not.toContain('the log has no topic for index generations');
    const { generations } = await server.ok('/v1/generations', { method: 'hashing' });
    expect(generations).toHaveLength(2);
    await server.stop();
  });

  it('one that was there, and is in the journal, is missed: with it went the word of what is live', async () => {
    await scene.topics.delete(scene.map.model);
    const { code, err } = await scene.spawn().exited;
    expect([code, err]).toEqual([1, expect.stringContaining('The log lacks 1 of the configured topics')]);
  });
});
