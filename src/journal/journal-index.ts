/**
 * From entities and accounts to the positions of their records, so that rebuilding one account reads its own records and not the
 * log. Kept in memory and built while the log is folded; it holds every record whose key could be read, rejected ones included.
 * Of a key's expired records the newest stays noted: it tells that the key has a past that is no longer there.
 */
import { type EntityKey, type EntityKeyText, entityKeyOf, entityKeyText } from '../domain/entity.js';
import { type PartitionKey, type Position, type PositionVector, partitionKey } from '../domain/position.js';
import { KeptRecords } from './kept-records.js';
import type { KeptOffsets, KeyRecords, PackedRecords } from './record-chains.js';

export type { KeyRecords } from './record-chains.js';

/**
 * The index as of one instant, laid out piece by piece as it is asked for. Keys go by number, in the order in which their names come.
 */
export interface IndexContents {
  /** What is kept, and of the expired records the newest of each key. A piece that goes on with a key names it again. */
  keys(): Iterable<KeyPiece>;
  /** Accounts, each with the numbers of the keys that have ever belonged to it. */
  accounts(): Iterable<readonly [name: EntityKeyText, keys: readonly number[]]>;
}

export interface KeyPiece {
  /** Of the keys from `records.first` on. */
  readonly names: readonly EntityKeyText[];
  readonly records: PackedRecords;
}

// A name as JSON: six bytes for the worst of characters, quotes and a comma, and a count beside it.
const NAME_UNIT_BYTES = 6;
const KEY_BYTES = 7;

export class JournalIndex {
  readonly #numbers = new Map<EntityKeyText, number>();
  readonly #names: EntityKeyText[] = [];
  readonly #records = new KeptRecords();
  readonly #accounts = new Map<EntityKeyText, number[]>();
  /** Per key the list of the account it was noted in last: most keys never leave it, and then nothing is looked through. */
  readonly #lastAccounts: (number[] | undefined)[] = [];
  readonly #policies = new Map<string, number[]>();

  #lastPartition: { readonly topic: string; readonly partition: number; readonly key: PartitionKey } | undefined;

  get isEmpty(): boolean {
    return this.#names.length === 0;
  }

  /** Notes a record of `key` and the accounts it touched (the one left and the one joined). Noting twice changes nothing. */
  note(key: EntityKey, position: Position, accounts: readonly string[]): void {
    const name = entityKeyText(key);
    const number = this.#numbers.get(name) ?? this.#add(name, key);
    this.#records.note(number, this.#partitionOf(position), position.offset);
    for (const accountId of accounts) this.#noteAccount(number, key.tenant, accountId);
  }

  /** Records come partition by partition: the name of the last one mostly is the next one's. */
  #partitionOf({ topic, partition }: Position): PartitionKey {
    const last = this.#lastPartition;
    if (last !== undefined && last.topic === topic && last.partition === partition) return last.key;
    const key = partitionKey(topic, partition);
    this.#lastPartition = { topic, partition, key };
    return key;
  }

  #add(name: EntityKeyText, key: EntityKey): number {
    const number = this.#names.push(name) - 1;
    this.#numbers.set(name, number);
    if (key.kind === 'policy') {
      const ofTenant = this.#policies.get(key.tenant);
      if (ofTenant === undefined) this.#policies.set(key.tenant, [number]);
      else ofTenant.push(number);
    }
    return number;
  }

  #noteAccount(number: number, tenant: string, accountId: string): void {
    const keys = this.#keysOf(entityKeyText({ tenant, kind: 'account', id: accountId }));
    const last = this.#lastAccounts[number];
    // A key without an account so far is in no list.
    if (last === undefined || (last !== keys && !keys.includes(number))) keys.push(number);
    this.#lastAccounts[number] = keys;
  }

  #keysOf(account: EntityKeyText): number[] {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const keys: number[] = [];
    this.#accounts.set(account, keys);
    return keys;
  }

  /** Every record of the key that is kept, in order per partition, after the newest of those that have expired. */
  recordsOf(key: EntityKey): readonly KeyRecords[] {
    const number = this.#numbers.get(entityKeyText(key));
    return number === undefined ? [] : this.#records.recordsOf(number);
  }

  /** The keys from `first` on, at most `countMax`, in the order in which they came; none at the end. */
  keysFrom(first: number, countMax: number): readonly EntityKey[] {
    return this.#names.slice(first, first + countMax).map(entityKeyOf);
  }

  /** Every policy the tenant has ever had, all versions. */
  policiesOf(tenant: string): readonly EntityKey[] {
    return this.#keysAt(this.#policies.get(tenant) ?? []);
  }

  /** Tenants that have ever had a policy. */
  policyTenants(): readonly string[] {
    return [...this.#policies.keys()];
  }

  /** Every entity that has ever belonged to the account, the account itself among them. */
  keysOfAccount(tenant: string, accountId: string): readonly EntityKey[] {
    return this.#keysAt(this.#accounts.get(entityKeyText({ tenant, kind: 'account', id: accountId })) ?? []);
  }

  #keysAt(numbers: readonly number[]): readonly EntityKey[] {
    return numbers.flatMap((number) => {
      const name = this.#names[number];
      return name === undefined ? [] : [entityKeyOf(name)];
    });
  }

  /**
   * Everything as of this instant, but what lies beyond `through`: the state does not show it yet. `starts`: the first kept offsets.
   * Nothing is copied: under 0.3 ms for a million records of 200,000 keys. An account may already list a key that joined it later; it joins again.
   */
  capture(through: PositionVector, starts: ReadonlyMap<PartitionKey, bigint>): IndexContents {
    const [keys, accountCount, pack] = [this.#names.length, this.#accounts.size, this.#records.capture()];
    const kept: KeptOffsets = (partition) => ({
      first: starts.get(partition) ?? 0n,
      last: through.get(partition) ?? -1n,
    });
    const keyBytes = (key: number) => NAME_UNIT_BYTES * (this.#names[key]?.length ?? 0) + KEY_BYTES;
    return {
      keys: () => this.#pieces(pack({ keys, kept, keyBytes })),
      accounts: () => this.#accountsBefore(accountCount, keys),
    };
  }

  *#pieces(pieces: Iterable<PackedRecords>): Generator<KeyPiece, void, void> {
    for (const records of pieces) {
      yield { names: this.#names.slice(records.first, records.first + records.counts.length), records };
    }
  }

  /** Accounts stay in the order in which they came, and of each the keys. */
  *#accountsBefore(
    count: number,
    keyCount: number,
  ): Generator<readonly [EntityKeyText, readonly number[]], void, void> {
    let left = count;
    for (const [name, keys] of this.#accounts) {
      if (left-- === 0) return;
      yield [name, keys.filter((key) => key < keyCount)];
    }
  }

  /** Of an empty index. */
  restore(contents: IndexContents): void {
    for (const { names, records } of contents.keys()) {
      for (const name of names) if (!this.#numbers.has(name)) this.#add(name, entityKeyOf(name));
      this.#records.take(records);
    }
    for (const [name, keys] of contents.accounts()) {
      const list = [...keys];
      this.#accounts.set(name, list);
      for (const number of list) this.#lastAccounts[number] = list;
    }
  }

  /** Forgets expired records, but for the newest of each key, with turns for others between. They have gone when it resolves. */
  prune(starts: ReadonlyMap<PartitionKey, bigint>): Promise<void> {
    return this.#records.prune((partition) => ({ first: starts.get(partition) ?? 0n, last: NO_LAST }));
  }
}

/** No offset is beyond it. */
const NO_LAST = 2n ** 64n;
