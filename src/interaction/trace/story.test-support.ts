/** A whole decision as records that stand nowhere: what the pure stages are tried with. */
import { canonicalJson, digestOf, type JsonObject } from '../../domain/canonical.js';
import type { InteractionEvent, InteractionKind } from '../../domain/event.js';
import { type Position, positionText } from '../../domain/position.js';
import { account, position, understood } from '../../fixtures.test-support.js';
import type { RecordedManifest } from '../../snapshot/recorded.js';
import type { GapReason } from './model.js';
import type { Noted, ReadRecord, TraceReader } from './port.js';

export const snapshotId = digestOf('a manifest');
export const decisionId = 'D-1';
export const correlationId = 'c-1';
const workflow = 'W-1';
const key = 'refund-1';

/** Positions of the story, by what stands there. */
export const at = {
  account: 'crm.accounts:0:4',
  started: 'copilot.control:0:0',
  called: 'copilot.tool:0:0',
  returned: 'copilot.tool:0:1',
  proposed: 'copilot.decision:0:0',
  requested: 'copilot.control:0:1',
  overridden: 'copilot.decision:0:1',
  wrote: 'crm.accounts:0:5',
  executed: 'copilot.decision:0:2',
  finished: 'copilot.control:0:2',
} as const;
export type Place = keyof typeof at;

type Told = readonly [place: Place, type: string, subject: string, data: JsonObject];

const told: readonly Told[] = [
  ['started', 'task.started', workflow, { task: 'refund', snapshots: [snapshotId] }],
  [
    'called',
    'tool.called',
    key,
    { tool: 'refund', arguments: { label: 7 }, snapshots: [snapshotId], decision: decisionId },
  ],
  ['returned', 'tool.returned', key, { result: { ok: true } }],
  [
    'proposed',
    'decision.proposed',
    decisionId,
    { action: 'refund', snapshots: [snapshotId], toolCalls: [key], approval: 'required' },
  ],
  ['requested', 'approval.requested', workflow, { decision: decisionId }],
  [
    'overridden',
    'decision.overridden',
    decisionId,
    { by: 'kim', reason: 'half is due', replacement: 'half', follows: 'proposed' },
  ],
  ['executed', 'decision.executed', decisionId, { wrote: [at.wrote], follows: 'overridden' }],
  [
    'finished',
    'task.finished',
    workflow,
    { outcome: 'done', records: [at.called, at.returned, at.requested, at.executed, at.wrote] },
  ],
];

function placeOf(place: Place): Position {
  const [topic = '', , offset = ''] = at[place].split(':');
  return position(BigInt(offset), { topic });
}

function eventAt([place, type, subject, data]: Told): InteractionEvent {
  const kind = (at[place].split('.')[1] ?? '').split(':')[0] as InteractionKind;
  return event({ id: place, kind, type, subject, data });
}

type Said = Pick<InteractionEvent, 'id' | 'kind' | 'type' | 'subject' | 'data'>;

function event({ id, kind, type, subject, data }: Said, correlation: string | null = correlationId): InteractionEvent {
  const digest = digestOf(canonicalJson({ type, subject, data }));
  const core = {
    id,
    source: 'test',
    type,
    tenant: 'acme',
    time: null,
    correlationId: correlation,
    causationId: null,
    digest,
  };
  return { ...core, about: 'interaction', kind, subject, data };
}

function recordAt(place: Place, of: ReadRecord['event'], more: Partial<ReadRecord> = {}): ReadRecord {
  const hash = of.about === 'tombstone' ? digestOf('') : of.digest;
  return { position: placeOf(place), timestampMs: 0, hash, event: of, isRejected: false, ...more };
}

/** A record beside those of the story: on a partition of its own, at its place in the list. */
export interface Beside extends Pick<InteractionEvent, 'kind' | 'type' | 'subject'> {
  readonly data?: JsonObject;
  /** That of the story unless given. */
  readonly correlationId?: string | null;
}

/** What a test takes from the story, or puts in its place. */
export interface Change {
  /** Neither known nor to be read. */
  readonly gone?: readonly Place[];
  /** Known, and not to be read. */
  readonly lost?: Readonly<Partial<Record<Place, GapReason>>>;
  readonly data?: Readonly<Partial<Record<Place, JsonObject>>>;
  readonly snapshot?: Awaited<ReturnType<TraceReader['snapshot']>>;
  readonly more?: Readonly<Partial<Record<Place, Partial<ReadRecord>>>>;
  readonly beside?: readonly Beside[];
  /** The story's own records are of 0. */
  readonly unknownBeforeMs?: Readonly<Partial<Record<InteractionKind, number>>>;
  /** Correlation ids that are others than the story's. */
  readonly correlated?: Readonly<Partial<Record<Place, string>>>;
}

export function readerOf(change: Change = {}): TraceReader {
  const { gone = [], lost = {}, data = {}, snapshot = found, more = {}, beside = [], correlated = {} } = change;
  const { unknownBeforeMs = {} } = change;
  const records = new Map<string, ReadRecord>();
  const noted: Noted[] = [];
  for (const one of told) {
    const [place, type, subject, its] = one;
    if (gone.includes(place)) continue;
    const of = correlated[place] ?? correlationId;
    const made = { ...eventAt([place, type, subject, data[place] ?? its]), correlationId: of };
    records.set(at[place], recordAt(place, made, more[place]));
    noted.push({
      position: placeOf(place),
      type,
      kind: made.kind,
      subject,
      id: made.id,
      correlationId: of,
      timestampMs: 0,
    });
  }
  for (const [n, { data: its = {}, correlationId: of = correlationId, ...said }] of beside.entries()) {
    const where = position(n, { topic: `copilot.${said.kind}`, partition: 9 });
    const made = event({ ...said, id: `beside-${n}`, data: its }, of);
    const record = { position: where, timestampMs: 0, hash: made.digest, event: made, isRejected: false };
    records.set(positionText(where), record);
    noted.push({
      position: where,
      type: made.type,
      kind: made.kind,
      subject: made.subject,
      id: made.id,
      correlationId: of,
      timestampMs: 0,
    });
  }
  for (const place of ['account', 'wrote'] as const) {
    if (!gone.includes(place)) records.set(at[place], recordAt(place, understood(account('A-1')), more[place]));
  }
  const about = (kind: InteractionKind, subject: string) =>
    noted.filter((one) => one.kind === kind && one.subject === subject);
  return {
    decision: (id) => about('decision', id),
    tool: (id) => about('tool', id),
    workflow: (id) => about('control', id),
    unknownBeforeMs: (kind) => unknownBeforeMs[kind] ?? null,
    correlated: (id) => noted.filter((one) => one.correlationId === id),
    event: async (text) => {
      const record = records.get(text);
      const [, reason] = Object.entries(lost).find(([place]) => at[place as Place] === text) ?? [];
      if (reason !== undefined) return { kind: 'lost', reason };
      return record === undefined ? { kind: 'lost', reason: 'not_there' } : { kind: 'found', record };
    },
    snapshot: async () => snapshot,
    item: async () => ({ verdict: 'MATCH', depth: 'content', items: 1 }),
  };
}

const source = {
  topic: 'crm.accounts',
  partition: 0,
  leaderEpoch: 0,
  offset: '4',
  entityVersion: null,
  eventTime: null,
  hash: digestOf('the value'),
};

export const manifest: RecordedManifest = {
  text: '',
  head: '',
  fragments: [],
  tail: '',
  parsed: {
    format: 1,
    tenant: 'acme',
    mode: 'context',
    account: 'A-1',
    limits: { policies: 10, tickets: 5 },
    question: null,
    purpose: null,
    kinds: ['account'],
    tokenBudget: 8_000,
    evaluatedAt: '2026-03-01T00:00:00.000Z',
    content: digestOf('content'),
    freshness: { label: 'fresh', ageMs: 0, reasons: [] },
    retrieval: null,
    items: [{ ref: 'account/A-1', status: 'present', masked: [], source }],
    stamp: {
      assembler: 'a',
      log: 'log-1',
      incarnations: {},
      policySet: digestOf('policies'),
      index: { generation: 'g', embedder: null, ranking: 'r' },
      through: { 'crm.accounts': { 0: '4' } },
    },
  },
};

export const found = {
  kind: 'found',
  place: { kind: 'logged', ...position(0, { topic: 'copilot.context' }) },
  recordedAtMs: 0,
  correlationId,
  manifest,
  verdict: { verdict: 'MATCH', depth: 'full', items: 1 },
} as const satisfies Awaited<ReturnType<TraceReader['snapshot']>>;

export function textOf(place: Place): string {
  return positionText(placeOf(place));
}
