/** A stream whose every record answers one question, and a service that looks ahead in it. */

import { instantText } from '../../src/domain/time.js';
import { defaultTopics } from '../../src/log/topics.js';
import type { Engines } from '../../src/pipeline.js';
import { seeded } from '../random.js';
import { positionOf, type StreamSource } from '../streams/source.js';
import type { EventEntry } from '../streams/stream.js';
import { memoryEngines } from './engines.test-support.js';
import { questionAt } from './run.test-support.js';
import { lexicalSetup } from './setup.js';
import type { Question } from './types.js';
import { World } from './world.js';

const startsAtMs = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const words = ['refund', 'label', 'carrier', 'invoice', 'customs', 'pallet', 'harbour', 'insurance', 'return', 'depot'];

export const plantedRef = (index: number) => `policy/planted-${index}@1` as const;

/** Each question's own answer arrives one minute after its question; the first record is nobody's answer. */
export function plantedStream(count: number, seed: number): StreamSource {
  const random = seeded(seed);
  const entries = Array.from({ length: count + 1 }, (_, index) =>
    entryOf(index, random.pick(words), random.pick(words)),
  );
  return {
    name: `planted ${count} ${seed}`,
    async *entries() {
      yield* entries;
    },
    questions: async () => [],
  };
}

function entryOf(index: number, first: string, second: string): EventEntry {
  const at = startsAtMs + index * MINUTE_MS;
  const data = {
    id: `planted-${index}@1`,
    policyId: `planted-${index}`,
    version: '1',
    title: `Rule about ${first} and ${second}`,
    body: `The secret of question${index} is answer${index}, for ${first} and ${second}.`,
    effectiveFrom: instantText(startsAtMs),
  };
  const event = {
    specversion: '1.0' as const,
    id: `event-${index}`,
    source: 'planted',
    type: 'policy.published',
    subject: data.id,
    tenant: 'northquay',
    time: instantText(at),
    datacontenttype: 'application/json',
    data,
  };
  return { at, tenant: 'northquay', topicKind: 'policy', event };
}

const leadsMs = [1, 1_000, 30_000, MINUTE_MS] as const;
export const questionsBefore = leadsMs.length;

/** Before the record that answers them arrives: a millisecond, a second, half a minute, and with the record before it. */
export function questionsBeforeAnswer(index: number): readonly Question[] {
  return leadsMs.map((leadMs) => plantedQuestion(`before-${index}-${leadMs}`, index, -leadMs));
}

/** When it has just arrived. */
export function questionAfterAnswer(index: number): Question {
  return plantedQuestion(`after-${index}`, index, 0);
}

function plantedQuestion(id: string, index: number, ms: number): Question {
  const absent = ms < 0 ? [`answer${index}`] : [];
  return questionAt(id, {
    at: { kind: 'instant', ms: startsAtMs + index * MINUTE_MS + ms },
    text: `What is the secret of question${index}?`,
    expect: { relevant: new Map([[plantedRef(index), 1]]), contains: [], absent },
  });
}

/** Engines whose policies and index are those of the end of the stream, whatever has arrived. */
export async function lookingAhead(source: StreamSource) {
  const signal = new AbortController().signal;
  const topics = defaultTopics;
  const parts = {
    engines: memoryEngines(),
    setup: lexicalSetup,
    topics,
    logId: 'ahead',
    startsAtMs,
    askedAtMs: [],
    signal,
  };
  const ahead = await World.open(parts);
  let index = 0;
  for await (const entry of source.entries())
    if (!('decision' in entry)) await ahead.arrive(entry, positionOf(entry, index++), entry.at);
  await ahead.caughtUp();
  await ahead.indexed();
  const { state, index: full } = ahead.service.engines;
  const engines = memoryEngines(({ state: own, index: ownIndex }): Partial<Engines> => {
    const tenant: Engines['state']['tenant'] = async (name) => {
      return { ...(await own.tenant(name)), policies: (await state.tenant(name)).policies };
    };
    const leaking = new Proxy(own, {
      get: (target, name) => {
        if (name === 'tenant') return tenant;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const { generation, isDurable } = ownIndex;
    const search = (query: Parameters<typeof full.search>[0]) => full.search(query);
    const apply = (writes: Parameters<typeof full.apply>[0]) => ownIndex.apply(writes);
    return { state: leaking, index: { generation, isDurable, search, apply, count: (of) => ownIndex.count(of) } };
  });
  return { engines, close: () => ahead.close() };
}
