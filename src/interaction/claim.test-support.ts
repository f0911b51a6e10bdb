/** What tests of the ledger and of claims are written with: interaction events, and ledgers over one log in memory. */
import { MemoryLog } from '../../connectors/memory/log.js';
import { canonicalJson, type JsonObject } from '../domain/canonical.js';
import { systemClock } from '../domain/clock.js';
import type { InteractionKind } from '../domain/event.js';
import { recordKey } from '../domain/record-key.js';
import { tenant } from '../fixtures.test-support.js';
import type { NewRecord } from '../log/port.js';
import { defaultTopics, type TopicMap, topicsToOpen } from '../log/topics.js';
import { InteractionLedger } from './ledger.js';

const data: Readonly<Record<string, JsonObject>> = {
  'tool.called': { tool: 'refund' },
  'tool.returned': { result: 'done' },
  'tool.failed': { error: { code: 'declined' } },
  'decision.approved': { by: 'ada' },
};

/** An event of the tenant: what a test does not say has a plain default. */
export function interaction(type: string, subject: string, id: string, more: JsonObject = {}): JsonObject {
  return { id, source: 'test', specversion: '1.0', type, tenant, subject, data: data[type] ?? {}, ...more };
}

/** Its record, as any producer would write it; `more.tenant` decides the key as well. */
export function interactionRecord(kind: InteractionKind, body: JsonObject): NewRecord {
  const key = recordKey(String(body.tenant), String(body.subject));
  return { topic: `copilot.${kind}`, key, headers: [], value: Buffer.from(canonicalJson(body)) };
}

/** `partitions` of every interaction topic. */
export function topicsOf(partitions: number): TopicMap {
  const isInteraction = (name: string) => name.startsWith('copilot.');
  const sources = defaultTopics.sources.map((one) => ({
    ...one,
    partitions: isInteraction(one.name) ? partitions : 1,
  }));
  return { ...defaultTopics, sources };
}

export function newInteractionLog(topics: TopicMap): MemoryLog {
  return new MemoryLog({ id: 'log-1', topics: topicsToOpen(topics), clock: () => 1_700_000_000_000 });
}

export interface RunningLedger {
  readonly ledger: InteractionLedger;
  stop(): Promise<void>;
}

export async function follow(log: MemoryLog, topics: TopicMap, recordsMax?: number): Promise<RunningLedger> {
  const bound = recordsMax === undefined ? {} : { recordsMax };
  const ledger = await InteractionLedger.open({ log, topics, clock: systemClock, ...bound });
  const stopping = new AbortController();
  const running = ledger.run(stopping.signal);
  const stop = () => {
    stopping.abort();
    return running;
  };
  return { ledger, stop };
}
