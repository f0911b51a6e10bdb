/** A whole world played into a service, told in as few words as show that two of them are the same. */
import type { Heard } from '../../src/api/world.test-support.js';
import { type Digest, digestOf, type JsonValue } from '../../src/domain/canonical.js';
import type { EntityKey } from '../../src/domain/entity.js';
import { play } from '../flow/play.test-support.js';
import { Flow, TwoHandClock } from '../flow/service.test-support.js';
import { stateText } from '../flow/state-text.test-support.js';
import { isEventEntry, type StreamEntry } from '../streams/stream.js';
import { ArrangedLog, plain } from './arranged-log.test-support.js';
import { hashOf } from './service.test-support.js';

export interface WorldQuestion {
  readonly tenant: string;
  readonly account: string;
  readonly question: string;
}

export interface PlayedWorld {
  readonly tenants: readonly string[];
  readonly entries: readonly StreamEntry[];
  readonly questions: readonly WorldQuestion[];
  /** The evaluation instant. */
  readonly nowMs: number;
}

/** The bytes of one reply by their digest, with what tells where two replies part. */
export function replySummary({ status, text, body }: Heard) {
  const { id, content, question, retrieval, items, code } = body;
  if (status !== 200) return { status, code, question };
  const ranked = (items as readonly { ref: string; why: JsonValue }[]).map(({ ref, why }) => {
    return `${ref} ${JSON.stringify(why)}`;
  });
  return { bytes: digestOf(text), id, content, question, retrieval, ranked };
}

export async function worldSummary({ tenants, entries, questions, nowMs }: PlayedWorld) {
  const clock = new TwoHandClock();
  clock.setWall(nowMs);
  const log = new ArrangedLog(plain.turns, () => clock.wallMs());
  const flow = await Flow.open({ clock, log, tenants });
  await play(flow, entries);
  await flow.settle();
  const given: unknown[] = [];
  for (const { tenant, account, question } of questions) {
    for (const asked of [{ account, question }, { account }]) {
      given.push(replySummary(await flow.caller(tenant).ask('/v1/context', { body: asked })));
    }
  }
  const state: Digest = hashOf(await stateText(flow.service, keysIn(entries)));
  await flow.stop();
  return { records: entries.length, state, given };
}

/** Every entity that an event is about, in the order of its first. */
function keysIn(entries: readonly StreamEntry[]): readonly EntityKey[] {
  const keys = new Map<string, EntityKey>();
  for (const entry of entries.filter(isEventEntry)) {
    const key = { tenant: entry.tenant, kind: entry.topicKind, id: entry.event.subject };
    keys.set(JSON.stringify(key), key);
  }
  return [...keys.values()];
}
