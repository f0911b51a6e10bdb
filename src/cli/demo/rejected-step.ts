/** The tour's stop at a record that could not be read: where it lies, and what its repair would do. */
import type { JsonObject } from '../../domain/canonical.js';
import type { ApiClient } from '../client.js';
import type { World } from '../composition.js';
import { objectOf, objectsOf, textAt } from '../json-read.js';
import { line } from '../text/line.js';
import { redriveLines, rejectedLines } from '../text/rejected.js';
import type { Step } from './step.js';

const title = 'A record that cannot be read';

export async function rejectedStep(client: ApiClient, repair: World['repair']): Promise<Step> {
  const listed = objectsOf((await client.read('/v1/rejected')).rejected);
  if (repair === null) return nothingRejected(listed.length);
  const explained = await Promise.all(listed.map((one) => client.read(`/v1/rejected/${textAt(one, 'id')}`)));
  const poisoned = explained.find((one) => keyOf(one) === repair.key && textAt(one, 'reason') === 'not_json');
  if (poisoned === undefined) return { ...nothingRejected(listed.length), kept: false };
  const id = textAt(poisoned, 'id');
  const repaired = { base64: Buffer.from(repair.value).toString('base64') };
  const redrive = await client.write(`/v1/rejected/${id}/redrive`, { dryRun: true, repaired });
  return {
    title,
    explanation:
      `${listed.length} records were set aside, none is lost. This one blocks its key: answers about it say that they are incomplete ` +
      'until it is redriven, discarded, or replaced.',
    lines: [...rejectedLines(poisoned), line(['']), ...redriveLines(redrive)],
    kept: redrive.dryRun === true && objectOf(redrive.preview).after !== null,
    data: { rejected: listed.length, poisoned, redrive },
  };
}

function keyOf(explained: JsonObject): string {
  return textAt(objectOf(objectOf(explained.record).key), 'text');
}

function nothingRejected(count: number): Step {
  return {
    title,
    explanation:
      'Records that cannot be folded are set aside with their bytes and their reason; here there are none of this kind.',
    lines: [line([`${count} rejected`])],
    kept: count === 0,
    data: { rejected: count },
  };
}
