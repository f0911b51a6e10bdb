/**
 * A data set cut from the audit log: what was asked, of what had arrived by then, with what was released and what people said of it. Its
 * folder holds a suite, its stream and `released.ndjson`; played again by the same set-up it gives the same contexts, by their digests.
 */
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/domain/canonical.js';
import { partitionKey, positionText } from '../../src/domain/position.js';
import { instantText } from '../../src/domain/time.js';
import type { LogRecord } from '../../src/log/port.js';
import type { TopicMap } from '../../src/log/topics.js';
import { textOrBase64 } from '../../src/replay/fixture/format.js';
import type { KeptLog } from '../../src/replay/fixture/kept-log.js';
import { pastOf } from '../../src/replay/fixture/past-of.js';
import { type CaptureRange, type Chosen, choose } from './choose.js';
import { labelsIn } from './labels.js';

export const captureFiles = { suite: 'suite.yaml', stream: 'stream.ndjson', released: 'released.ndjson' } as const;

export interface Captured {
  /** By name. */
  readonly files: Readonly<Record<(typeof captureFiles)[keyof typeof captureFiles], string>>;
  readonly questions: number;
  readonly records: number;
  readonly labels: number;
  /** One clear line each. */
  readonly notices: readonly string[];
}

export interface CaptureWish extends CaptureRange {
  /** Of the suite. */
  readonly name: string;
  /** As the setting EMBEDDER takes it: that of the set-up which is to give the same contexts. */
  readonly embedder: string;
}

export async function capture(log: KeptLog, topics: TopicMap, wish: CaptureWish): Promise<Captured> {
  const past = await pastOf(log, topics);
  const { chosen, left } = await choose(log, topics, { past, range: wish });
  const labels = await labelsIn(log, topics);
  const arrivals = arrivalsOf(chosen);
  return {
    files: {
      'suite.yaml': suiteText(wish, chosen, labels),
      'stream.ndjson': arrivals.map((line) => `${JSON.stringify(line)}\n`).join(''),
      'released.ndjson': chosen.map((one) => `${JSON.stringify(releasedLine(one))}\n`).join(''),
    },
    questions: chosen.length,
    records: arrivals.length,
    labels: chosen.filter(({ id }) => labels.has(id)).length,
    notices: [...left].map(([why, count]) => `snapshots left out because they ${why}: ${count}`),
  };
}

function suiteText({ name, embedder }: CaptureWish, chosen: readonly Chosen[], labels: ReadonlyMap<string, boolean>) {
  const suite = {
    name,
    description: 'Captured from the audit log. It holds text of customers.',
    stream: { file: captureFiles.stream },
    setups: { released: { embedder } },
    thresholds: { future_leak: '<= 0', cross_tenant_leak: '<= 0' },
    questions: chosen.map((one) => questionOf(one, labels.get(one.id))),
  };
  return stringify(suite, { lineWidth: 0 });
}

function questionOf({ id, atMs, manifest: { parsed } }: Chosen, answerable: boolean | undefined): JsonObject {
  const { tenant, account, mode, question, history = [], kinds, limits, tokenBudget } = parsed;
  return {
    id,
    at: instantText(atMs),
    tenant,
    ...(account === null ? {} : { account }),
    mode,
    question,
    ...(history.length === 0 ? {} : { history: history.map(({ role, text }) => ({ role, text })) }),
    kinds,
    limits: { ...limits },
    tokenBudget,
    ...(answerable === undefined ? {} : { expect: { answerable } }),
  };
}

/** Content is null where it also covers the messages of a prompt, which a suite renders for all or for none. */
function releasedLine({ id, manifest: { parsed } }: Chosen): JsonObject {
  const items = parsed.items.map(({ ref, source: { hash } }) => ({ ref, hash }));
  return { id, content: parsed.stamp.prompt === undefined ? parsed.content : null, items };
}

/**
 * Each record arrives after the last snapshot that does not cover it and no later than the first one that does, else when the log took
 * it: a snapshot may have been released while records that the log already had were still to be applied.
 */
function arrivalsOf(chosen: readonly Chosen[]): readonly JsonObject[] {
  const records = new Map(
    chosen.flatMap((one) => one.records).map((record) => [positionText(record.position), record]),
  );
  const placed = [...records.values()].map((record) => {
    const first = chosen.findIndex(({ through }) => isCovered(record, through));
    const [before, by] = [chosen[first - 1]?.atMs ?? Number.NEGATIVE_INFINITY, chosen[first]?.atMs ?? 0];
    // Snapshots of one instant have one past, so the one before is earlier where this one covers more.
    return { record, atMs: Math.min(by, Math.max(before + 1, record.timestampMs)) };
  });
  return inOrder(placed).map(({ record, atMs }) => lineOf(record, atMs));
}

interface Placed {
  readonly record: LogRecord;
  readonly atMs: number;
}

/** By arrival, and in each partition by offset, where a clock of the log went back. */
function inOrder(placed: readonly Placed[]): readonly Placed[] {
  const latest = new Map<string, number>();
  const byOffset = [...placed].sort((a, b) => (a.record.position.offset < b.record.position.offset ? -1 : 1));
  const risen = byOffset.map(({ record, atMs }) => {
    const key = partitionKey(record.position.topic, record.position.partition);
    const risenMs = Math.max(atMs, latest.get(key) ?? atMs);
    latest.set(key, risenMs);
    return { record, atMs: risenMs, key };
  });
  return risen.sort((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function isCovered({ position: { topic, partition, offset } }: LogRecord, through: Chosen['through']): boolean {
  return (through.get(partitionKey(topic, partition)) ?? -1n) >= offset;
}

function lineOf({ position, key, headers, value }: LogRecord, atMs: number): JsonObject {
  const { topic, partition, offset } = position;
  const named = Object.fromEntries(headers.map(([name, bytes]) => [name, textOrBase64(bytes)]));
  const [keyed, valued] = [key && textOrBase64(key), value && textOrBase64(value)];
  return { topic, partition, offset: String(offset), timestamp: atMs, key: keyed, headers: named, value: valued };
}
