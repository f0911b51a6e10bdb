/** The table of bad records on the embedded log; `eval/live/records.live.test.ts` has it on Kafka. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, newFolder, openLog } from '../../connectors/file/test-kit.js';
import { positionText } from '../../src/domain/position.js';
import { topics } from '../../src/fixtures.test-support.js';
import { topicAbout, topicsToOpen } from '../../src/log/topics.js';
import type { CaseRecord } from './kafka-records.js';
import { recordCases } from './kafka-records-all.js';
import { faultsOf, lettersEnd, lettersFrom, totalsOf, type WrittenCase } from './kafka-records-check.js';
import { BadInputService } from './service.test-support.js';

let subject: BadInputService;
beforeAll(async () => {
  const { log } = await openLog(await newFolder(), { topics: topicsToOpen(topics) });
  subject = await BadInputService.open(log);
});
afterAll(async () => {
  await subject.close();
  await cleanUp();
});

/** Its position; undefined when the log has refused it, as it has to refuse what no frame holds, and when nobody is to see it. */
async function written(record: CaseRecord): Promise<string | undefined> {
  if (record.expected === 'unseen') return undefined;
  const { about, key, headers, value } = record;
  const appended = subject.service.engines.log.append([{ topic: topicAbout(topics, about).name, key, headers, value }]);
  if (record.isBeyondFrame === true) {
    await expect(appended).rejects.toMatchObject({ code: 'request_too_large' });
    return undefined;
  }
  const [position] = await appended;
  return position && positionText(position);
}

describe('a record of another team, on the embedded log', () => {
  const done: WrittenCase[] = [];

  it.each(recordCases().map((one) => [one.what, one] as const))('%s', async (_what, one) => {
    const positions: (string | undefined)[] = [];
    const from = await lettersEnd(subject.service);
    for (const record of one.records) positions.push(await written(record));
    await subject.settle();
    const whole = { ...one, positions };
    const leaves = positions.every((at) => at === undefined) ? 'nothing' : one.leaves;
    expect(await faultsOf({ ...whole, leaves }, subject.service, await lettersFrom(from, subject.service))).toEqual([]);
    done.push(whole);
  });

  it('has one outcome, and no more', async () => {
    expect(done.length).toBeGreaterThan(300);
    expect(await subject.counts()).toMatchObject(totalsOf(done));
  });
});
