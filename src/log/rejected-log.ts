/** Rejected events on a topic of any event log. What has been decided is known in memory, loaded from the topic at start. */
import { isInHistory } from '../domain/epochs.js';
import { type Position, parsePositionText, partitionKey, positionText } from '../domain/position.js';
import type { Decision } from '../domain/step.js';
import { decodeRejectedEntry, encodeDeadLetter, encodeDecision, encodeLapse, honest } from './dead-letter.js';
import type { EventLog, LogRecord, RecordReader } from './port.js';
import type {
  DeadLetter,
  NewDecision,
  PendingDecision,
  ReadAtOpen,
  RejectedEvent,
  RejectedEvents,
} from './rejected-port.js';
import { isStandIn } from './stand-in.js';
import { Turns } from './turns.js';

interface Entry {
  readonly event: Omit<RejectedEvent, 'decision'>;
  /** Where the letter is. */
  readonly letter: Position;
}

/** A letter that is known, as it is kept beside the topic. */
export type KnownLetter = Omit<RejectedEvent, 'decision'> & { readonly letter: Position };

/** What the topic has told through an offset, so that it need not be read from its beginning. */
export interface RejectedContents {
  readonly through: bigint;
  readonly letters: readonly KnownLetter[];
  readonly decisions: readonly (readonly [id: string, made: readonly Decision[]])[];
}

interface RejectedParts {
  readonly log: EventLog & RecordReader;
  readonly topic: string;
  readonly clock: { wallMs(): number };
}

export class RejectedLog implements RejectedEvents {
  readonly #parts: RejectedParts;
  readonly #entries = new Map<string, Entry>();
  /** All decisions about a record, in the order of their positions. */
  readonly #decisions = new Map<string, readonly Decision[]>();
  /** Positions of decisions that never took effect: few, since it takes a loss between an operator's look and the fold. */
  readonly #lapsed = new Set<string>();
  readonly #turns = new Turns();
  #readAtOpen: { readonly loaded: bigint[]; readonly tail: LogRecord[] } = { loaded: [], tail: [] };
  /** Of the topic's records, the last one whose decision, if it is one, is in effect. */
  #adopted = -1n;

  private constructor(parts: RejectedParts) {
    this.#parts = parts;
  }

  /**
   * Reads the topic. From its beginning: decisions must be known before the records they are about are folded again. With `known`,
   * which belongs to a state that has come just as far: only the letters after it, since what has a letter gets no second; the
   * decisions after it are for the materializer to carry out, before it folds anything else. `known` may be such a
   * state's offset alone: then everything is read.
   */
  static async open(
    log: EventLog & RecordReader,
    topic: string,
    clock: { wallMs(): number },
    known?: RejectedContents | bigint,
  ): Promise<RejectedLog> {
    const rejected = new RejectedLog({ log, topic, clock });
    const [starts, ends] = await Promise.all([log.starts(), log.ends()]);
    const start = starts.get(`${topic}:0`) ?? 0n;
    const kept = typeof known === 'object' ? known : undefined;
    if (kept !== undefined) rejected.#restore(kept);
    const from = kept === undefined ? start : kept.through + 1n;
    const decided = typeof known === 'object' ? known.through : known;
    for await (const records of log.scan(topic, 0, from, ends.get(`${topic}:0`) ?? 0n)) {
      for (const record of records) {
        if (decided !== undefined && record.position.offset > decided) rejected.#learn(record);
        else {
          rejected.adopt(record);
          rejected.#readAtOpen.loaded.push(record.position.offset);
        }
      }
    }
    return rejected;
  }

  #restore({ through, letters, decisions }: RejectedContents): void {
    for (const { letter, ...event } of letters) {
      if (this.#isOfThisHistory(event.position)) this.#entries.set(event.id, { event, letter });
    }
    for (const [id, made] of decisions) if (this.#entries.has(id)) this.#decisions.set(id, made);
    this.#adopted = through;
  }

  #learn(record: LogRecord): void {
    const entry = decodeRejectedEntry(record);
    if (entry?.entry === 'letter') this.#remember(entry.letter, record.position, entry.rejectedAtMs);
    // Known before the decision comes to be carried out: what lapsed for one reader lapsed for all.
    if (entry?.entry === 'lapse') this.#forget(entry);
    this.#readAtOpen.tail.push(record);
  }

  handOver(): ReadAtOpen {
    const read = this.#readAtOpen;
    this.#readAtOpen = { loaded: [], tail: [] };
    return read;
  }

  get adoptedThrough(): bigint {
    return this.#adopted;
  }

  passed(offset: bigint): void {
    if (offset > this.#adopted) this.#adopted = offset;
  }

  retreat(through: bigint): void {
    for (const [id, made] of this.#decisions) {
      const kept = made.filter((decision) => isAtMost(decision, through));
      if (kept.length === 0) this.#decisions.delete(id);
      else this.#decisions.set(id, kept);
    }
    if (this.#adopted > through) this.#adopted = through;
  }

  /** What is known through `through`; undefined in the moment in which the decisions up to there are not all in effect yet. */
  capture(through: bigint): RejectedContents | undefined {
    if (this.#adopted < through) return undefined;
    const letters = [...this.#entries.values()].filter(({ letter }) => letter.offset <= through);
    return {
      through,
      letters: letters.map(({ event, letter }) => ({ ...event, letter })),
      decisions: [...this.#decisions].map(([id, made]) => [id, made.filter((one) => isAtMost(one, through))] as const),
    };
  }

  async append(letters: readonly DeadLetter[]): Promise<void> {
    const fresh = letters.filter(({ record }) => !this.#entries.has(positionText(record.position))).map(honest);
    if (fresh.length === 0) return;
    const positions = await this.#parts.log.append(fresh.map((letter) => encodeDeadLetter(this.#parts.topic, letter)));
    for (const [index, letter] of fresh.entries()) {
      const position = positions[index];
      if (position !== undefined) this.#remember(letter, position, this.#parts.clock.wallMs());
    }
  }

  async decide(id: string, decision: NewDecision): Promise<Position> {
    const [position] = await this.#parts.log.append([encodeDecision(this.#parts.topic, id, decision)]);
    if (position === undefined) throw new Error('the log returned no position for an append');
    return position;
  }

  async lapse(id: string, at: string): Promise<void> {
    if (this.#lapsed.has(at)) return;
    await this.#parts.log.append([encodeLapse(this.#parts.topic, id, at)]);
    this.#forget({ id, at });
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(work);
  }

  #forget({ id, at }: { readonly id: string; readonly at: string }): void {
    this.#lapsed.add(at);
    const made = this.#decisions.get(id)?.filter((decision) => decision.at !== at) ?? [];
    if (made.length === 0) this.#decisions.delete(id);
    else this.#decisions.set(id, made);
  }

  decisionOn(id: string): Decision | undefined {
    const made = this.#decisions.get(id);
    return made === undefined ? undefined : inEffect(made);
  }

  newDecision(record: LogRecord): PendingDecision | undefined {
    const entry = decodeRejectedEntry(record);
    if (entry?.entry !== 'decision') return undefined;
    const event = this.find(entry.id);
    const made = this.#decisions.get(entry.id) ?? [];
    const { at: place } = entry.decision;
    if (event === undefined || this.#lapsed.has(place) || made.some(({ at }) => at === place)) return undefined;
    return { event, decision: inEffect([...made, entry.decision]) ?? entry.decision };
  }

  adopt(record: LogRecord): void {
    this.passed(record.position.offset);
    const entry = decodeRejectedEntry(record);
    if (entry?.entry === 'letter') this.#remember(entry.letter, record.position, entry.rejectedAtMs);
    if (entry?.entry === 'lapse') this.#forget(entry);
    // A letter always stands before the decisions about it; a decision about anything else decides nothing.
    if (entry?.entry !== 'decision' || this.newDecision(record) === undefined) return;
    this.#decisions.set(entry.id, [...(this.#decisions.get(entry.id) ?? []), entry.decision]);
  }

  /**
   * A log that has lost a record may have kept its letter, and what was decided about it. Ids name places: believed, they would be about
   * whatever takes that place next.
   */
  #isOfThisHistory({ topic, partition, leaderEpoch, offset }: Position): boolean {
    return isInHistory(this.#parts.log.epochs, partitionKey(topic, partition), { leaderEpoch, offset });
  }

  #remember(letter: DeadLetter, at: Position, rejectedAtMs: number): void {
    if (!this.#isOfThisHistory(letter.record.position)) return;
    const id = positionText(letter.record.position);
    const { rejection, concern } = letter;
    this.#entries.set(id, {
      event: { id, position: letter.record.position, rejection, concern, rejectedAtMs },
      letter: at,
    });
  }

  find(id: string): RejectedEvent | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : { ...entry.event, decision: this.decisionOn(id) ?? null };
  }

  list(tenant: string | null): readonly RejectedEvent[] {
    const all = [...this.#entries.keys()].flatMap((id) => this.find(id) ?? []).reverse();
    return tenant === null ? all : all.filter(({ concern }) => concern.tenant === null || concern.tenant === tenant);
  }

  async bytesOf(id: string): Promise<LogRecord | undefined> {
    const kept = await this.repairable(id);
    return kept === undefined || isStandIn(kept) ? undefined : kept;
  }

  async repairable(id: string): Promise<LogRecord | undefined> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const [reading] = await this.#parts.log.read(this.#parts.topic, 0, [entry.letter.offset]);
    const decoded = reading?.kind === 'found' ? decodeRejectedEntry(reading.record) : undefined;
    if (decoded?.entry !== 'letter') return undefined;
    return decoded.isReference ? this.#recordAt(entry.event.position) : decoded.letter.record;
  }

  async #recordAt({ topic, partition, offset }: Position): Promise<LogRecord | undefined> {
    const [reading] = await this.#parts.log.read(topic, partition, [offset]);
    return reading?.kind === 'found' ? reading.record : undefined;
  }
}

function isAtMost({ at }: Decision, through: bigint): boolean {
  return (parsePositionText(at)?.offset ?? -1n) <= through;
}

/** The last decision, on top of those before it. */
function inEffect(made: readonly Decision[]): Decision | undefined {
  let last: Decision | undefined;
  for (const decision of made) last = last === undefined ? decision : { ...decision, before: last };
  return last;
}
