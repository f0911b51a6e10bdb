import { expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { TidemarkError } from '../errors.js';
import type { NewRecord, RecordReading } from '../log/port.js';
import { type AuditSubject, auditLogContract, entryOf } from './contract.js';
import { LogAudit } from './log-audit.js';

const topic = 'copilot.context';

/** A log whose writes and reads can be made to fail. */
class BrittleLog extends MemoryLog {
  writes: 'kept' | 'refused' = 'kept';
  reading: ((found: readonly RecordReading[]) => readonly RecordReading[]) | undefined;

  override async append(records: readonly NewRecord[]) {
    if (this.writes === 'refused') throw new Error('disk full');
    return super.append(records);
  }

  override async read(...place: Parameters<MemoryLog['read']>) {
    const found = await super.read(...place);
    return this.reading === undefined ? found : this.reading(found);
  }
}

function newLog(): BrittleLog {
  return new BrittleLog({ id: 'log-1', topics: [{ name: topic, partitions: 1 }], clock: () => 1_700_000_000_000 });
}

function valueReplaced(by: string): BrittleLog['reading'] {
  const value = new TextEncoder().encode(by);
  return (found) => found.map((one) => (one.kind === 'found' ? { ...one, record: { ...one.record, value } } : one));
}

auditLogContract('the audit log on a topic', async (): Promise<AuditSubject> => {
  const log = newLog();
  return {
    audit: await LogAudit.open(log, topic),
    reopen: () => LogAudit.open(log, topic),
    breakWrites: () => {
      log.writes = 'refused';
    },
    damage: async () => {
      log.reading = valueReplaced('{"id":"sha256-');
      return LogAudit.open(log, topic);
    },
  };
});

it.each([
  ['is no JSON', 'text'],
  ['lacks a member', JSON.stringify({ ...entryOf('one'), tenant: undefined })],
  ['is about another snapshot', JSON.stringify(entryOf('two'))],
  ['is null', 'null'],
])('a record that %s is damaged, never another answer', async (_what, stored) => {
  const log = newLog();
  const audit = await LogAudit.open(log, topic);
  await audit.record(entryOf('one'));
  log.reading = valueReplaced(stored);
  expect(await audit.find('acme', entryOf('one').id)).toEqual({ kind: 'damaged' });
});

it('a record that the log says is damaged is damaged, and any other failure is told as it is', async () => {
  const log = newLog();
  const audit = await LogAudit.open(log, topic);
  await audit.record(entryOf('one'));
  const failing = (code: 'log_damaged' | 'log_failed') => () => {
    throw new TidemarkError({ code, message: 'a checksum', advice: 'look', retriable: false });
  };
  log.reading = failing('log_damaged');
  expect(await audit.find('acme', entryOf('one').id)).toEqual({ kind: 'damaged' });
  log.reading = failing('log_failed');
  await expect(audit.find('acme', entryOf('one').id)).rejects.toMatchObject({ code: 'log_failed' });
});

it('a record past retention has expired', async () => {
  const log = newLog();
  const audit = await LogAudit.open(log, topic);
  await audit.record(entryOf('one'));
  log.reading = () => [{ kind: 'missing', why: 'expired' }];
  expect(await audit.find('acme', entryOf('one').id)).toEqual({ kind: 'expired' });
});

it('records of others on the topic are passed over', async () => {
  const log = newLog();
  const key = new TextEncoder().encode('not a digest');
  await log.append([
    { topic, key, headers: [], value: null },
    { topic, key: null, headers: [], value: null },
  ]);
  expect((await LogAudit.open(log, topic)).count).toBe(0);
});
