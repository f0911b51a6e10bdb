/** The steps of `cluster-slots.ts` as scripts on a Redis Cluster. */
import type { IndexMark } from '../../src/retrieval/port.js';
import type { StateMove } from '../../src/state/port.js';
import type { ClusterConnection } from './cluster-connection.js';
import {
  applyScript,
  clearScript,
  commitScript,
  finishScript,
  indexMarkScript,
  lookScript,
  nameIndexScript,
  pendingCountScript,
  pendingNamesScript,
  readScript,
  tenantNamesScript,
  viewScript,
} from './cluster-scripts.js';
import {
  type Committed,
  ContentsGone,
  type Control,
  type ControlView,
  type Intent,
  type IntentPart,
  type PartAsk,
  type PartRead,
  type PendingName,
  type Slots,
} from './cluster-slots.js';
import { decodeText, encodeText, type Layout, tagOf } from './layout.js';
import { movesText } from './moves.js';
import { textsOf } from './reply.js';
import type { Script } from './script.js';
import { decodeIndexMark, decodeMark, decodeProgress, decodeThrough, pairs, ValueDamaged } from './values.js';
import { KeyList, namesOf, push, pushControl } from './write.js';

export interface SlotsGround {
  readonly connection: ClusterConnection;
  readonly layout: Layout;
  /** Run ids of the servers with which the contents began. */
  readonly runs: string;
  /** Whether the server of a tag still has what it was given when the contents began. */
  isMarked(tag: string): Promise<boolean>;
  /** The contents are not there any more, or not to be believed. */
  gone(isGivenUp: boolean): void;
}

export class RedisSlots implements Slots {
  readonly #ground: SlotsGround;

  constructor(ground: SlotsGround) {
    this.#ground = ground;
  }

  async look(): Promise<Control> {
    return controlOf(await this.#control(lookScript));
  }

  async view(tenant: string | null, accountId = ''): Promise<ControlView> {
    const { layout } = this.#ground;
    const marks = [layout.blockedOf(null), ...(tenant === null ? [] : [layout.blockedOf(tenant)])];
    const reply = await this.#control(viewScript, [layout.progress, ...marks], [encodeText(accountId)]);
    const blocked = reply.slice(4).flatMap((flat) => pairs(textsOf(flat)).map(([at, text]) => decodeMark(at, text)));
    return { ...controlOf(reply), through: decodeThrough(textsOf(reply[3])), blocked };
  }

  async progress() {
    const { layout } = this.#ground;
    const [, , , through, counts] = await this.#control(viewScript, [layout.progress, layout.counts], ['']);
    return decodeProgress(textsOf(through), textsOf(counts));
  }

  async read({ stampKey, asks, bytesMax }: PartAsk): Promise<PartRead> {
    const list = new KeyList();
    list.at(stampKey);
    const rows = asks.map(({ key, field, lines }) => {
      if (field === null) return [list.at(key), lines === 0 ? 'names' : 'all', ''];
      return [list.at(key), lines === undefined ? 'value' : String(lines), field];
    });
    const args = [bytesMax === undefined ? '' : String(bytesMax)];
    push(args, rows);
    const [, seq, ...values] = await this.#run(readScript, list.keys, args);
    // Nothing there, of a server that was emptied, says nothing.
    if (seq === '0' && !(await this.#ground.isMarked(tagOf(stampKey)))) throw this.#gone(true);
    if (values.length === 0 ? asks.length > 0 : values.length < asks.length && bytesMax === undefined)
      throw new ValueDamaged();
    return { seq: Number(seq), values: values.map(replied) };
  }

  async commit(intent: Intent): Promise<Committed> {
    const { list, args } = this.#finishing(intent);
    const head = [String(intent.after), String(intent.seq), intent.token];
    push(head, intent.control.rests);
    const rest = intent.parts.length === 0 ? ['', ...args] : [JSON.stringify(intent)];
    const [kind] = await this.#run(commitScript, list.keys, [...this.#contents, ...head, ...rest]);
    if (kind === 'committed' || kind === 'finished' || kind === 'moved' || kind === 'conflict') return kind;
    throw new ValueDamaged();
  }

  async apply(seq: number, { stampKey, steps }: IntentPart): Promise<void> {
    const list = new KeyList();
    list.at(stampKey);
    const args = [String(seq)];
    push(
      args,
      steps.map(({ key, field, value }) => [list.at(key), field, value === null ? '0' : '1', value ?? '']),
    );
    await this.#run(applyScript, list.keys, args);
  }

  async finish(intent: Intent): Promise<void> {
    const { list, args } = this.#finishing(intent);
    await this.#run(finishScript, list.keys, [...this.#contents, String(intent.seq), intent.token, ...args]);
  }

  async pending(tenant: string | null, countMax: number) {
    const { layout } = this.#ground;
    const key = tenant === null ? layout.pending : layout.pendingOf(tenant);
    const args = [tenant === null ? 'oldest' : 'newest', String(countMax)];
    const reply = await this.#control(pendingNamesScript, [key], args);
    const names = textsOf(reply[3]).map((name): PendingName => {
      if (tenant !== null) return { tenant, field: name };
      const colon = name.indexOf(':');
      return { tenant: decodeText(name.slice(0, colon)), field: name.slice(colon + 1) };
    });
    return { ...controlOf(reply), names };
  }

  async pendingCount(): Promise<number> {
    const [, count] = await this.#control(pendingCountScript, [this.#ground.layout.pending]);
    return Number(count);
  }

  async clear(marks: readonly (PendingName & { readonly revision: number })[], by: IndexMark | null): Promise<void> {
    const { layout } = this.#ground;
    const list = new KeyList();
    const { pending, revisions, index } = layout;
    for (const key of [layout.control.meta, intentKey(layout), pending, revisions, index]) list.at(key);
    const args = [...this.#contents, ...namesOf(by)];
    push(
      args,
      marks.map(({ tenant, field, revision }) => {
        return [list.at(layout.pendingOf(tenant)), encodeText(tenant), field, String(revision)];
      }),
    );
    await this.#run(clearScript, list.keys, args);
  }

  async indexMark(): Promise<IndexMark | null> {
    const [, index, revision] = await this.#control(indexMarkScript, [this.#ground.layout.index]);
    return decodeIndexMark(index, revision);
  }

  async nameIndex(by: IndexMark | null): Promise<void> {
    await this.#control(nameIndexScript, [this.#ground.layout.index], namesOf(by));
  }

  async tenants(): Promise<readonly string[]> {
    const [, ...tenants] = await this.#control(tenantNamesScript, [this.#ground.layout.tenants]);
    return tenants.map((name) => decodeText(String(name)));
  }

  get #contents(): readonly string[] {
    return [this.#ground.layout.contents];
  }

  #control(script: Script, keys: readonly string[] = [], args: readonly string[] = []): Promise<readonly unknown[]> {
    const { layout } = this.#ground;
    return this.#run(script, [layout.control.meta, intentKey(layout), ...keys], [...this.#contents, ...args]);
  }

  async #run(script: Script, keys: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
    const { connection, runs } = this.#ground;
    const reply = await connection.run(script, keys, [runs, ...args]);
    if (reply[0] === 'strange') throw this.#gone(true);
    if (reply[0] === 'other') throw this.#gone(false);
    return reply;
  }

  #gone(isGivenUp: boolean): ContentsGone {
    this.#ground.gone(isGivenUp);
    return new ContentsGone();
  }

  #finishing({ control, moves, origin }: Intent): { readonly list: KeyList; readonly args: readonly string[] } {
    const { layout } = this.#ground;
    const { progress, counts, blocked, pending, revisions, tenants } = layout;
    const list = new KeyList();
    for (const key of [
      layout.control.meta,
      intentKey(layout),
      progress,
      counts,
      blocked,
      pending,
      revisions,
      tenants,
    ]) {
      list.at(key);
    }
    const args = [layout.control.channel, origin, movesText(moves)];
    pushControl(args, control, layout, list);
    return { list, args };
  }
}

/** `{P}:C:progress:intent` hash: seq, token, and the intent as JSON. */
function intentKey(layout: Layout): string {
  return `${layout.progress}:intent`;
}

function controlOf([, seq, text]: readonly unknown[]): Control {
  // Written by this program of this version: another format is another store.
  return { seq: Number(seq), intent: text === '' ? null : (JSON.parse(String(text)) as Intent) };
}

function replied(value: unknown): string | null | readonly string[] {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) ? textsOf(value) : String(value);
}

export interface MovesHeard {
  readonly contents: string;
  readonly origin: string;
  readonly moves: readonly StateMove[];
}

/** Undefined: it is none of ours. */
export function readMoves(message: string): MovesHeard | undefined {
  try {
    const [contents, origin, text]: readonly unknown[] = JSON.parse(message);
    const rows: readonly (readonly [string | null, string | null])[] = JSON.parse(String(text));
    const moves = rows.map(([tenant, accountId]) => ({ tenant, accountId }));
    return { contents: String(contents), origin: String(origin), moves };
  } catch {
    return undefined;
  }
}
