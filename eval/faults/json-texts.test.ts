import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recordKey } from '../../src/domain/record-key.js';
import { tenant, topics } from '../../src/fixtures.test-support.js';
import type { NewRecord } from '../../src/log/port.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { jsonTestSuite } from './bad-input.js';
import { goodRecord } from './records.test-support.js';
import { BadInputService } from './service.test-support.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const reason = folder === '' ? ` (skipped: ${dataFolderMissing})` : '';
const texts = folder === '' ? [] : [...jsonTestSuite(folder)];

// Hundreds of questions in one test, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 30_000 });

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
});
afterAll(() => subject.close());

withData(`JSONTestSuite as a body${reason}`, () => {
  it.each(['/v1/events', '/v1/context', '/v1/search', '/v1/tokens/merge'])(
    'is refused by %s, which says why',
    async (path) => {
      for (const { name, bytes, must } of texts) {
        const { status, body } = await subject.ask(path, { body: bytes });
        expect([400, 422], name).toContain(status);
        if (must === 'refuse' && bytes.length > 0) expect(body, name).toMatchObject({ code: 'request_malformed' });
      }
      expect(texts).toHaveLength(318);
    },
  );
});

withData(`JSONTestSuite as a record${reason}`, () => {
  it.each(topics.sources)(
    'is rejected on $name with its position, and the partition goes on',
    async ({ name, about }) => {
      const before = await subject.counts();
      const bad = (text: string) => ({ topic: name, key: recordKey(tenant, text), headers: [] });
      const records = texts.flatMap(({ name: text, bytes }, index): NewRecord[] => [
        { ...bad(text), value: bytes },
        goodRecord(about, `${about}-${index}`),
      ]);
      const positions = await subject.produce(...records);
      const letters = await subject.letters();
      for (const [index, { name: text, bytes }] of texts.entries()) {
        const position = positions[2 * index] ?? '';
        expect(letters.has(position), text).toBe(true);
        const kept = await subject.service.rejected.bytesOf(position);
        expect(Buffer.from(kept?.value ?? []).equals(bytes), text).toBe(true);
      }
      const after = await subject.counts();
      expect(Number(after.rejected) - Number(before.rejected)).toBe(318);
      // The dead letters themselves are records that are applied.
      expect(Number(after.applied) - Number(before.applied)).toBe(2 * 318);
    },
  );

  it('leaves nothing of the good records out', async () => {
    for (const { accountId } of [{ accountId: 'account-0' }, { accountId: 'account-317' }]) {
      expect(await subject.ok(`/v1/accounts/${accountId}`)).toMatchObject({ account: { status: 'present' } });
    }
  });
});
