/** P5: what one process has released, another one replays to the byte, from whatever log both read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EventLog, RecordReader } from '../../src/log/port.js';
import type { TopicMap } from '../../src/log/topics.js';
import type { Server } from '../processes/server.test-support.js';
import { size } from '../prove/settings.js';
import type { Recorded } from './recording.test-support.js';
import { countOf, depths, keyFile, keyOf, replayAll, verdictIn } from './replayer.test-support.js';

/** A log that nobody has open, and what was released from it. */
export interface Recording {
  readonly recorded: () => readonly Recorded[];
  /** Those replayed in this process too. */
  readonly sample: () => readonly Recorded[];
  /** A process of its own on the log, with these settings beside its own. */
  start(settings: Readonly<Record<string, string>>): Promise<Server>;
  /** The log, opened as it was left; the suite closes it. */
  open(): Promise<EventLog & RecordReader>;
  /** Absent: the default ones. */
  readonly topics?: () => TopicMap;
}

export function matchContract(name: string, again: string, recording: Recording): void {
  describe(`${name}, P5; again: ${again}`, () => {
    const { recorded, sample } = recording;
    const keys = mkdtempSync(join(tmpdir(), 'tidemark-keys-'));
    afterAll(() => rmSync(keys, { recursive: true }));

    it('are all different, and of every sort', () => {
      expect(new Set(recorded().map(({ id }) => id)).size).toBe(recorded().length);
      const sorts = recorded().map(({ body }) => `${body.mode} ${body.question === null ? 'keyed' : 'asked'}`);
      expect([...new Set(sorts)].sort()).toEqual(['context asked', 'context keyed', 'search asked']);
    });

    it(
      'MATCH at both depths in another process',
      async () => {
        const path = join(keys, 'keys.json');
        writeFileSync(path, JSON.stringify(keyFile));
        const server = await recording.start({ AUTH: `keys:${path}` });
        await server.ready(keyOf(recorded()[0]?.tenant ?? ''));
        const verdicts = await verdictsOf(server, recorded());
        expect(await server.stop()).toMatchObject({ code: 0 });
        const count = recorded().length;
        expect(verdicts, again).toEqual({ 'content MATCH': count, 'full MATCH': count });
      },
      size(60_000, 600_000),
    );

    it('MATCH again in this process, on the same log', { timeout: size(60_000, 900_000) }, async () => {
      const log = await recording.open();
      const topics = recording.topics?.();
      const told = await replayAll(log, sample(), topics === undefined ? {} : { topics }).finally(() => log.close());
      expect(countOf(told), again).toEqual({ 'content MATCH': sample().length, 'full MATCH': sample().length });
    });
  });
}

/** How often each verdict was given, by depth; and every snapshot is given out again as it was. */
async function verdictsOf(server: Server, recorded: readonly Recorded[]): Promise<Readonly<Record<string, number>>> {
  const verdicts: Record<string, number> = {};
  for (const { id, tenant, text } of recorded) {
    for (const depth of depths) {
      const heard = await server.ask(`/v1/snapshots/${id}/replay`, { depth }, keyOf(tenant));
      const verdict = heard.kind === 'cut' ? 'cut' : verdictIn(heard.status, heard.body);
      verdicts[`${depth} ${verdict}`] = (verdicts[`${depth} ${verdict}`] ?? 0) + 1;
    }
    const read = await server.ask(`/v1/snapshots/${id}`, undefined, keyOf(tenant));
    expect(read.kind === 'reply' && read.text, id).toBe(text);
  }
  return verdicts;
}
