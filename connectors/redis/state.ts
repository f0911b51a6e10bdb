/** The state store in one Redis: a write is one script, and so is a view. Several instances may share it. */
import type { Entity, EntityKey } from '../../src/domain/entity.js';
import { entityKeyText } from '../../src/domain/entity.js';
import { isRetrievable } from '../../src/domain/kinds/index.js';
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { IndexMark } from '../../src/retrieval/port.js';
import type {
  AccountView,
  EntityChange,
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
import { AccountCache } from './account-cache.js';
import { Connection } from './connection.js';
import { Contents, type ScriptInput, type StoreIdentity } from './contents.js';
import { isDamage, misconfigured, openError } from './errors.js';
import { refuseUnfit } from './health.js';
import { HealthWatch, serverInfo } from './health-watch.js';
import { controlKeys, decodeText, encodeText, fieldOf, type Layout } from './layout.js';
import { anything, MoveBoard } from './moves.js';
import { planOf, type Standing } from './plan.js';
import { PolicyCache } from './policy-cache.js';
import { type PolicyClaim, PolicyReader, policyArgs } from './policy-reader.js';
import {
  accountView,
  pendingMark,
  readAccount,
  readEntities,
  readTenant,
  type TenantReply,
  tenantView,
} from './reads.js';
import { textOf, textsOf } from './reply.js';
import type { Script } from './script.js';
import {
  accountScript,
  entitiesScript,
  indexedScript,
  indexMarkScript,
  nameIndexScript,
  oldestPendingScript,
  pendingCountScript,
  pendingScript,
  progressScript,
  rependScript,
  tenantScript,
  tenantsScript,
  throughScript,
  writeScript,
} from './scripts.js';
import type { RedisSettings } from './settings.js';
import { Subscription } from './subscription.js';
import { decodeIndexMark, decodeProgress, keyOfField } from './values.js';
import { type KnownVector, VectorCache } from './vector-cache.js';
import { namesOf, writeInput, writeResult } from './write.js';

interface Parts {
  readonly connection: Connection;
  readonly contents: Contents;
  readonly subscription: Subscription;
  readonly moves: MoveBoard;
  readonly policies: PolicyCache;
  readonly reader: PolicyReader;
  readonly accounts: AccountCache;
  readonly vectors: VectorCache;
}

export class RedisState implements MarkingStore {
  readonly #parts: Parts;
  readonly #health: HealthWatch;
  readonly writesAtOnce = limits.stateWritesAtOnce;

  private constructor(parts: Parts, health: Connection) {
    this.#parts = parts;
    this.#health = new HealthWatch(health, parts.contents.layout.control.channel, {
      looked: async (info) => {
        parts.subscription.look();
        await parts.contents.looked(info);
        await this.through();
      },
    });
  }

  /** Rejects with `unreachable`, or with `config_invalid` where a state must not lie, or another's lies. */
  static async open(settings: RedisSettings, logId: string): Promise<RedisState> {
    const identity: StoreIdentity = { prefix: settings.prefix, logId };
    const opened: { close(): void }[] = [];
    const keep = <Part extends { close(): void }>(part: Part): Part => {
      opened.push(part);
      return part;
    };
    try {
      const connection = keep(await Connection.open(settings));
      const info = await serverInfo(connection);
      refuseUnfit(info);
      const [moves, policies] = [new MoveBoard(), new PolicyCache()];
      const changed = () => {
        policies.clear();
        moves.tell(anything);
      };
      const contents = await Contents.open(connection, identity, { info, changed });
      const ear = { heard: (message: string) => moves.heard(message), missed: () => moves.tell(anything) };
      const { channel } = controlKeys(settings.prefix);
      const subscription = keep(await Subscription.open(settings, channel, ear));
      const health = keep(await Connection.open(settings));
      connection.probeOver(health);
      const reader = new PolicyReader(contents, policies);
      const caches = { policies, reader, accounts: new AccountCache(), vectors: new VectorCache() };
      return new RedisState({ connection, contents, subscription, moves, ...caches }, health);
    } catch (error) {
      for (const part of opened) part.close();
      const fault = openError(error);
      if (!isDamage(fault)) throw fault;
      throw misconfigured('The keys that the state needs are taken in Redis.', 'Choose another REDIS_PREFIX.');
    }
  }

  get trouble(): StateTrouble | null {
    if (this.#health.trouble !== null) return this.#health.trouble;
    return this.#parts.connection.isUp ? null : { kind: 'unreachable', error: 'Redis does not answer.' };
  }

  close(): void {
    this.#health.close();
    this.#parts.subscription.close();
    this.#parts.connection.close();
  }

  async contents(): Promise<string> {
    await this.through();
    return this.#parts.contents.layout.contents;
  }

  async write(write: StateWrite): Promise<WriteResult> {
    this.#refuse();
    const { contents, moves } = this.#parts;
    const unknown = write.changes.filter(({ expected, foldedOn }) => expected !== null && foldedOn === undefined);
    const read = unknown.length === 0 ? undefined : await this.#standingsOf(unknown);
    const { layout } = contents;
    const plan = planOf(write, layout, ({ entity, foldedOn }) => foldedOn ?? read?.get(entityKeyText(entity.key)));
    const writer = moves.begin();
    try {
      const reply = await contents.once(writeScript, layout, writeInput(layout, plan, writer));
      if (reply?.[0] !== 'written') {
        moves.notMade(writer);
        return reply === undefined ? { kind: 'conflict', keys: [] } : writeResult(write, reply);
      }
    } catch (error) {
      moves.unsure(writer);
      throw error;
    }
    moves.made(writer, plan.moves);
    return { kind: 'written' };
  }

  account(tenant: string, accountId: string): Promise<AccountView> {
    const { accounts } = this.#parts;
    const name = { tenant, accountId };
    return this.#viewed(tenant, {
      script: accountScript,
      more: (layout) => {
        const { entities, meta } = layout.account(tenant, accountId);
        const seq = accounts.get(tenant, accountId, layout.contents)?.seq ?? '';
        return { keys: [entities, meta], args: [layout.homesOf(tenant), seq, encodeText(accountId)] };
      },
      read: (tenantRead, rest, { contents }) => {
        const found = readAccount(name, rest, { contents, known: accounts.get(tenant, accountId, contents) });
        accounts.set(tenant, accountId, found);
        return accountView(name, tenantRead, found);
      },
    });
  }

  tenant(tenant: string): Promise<TenantView> {
    return this.#viewed(tenant, { script: tenantScript, more: () => ({ keys: [], args: [] }), read: tenantView });
  }

  async entities(keys: readonly EntityKey[]): Promise<readonly (Entity | undefined)[]> {
    if (keys.length === 0) return [];
    const input = (layout: Layout) => ({
      keys: [layout.control.meta],
      args: [String(keys.length), ...keys.flatMap((key) => whereabouts(layout, key))],
    });
    return this.#ask(entitiesScript, input, ([, ...values]) => readEntities(keys, values));
  }

  async pendingKeys(tenant: string): Promise<readonly EntityKey[]> {
    const input = (layout: Layout) => ({ keys: [layout.control.meta, layout.pendingOf(tenant)] });
    return this.#ask(pendingScript, input, ([, fields]) => textsOf(fields).map((field) => keyOfField(tenant, field)));
  }

  async pendingCount(): Promise<number> {
    const input = ({ control, pending }: Layout) => ({ keys: [control.meta, pending] });
    return this.#ask(pendingCountScript, input, ([, ...texts]) => Number(textsOf(texts)[0]));
  }

  async allPending(countMax: number): Promise<readonly PendingMark[]> {
    const input = ({ control, pending }: Layout) => ({ keys: [control.meta, pending], args: [String(countMax)] });
    const keys = await this.#ask(oldestPendingScript, input, ([, ...names]) => textsOf(names).map(keyOfName));
    const found = await this.entities(keys);
    return found.flatMap((entity) => (entity === undefined ? [] : [pendingMark(entity)]));
  }

  async indexed(marks: readonly PendingMark[], by: IndexMark | null = null): Promise<void> {
    const input = (layout: Layout) => {
      const tenants = [...new Set(marks.map(({ entity }) => entity.key.tenant))];
      const rows = marks.flatMap(({ entity: { key, revision } }) => {
        const index = String(tenants.indexOf(key.tenant) + 5);
        return [index, encodeText(key.tenant), fieldOf(key), String(revision)];
      });
      const keys = [layout.control.meta, layout.pending, layout.revisions, layout.index];
      return {
        keys: [...keys, ...tenants.map((tenant) => layout.pendingOf(tenant))],
        args: [...namesOf(by), String(marks.length), ...rows],
      };
    };
    await this.#ask(indexedScript, input, () => undefined);
  }

  async indexMark(): Promise<IndexMark | null> {
    const input = ({ control, index }: Layout) => ({ keys: [control.meta, index] });
    return this.#ask(indexMarkScript, input, ([, index, revision]) => decodeIndexMark(index, revision));
  }

  async repend(by: IndexMark | null = null): Promise<number> {
    const named = ({ control, index }: Layout) => ({ keys: [control.meta, index], args: namesOf(by) });
    await this.#ask(nameIndexScript, named, () => undefined);
    const input = ({ control, tenants }: Layout) => ({ keys: [control.meta, tenants] });
    const tenants = await this.#ask(tenantsScript, input, ([, ...names]) => textsOf(names).map(decodeText));
    let count = 0;
    for (const tenant of tenants) count += await this.#rependAll(tenant);
    if (count > 0) this.#parts.moves.tell([{ tenant: null, accountId: null }]);
    return count;
  }

  async renew(keys: readonly Renewal[]): Promise<void> {
    const retrievable = keys.filter(({ key }) => isRetrievable(key.kind));
    const moves: StateMove[] = [];
    for (const tenant of new Set(retrievable.map(({ key }) => key.tenant))) {
      const renewals = retrievable.filter(({ key }) => key.tenant === tenant);
      let count = 0;
      for (let at = 0; at < renewals.length; at += limits.statePageSize) {
        const page = renewals.slice(at, at + limits.statePageSize);
        const rows = page.flatMap(({ key, above }) => [fieldOf(key), String(above)]);
        const { fields } = await this.#repend(tenant, ['some', String(page.length), ...rows]);
        count += fields.length;
      }
      if (count > 0) moves.push({ tenant, accountId: null });
    }
    if (moves.length > 0) this.#parts.moves.tell(moves);
  }

  async through(): Promise<PositionVector> {
    const input = ({ control, progress }: Layout) => ({ keys: [control.meta, progress] });
    return this.#ask(throughScript, input, ([, through]) => this.#parts.vectors.read(textsOf(through)));
  }

  async progress(): Promise<ReadonlyMap<PartitionKey, PartitionProgress>> {
    return this.#ask(progressScript, progressInput, ([, through, counts]) =>
      decodeProgress(textsOf(through), textsOf(counts)),
    );
  }

  watch(listener: (moves: readonly StateMove[]) => void): () => void {
    return this.#parts.moves.listen(listener);
  }

  #viewed<View>(tenant: string, { script, more, read }: ViewOf<View>): Promise<View> {
    const { policies, reader, vectors } = this.#parts;
    return reader.viewed(tenant, ({ known, isDetailed }) => {
      let claim: PolicyClaim = { known, isDetailed };
      let through: KnownVector | undefined;
      const input = (layout: Layout) => {
        through = vectors.known(layout.contents);
        claim = known?.contents === layout.contents ? { known, isDetailed } : { known: undefined, isDetailed: false };
        const [first, own] = [tenantInput(layout, tenant, { policies: claim, through }), more(layout)];
        return { keys: [...first.keys, ...own.keys], args: [...first.args, ...own.args] };
      };
      return this.#ask(script, input, ([kind, reply, ...rest], layout) => {
        if (kind === 'part') return kind;
        const found = readTenant({ tenant, policies: claim, through, contents: layout.contents, vectors }, reply);
        policies.set(tenant, found.policies);
        return read(found, rest, layout);
      });
    });
  }

  /** Page by page: others are answered in between. What is written meanwhile is pending by that. */
  async #rependAll(tenant: string): Promise<number> {
    // Of present and of deleted ones. A page may tell one twice.
    const found = new Set<string>();
    for (const index of ['5', '6']) {
      let cursor = '0';
      do {
        const page = await this.#repend(tenant, ['page', index, cursor, String(limits.statePageSize)]);
        for (const field of page.fields) found.add(field);
        cursor = page.cursor;
      } while (cursor !== '0');
    }
    return found.size;
  }

  async #repend(tenant: string, which: readonly string[]) {
    const input = (layout: Layout) => {
      const { present, deleted, meta } = layout.tenant(tenant);
      const { control, pending, revisions } = layout;
      return {
        keys: [control.meta, pending, revisions, layout.pendingOf(tenant), present, deleted, meta],
        args: [encodeText(tenant), ...which],
      };
    };
    return this.#ask(rependScript, input, ([, cursor, ...fields]) => ({
      cursor: textOf(cursor),
      fields: textsOf(fields),
    }));
  }

  /** Of what a write replaces. What the write does not say is read. */
  async #standingsOf(changes: readonly EntityChange[]): Promise<ReadonlyMap<string, Standing>> {
    const standings = new Map<string, Standing>();
    for (const found of await this.entities(changes.map(({ entity }) => entity.key))) {
      if (found !== undefined) standings.set(entityKeyText(found.key), found);
    }
    return standings;
  }

  readonly #ask: Contents['ask'] = async (script, input, read) => {
    this.#refuse();
    return this.#parts.contents.ask(script, input, read);
  };

  #refuse(): void {
    const { trouble } = this.#health;
    if (trouble?.kind !== 'evicting') return;
    throw new TidemarkError({
      code: 'state_unavailable',
      message: `Redis drops keys when memory runs short (maxmemory-policy ${trouble.policy}): what it holds cannot be believed.`,
      advice:
        'Set maxmemory-policy to noeviction; if keys were dropped, the state is then built anew from the journal.',
      retriable: true,
    });
  }
}

const progressInput = ({ control, progress, counts }: Layout) => ({ keys: [control.meta, progress, counts] });

/** A view of a tenant, and what it has besides. */
interface ViewOf<View> {
  readonly script: Script;
  more(layout: Layout): Required<ScriptInput>;
  read(tenant: TenantReply, rest: readonly unknown[], layout: Layout): View;
}

interface TenantKnown {
  readonly policies: PolicyClaim;
  readonly through: KnownVector | undefined;
}

function tenantInput(layout: Layout, tenant: string, { policies, through }: TenantKnown) {
  const { present, meta } = layout.tenant(tenant);
  const marks = [layout.blockedOf(tenant), layout.blockedOf(null)];
  return {
    keys: [layout.control.meta, meta, present, ...marks, layout.progress],
    args: [...policyArgs(policies), through?.seq ?? ''],
  };
}

/** Of `entitiesScript`. */
function whereabouts(layout: Layout, key: EntityKey): readonly string[] {
  if (key.kind === 'policy') {
    const { present, deleted } = layout.tenant(key.tenant);
    return ['at', present, deleted, fieldOf(key)];
  }
  if (key.kind === 'account') {
    const { entities } = layout.account(key.tenant, key.id);
    return ['at', entities, entities, fieldOf(key)];
  }
  return ['home', layout.home(key), layout.accountsOf(key.tenant), fieldOf(key)];
}

/** `tenant:kind:id`, each encoded. */
function keyOfName(name: string): EntityKey {
  const colon = name.indexOf(':');
  return keyOfField(decodeText(name.slice(0, colon)), name.slice(colon + 1));
}
