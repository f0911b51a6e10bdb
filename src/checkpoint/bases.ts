/** The base in use: read when somebody first asks for an expired past, replaced when retention has made another. */
import { type EntityKey, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import type { BaseSource, JournalBase } from '../journal/base.js';
import type { BlockedMark } from '../state/port.js';
import { type ChoiceParts, usableCheckpoint } from './choose.js';
import { isSleeping } from './contents.js';
import type { Checkpoint } from './format.js';
import { codeOf } from './header.js';
import { type CheckpointName, textOf } from './port.js';
import type { CheckpointReport } from './report.js';

export class Bases implements BaseSource {
  /** It is in the checkpoint, or folded from the log's first record. */
  readonly isIndexWhole = true;
  readonly #parts: ChoiceParts;
  readonly #report: CheckpointReport;
  #base: Promise<JournalBase | undefined> | undefined;
  #expiring: Promise<unknown> = Promise.resolve();

  constructor(parts: ChoiceParts, report: CheckpointReport) {
    this.#parts = parts;
    this.#report = report;
  }

  /** Waits while records expire: whoever has found one gone must find the base that stands for it. */
  async current(): Promise<JournalBase | undefined> {
    await this.#expiring;
    const finding = this.#base ?? this.#find();
    this.#base = finding;
    // A folder that could not be read says nothing about the base: whoever asks next looks again.
    finding.catch(() => {
      if (this.#base === finding) this.#base = undefined;
    });
    return finding;
  }

  /** `expire` runs while nobody looks into the past. Afterwards the base is looked for anew, when somebody asks: it is as large as the state. */
  async during(expire: () => Promise<void>): Promise<void> {
    const expiring = expire().finally(() => {
      this.#base = undefined;
    });
    this.#expiring = expiring.catch(() => undefined);
    await expiring;
  }

  /**
   * The oldest that covers all that has expired: the records behind it are still there, so it stands for more pasts than a newer one, and
   * for those in which a decision shaped what the newer one had come to before it. Without a base a checkpoint does as well.
   */
  async #find(): Promise<JournalBase | undefined> {
    const oldestFirst = (await this.#parts.store.list()).toReversed();
    const names = [...ofRole(oldestFirst, 'base'), ...ofRole(oldestFirst, 'checkpoint')];
    const faults: string[] = [];
    for (const name of names) {
      const found = await usableCheckpoint(this.#parts, name);
      if (typeof found !== 'string') return baseOf(found, codeOf(this.#parts.topics));
      faults.push(`${textOf(name)}: ${found}`);
    }
    for (const fault of faults) this.#report.baseLost(fault);
    return undefined;
  }
}

function ofRole(names: readonly CheckpointName[], role: CheckpointName['role']): readonly CheckpointName[] {
  return names.filter((name) => name.role === role);
}

function baseOf({ header, state }: Checkpoint, code: string): JournalBase {
  const entities = new Map<EntityKeyText, Checkpoint['state']['entities'][number]>();
  for (const entity of state.entities)
    entities.set(isSleeping(entity) ? entity.name : entityKeyText(entity.key), entity);
  return {
    isOfOtherCode: header.code !== code,
    through: new Map(header.progress.map(({ partition, through }) => [partition, through])),
    entity: (key) => {
      const found = entities.get(entityKeyText(key));
      return found !== undefined && isSleeping(found) ? found.wake() : found;
    },
    marksOf: (key) => state.blocked.filter((mark) => isOf(mark, key)),
  };
}

function isOf({ concern }: BlockedMark, { tenant, kind, id }: EntityKey): boolean {
  return concern.tenant === tenant && concern.kind === kind && concern.id === id;
}
