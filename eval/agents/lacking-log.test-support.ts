/** A log in memory of which single records can be taken away: those who read it afterwards find them gone, and go on behind them. */
import { MemoryLog } from '../../connectors/memory/log.js';
import { type PositionVector, positionText } from '../../src/domain/position.js';
import { TidemarkError } from '../../src/errors.js';
import type { LogBatch, LogRecord, RecordReading } from '../../src/log/port.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import type { TwoHandClock } from '../flow/service.test-support.js';

export class LackingLog extends MemoryLog {
  /** `topic:partition:offset` of what is gone. */
  lacking: string | null = null;
  /** How a reader is told. */
  how: 'expired' | 'compacted' | 'truncated' | 'damaged' = 'expired';

  constructor(clock: TwoHandClock) {
    super({ topics: topicsToOpen(defaultTopics), clock: () => clock.wallMs() });
  }

  override async read(topic: string, partition: number, offsets: readonly bigint[]): Promise<readonly RecordReading[]> {
    const { how } = this;
    const readings = await super.read(topic, partition, offsets);
    return readings.map((reading, index) => {
      if (positionText({ topic, partition, offset: offsets[index] ?? -1n }) !== this.lacking) return reading;
      if (how === 'damaged') throw damaged();
      return { kind: 'missing', why: how };
    });
  }

  override async *scan(topic: string, partition: number, from: bigint, to: bigint) {
    for await (const records of super.scan(topic, partition, from, to)) yield this.#kept(records);
  }

  override async *subscribe(
    topics: readonly string[],
    from: PositionVector,
    signal: AbortSignal,
  ): AsyncGenerator<LogBatch> {
    for await (const batch of super.subscribe(topics, from, signal)) {
      yield { ...batch, records: this.#kept(batch.records) };
    }
  }

  #kept(records: readonly LogRecord[]): readonly LogRecord[] {
    return records.filter(({ position }) => positionText(position) !== this.lacking);
  }
}

function damaged(): TidemarkError {
  const advice = 'Look at the log.';
  return new TidemarkError({ code: 'log_damaged', message: 'a record is damaged', advice, retriable: false });
}
