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

/** As one text: a thousand arguments take longer to be sent and read than what is in them. */
export function writeInput(layout: Layout, plan: WritePlan, writer: string): ScriptInput {
  const list = new KeyList();
  const { meta, old, channel } = layout.control;
  const { progress, counts, blocked, pending, revisions, tenants } = layout;
  for (const key of [meta, old, progress, counts, blocked, pending, revisions, tenants]) list.at(key);
  const args = [channel, writer, movesText(plan.moves)];
  push(args, plan.control.rests);
  pushChecks(args, plan, list);
  pushSteps(args, plan, list);
  args.push(String(plan.parts.length));
  for (const { stampKey } of plan.parts) args.push(list.at(stampKey));
  pushControl(args, plan.control, layout, list);
  args.push('');
  return { keys: list.keys, args: [args.join(SEPARATOR)] };
}

/** In no text that is sent: JSON has control characters escaped, and so have parts of keys. */
export const SEPARATOR = '\u001f';

function pushChecks(args: string[], { parts }: WritePlan, list: KeyList): void {
  args.push(String(parts.reduce((sum, { checks }) => sum + checks.length, 0)));
  for (const { checks } of parts) {
    for (const { key, field, expected, revision, revisionMax, change } of checks) {
      const lines = revision === null ? expected : `${expected}\n${revision}`;
      args.push(list.at(key), field, lines ?? '', String(revisionMax), String(change));
    }
  }
}

function pushSteps(args: string[], { parts }: WritePlan, list: KeyList): void {
  args.push(String(parts.reduce((sum, { steps }) => sum + steps.length, 0)));
  for (const { steps } of parts) {
    for (const { key, field, value } of steps) args.push(list.at(key), field, value === null ? '0' : '1', value ?? '');
  }
}

export function pushControl(args: string[], control: ControlPart, layout: Layout, list: KeyList): void {
  push(args, control.progress);
  push(
    args,
    [...fieldsByMarks(control.replaced)].map(([marks, fields]) => [list.at(marks), fields.join('\n')]),
  );
  push(
    args,
    control.decided.map((rejected) => [rejected]),
  );
  push(
    args,
    control.block.map(({ rejected, marks, mark, home, owner }) => [rejected, list.at(marks), mark, home, owner]),
  );
  push(
    args,
    control.moved.map(([marks, field, owner]) => [list.at(marks), field, owner]),
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

function fieldsByMarks(replaced: ControlPart['replaced']): ReadonlyMap<string, readonly string[]> {
  const fieldsOf = new Map<string, string[]>();
  for (const [marks, field] of replaced) {
    const fields = fieldsOf.get(marks);
    if (fields === undefined) fieldsOf.set(marks, [field]);
    else fields.push(field);
  }
  return fieldsOf;
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
