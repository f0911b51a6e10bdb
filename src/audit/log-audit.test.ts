import { expect, it } from 'vitest';
import { MemoryLog } from '../../connectors/memory/log.js';
import { TidemarkError } from '../errors.js';
import type { RecordReading } from '../log/port.js';
import { auditLogContract, entryOf } from './contract.js';
import { LogAudit } from './log-audit.js';
import { auditSubject } from './log-audit.test-support.js';

const topic = 'copilot.context';

/** A log whose reads can be made to fail. */
class BrittleLog extends MemoryLog {
  reading: ((found: readonly RecordReading[]) => readonly RecordReading[]) | undefined;

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

auditLogContract('the audit log on a topic', () => auditSubject(newLog()));

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
