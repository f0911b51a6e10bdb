/**
 * What people said of the decisions that rested on a snapshot, as labels: of an overridden one, what was given did not lead to a right
 * answer (`answerable: false`); of one that was approved or executed and never overridden, it did (`true`). Others are not judged.
 * Which of the items were to blame nobody has said, so no ranking is judged.
 */
import { isKind } from '../../src/domain/kinds/index.js';
import { parseRecord } from '../../src/domain/parse.js';
import { partitionKey } from '../../src/domain/position.js';
import type { TopicMap } from '../../src/log/topics.js';
import type { KeptLog } from '../../src/replay/fixture/kept-log.js';

interface Course {
  readonly snapshots: Set<string>;
  word: 'none' | 'good' | 'overridden';
}

/** By snapshot id. */
export async function labelsIn(log: KeptLog, topics: TopicMap): Promise<ReadonlyMap<string, boolean>> {
  const courses = new Map<string, Course>();
  const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
  for (const source of topics.sources.filter(({ about }) => !isKind(about) && about === 'decision')) {
    for (let partition = 0; partition < source.partitions; partition++) {
      const key = partitionKey(source.name, partition);
      for await (const records of log.scan(source.name, partition, starts.get(key) ?? 0n, ends.get(key) ?? 0n)) {
        for (const record of records) {
          const parsed = parseRecord(record, source);
          if (parsed.kind !== 'event' || parsed.event.about !== 'interaction') continue;
          const { tenant, subject, type, data } = parsed.event;
          tell(courses, JSON.stringify([tenant, subject]), { type, data });
        }
      }
    }
  }
  return labelsOf(courses.values());
}

function tell(
  courses: Map<string, Course>,
  decision: string,
  { type, data }: { readonly type: string; readonly data: Readonly<Record<string, unknown>> },
): void {
  const course = courses.get(decision) ?? { snapshots: new Set<string>(), word: 'none' };
  courses.set(decision, course);
  if (type === 'decision.proposed' && Array.isArray(data.snapshots)) {
    for (const snapshot of data.snapshots) course.snapshots.add(String(snapshot));
  }
  if (type === 'decision.overridden') course.word = 'overridden';
  if (course.word === 'none' && ['decision.approved', 'decision.executed'].includes(type)) course.word = 'good';
}

/** One override outweighs every approval: the same context misled somebody. */
function labelsOf(courses: Iterable<Course>): ReadonlyMap<string, boolean> {
  const labels = new Map<string, boolean>();
  for (const { snapshots, word } of courses) {
    if (word === 'none') continue;
    for (const id of snapshots) labels.set(id, word === 'good' && labels.get(id) !== false);
  }
  return labels;
}
