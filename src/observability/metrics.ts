/**
 * Metrics in Prometheus's text format. Everything of prom-client is behind this folder, so that its successor changes one place.
 * No label holds a tenant, an account or any other customer text.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { StoreGauges, type StoresReading } from './store-gauges.js';

/** Read from the stores when a scrape asks, so that no counter can drift from what it counts. */
export interface Reading {
  /** Which of several, and what it does. */
  readonly instance: { readonly id: string; readonly role: string };
  readonly partitions: readonly PartitionReading[];
  /** Of this process: writes that another owner was faster with, and times that the state had lost something. */
  readonly tally: { readonly conflicts: number; readonly regresses: number };
  /** Records that retention has let go, by topic. */
  readonly expiredOf: ReadonlyMap<string, number>;
  readonly rejectedOpen: number;
  /** Records of what agents did that are still to be read since the start: until then claims and traces are behind. */
  readonly ledgerUnread: number;
  readonly auditRecords: number;
  /** Null: nothing ever waits for the audit topic. */
  readonly auditSpool: { readonly records: number; readonly bytes: number; readonly oldestMs: number } | null;
  readonly stores: StoresReading;
  readonly changeStreams: number;
  /** Null: there is no archive, and the series is absent. */
  readonly shipping: { readonly state: string; readonly segmentsWaiting: number } | null;
}

export interface PartitionReading {
  readonly topic: string;
  readonly partition: number;
  /** Null: not known; the series is then absent, as that of its outcomes. */
  readonly lagRecords: number | null;
  /** Null: not yet known; the series is then absent. */
  readonly ageSeconds: number | null;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Its kind; null: there is none, and the series is absent. */
  readonly trouble: string | null;
  /** Whether this instance applies it. */
  readonly isOwned: boolean;
}

// From a tenth of a millisecond, the service's own cost of a read, to the longest deadline.
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export class Metrics {
  readonly #registry = new Registry();
  readonly #http: Histogram<'route' | 'method' | 'status'>;
  readonly #snapshots: Counter<'mode' | 'outcome'>;
  readonly #gauges: ReturnType<typeof gaugesIn>;
  readonly #stores: StoreGauges;
  #read: (() => Promise<Reading>) | undefined;

  constructor(version: string) {
    const registers = [this.#registry];
    this.#http = new Histogram({
      name: 'tidemark_http_request_duration_seconds',
      help: 'Time from a request to its response, by route pattern.',
      labelNames: ['route', 'method', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.#snapshots = new Counter({
      name: 'tidemark_snapshots_total',
      help: 'Snapshots asked for, by what came of it: released, unrecorded, not_found, behind, stale, past_lost.',
      labelNames: ['mode', 'outcome'],
      registers,
    });
    this.#gauges = gaugesIn(this.#registry);
    this.#stores = new StoreGauges(this.#registry);
    this.#gauges.build.set({ version, node: process.versions.node }, 1);
  }

  request(labels: { readonly route: string; readonly method: string; readonly status: number }, seconds: number): void {
    this.#http.observe(labels, seconds);
  }

  snapshot(mode: string, outcome: string): void {
    this.#snapshots.inc({ mode, outcome });
  }

  /** What is asked at every scrape. */
  readFrom(read: () => Promise<Reading>): void {
    this.#read = read;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    const reading = await this.#read?.();
    if (reading !== undefined) this.#show(reading);
    return this.#registry.metrics();
  }

  #show({
    instance: one,
    partitions,
    tally,
    expiredOf,
    rejectedOpen,
    ledgerUnread,
    auditRecords,
    auditSpool,
    changeStreams,
    stores,
    shipping,
  }: Reading): void {
    this.#stores.show(stores);
    const { events, lag, age, trouble, expired, rejected, ledger, audit, streams, waiting } = this.#gauges;
    const { spooled, spooledBytes, spoolAge } = this.#gauges;
    const { instance, owned, conflicts, regresses } = this.#gauges;
    for (const gauge of [events, lag, age, trouble, waiting, owned]) gauge.reset();
    instance.set({ instance: one.id, role: one.role }, 1);
    conflicts.set(tally.conflicts);
    regresses.set(tally.regresses);
    for (const { topic, partition, lagRecords, ageSeconds, outcomes, trouble: kind, isOwned } of partitions) {
      owned.set({ topic, partition }, isOwned ? 1 : 0);
      if (lagRecords !== null) lag.set({ topic, partition }, lagRecords);
      if (ageSeconds !== null) age.set({ topic, partition }, ageSeconds);
      if (kind !== null) trouble.set({ topic, partition, kind }, 1);
      for (const [outcome, count] of Object.entries(outcomes)) events.inc({ topic, outcome }, count);
    }
    for (const [topic, records] of expiredOf) expired.set({ topic }, records);
    rejected.set(rejectedOpen);
    ledger.set(ledgerUnread);
    audit.set(auditRecords);
    spooled.set(auditSpool?.records ?? 0);
    spooledBytes.set(auditSpool?.bytes ?? 0);
    spoolAge.set((auditSpool?.oldestMs ?? 0) / 1_000);
    streams.set(changeStreams);
    if (shipping !== null) waiting.set({ state: shipping.state }, shipping.segmentsWaiting);
  }
}

function gaugesIn(registry: Registry) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `tidemark_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  return {
    // A gauge and no counter: a redrive moves a record from one outcome to another.
    events: gauge('events', 'Records of the log by what came of them.', ['topic', 'outcome']),
    lag: gauge('lag_records', 'Records between what is applied and the end of the log.', ['topic', 'partition']),
    age: gauge('freshness_age_seconds', 'Since the newest instant whose end of log is applied.', [
      'topic',
      'partition',
    ]),
    owned: gauge('partition_owned', '1 where this instance applies the partition.', ['topic', 'partition']),
    trouble: gauge('partition_trouble', '1 while a partition cannot be read on to its end; the kind says why.', [
      'topic',
      'partition',
      'kind',
    ]),
    conflicts: gauge('write_conflicts', 'Writes the state refused since this process began: another was faster.', []),
    regresses: gauge('state_regresses', 'Times since this process began that the state had lost what it held.', []),
    // A gauge and no counter: after a restart it is what it was.
    expired: gauge('expired_records', 'Records of the log that retention has let go.', ['topic']),
    rejected: gauge('rejected_open', 'Rejected events nobody has decided about.', []),
    ledger: gauge(
      'ledger_unread_records',
      'Of what agents did before the start, still to be read for claims and traces.',
      [],
    ),
    audit: gauge('audit_records', 'Snapshots on record.', []),
    spooled: gauge('audit_spool_records', 'Audit records on this disk that are not yet in the audit topic.', []),
    spooledBytes: gauge('audit_spool_bytes', 'Their bytes.', []),
    spoolAge: gauge('audit_spool_oldest_age_seconds', 'Since the oldest of them was written.', []),
    streams: gauge('change_streams', 'Open change streams.', []),
    waiting: gauge(
      'archive_segments_waiting',
      'Sealed segments of the journal that the archive lacks, by how shipping is.',
      ['state'],
    ),
    instance: gauge('instance_info', 'Always 1; the labels name the instance and its role.', ['instance', 'role']),
    build: gauge('build_info', 'Always 1; the labels name the build.', ['version', 'node']),
  };
}
