import { afterEach, describe, expect, it, vi } from 'vitest';
import { auditLogContract, entryOf } from '../../src/audit/contract.js';
import { LogAudit } from '../../src/audit/log-audit.js';
import { reportsNoAudit } from '../../src/audit/port.js';
import { SpooledAudit } from '../../src/audit/spooled-audit.js';
import { systemClock } from '../../src/domain/clock.js';
import { limits } from '../../src/limits.js';
import type { RecordReading } from '../../src/log/port.js';
import { MemoryLog } from '../memory/log.js';
import { type AuditSpoolOptions, openAuditSpool } from './audit-spool.js';
import { type FaultyFiles, faultyFiles } from './faulty-files.js';
import { atEnd, cleanUp, copyAfterCrash, newFolder } from './test-kit.js';

const topic = 'copilot.context';
const clock = systemClock;

afterEach(async () => {
  vi.restoreAllMocks();
  await cleanUp();
});

/** A log that can go away and come back, and that keeps what got through while it seemed away. */
class FickleLog extends MemoryLog {
  state: 'there' | 'away' | 'silent taker' = 'there';

  constructor() {
    super({ id: 'log-1', topics: [{ name: topic, partitions: 1 }], clock: () => clock.wallMs() });
  }

  override async append(records: Parameters<MemoryLog['append']>[0]) {
    const positions = this.state === 'away' ? [] : await super.append(records);
    if (this.state !== 'there') throw new Error('the broker does not answer');
    return positions;
  }

  async ids(): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const records of this.scan(topic, 0, 0n, 1_000_000n)) {
      ids.push(...records.map(({ key }) => Buffer.from(key ?? []).toString()));
    }
    return ids;
  }
}

async function openOn(log: MemoryLog, folder: string, options: Partial<AuditSpoolOptions> = {}) {
  const settings = { folder, logId: log.id, clock: () => clock.wallMs(), onReport: () => {}, ...options };
  const spool = await openAuditSpool(settings);
  const audit = await SpooledAudit.open({
    audit: await LogAudit.open(log, topic),
    spool,
    clock,
    report: reportsNoAudit,
  });
  const stop = new AbortController();
  let shipping: Promise<void> = Promise.resolve();
  const start = () => {
    shipping = audit.ship(stop.signal);
  };
  const close = async () => {
    stop.abort();
    await shipping;
    await spool.close();
  };
  atEnd(close);
  return { audit, spool, start, close };
}

const record = async (audit: SpooledAudit, ...questions: readonly string[]) => {
  for (const question of questions) await audit.record(entryOf(question));
};
const idsOf = (...questions: readonly string[]) => questions.map((question) => entryOf(question).id);

function harmed(reading: RecordReading): RecordReading {
  if (reading.kind !== 'found') return reading;
  return { kind: 'found', record: { ...reading.record, value: Buffer.from('{"id":"sha256-') } };
}

auditLogContract('the audit log with a spool that is not being shipped', async () => {
  const log = new FickleLog();
  const folder = await newFolder();
  const files = faultyFiles();
  const opened = await openOn(log, folder, { files });
  const reopen = async () => openOn(log, await copyAfterCrash(folder));
  return {
    audit: opened.audit,
    reopen: async () => (await reopen()).audit,
    breakWrites: () => {
      files.fault = (step, path) => (step === 'write' && path.endsWith('.seg') ? { code: 'ENOSPC' } : undefined);
    },
    damage: async () => {
      const { audit, spool } = await reopen();
      const read = spool.log.read.bind(spool.log);
      spool.log.read = async (...place) => (await read(...place)).map(harmed);
      return audit;
    },
  };
});

describe('a spool that is shipped', () => {
  it('puts every record into the topic, where it is found from then on, and holds nothing', async () => {
    const log = new FickleLog();
    const { audit, start } = await openOn(log, await newFolder());
    expect(await audit.record(entryOf('one'))).toEqual({ kind: 'spooled', topic, offset: 0n });
    expect(audit.spool).toMatchObject({ records: 1 });
    start();
    await vi.waitFor(() => expect(audit.spool).toEqual({ records: 0, bytes: 0, oldestMs: 0 }));
    const finding = await audit.find('acme', entryOf('one').id);
    expect(finding).toMatchObject({ entry: { ...entryOf('one'), position: { kind: 'logged', topic, offset: 0n } } });
    expect([audit.count, await log.ids()]).toEqual([1, idsOf('one')]);
  });

  it('waits while the topic is away, and then ships in order, once each', async () => {
    const log = new FickleLog();
    const { audit, start } = await openOn(log, await newFolder());
    log.state = 'away';
    start();
    const questions = Array.from({ length: 30 }, (_, n) => `question ${n}`);
    await record(audit, ...questions);
    for (const question of questions) {
      expect(await audit.find('acme', entryOf(question).id)).toMatchObject({
        entry: { position: { kind: 'spooled' } },
      });
    }
    log.state = 'there';
    await vi.waitFor(() => expect(audit.spool.records).toBe(0), 5_000);
    expect(await log.ids()).toEqual(idsOf(...questions));
  });

  it('is not read while memory holds what it holds', async () => {
    const log = new FickleLog();
    const { audit, spool, start } = await openOn(log, await newFolder());
    const scans = vi.spyOn(spool.log, 'scan');
    start();
    await record(audit, 'one', 'two', 'three');
    await vi.waitFor(async () => expect(await log.ids()).toEqual(idsOf('one', 'two', 'three')));
    expect(scans).not.toHaveBeenCalled();
  });

  it('is read back where memory was full, and from then on until it has caught up: in order, once each', async () => {
    vi.spyOn(limits, 'auditSpoolMemoryBytesMax', 'get').mockReturnValue(600 as never);
    const log = new FickleLog();
    const { audit, spool, start } = await openOn(log, await newFolder());
    const scans = vi.spyOn(spool.log, 'scan');
    const questions = Array.from({ length: 30 }, (_, n) => `question ${n}`);
    await record(audit, ...questions);
    start();
    await vi.waitFor(() => expect(audit.spool.records).toBe(0), 5_000);
    expect(scans.mock.calls).toEqual([[spool.topic, 0, 2n, 30n]]);
    await record(audit, 'after');
    await vi.waitFor(() => expect(audit.spool.records).toBe(0));
    expect(scans).toHaveBeenCalledTimes(1);
    expect(await log.ids()).toEqual(idsOf(...questions, 'after'));
  });

  it('ships again what may not have been taken: the first record of each counts', async () => {
    const log = new FickleLog();
    const { audit, start } = await openOn(log, await newFolder());
    await record(audit, 'one', 'two');
    log.state = 'silent taker';
    start();
    await vi.waitFor(async () => expect(await log.ids()).toHaveLength(2));
    log.state = 'there';
    await vi.waitFor(() => expect(audit.spool.records).toBe(0), 5_000);
    const reader = await LogAudit.open(log, topic);
    expect(reader.count).toBe(2);
    expect((await log.ids()).slice(0, 2)).toEqual(idsOf('one', 'two'));
  });

  it('after a crash between the reply and the shipping is shipped by the next start, each once to who reads', async () => {
    const [log, folder] = [new FickleLog(), await newFolder()];
    const first = await openOn(log, folder);
    await record(first.audit, 'one', 'two', 'three');
    const second = await openOn(log, await copyAfterCrash(folder));
    expect(await second.audit.find('acme', entryOf('two').id)).toMatchObject({ kind: 'found' });
    second.start();
    await vi.waitFor(() => expect(second.audit.spool.records).toBe(0));
    expect(await log.ids()).toEqual(idsOf('one', 'two', 'three'));
    await second.close();
    first.start();
    await vi.waitFor(() => expect(first.audit.spool.records).toBe(0));
    expect((await LogAudit.open(log, topic)).count).toBe(3);
  });

  it('goes on after what was shipped before, and keeps no segment of it', async () => {
    const [log, folder] = [new FickleLog(), await newFolder()];
    const first = await openOn(log, folder, { segmentBytesMax: 512 });
    await record(first.audit, 'one', 'two', 'three', 'four');
    first.start();
    await vi.waitFor(() => expect(first.audit.spool.records).toBe(0));
    await first.close();
    const second = await openOn(log, folder, { segmentBytesMax: 512 });
    expect(second.audit.spool.records).toBe(0);
    expect([...(await second.spool.log.starts()).values()]).toEqual([3n]);
    second.start();
    await record(second.audit, 'five');
    await vi.waitFor(() => expect(second.audit.spool.records).toBe(0));
    expect(await log.ids()).toEqual(idsOf('one', 'two', 'three', 'four', 'five'));
  });

  it('is flushed at a stop, and given up when the topic takes nothing', async () => {
    const log = new FickleLog();
    const flushed = await openOn(log, await newFolder());
    await record(flushed.audit, 'one');
    flushed.start();
    await flushed.close();
    expect(await log.ids()).toEqual(idsOf('one'));
    vi.spyOn(limits, 'drainMs', 'get').mockReturnValue(20 as never);
    const left = await openOn(log, await newFolder());
    log.state = 'away';
    await record(left.audit, 'two');
    left.start();
    await left.close();
    expect(left.audit.spool.records).toBe(1);
  });
});

describe('a spool that takes no more', () => {
  it.each([
    ['auditSpoolRecordsMax', 2],
    ['auditSpoolBytesMax', 600],
  ] as const)(
    'because of %s refuses, keeps what it has, and takes records again once it is shipped',
    async (limit, max) => {
      vi.spyOn(limits, limit, 'get').mockReturnValue(max as never);
      const log = new FickleLog();
      const { audit, start } = await openOn(log, await newFolder());
      await record(audit, 'one', 'two');
      await expect(record(audit, 'three')).rejects.toMatchObject({ code: 'audit_unavailable', retriable: true });
      expect(await audit.find('acme', entryOf('three').id)).toEqual({ kind: 'not_found' });
      start();
      await vi.waitFor(() => expect(audit.spool.records).toBe(0));
      await record(audit, 'three');
      await vi.waitFor(async () => expect(await log.ids()).toEqual(idsOf('one', 'two', 'three')));
    },
  );

  it.each<[Parameters<FaultyFiles['fault']>[0], string]>([
    ['write', 'ENOSPC'],
    ['dataSync', 'EIO'],
  ])('because %s fails with %s refuses, and ships what it acknowledged', async (failing, code) => {
    const log = new FickleLog();
    const files = faultyFiles();
    const { audit, start } = await openOn(log, await newFolder(), { files });
    await record(audit, 'one');
    files.fault = (step, path) => (step === failing && path.endsWith('.seg') ? { code } : undefined);
    await expect(record(audit, 'two')).rejects.toMatchObject({ code: 'audit_unavailable' });
    start();
    await vi.waitFor(() => expect(audit.spool.records).toBe(0));
    expect(await log.ids()).toEqual(idsOf('one'));
  });

  it('is nobody else’s: a second instance over the folder is refused, and another log gets none of it', async () => {
    const folder = await newFolder();
    const { audit, close } = await openOn(new FickleLog(), folder);
    await record(audit, 'one');
    await expect(openOn(new FickleLog(), folder)).rejects.toMatchObject({ code: 'log_locked' });
    await close();
    const other = new MemoryLog({ id: 'log-2', topics: [{ name: topic, partitions: 1 }], clock: () => 1 });
    expect((await openOn(other, folder)).audit.spool.records).toBe(0);
  });
});
