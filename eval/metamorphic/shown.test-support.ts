/** What two services show, and what of it can be compared when positions, or the index, are allowed to differ. */
import type { Heard } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import type { Flow } from '../flow/service.test-support.js';
import { stateText } from '../flow/state-text.test-support.js';
import { tenant } from './service.test-support.js';
import { keysOf } from './streams.test-support.js';

export function stateOf(flow: Flow) {
  return stateText(flow.service, keysOf(tenant));
}

/** Entities as they are, without where that was written. */
export async function valuesOf(flow: Flow) {
  const { entities, members, blocked } = await stateOf(flow);
  const placeless = entities.map(([key, entity]) => {
    if (entity === null || entity === undefined || !('at' in entity)) return [key, null];
    const { at, recent, ...rest } = entity;
    return [key, { ...rest, version: at.at(-1), recent: recent.map(({ id, digest }) => [id, digest]) }];
  });
  const concerns = blocked.map((marks) => marks.map(({ concern }) => JSON.stringify(concern)).sort());
  return { entities: placeless, members, concerns };
}

/** Outcomes over all source topics. */
export async function countsOf(flow: Flow) {
  const sums = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };
  for (const [partition, { counts }] of await flow.service.engines.state.progress()) {
    if (partition.startsWith('copilot.')) continue;
    for (const outcome of ['applied', 'superseded', 'duplicate', 'rejected'] as const) sums[outcome] += counts[outcome];
  }
  return sums;
}

function without(value: unknown, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(Object(value)).filter(([name]) => !names.includes(name))) as JsonObject;
}

/**
 * A reply without positions. Gone: the id, the token, where the audit record stands, of the stamp the positions, the incarnations and
 * the policy set (its digest covers positions), of an item its offset, of a reason the position of the rejected record. What stays is
 * values, order, scores, statistics, embedder, freshness, what was omitted, and the content hash.
 */
export function withoutPositions({ status, body }: Heard): JsonObject {
  const items = (body.items as readonly JsonObject[]).map((item) => {
    return { ...item, source: without(item.source, 'offset') };
  });
  const { reasons = [], ...freshness } = body.freshness as JsonObject;
  const placeless = (reasons as readonly JsonObject[]).map((reason) => without(reason, 'rejected'));
  return {
    ...without(body, 'id', 'token', 'audit'),
    status,
    items,
    freshness: { ...freshness, reasons: placeless },
    stamp: without(body.stamp, 'through', 'incarnations', 'policySet'),
  };
}

/** A reply without the index in its stamp, and so without its id. */
export function withoutIndex({ status, body }: Heard): JsonObject {
  return { ...without(body, 'id'), status, stamp: without(body.stamp, 'index') };
}
