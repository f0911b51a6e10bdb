/** How far each partition is, with its counts. */
import type { PartitionKey, PositionVector } from '../../src/domain/position.js';
import type { OutcomeCounts, PartitionProgress, ProgressHeld, ProgressMade, StateWrite } from '../../src/state/port.js';

const nothing = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };

export class ProgressBoard {
  readonly #made = new Map<PartitionKey, PartitionProgress>();
  /** Until the next change: every read carries it. */
  #vector: PositionVector | undefined;

  get vector(): PositionVector {
    this.#vector ??= new Map([...this.#made].map(([partition, { through }]) => [partition, through]));
    return this.#vector;
  }

  /** Whether every partition is where the write has found it. */
  allows({ progress, held = [] }: StateWrite): boolean {
    return progress.every((made) => this.#follows(made)) && held.every((one) => this.#isAt(one));
  }

  #follows({ partition, after }: ProgressMade): boolean {
    return after === undefined || this.#isAt({ partition, through: after });
  }

  #isAt({ partition, through }: ProgressHeld): boolean {
    return through === (this.#made.get(partition)?.through ?? -1n);
  }

  advance({ partition, through, counts }: ProgressMade): void {
    const known = this.#made.get(partition);
    this.#made.set(partition, {
      through: known !== undefined && known.through > through ? known.through : through,
      counts: add(known?.counts ?? nothing, counts),
    });
    this.#vector = undefined;
  }

  all(): ReadonlyMap<PartitionKey, PartitionProgress> {
    return new Map(this.#made);
  }

  restore(progress: ReadonlyMap<PartitionKey, PartitionProgress>): void {
    for (const [partition, made] of progress) this.#made.set(partition, made);
    this.#vector = undefined;
  }
}

function add(a: OutcomeCounts, b: OutcomeCounts): OutcomeCounts {
  return {
    applied: a.applied + b.applied,
    superseded: a.superseded + b.superseded,
    duplicate: a.duplicate + b.duplicate,
    rejected: a.rejected + b.rejected,
  };
}
