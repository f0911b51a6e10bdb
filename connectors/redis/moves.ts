/**
 * Who is told of writes: of our own as soon as they are known to be made, of others' by a channel. That also brings our own again: they
 * are told once, also when the reply to a write is lost and only the channel says that it was made.
 */
import { randomUUID } from 'node:crypto';
import { limits } from '../../src/limits.js';
import type { StateMove } from '../../src/state/port.js';

type Listener = (moves: readonly StateMove[]) => void;

/** A name ends so far behind its beginning at most: a UUID, a slash that JSON may escape, a number. */
const NAME_END = 36 + 2 + 16;

export const anything: readonly StateMove[] = ['anything'];

export class MoveBoard {
  readonly #instance = randomUUID();
  readonly #listeners = new Set<Listener>();
  #writes = 0;
  /** Own writes without a reply yet; with what the channel said where it has been faster. */
  readonly #underWay = new Map<string, string | null>();
  /** Own writes of which nobody knows whether they were made. The oldest go when there are too many. */
  readonly #unsure = new Set<string>();

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The name of a write, which its message bears. */
  begin(): string {
    this.#writes++;
    const writer = `${this.#instance}/${this.#writes}`;
    this.#underWay.set(writer, null);
    return writer;
  }

  made(writer: string, moves: readonly StateMove[]): void {
    this.#underWay.delete(writer);
    this.tell(moves);
  }

  notMade(writer: string): void {
    this.#underWay.delete(writer);
  }

  unsure(writer: string): void {
    const early = this.#underWay.get(writer);
    this.#underWay.delete(writer);
    if (early === null || early === undefined) this.#unsure.add(writer);
    else this.tell(readMessage(early).moves);
    for (const oldest of this.#unsure) {
      if (this.#unsure.size <= limits.stateUnsureMax) break;
      this.#unsure.delete(oldest);
    }
  }

  /** A message of the channel. One that cannot be read may be of anything. */
  heard(message: string): void {
    // Of one's own nearly always the reply has come, or comes: nothing of it needs to be read.
    const own = this.#ownWriterOf(message);
    if (own !== undefined && !this.#unsure.has(own)) {
      if (this.#underWay.has(own)) this.#underWay.set(own, message);
      return;
    }
    const { writer, moves } = readMessage(message);
    if (this.#unsure.delete(writer) || !writer.startsWith(this.#instance)) this.tell(moves);
  }

  #ownWriterOf(message: string): string | undefined {
    const at = message.indexOf(this.#instance);
    const number = at < 0 ? null : /^\\?\/([0-9]+)/.exec(message.slice(at + this.#instance.length, at + NAME_END));
    return number === null ? undefined : `${this.#instance}/${number[1]}`;
  }

  tell(moves: readonly StateMove[]): void {
    for (const listener of this.#listeners) listener(moves);
  }
}

export function movesText(moves: readonly StateMove[]): string {
  return JSON.stringify(moves.map((move) => (move === 'anything' ? move : [move.tenant, move.accountId])));
}

interface Message {
  readonly writer: string;
  readonly moves: readonly StateMove[];
}

const unreadable: Message = { writer: '', moves: anything };

function readMessage(message: string): Message {
  try {
    const [, writer, text] = JSON.parse(message) as readonly unknown[];
    if (typeof writer !== 'string' || typeof text !== 'string') return unreadable;
    const rows = JSON.parse(text) as readonly (readonly [string | null, string | null])[];
    return { writer, moves: rows.map(([tenant, accountId]) => ({ tenant, accountId })) };
  } catch {
    return unreadable;
  }
}
