/**
 * Writes over several slots as a sequence. There is one intent at a time, and it names the seq that it makes:
 *
 *     1. look       the seq s, and no intent (one that is there is finished first)
 *     2. read       what the plan rests on, slot by slot
 *     3. commit     the whole plan as the intent of a later seq, t, if the seq is still s and there is no intent: so what was read in 2 still is so.
 *                   Here the write is decided; before, nothing has been changed, and a writer that dies leaves nothing
 *     4. apply      slot by slot, where the stamp is below t. Anybody may do it, again and late: the second time nothing happens
 *     5. finish     progress, marks, the seq t, and the intent goes
 *
 * Nothing waits for the end of a lease, so no clock takes part. This is optimistic concurrency control with one validation, by compare
 * and set on the seq (Kung and Robinson, ACM TODS 1981), and write-ahead with helping, as in lock-free structures.
 */
import { limits } from '../../src/limits.js';
import type { StateMove, StateWrite, WriteResult } from '../../src/state/port.js';
import { complete, overtaken, settled } from './cluster-finish.js';
import { MomentReader, Moved } from './cluster-read.js';
import type { Intent, Slots } from './cluster-slots.js';
import { type Layout, ownerText } from './layout.js';
import { type Check, homedKeyOf, planOf, type SlotPart, type WritePlan } from './plan.js';

export type Conflict = Extract<WriteResult, { kind: 'conflict' }>;

export type Written = Conflict | { readonly kind: 'written'; readonly moves: readonly StateMove[] };

/** What to write at the moment that the reader shows; null: nothing. */
export type Build = (reader: MomentReader) => Promise<WritePlan | Conflict | null>;

export interface Writer {
  readonly slots: Slots;
  readonly layout: Layout;
  /** Names this instance in what it writes. */
  readonly origin: string;
  readonly newToken: () => string;
  /** Larger than the one given, and than any that contents before these have had. */
  readonly nextSeq: (after: number) => number;
}

/** Null when there was nothing to do. */
export async function sequenced(writer: Writer, build: Build): Promise<Written | null> {
  const { slots, origin } = writer;
  const token = writer.newToken();
  for (let tries = 0; tries < limits.sequenceTriesMax; tries++) {
    const { seq: after } = await settled(slots);
    const plan = await at(writer, after, build);
    if (plan === 'moved') continue;
    if (plan === null || 'kind' in plan) return plan;
    const { control, moves } = plan;
    const parts = plan.parts.map(({ stampKey, steps }) => ({ stampKey, steps }));
    const intent: Intent = { seq: writer.nextSeq(after), after, token, origin, parts, control, moves };
    const committed = await slots.commit(intent);
    if (committed === 'moved') continue;
    if (committed === 'conflict') return { kind: 'conflict', keys: [] };
    if (committed === 'committed') await complete(slots, intent);
    return { kind: 'written', moves };
  }
  throw overtaken();
}

async function at({ slots, layout }: Writer, seq: number, build: Build) {
  try {
    return await build(new MomentReader(slots, layout, seq));
  } catch (error) {
    if (error instanceof Moved) return 'moved';
    throw error;
  }
}

/** The plan of a write of the port, or its conflict. */
export function planning(write: StateWrite, layout: Layout): Build {
  const keys = write.changes.map(({ entity }) => entity.key);
  const marked = write.block.flatMap((mark) => homedKeyOf(mark) ?? []);
  return async (reader) => {
    const standings = await reader.standings([...keys, ...marked]);
    const before = new Map([...keys, ...marked].map((key, index) => [key, standings[index]]));
    const owners = new Map(marked.map((key) => [layout.home(key), ownerText(before.get(key)?.accountId ?? null)]));
    const plan = withOwners(
      planOf(write, layout, ({ entity }) => before.get(entity.key)),
      owners,
    );
    const failed = new Set(await failures(reader, plan.parts));
    if (failed.size === 0) return plan;
    return { kind: 'conflict', keys: keys.filter((_key, index) => failed.has(index)) };
  };
}

/** No script of the control slot can ask a home. */
function withOwners({ control, ...plan }: WritePlan, owners: ReadonlyMap<string, string>): WritePlan {
  const block = control.block.map((step) => ({ ...step, home: '', owner: owners.get(step.home) ?? '' }));
  return { ...plan, control: { ...control, block } };
}

/** Which changes rest on another entity than the one that is there. */
async function failures(reader: MomentReader, parts: readonly SlotPart[]): Promise<readonly number[]> {
  const checks = parts.flatMap(({ stampKey, checks }) =>
    checks.map((check) => ({ ...check, stampKey, lines: 2 as const })),
  );
  const found = await reader.fields(checks);
  return checks.flatMap((check, index) => (holds(check, found[index] ?? null) ? [] : [check.change]));
}

function holds({ expected, revision, revisionMax }: Check, found: string | null): boolean {
  if (expected === null || found === null) return expected === found;
  const [line, second] = found.split('\n');
  return line === expected && Number(second) <= revisionMax && (revision === null || Number(second) === revision);
}
