/** Every sentence of `port.ts` as a case. Each implementation of the audit log runs this suite. */
import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../domain/canonical.js';
import type { AuditEntry, AuditLog } from './port.js';

/** One audit log and the means to harm it, over storage of its own. */
export interface AuditSubject {
  readonly audit: AuditLog;
  /** Opens the same storage again, as after a restart. */
  reopen(): Promise<AuditLog>;
  /** From now on nothing can be written. */
  breakWrites(): void;
  /** Alters the stored record of this entry, and opens the storage again. */
  damage(entry: AuditEntry): Promise<AuditLog>;
}

export function entryOf(question: string, tenant = 'acme'): AuditEntry {
  const manifest = JSON.stringify({ question, tenant });
  const releasedTo = { subject: 'key-1', scopes: ['read'] };
  return { id: digestOf(manifest), tenant, manifest, releasedTo, requestId: 'r-1', traceparent: null };
}

export function auditLogContract(name: string, make: () => Promise<AuditSubject>): void {
  describe(`${name} keeps the contract of the audit log`, () => {
    const made: { subject: AuditSubject | undefined } = { subject: undefined };
    const subject = (): AuditSubject => {
      if (made.subject === undefined) throw new Error('the audit log is made before each case');
      return made.subject;
    };
    beforeEach(async () => {
      made.subject = await make();
    });

    describe('a record', () => recordCases(subject));
    describe('what cannot be had', () => lossCases(subject));
  });
}

function recordCases(subject: () => AuditSubject): void {
  it('is found as it was written, with its position and time', async () => {
    const entry = entryOf('an umlaut: ü, a quote: ", a line\nfeed');
    const position = await subject().audit.record(entry);
    const finding = await subject().audit.find('acme', entry.id);
    expect(finding).toMatchObject({ kind: 'found', entry: { ...entry, position } });
    expect(finding.kind === 'found' && finding.entry.recordedAtMs).toBeGreaterThan(0);
  });

  it('is durable when the promise resolves: opened again, the log has it', async () => {
    const entries = ['one', 'two', 'three'].map((question) => entryOf(question));
    for (const entry of entries) await subject().audit.record(entry);
    const reopened = await subject().reopen();
    expect(reopened.count).toBe(3);
    for (const entry of entries) expect(await reopened.find('acme', entry.id)).toMatchObject({ kind: 'found', entry });
  });

  it('written twice is one snapshot, found at its first position', async () => {
    const first = await subject().audit.record(entryOf('again'));
    await subject().audit.record({ ...entryOf('again'), requestId: 'r-2' });
    for (const audit of [subject().audit, await subject().reopen()]) {
      expect(audit.count).toBe(1);
      expect(await audit.find('acme', entryOf('again').id)).toMatchObject({
        entry: { position: first, requestId: 'r-1' },
      });
    }
  });

  it('keeps those written at once apart', async () => {
    const entries = Array.from({ length: 20 }, (_, n) => entryOf(`question ${n}`));
    const positions = await Promise.all(entries.map((entry) => subject().audit.record(entry)));
    expect(new Set(positions.map(({ offset }) => offset)).size).toBe(20);
    for (const entry of entries) expect(await subject().audit.find('acme', entry.id)).toMatchObject({ entry });
  });
}

function lossCases(subject: () => AuditSubject): void {
  it('does not exist for another tenant', async () => {
    const entry = entryOf('mine');
    await subject().audit.record(entry);
    expect(await subject().audit.find('other', entry.id)).toEqual({ kind: 'not_found' });
    expect(await subject().audit.find('', entry.id)).toEqual({ kind: 'not_found' });
  });

  it('is not found when it was never written', async () => {
    expect(await subject().audit.find('acme', entryOf('never').id)).toEqual({ kind: 'not_found' });
  });

  it('is refused, and not half there, when it cannot be written', async () => {
    subject().breakWrites();
    const entry = entryOf('lost');
    await expect(subject().audit.record(entry)).rejects.toMatchObject({ code: 'audit_unavailable', retriable: true });
    expect(await subject().audit.find('acme', entry.id)).toEqual({ kind: 'not_found' });
    expect(subject().audit.count).toBe(0);
  });

  it('is damaged when its record is no longer in a shape that can be read', async () => {
    const entry = entryOf('harmed');
    await subject().audit.record(entry);
    const audit = await subject().damage(entry);
    expect(await audit.find('acme', entry.id)).toEqual({ kind: 'damaged' });
  });
}
