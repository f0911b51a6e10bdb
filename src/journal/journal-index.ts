/**
 * From entities and accounts to the positions of their records, so that rebuilding one account reads its own records and not the
 * log. Kept in memory and built while the log is folded; it holds every record whose key could be read, rejected ones included.
 * Of a key's expired records the newest stays noted: it tells that the key has a past that is no longer there.
 */
import { type EntityKey, type EntityKeyText, entityKeyOf, entityKeyText } from '../domain/entity.js';
import { type PartitionKey, type Position, type PositionVector, partitionKey } from '../domain/position.js';
import { type KeptOffsets, type KeyRecords, type PackedRecords, RecordChains } from './record-chains.js';

export type { KeyRecords } from './record-chains.js';

/** The index as of one instant. Keys and accounts go by number, in the order of `names`. */
export interface IndexContents {
  readonly names: readonly EntityKeyText[];
  /** Of the keys numbered `from` up to but not at `to`: what is kept, and of the expired ones the newest of each key. */
  records(from: number, to: number): PackedRecords;
  /** Accounts, each with the numbers of the keys that have ever belonged to it. */
  readonly accounts: readonly (readonly [name: EntityKeyText, keys: readonly number[]])[];
}

export class JournalIndex {
  readonly #numbers = new Map<EntityKeyText, number>();
  readonly #names: EntityKeyText[] = [];
  #records = new RecordChains();
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

  /** Every policy the tenant has ever had, all versions. */
  policiesOf(tenant: string): readonly EntityKey[] {
    return this.#keysAt(this.#policies.get(tenant) ?? []);
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
   * Arrays of numbers are copied, about 3 ms for a million records.
   */
  capture(through: PositionVector, starts: ReadonlyMap<PartitionKey, bigint>): IndexContents {
    const [names, records] = [[...this.#names], this.#records.copy()];
    const kept: KeptOffsets = (partition) => ({
      first: starts.get(partition) ?? 0n,
      last: through.get(partition) ?? -1n,
    });
    const accounts = [...this.#accounts].map(([name, keys]) => [name, [...keys]] as const);
    return { names, records: (from, to) => records.pack(from, to, kept), accounts };
  }

  /** Of an empty index. */
  restore({ names, records, accounts }: IndexContents): void {
    for (const name of names) this.#add(name, entityKeyOf(name));
    this.#records.take(0, records(0, names.length));
    for (const [name, keys] of accounts) {
      const list = [...keys];
      this.#accounts.set(name, list);
      for (const number of list) this.#lastAccounts[number] = list;
    }
  }

  /** Forgets expired records, but for the newest of each key. */
  prune(starts: ReadonlyMap<PartitionKey, bigint>): void {
    const kept: KeptOffsets = (partition) => ({ first: starts.get(partition) ?? 0n, last: NO_LAST });
    const packed = this.#records.pack(0, this.#names.length, kept);
    this.#records = new RecordChains();
    this.#records.take(0, packed);
  }
}

/** No offset is beyond it. */
const NO_LAST = 2n ** 64n;
