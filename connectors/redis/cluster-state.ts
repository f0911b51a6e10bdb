/** The state store over several slots: views and writes of `cluster-read.ts` and `cluster-write.ts`, in the words of the port. */
import { randomUUID } from 'node:crypto';
import { type Entity, type EntityKey, entityKeyText, type PresentEntity } from '../../src/domain/entity.js';
import { isRetrievable } from '../../src/domain/kinds/index.js';
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { IndexMark } from '../../src/retrieval/port.js';
import type {
  AccountView,
  BlockedMark,
  MarkingStore,
  PartitionProgress,
  PendingMark,
  Renewal,
  StateMove,
  StateTrouble,
  StateWrite,
  TenantView,
  WriteResult,
} from '../../src/state/port.js';
import { PolicySets } from './cluster-policies.js';
import { MomentReader, steadily } from './cluster-read.js';
import { ContentsGone, type Control, type PendingName, type Slots } from './cluster-slots.js';
import { type Build, planning, sequenced, type Written } from './cluster-write.js';
import { damagedValue, isDamage, valueFault } from './errors.js';
import { fieldOf, type Layout } from './layout.js';
import { type PendingStep, planOf } from './plan.js';
import { decodeEntity, keyOfField, pairs } from './values.js';

/** Steps of one contents, and the names of its keys. */
export interface Ground {
  readonly slots: Slots;
  readonly layout: Layout;
}

/** Where the contents are now. */
export interface Grounds {
  readonly trouble: StateTrouble | null;
  /** Begins anew what was lost. Rejects with `state_unavailable`. */
  current(): Promise<Ground>;
  /** It holds what was never written there. */
  giveUp(ground: Ground): void;
  /** Moves that other instances made. */
  watch(listener: (origin: string, moves: readonly StateMove[]) => void): void;
  close(): Promise<void>;
}

export class ClusterState implements MarkingStore {
  readonly #grounds: Grounds;
  readonly #origin = randomUUID();
  readonly #listeners = new Set<(moves: readonly StateMove[]) => void>();
  readonly #policies = new PolicySets();

  constructor(grounds: Grounds) {
    this.#grounds = grounds;
    grounds.watch((origin, moves) => {
      if (origin !== this.#origin) this.#tell(moves);
    });
  }

  get trouble(): StateTrouble | null {
    return this.#grounds.trouble;
  }

  async contents(): Promise<string> {
    return (await this.#grounds.current()).layout.contents;
  }

  async write(write: StateWrite): Promise<WriteResult> {
    const ground = await this.#grounds.current();
    try {
      const written = await this.#sequenced(ground, planning(write, ground.layout));
      return written?.kind === 'conflict' ? written : { kind: 'written' };
    } catch (error) {
      // What was folded rests on contents that are gone.
      if (error instanceof ContentsGone) return { kind: 'conflict', keys: [] };
      throw this.#believed(error, ground);
    }
  }

  account(tenant: string, accountId: string): Promise<AccountView> {
    const look = ({ slots }: Ground) => slots.view(tenant, accountId);
    return this.#steadily(look, async (reader, control, ground) => {
      const { entities, meta } = ground.layout.account(tenant, accountId);
      const [{ seq, values }, policies, owners] = await Promise.all([
        reader.part({ stampKey: meta, asks: [{ key: entities, field: null }] }),
        this.#policies.of(ground.layout, reader, tenant),
        ownersOf(reader, { tenant, accountId }, control.blocked),
      ]);
      const found = pairs(flat(values[0])).map(([field, text]) => decodeEntity(keyOfField(tenant, field), text));
      const account = found.find(({ key }) => key.kind === 'account');
      const members = found.filter(
        (one): one is PresentEntity => one.key.kind !== 'account' && one.status === 'present',
      );
      const blocked = control.blocked.filter((mark) => isConcerned(mark, tenant, accountId, owners));
      return { account, members, version: seq, policies, blocked, through: control.through };
    });
  }

  tenant(tenant: string): Promise<TenantView> {
    const look = ({ slots }: Ground) => slots.view(tenant);
    return this.#steadily(look, async (reader, { blocked, through }, { layout }) => ({
      policies: await this.#policies.of(layout, reader, tenant),
      blocked,
      through,
    }));
  }

  entities(keys: readonly EntityKey[]): Promise<readonly (Entity | undefined)[]> {
    return this.#steadily(
      ({ slots }) => slots.look(),
      (reader) => reader.entities(keys),
    );
  }

  async pendingKeys(tenant: string): Promise<readonly EntityKey[]> {
    const { names } = await this.#on(({ slots }) => slots.pending(tenant, Number.MAX_SAFE_INTEGER));
    return names.map(({ field }) => keyOfField(tenant, field));
  }

  pendingCount(): Promise<number> {
    return this.#on(({ slots }) => slots.pendingCount());
  }

  allPending(countMax: number): Promise<readonly PendingMark[]> {
    const look = ({ slots }: Ground) => slots.pending(null, countMax);
    return this.#steadily(look, async (reader, { names }) => {
      const found = await reader.entities(names.map((name) => keyOfField(name.tenant, name.field)));
      return found.flatMap((entity) => {
        if (entity === undefined) return [];
        return [{ entity, hash: entity.status === 'present' ? entity.hash : null }];
      });
    });
  }

  async indexed(marks: readonly PendingMark[], by: IndexMark | null = null): Promise<void> {
    const named = marks.map(({ entity: { key, revision } }) => ({ tenant: key.tenant, field: fieldOf(key), revision }));
    await this.#on(({ slots }) => slots.clear(named, by));
  }

  indexMark(): Promise<IndexMark | null> {
    return this.#on(({ slots }) => slots.indexMark());
  }

  async repend(by: IndexMark | null = null): Promise<number> {
    await this.#on(({ slots }) => slots.nameIndex(by));
    const names = await this.#on(async ({ slots, layout }) => {
      const tenants = await slots.tenants();
      return (await Promise.all(tenants.map((tenant) => policyNamesOf(slots, layout, tenant)))).flat();
    });
    let count = 0;
    for (let at = 0; at < names.length; at += limits.statePageSize) {
      count += await this.#rependPage(names.slice(at, at + limits.statePageSize));
    }
    return count;
  }

  /** Page by page: others are answered in between. What is written meanwhile is pending by that. */
  async #rependPage(names: readonly PendingName[]): Promise<number> {
    let count = 0;
    await this.#on((ground) =>
      this.#sequenced(ground, async (reader) => {
        const pending = await revisionsOf(reader, ground.layout, names);
        count = pending.length;
        if (count === 0) return null;
        const { control, moves } = planOf(nothing, ground.layout, () => undefined);
        return { parts: [], control: { ...control, pending }, moves };
      }),
    );
    return count;
  }

  async renew(renewals: readonly Renewal[]): Promise<void> {
    const wanted = new Map<string, Renewal>();
    for (const renewal of renewals) {
      const name = entityKeyText(renewal.key);
      if (isRetrievable(renewal.key.kind) && renewal.above >= (wanted.get(name)?.above ?? 0)) wanted.set(name, renewal);
    }
    await this.#on((ground) =>
      this.#sequenced(ground, async (reader) => {
        const found = await reader.entities([...wanted.values()].map(({ key }) => key));
        const before = new Map<EntityKey, Entity>();
        const changes = found.flatMap((entity) => {
          if (entity === undefined) return [];
          before.set(entity.key, entity);
          const { above = 0 } = wanted.get(entityKeyText(entity.key)) ?? {};
          const revision = Math.max(entity.revision, above + 1);
          return [{ entity: revised(entity, revision), expected: entity.watermark }];
        });
        return changes.length === 0
          ? null
          : planOf({ ...nothing, changes }, ground.layout, ({ entity }) => before.get(entity.key));
      }),
    );
  }

  async through(): Promise<PositionVector> {
    const { through } = await this.#on(({ slots }) => slots.view(null));
    return through;
  }

  progress(): Promise<ReadonlyMap<PartitionKey, PartitionProgress>> {
    return this.#on(({ slots }) => slots.progress());
  }

  watch(listener: (moves: readonly StateMove[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#grounds.close();
  }

  /** Reads again in what has taken the place of contents that went while they were read. */
  async #on<T>(act: (ground: Ground) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const ground = await this.#grounds.current();
      try {
        return await act(ground);
      } catch (error) {
        if (!(error instanceof ContentsGone)) throw this.#believed(error, ground);
        if (tries === limits.stateTriesMax) throw damagedValue();
      }
    }
  }

  /** What shows that others have written here: then nothing of it is believed. */
  #believed(error: unknown, ground: Ground): unknown {
    const fault = valueFault(error);
    if (fault instanceof TidemarkError && isDamage(fault)) this.#grounds.giveUp(ground);
    return fault;
  }

  #steadily<C extends Control, T>(
    look: (ground: Ground) => Promise<C>,
    read: (reader: MomentReader, control: C, ground: Ground) => Promise<T>,
  ): Promise<T> {
    return this.#on((ground) =>
      steadily(
        ground.slots,
        () => look(ground),
        (control) => read(new MomentReader(ground.slots, ground.layout, control.seq), control, ground),
      ),
    );
  }

  async #sequenced({ slots, layout }: Ground, build: Build): Promise<Written | null> {
    const written = await sequenced({ slots, layout, origin: this.#origin, newToken: randomUUID, nextSeq }, build);
    if (written?.kind === 'written') this.#tell(written.moves);
    return written;
  }

  #tell(moves: readonly StateMove[]): void {
    for (const listener of this.#listeners) listener(moves);
  }
}

const nothing: StateWrite = { progress: [], changes: [], replaced: [], decided: [], block: [] };

/** Later than contents that a store has forgotten, as far as clocks go on; the order of writes rests on the comparison alone. */
function nextSeq(after: number): number {
  return Math.max(after + 1, Date.now() * 1000);
}

function revised(entity: Entity, revision: number): Entity {
  // Not by spreading alone: facets are made when they are asked for.
  return Object.defineProperties({ ...entity, revision }, {});
}

async function policyNamesOf(slots: Slots, layout: Layout, tenant: string): Promise<readonly PendingName[]> {
  const { present, deleted, meta } = layout.tenant(tenant);
  const asks = [present, deleted].map((key) => ({ key, field: null, lines: 0 as const }));
  const { values } = await slots.read({ stampKey: meta, asks });
  return [...new Set(values.flatMap(flat))].map((field) => ({ tenant, field }));
}

async function revisionsOf(
  reader: MomentReader,
  layout: Layout,
  names: readonly PendingName[],
): Promise<readonly PendingStep[]> {
  const asks = names.flatMap(({ tenant, field }) => {
    const { present, deleted, meta } = layout.tenant(tenant);
    return [present, deleted].map((key) => ({ stampKey: meta, key, field, lines: 2 as const }));
  });
  const found = await reader.fields(asks);
  return names.flatMap(({ tenant, field }, index) => {
    const text = found[2 * index] ?? found[2 * index + 1] ?? null;
    return text === null ? [] : [{ tenant, field, revision: Number(text.split('\n')[1]) }];
  });
}

function flat(value: string | null | readonly string[] | undefined): readonly string[] {
  return typeof value === 'object' && value !== null ? value : [];
}

/** Whose the keys are now that marks of other accounts name: a patch may have moved one since it was blocked. */
async function ownersOf(
  reader: MomentReader,
  { tenant, accountId }: { readonly tenant: string; readonly accountId: string },
  marks: readonly BlockedMark[],
): Promise<Owners> {
  const keys = marks.flatMap(({ concern: { kind, id, accountId: named } }) =>
    kind === null || id === null || named === null || named === accountId ? [] : [{ tenant, kind, id }],
  );
  const standings = await reader.standings(keys);
  return new Map(keys.map((key, index) => [entityKeyText(key), standings[index]?.accountId ?? null]));
}

type Owners = ReadonlyMap<string, string | null>;

function isConcerned({ concern }: BlockedMark, tenant: string, accountId: string, owners: Owners): boolean {
  const { kind, id } = concern;
  if (concern.accountId === null || concern.accountId === accountId) return true;
  return kind !== null && id !== null && owners.get(entityKeyText({ tenant, kind, id })) === accountId;
}
