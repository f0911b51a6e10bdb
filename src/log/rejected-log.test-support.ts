/** The rejected events on a topic of any log, as a subject of their contract. */
import type { Clock } from '../domain/clock.js';
import type { EventLog, RecordReader } from './port.js';
import type { RejectedSubject } from './rejected.contract.js';
import { RejectedLog } from './rejected-log.js';

const rejected = 'copilot.rejected';
const source = 'support.tickets';

/** What the log must have, each with one partition. */
export const rejectedSubjectTopics = [source, rejected].map((name) => ({ name, partitions: 1 }));

export async function rejectedSubject(
  log: EventLog & RecordReader,
  clock: Pick<Clock, 'wallMs'>,
): Promise<RejectedSubject> {
  const at = async (name: string, offset: bigint) => {
    const [reading] = await log.read(name, 0, [offset]);
    if (reading?.kind !== 'found') throw new Error('the record has just been appended');
    return reading.record;
  };
  return {
    rejected: await RejectedLog.open(log, rejected, clock),
    source: async (record) => {
      const [placed] = await log.append([{ topic: source, ...record }]);
      return at(source, placed?.offset ?? -1n);
    },
    recordAt: ({ offset }) => at(rejected, offset),
    reopen: () => RejectedLog.open(log, rejected, clock),
  };
}
