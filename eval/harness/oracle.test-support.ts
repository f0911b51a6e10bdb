/** A service that is played a stream in pieces, with an oracle at its side that sees every record the service sees. */
import type { JsonObject, JsonValue } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import { positionText } from '../../src/domain/position.js';
import type { LogRecord, NewRecord } from '../../src/log/port.js';
import { defaultTopics, sourceTopic } from '../../src/log/topics.js';
import { Flow, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { type JudgedAnswer, Oracle, type ReleasedValue } from './oracle.js';

/** As a log has it. */
export function takeFrom(oracle: Oracle, { key, headers, value, position }: LogRecord): void {
  const rules = sourceTopic(defaultTopics, position.topic);
  if (rules === undefined) return;
  const { topic, partition } = position;
  oracle.take({ topic, rules, partition, position: positionText(position), key, headers, value });
}

export interface Asked {
  readonly tenant: string;
  readonly account: string | null;
  readonly question: string;
  readonly mode: 'context' | 'search';
}

export class Witnessed {
  readonly oracle = new Oracle();
  readonly #clock: TwoHandClock;
  readonly #flow: Flow;

  private constructor(clock: TwoHandClock, flow: Flow) {
    this.#clock = clock;
    this.#flow = flow;
  }

  static async open(tenants: readonly string[]): Promise<Witnessed> {
    const clock = new TwoHandClock();
    return new Witnessed(clock, await Flow.open({ clock, log: memoryLog(clock), tenants }));
  }

  /** Appends records one after the other; both have seen all of them when it resolves. */
  async play(records: readonly NewRecord[], atMs: number): Promise<void> {
    this.#clock.setWall(atMs);
    const { log } = this.#flow.options;
    for (const record of records) {
      const position = (await log.append([record]))[0];
      if (position === undefined) throw new Error('an append has a position');
      const next = position.offset + 1n;
      for await (const batch of log.scan(position.topic, position.partition, position.offset, next)) {
        for (const found of batch) takeFrom(this.oracle, found);
      }
    }
    await this.#flow.settle();
  }

  /** What the service answers, as the oracle judges it; undefined where there is no such account. */
  async answer({ tenant, account, question, mode }: Asked): Promise<JudgedAnswer | undefined> {
    const consistency = { level: 'latest' };
    const body = { ...(account === null ? {} : { account }), question, consistency };
    const heard = await this.#flow.caller(tenant).ask(`/v1/${mode}`, { body });
    if (heard.status === 404) return undefined;
    if (heard.status !== 200) throw new Error(`status ${heard.status}: ${heard.text}`);
    const items = (heard.body.items as readonly JsonObject[]).map(releasedOf);
    return { question: { tenant, account, expect: { contains: [], absent: [] } }, atMs: this.#clock.wallMs(), items };
  }

  stop(): Promise<void> {
    return this.#flow.stop();
  }
}

function releasedOf({ ref, value, source, why }: JsonObject): ReleasedValue {
  const { hash, topic, partition, offset } = source as Record<string, JsonValue>;
  const { selected } = why as JsonObject;
  const position = `${topic}:${partition}:${offset}`;
  return { ref: ref as Ref, hash: String(hash), position, selected: String(selected), value: value ?? null };
}
