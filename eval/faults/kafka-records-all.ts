/** Every case, each with an entity of its own. */
import type { CasePlan, RecordCase } from './kafka-records.js';
import { batchCases } from './kafka-records-batches.js';
import { envelopeCases } from './kafka-records-envelopes.js';
import { headerCases } from './kafka-records-headers.js';
import { keyCases } from './kafka-records-keys.js';
import { policyCases } from './kafka-records-policies.js';
import { sizeCases } from './kafka-records-sizes.js';
import { textCases } from './kafka-records-texts.js';
import { timeCases } from './kafka-records-times.js';
import { valueCases } from './kafka-records-values.js';
import { versionCases } from './kafka-records-versions.js';

const plans: Readonly<Record<string, readonly CasePlan[]>> = {
  key: keyCases,
  value: valueCases,
  envelope: envelopeCases,
  version: versionCases,
  header: headerCases,
  size: sizeCases,
  time: timeCases,
  text: textCases,
  batch: batchCases,
  policy: policyCases,
};

/** Made anew at each call: the largest hold sixty megabytes. */
export function recordCases(): readonly RecordCase[] {
  return Object.entries(plans).flatMap(([category, of]) => of.map((one, index) => caseOf(one, `${category}-${index}`)));
}

function caseOf({ what, kind, leaves, records }: CasePlan, id: string): RecordCase {
  return { what: `${id}: ${what}`, kind, id, leaves, records: records(id) };
}
