/** A plan as the input of `writeScript`. */
import type { IndexMark } from '../../src/retrieval/port.js';
import type { StateWrite, WriteResult } from '../../src/state/port.js';
import type { ScriptInput } from './contents.js';
import { encodeText, type Layout } from './layout.js';
import { movesText } from './moves.js';
import type { Check, ControlPart, Step, WritePlan } from './plan.js';

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
  const sorted = sortedParts(plan);
  args.push(sorted.replacing.map(({ change }) => change).join(' '), String(sorted.replacing.length));
  for (const { key, field, beginning, value } of sorted.replacing) args.push(list.at(key), field, beginning, value);
  pushChecks(args, sorted.checks, list);
  pushSteps(args, sorted.steps, list);
  args.push(plan.parts.map(({ stampKey }) => list.at(stampKey)).join(' '));
  pushControl(args, plan.control, layout, list);
  args.push('');
  return { keys: list.keys, args: [args.join(SEPARATOR)] };
}

/** In no text that is sent: JSON has control characters escaped, and so have parts of keys. */
export const SEPARATOR = '\u001f';

/** A value that is put where an earlier one of the same entity is known to be, by its first lines. */
interface Replacing {
  readonly key: string;
  readonly field: string;
  readonly beginning: string;
  readonly value: string;
  readonly change: number;
}

interface Sorted {
  readonly replacing: readonly Replacing[];
  readonly checks: readonly Check[];
  readonly steps: readonly Step[];
}

function sortedParts({ parts }: WritePlan): Sorted {
  const sorted = { replacing: [] as Replacing[], checks: [] as Check[], steps: [] as Step[] };
  for (const { checks, steps } of parts) {
    let at = 0;
    for (const check of checks) {
      const replacing = replacingOf(check, steps[at]);
      if (replacing === undefined) {
        sorted.checks.push(check);
        continue;
      }
      sorted.replacing.push(replacing);
      at++;
    }
    sorted.steps.push(...steps.slice(at));
  }
  return sorted;
}

/** The revision that the check names is not above its highest one, so the value's lines say all that it asks for. */
function replacingOf({ key, field, expected, revision, revisionMax, change }: Check, step: Step | undefined) {
  if (step === undefined || step.value === null || step.key !== key || step.field !== field) return undefined;
  if (expected === null || revision === null || revision > revisionMax) return undefined;
  return { key, field, beginning: `${expected}\n${revision}\n`, value: step.value, change };
}

function pushChecks(args: string[], checks: readonly Check[], list: KeyList): void {
  args.push(String(checks.length));
  for (const { key, field, expected, revision, revisionMax, change } of checks) {
    const lines = revision === null ? expected : `${expected}\n${revision}`;
    args.push(list.at(key), field, lines ?? '', String(revisionMax), String(change));
  }
}

function pushSteps(args: string[], steps: readonly Step[], list: KeyList): void {
  args.push(String(steps.length));
  for (const { key, field, value } of steps) args.push(list.at(key), field, value === null ? '0' : '1', value ?? '');
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
