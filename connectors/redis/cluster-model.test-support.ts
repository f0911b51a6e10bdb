/** The steps of a store over several slots, in memory: what the protocol is tried on, with writers that die, sleep and come back. */
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import type { IndexMark } from '../../src/retrieval/port.js';
import type { PartitionProgress } from '../../src/state/port.js';
import type {
  Committed,
  Control,
  ControlView,
  Intent,
  IntentPart,
  PartAsk,
  PartRead,
  PendingName,
  Slots,
} from './cluster-slots.js';
import { decodeText, EVERY_ACCOUNT, encodeText, fieldOf, fields, type Layout, ownerText } from './layout.js';
import { decodeMark, decodeProgress, decodeThrough } from './values.js';

type Hash = Map<string, string>;

interface Marks {
  readonly pending: Map<string, number>;
  /** Of which they are. */
  index: IndexMark | null;
}

export class ModelSlots implements Slots {
  readonly #layout: Layout;
  readonly #hashes = new Map<string, Hash>();
  /** `pending`: tenant:entity, oldest first. */
  readonly #marks: Marks = { pending: new Map(), index: null };
  #seq = 0;
  #intent: Intent | null = null;
  #last = '';
  /** In the order in which they were decided, for whoever looks on. */
  readonly decided: Intent[] = [];
  /** Steps that came late and found themselves done. */
  lateSteps = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async look(): Promise<Control> {
    return { seq: this.#seq, intent: this.#intent };
  }

  async view(tenant: string | null, accountId?: string): Promise<ControlView> {
    const keys = [this.#layout.blockedOf(null), ...(tenant === null ? [] : [this.#layout.blockedOf(tenant)])];
    const blocked = keys.flatMap((key, index) =>
      [...this.#hash(key)]
        .filter(([rejected]) => index === 0 || accountId === undefined || this.#isListed(key, rejected, accountId))
        .map(([rejected, text]) => decodeMark(rejected, text)),
    );
    return { ...(await this.look()), through: this.#through(), blocked };
  }

  async progress(): Promise<ReadonlyMap<PartitionKey, PartitionProgress>> {
    const { progress, counts } = this.#layout;
    return decodeProgress([...this.#hash(progress)].flat(), [...this.#hash(counts)].flat());
  }

  async read({ stampKey, asks, bytesMax = Number.POSITIVE_INFINITY }: PartAsk): Promise<PartRead> {
    let bytes = 0;
    const all = asks.map(({ key, field, lines }) => {
      if (field === null) return lines === 0 ? [...this.#hash(key).keys()] : [...this.#hash(key)].flat();
      const value = this.#hash(key).get(field) ?? null;
      return lines === undefined ? value : (value?.split('\n').slice(0, lines).join('\n') ?? null);
    });
    const values = all.filter((value, index) => {
      bytes += typeof value === 'string' ? value.length : 0;
      return index === 0 || bytes <= bytesMax;
    });
    return { seq: Number(this.#hash(stampKey).get(fields.seq) ?? 0), values };
  }

  async commit(intent: Intent): Promise<Committed> {
    if (this.#intent?.token === intent.token) return 'committed';
    if (this.#last === intent.token) return 'finished';
    if (this.#intent !== null || this.#seq !== intent.after) return 'moved';
    const through = this.#hash(this.#layout.progress);
    if (intent.control.rests.some(([partition, at]) => (through.get(partition) ?? '-1') !== at)) return 'conflict';
    this.decided.push(intent);
    this.#intent = intent;
    if (intent.parts.length > 0) return 'committed';
    await this.finish(intent);
    return 'finished';
  }

  async apply(seq: number, { stampKey, steps }: IntentPart): Promise<void> {
    const stamp = this.#hash(stampKey);
    if (Number(stamp.get(fields.seq) ?? 0) >= seq) {
      this.lateSteps++;
      return;
    }
    for (const { key, field, value } of steps) {
      if (value === null) this.#hash(key).delete(field);
      else this.#hash(key).set(field, value);
    }
    stamp.set(fields.seq, String(seq));
  }

  async finish({ seq }: Intent): Promise<void> {
    const intent = this.#intent;
    if (intent?.seq !== seq) return;
    const { control, token } = intent;
    for (const [partition = '', through = '', ...counts] of control.progress) this.#advance(partition, through, counts);
    for (const [key, entity] of control.replaced) {
      for (const [rejected, mark] of [...this.#hash(key)]) if (mark.startsWith(`${entity}\n`)) this.#unblock(rejected);
    }
    for (const rejected of control.decided) this.#unblock(rejected);
    for (const { rejected, marks: key, mark, owner } of control.block) {
      this.#unblock(rejected);
      this.#hash(key).set(rejected, mark);
      this.#hash(this.#layout.blocked).set(rejected, `${key}\n${mark.split('\n')[1]}\n${owner}`);
    }
    const listed = this.#hash(this.#layout.blocked);
    for (const [key, entity, owner] of control.moved) {
      for (const [rejected, mark] of this.#hash(key)) {
        if (mark.startsWith(`${entity}\n`)) listed.set(rejected, `${listed.get(rejected)}\n${owner}`);
      }
    }
    for (const { tenant, field, revision } of control.pending) {
      const name = `${encodeText(tenant)}:${field}`;
      this.#marks.pending.delete(name);
      this.#marks.pending.set(name, revision);
      this.#hash(this.#layout.tenants).set(encodeText(tenant), '');
    }
    this.#seq = seq;
    this.#intent = null;
    this.#last = token;
  }

  async pending(
    tenant: string | null,
    countMax: number,
  ): Promise<Control & { readonly names: readonly PendingName[] }> {
    const all = [...this.#marks.pending.keys()].map((name) => {
      const colon = name.indexOf(':');
      return { tenant: decodeText(name.slice(0, colon)), field: name.slice(colon + 1) };
    });
    const names = tenant === null ? all : all.filter((name) => name.tenant === tenant).reverse();
    return { ...(await this.look()), names: names.slice(0, countMax) };
  }

  async pendingCount(): Promise<number> {
    return this.#marks.pending.size;
  }

  async clear(marks: readonly (PendingName & { readonly revision: number })[], by: IndexMark | null): Promise<void> {
    if (by?.index !== this.#marks.index?.index || (by?.revision ?? 0) < (this.#marks.index?.revision ?? 0)) return;
    this.#marks.index = by;
    for (const { tenant, field, revision } of marks) {
      const name = `${encodeText(tenant)}:${field}`;
      if (this.#marks.pending.get(name) === revision) this.#marks.pending.delete(name);
    }
  }

  async indexMark(): Promise<IndexMark | null> {
    return this.#marks.index;
  }

  async nameIndex(by: IndexMark | null): Promise<void> {
    this.#marks.index = by;
  }

  async tenants(): Promise<readonly string[]> {
    return [...this.#hash(this.#layout.tenants).keys()].map(decodeText);
  }

  #through(): PositionVector {
    return decodeThrough([...this.#hash(this.#layout.progress)].flat());
  }

  #advance(partition: string, through: string, counts: readonly string[]): void {
    const progress = this.#hash(this.#layout.progress);
    if (BigInt(progress.get(partition) ?? -1) < BigInt(through)) progress.set(partition, through);
    const known = this.#hash(this.#layout.counts);
    for (const [index, outcome] of ['applied', 'superseded', 'duplicate', 'rejected'].entries()) {
      const name = `${partition} ${outcome}`;
      known.set(name, String(Number(known.get(name) ?? 0) + Number(counts[index] ?? 0)));
    }
  }

  #unblock(rejected: string): void {
    const [key] = this.#hash(this.#layout.blocked).get(rejected)?.split('\n') ?? [];
    if (key === undefined) return;
    this.#hash(key).delete(rejected);
    this.#hash(this.#layout.blocked).delete(rejected);
  }

  #isListed(key: string, rejected: string, accountId: string): boolean {
    const accounts = this.#hash(this.#layout.blocked).get(rejected)?.split('\n').slice(1) ?? [];
    const name = `${fieldOf({ kind: 'account', id: accountId })}\n`;
    if (this.#hash(key).get(rejected)?.startsWith(name)) return true;
    return accounts.some((one) => one === EVERY_ACCOUNT || one === ownerText(accountId));
  }

  #hash(key: string): Hash {
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const made: Hash = new Map();
    this.#hashes.set(key, made);
    return made;
  }
}
