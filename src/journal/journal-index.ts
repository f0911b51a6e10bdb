/**
 * From entities and accounts to the positions of their records, so that rebuilding one account reads its own records and not the
 * log. Kept in memory and built while the log is folded; it holds every record whose key could be read, rejected ones included.
 */
import { type EntityKey, type EntityKeyText, entityKeyText } from '../domain/entity.js';
import { type PartitionKey, type Position, partitionKey } from '../domain/position.js';

/** Offsets of one key's records in one partition, ascending. */
export interface KeyRecords {
  readonly partition: PartitionKey;
  readonly offsets: readonly bigint[];
}

interface KeyEntry {
  readonly key: EntityKey;
  /** More than one only where a topic has grown partitions and the key has moved. */
  readonly runs: { readonly partition: PartitionKey; readonly offsets: bigint[] }[];
}

export class JournalIndex {
  readonly #keys = new Map<EntityKeyText, KeyEntry>();
  readonly #accounts = new Map<string, Set<EntityKeyText>>();
  readonly #policies = new Map<string, Map<string, EntityKey>>();

  /** Notes a record of `key` and the accounts it touched (the one left and the one joined). Noting twice changes nothing. */
  note(key: EntityKey, position: Position, accounts: readonly string[]): void {
    const text = entityKeyText(key);
    const entry = this.#keys.get(text) ?? { key, runs: [] };
    this.#keys.set(text, entry);
    const partition = partitionKey(position.topic, position.partition);
    let run = entry.runs.find((candidate) => candidate.partition === partition);
    if (run === undefined) {
      run = { partition, offsets: [] };
      entry.runs.push(run);
    }
    insert(run.offsets, position.offset);
    if (key.kind === 'policy') this.#notePolicy(key);
    for (const accountId of accounts) this.#noteAccount(key.tenant, accountId, text);
  }

  #notePolicy(key: EntityKey): void {
    const known = this.#policies.get(key.tenant) ?? new Map<string, EntityKey>();
    known.set(key.id, key);
    this.#policies.set(key.tenant, known);
  }

  #noteAccount(tenant: string, accountId: string, key: EntityKeyText): void {
    const name = entityKeyText({ tenant, kind: 'account', id: accountId });
    const keys = this.#accounts.get(name) ?? new Set();
    keys.add(key);
    this.#accounts.set(name, keys);
  }

  /** Every record of the key, in order per partition. */
  recordsOf(key: EntityKey): readonly KeyRecords[] {
    return this.#keys.get(entityKeyText(key))?.runs ?? [];
  }

  /** Every policy the tenant has ever had, all versions. */
  policiesOf(tenant: string): readonly EntityKey[] {
    return [...(this.#policies.get(tenant)?.values() ?? [])];
  }

  /** Every entity that has ever belonged to the account, the account itself among them. */
  keysOfAccount(tenant: string, accountId: string): readonly EntityKey[] {
    const names = this.#accounts.get(entityKeyText({ tenant, kind: 'account', id: accountId })) ?? [];
    return [...names].flatMap((name) => this.#keys.get(name)?.key ?? []);
  }
}

/** Keeps offsets ascending and each once. Records come in order but for those a repair gave to this key later. */
function insert(offsets: bigint[], offset: bigint): void {
  let at = offsets.length;
  while (at > 0 && (offsets[at - 1] ?? -1n) > offset) at--;
  if (offsets[at - 1] !== offset) offsets.splice(at, 0, offset);
}
