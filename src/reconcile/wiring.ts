/** What keeps a state and an index that outlive their process what the journal says. A state of this process's own is folded anew. */
import type { DecisionLookup } from '../journal/rebuild.js';
import type { Ownership } from '../materializer/ownership.js';
import type { MaterializerReport } from '../materializer/report.js';
import type { RetrievalIndex } from '../retrieval/port.js';
import type { StateStore } from '../state/port.js';
import type { IndexHoldings } from './holdings.js';
import { Reconciler, type ReconcilerParts } from './reconciler.js';

export interface Outliving {
  readonly ownership?: Ownership;
  /** Absent: the index is filled by marks alone. */
  readonly holdings?: IndexHoldings;
}

/** Null where the state is this process's own. */
export function reconcilerOf(
  { ownership, holdings }: Outliving,
  parts: Omit<ReconcilerParts, 'index' | 'ownership' | 'decisionOn'> & {
    readonly rejected: { decisionOn: DecisionLookup };
  },
): Reconciler | null {
  if (ownership === undefined) return null;
  const { rejected, ...rest } = parts;
  const reconciler = new Reconciler({
    ...rest,
    ownership,
    index: holdings ?? null,
    decisionOn: (id) => rejected.decisionOn(id),
  });
  holdings?.watch?.(() => reconciler.ask());
  return reconciler;
}

/** What begins anew is held against the journal soon. */
export function askingOnLoss(report: MaterializerReport, reconciler: Reconciler | null): MaterializerReport {
  if (reconciler === null) return report;
  const regressed: MaterializerReport['regressed'] = (regress) => {
    report.regressed(regress);
    reconciler.ask();
  };
  return { ...report, regressed };
}

/** An index that begins empty beside a state that does not is filled from it. */
export async function fillNewIndex(
  { ownership }: Outliving,
  { state, index }: { readonly state: StateStore; readonly index: RetrievalIndex },
): Promise<void> {
  if (ownership !== undefined && !index.isDurable) await state.repend();
}
