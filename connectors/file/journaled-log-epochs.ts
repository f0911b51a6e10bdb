/** The leader epochs of a log of others, as its journal's records tell of them. */
import { type EpochStart, EpochTable } from '../../src/domain/epoch-table.js';
import type { LeaderEpochs } from '../../src/domain/epochs.js';
import type { PartitionKey } from '../../src/domain/position.js';
import type { FileJournal } from './journal.js';

export class JournalEpochs implements LeaderEpochs {
  readonly #journal: Pick<FileJournal, 'epochStarts'>;
  readonly #cuts: ReadonlyMap<PartitionKey, EpochStart>;

  /**
   * `cuts`: where the journal forgot what the log had lost. Whatever comes there is of a later epoch than what was there; until it comes
   * and brings its epoch with it, the smallest later one stands for it, so that positions in what was lost are told.
   */
  constructor(journal: Pick<FileJournal, 'epochStarts'>, cuts: ReadonlyMap<PartitionKey, EpochStart>) {
    this.#journal = journal;
    this.#cuts = cuts;
  }

  epochOf(partition: PartitionKey, offset: bigint): number {
    return this.#table(partition).epochOf(offset);
  }

  endOf(partition: PartitionKey, leaderEpoch: number): bigint | undefined {
    return this.#table(partition).endOf(leaderEpoch);
  }

  #table(partition: PartitionKey): EpochTable {
    const table = new EpochTable(this.#journal.epochStarts(partition));
    const cut = this.#cuts.get(partition);
    return cut === undefined || table.newest >= cut.leaderEpoch ? table : table.begin(cut.leaderEpoch, cut.first);
  }
}
