/** A plan as the input of `writeScript`. */
import type { IndexMark } from '../../src/retrieval/port.js';
import type { StateWrite, WriteResult } from '../../src/state/port.js';
import type { ScriptInput } from './contents.js';
import { encodeText, type Layout } from './layout.js';
import { movesText } from './moves.js';
import type { ControlPart, WritePlan } from './plan.js';

/** Numbers keys as they are first named, from 1. */
export class KeyList {
  readonly keys: string[] = [];
  readonly #indexes = new Map<string, string>();

  at(key: string): string {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = String(this.keys.push(key));
    this.#indexes.set(key, index);
    return index;
  }
}

export function writeInput(layout: Layout, plan: WritePlan, writer: string): ScriptInput {
  const list = new KeyList();
  const { meta, old, channel } = layout.control;
  const { progress, counts, blocked, pending, revisions, tenants } = layout;
  for (const key of [meta, old, progress, counts, blocked, pending, revisions, tenants]) list.at(key);
  const args = [channel, writer, movesText(plan.moves)];
  push(args, plan.control.rests);
  push(
    args,
    plan.parts.flatMap(({ checks }) =>
      checks.map(({ key, field, expected, change }) => [list.at(key), field, expected ?? '', String(change)]),
    ),
  );
  push(
    args,
    plan.parts.flatMap(({ steps }) =>
      steps.map(({ key, field, value }) => [list.at(key), field, value === null ? '0' : '1', value ?? '']),
    ),
  );
  push(
    args,
    plan.parts.map(({ stampKey }) => [list.at(stampKey)]),
  );
  pushControl(args, plan.control, layout, list);
  return { keys: list.keys, args };
}

export function pushControl(args: string[], control: ControlPart, layout: Layout, list: KeyList): void {
  push(args, control.progress);
  push(
    args,
    control.replaced.map(([marks, field]) => [list.at(marks), field]),
  );
  push(
    args,
    control.decided.map((rejected) => [rejected]),
  );
  push(
    args,
    control.block.map(([rejected, marks, mark]) => [rejected, list.at(marks), mark]),
  );
  push(
    args,
    control.pending.map(({ tenant, field, revision }) => [
      list.at(layout.pendingOf(tenant)),
      encodeText(tenant),
      field,
      String(revision),
    ]),
  );
}

/** For which index marks are; '' is one without a name. */
export function namesOf(by: IndexMark | null): readonly [index: string, revision: string] {
  return by === null ? ['', '0'] : [by.index, String(by.revision)];
}

/** How many, then each. */
export function push(args: string[], rows: readonly (readonly string[])[]): void {
  args.push(String(rows.length));
  for (const row of rows) args.push(...row);
}

export function writeResult({ changes }: StateWrite, [kind, ...indexes]: readonly unknown[]): WriteResult {
  if (kind === 'written') return { kind };
  const differing = new Set(indexes.map(Number));
  return { kind: 'conflict', keys: changes.filter((_, n) => differing.has(n)).map(({ entity }) => entity.key) };
}
