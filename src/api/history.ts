/** The history of an account: every record that touched it, told from the journal. */
import { type Entity, type EntityKey, refOf } from '../domain/entity.js';
import { type PositionVector, partitionKey, positionText } from '../domain/position.js';
import { type Step, understand } from '../domain/step.js';
import type { JournalLoss, KeyHistory } from '../journal/journal.js';
import type { RebuiltStep } from '../journal/rebuild.js';
import { sourceTopic } from '../log/topics.js';
import { differingFields } from '../replay/compare.js';
import type { ApiService } from './service.js';

export interface Touch {
  readonly ref: string;
  readonly taken: RebuiltStep;
  readonly before: Entity | undefined;
}

export interface LostRecord {
  readonly ref: string;
  readonly why: JournalLoss;
  readonly position: string;
}

export interface AccountHistory {
  /** Oldest first: by when the log took a record, which across partitions is a reading aid and no promise. */
  readonly touches: readonly Touch[];
  /** Keys whose history cannot be told, each with the first record that is gone. */
  readonly lost: readonly LostRecord[];
}

type CompleteHistory = Extract<KeyHistory, { kind: 'complete' }>;

export interface Subject {
  readonly tenant: string;
  readonly accountId: string;
}

/** Nothing beyond `through` is told: the state does not show it yet. */
export async function historyOf(
  { journal, rejected }: ApiService,
  { tenant, accountId }: Subject,
  through: PositionVector,
): Promise<AccountHistory> {
  const touches: Touch[] = [];
  const lost: LostRecord[] = [];
  for (const key of journal.index.keysOfAccount(tenant, accountId)) {
    const history = await journal.historyOf(key, (id) => rejected.decisionOn(id), null);
    if (history.kind === 'lost') lost.push({ ref: refOf(key), why: history.why, position: positionText(history) });
    else touches.push(...touchesOf(key, history, accountId).filter((touch) => isShown(touch, through)));
    if (history.kind === 'complete' && history.begins !== null) {
      const { expired } = history.begins;
      lost.push({ ref: refOf(key), why: expired.why, position: positionText(expired) });
    }
  }
  touches.sort((a, b) => compareRecords(a.taken, b.taken));
  return { touches, lost };
}

function touchesOf(key: EntityKey, history: CompleteHistory, accountId: string): readonly Touch[] {
  let before = history.begins?.entity;
  const touches: Touch[] = [];
  for (const taken of history.steps) {
    const concerned = [before?.accountId, taken.after?.accountId, concernOf(taken.step)];
    if (concerned.includes(accountId)) touches.push({ ref: refOf(key), taken, before });
    before = taken.after;
  }
  return touches;
}

function concernOf(step: Step): string | null {
  return step.outcome === 'rejected' ? step.concern.accountId : null;
}

function isShown({ taken }: Touch, through: PositionVector): boolean {
  const { topic, partition, offset } = taken.record.position;
  return offset <= (through.get(partitionKey(topic, partition)) ?? -1n);
}

function compareRecords({ record: a }: RebuiltStep, { record: b }: RebuiltStep): number {
  if (a.timestampMs !== b.timestampMs) return a.timestampMs - b.timestampMs;
  const [left, right] = [a.position, b.position];
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1;
  if (left.partition !== right.partition) return left.partition - right.partition;
  return left.offset < right.offset ? -1 : 1;
}

export type Effect = 'created' | 'changed' | 'deleted' | 'moved_in' | 'moved_out' | 'none';

/** What a record did to its entity, as this account sees it; `fields` are JSON pointers of members that differ. */
export function effectOf(
  { taken, before }: Touch,
  accountId: string,
): { readonly effect: Effect; readonly fields: readonly string[] } {
  const { step, after } = taken;
  if (step.outcome !== 'applied' || after === undefined) return { effect: 'none', fields: [] };
  if (after.status === 'deleted') return { effect: 'deleted', fields: [] };
  if (before?.status !== 'present') return { effect: 'created', fields: [] };
  const fields = differingFields(JSON.parse(before.json), JSON.parse(after.json), '');
  if (before.accountId === after.accountId) return { effect: 'changed', fields };
  return { effect: after.accountId === accountId ? 'moved_in' : 'moved_out', fields };
}

export interface EventFacts {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string | null;
}

/** The event a record holds; null for a tombstone and for a record that is no event. */
export function eventOf({ engines, rejected }: ApiService, { record }: RebuiltStep): EventFacts | null {
  const rules = sourceTopic(engines.topics, record.position.topic);
  if (rules === undefined) return null;
  const { parsed } = understand(record, rules, rejected.decisionOn(positionText(record.position)));
  if (parsed.kind === 'rejected' || parsed.event.about === 'tombstone') return null;
  const { id, source, type, time } = parsed.event;
  return { id, source, type, time };
}
