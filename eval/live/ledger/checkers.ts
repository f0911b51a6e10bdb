/**
 * Checkers of the ledger, offline: each reads histories and says what is wrong with them, and how much it has looked at, because one that
 * looked at nothing has shown nothing. C1 to C4, C7 and C11 are named as in the reliability plan.
 */
import { canonicalJson, digestOf } from '../../../src/domain/canonical.js';
import type { Entry, LedgerFold } from './fold.js';
import type { Acked, Counted, Dumped, HeldIndex, HeldState, Outcome, Place } from './history.js';
import { nameOf } from './workload.js';

export interface Finding {
  readonly checker: string;
  readonly looked: number;
  readonly faults: readonly string[];
}

export function finding(checker: string, looked: number, faults: readonly (string | undefined)[]): Finding {
  return { checker, looked, faults: faults.filter((fault) => fault !== undefined) };
}

export function placeText({ topic, partition, offset }: Place): string {
  return `${topic}:${partition}:${offset}`;
}

/** C1: what was acknowledged is in the topic as it was sent, and the state is no older. */
export function nothingLost(
  acked: readonly Acked[],
  dump: readonly Dumped[],
  state: ReadonlyMap<string, HeldState>,
): Finding {
  const records = new Map(dump.map((record) => [placeText(record), record]));
  const faults = acked.map((one) => {
    const record = records.get(placeText(one));
    if (record?.value == null || !record.value.equals(one.value)) return `${placeText(one)} is not what was sent`;
    if (one.version === null) return undefined;
    const name = nameOf(one.subject);
    const held = Number(state.get(name)?.version ?? 0);
    return held < one.version ? `${name}#${one.version} at ${placeText(one)}: the state has ${held}` : undefined;
  });
  return finding('C1 lost', acked.length, faults);
}

/** C7: Redis, the index and the fold of the topics are the same. */
export function enginesAgree(
  fold: LedgerFold,
  state: ReadonlyMap<string, HeldState>,
  index: ReadonlyMap<string, HeldIndex>,
): Finding {
  const names = [...new Set([...fold.names, ...state.keys(), ...index.keys()])];
  const faults = names.flatMap((name) => {
    const last = fold.last(name);
    return [stateFault(name, last, state.get(name)), indexFault(name, last, index.get(name))];
  });
  return finding('C7 engines', names.length, faults);
}

function stateFault(name: string, last: Entry | undefined, held: HeldState | undefined): string | undefined {
  if (last === undefined) return held === undefined ? undefined : `${name} is in the state and in no topic`;
  if (held === undefined) return `${name} is not in the state`;
  const same =
    held.offset === last.offset && Number(held.version) === last.version && jsonOf(held.value) === jsonOf(last.value);
  return same
    ? undefined
    : `${name}: the state has #${held.version} at ${held.offset}, the topic #${last.version} at ${last.offset}`;
}

/** Policies are what is found by their text. A tombstone is as good as nothing. */
function indexFault(name: string, last: Entry | undefined, held: HeldIndex | undefined): string | undefined {
  const isPolicy = name.includes(' policy/');
  const wanted = !isPolicy || last?.value == null ? null : digestOf(jsonOf(last.value));
  if ((held?.hash ?? null) !== wanted)
    return `${name}: the index has ${held?.hash ?? 'nothing'}, the topic says ${wanted}`;
  return held === undefined || held.isWhole ? undefined : `${name} is in the index in part`;
}

function jsonOf(value: Entry['value']): string {
  return value === null ? '' : canonicalJson(value);
}

const outcomes = ['applied', 'superseded', 'duplicate', 'rejected'] as const satisfies readonly Outcome[];

/** C11: every record of every source is counted once, and as what the fold says it came to. */
export function countsAddUp(counted: readonly Counted[], fold: LedgerFold, topics: ReadonlySet<string>): Finding {
  const rows = counted.flatMap(({ instance, partitions }) => partitions.map((one) => ({ instance, ...one })));
  const faults = rows.map(({ instance, topic, partition, highWatermark, counts }) => {
    const name = `${topic}:${partition} as ${instance} tells it`;
    const sum = outcomes.reduce((total, outcome) => total + counts[outcome], 0);
    if (!counts.addsUp || String(sum) !== highWatermark) return `${name}: ${sum} of ${highWatermark} are counted`;
    if (!topics.has(topic)) return undefined;
    const wanted = fold.counts(topic, partition);
    const wrong = outcomes.filter((outcome) => counts[outcome] !== wanted[outcome]);
    return wrong.length === 0
      ? undefined
      : `${name}: ${wrong.map((outcome) => `${counts[outcome]} ${outcome} for ${wanted[outcome]}`).join(', ')}`;
  });
  return finding('C11 counts', rows.length, faults);
}
