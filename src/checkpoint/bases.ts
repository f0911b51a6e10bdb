/** The base in use: read when somebody first asks for an expired past, replaced when retention has made another. */
import { type EntityKey, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import type { BaseSource, JournalBase } from '../journal/base.js';
import type { BlockedMark } from '../state/port.js';
import { type ChoiceParts, type Chosen, faultOf, soundCheckpoint } from './choose.js';
import { isSleeping } from './contents.js';
import type { Checkpoint } from './format.js';
import { type CheckpointName, textOf } from './port.js';
import type { CheckpointReport } from './report.js';

export class Bases implements BaseSource {
  readonly #parts: ChoiceParts;
  readonly #report: CheckpointReport;
  /** What the service was started from: it stands for everything before it as well as a base does. */
  readonly #started: Chosen | null;
  #base: Promise<JournalBase | undefined> | undefined;
  #expiring: Promise<unknown> = Promise.resolve();

  constructor(parts: ChoiceParts, started: Chosen | null, report: CheckpointReport) {
    this.#parts = parts;
    this.#started = started;
    this.#report = report;
  }

  /** Waits while records expire: whoever has found one must be able to read it, or find the base that stands for it. */
  async current(): Promise<JournalBase | undefined> {
    await this.#expiring;
    this.#base ??= this.#find();
    return this.#base;
  }

  /** `expire` runs while nobody looks into the past; afterwards the base is what stands for what has gone. */
  async replace(base: Checkpoint, expire: () => Promise<void>): Promise<void> {
    const expiring = expire();
    this.#expiring = expiring.catch(() => undefined);
    // Whatever could be removed, all of it is covered by the new base.
    this.#base = Promise.resolve(baseOf(base));
    await expiring;
  }

  async #find(): Promise<JournalBase | undefined> {
    const names = (await this.#parts.store.list()).filter(({ role }) => role === 'base');
    for (const name of names) {
      const found = await this.#read(name);
      if (typeof found !== 'string') return baseOf(found);
      this.#report.baseLost(`${textOf(name)}: ${found}`);
    }
    return this.#started === null ? undefined : baseOf(this.#started.checkpoint);
  }

  async #read(name: CheckpointName): Promise<Checkpoint | string> {
    if (this.#started?.name.number === name.number) return this.#started.checkpoint;
    const checkpoint = await soundCheckpoint(this.#parts.store, name);
    if (typeof checkpoint === 'string') return checkpoint;
    return (await faultOf(this.#parts, checkpoint)) ?? checkpoint;
  }
}

function baseOf({ header, state }: Checkpoint): JournalBase {
  const entities = new Map<EntityKeyText, Checkpoint['state']['entities'][number]>();
  for (const entity of state.entities)
    entities.set(isSleeping(entity) ? entity.name : entityKeyText(entity.key), entity);
  return {
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
