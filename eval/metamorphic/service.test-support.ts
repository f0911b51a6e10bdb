/** A service over an arranged log, what it is asked, and what an operator decides in it. */

import { expect } from 'vitest';
import type { Heard } from '../../src/api/world.test-support.js';
import { type Digest, digestOf, type JsonObject } from '../../src/domain/canonical.js';
import type { NewRecord } from '../../src/log/port.js';
import type { Embedder } from '../../src/retrieval/embedder.js';
import { methodWith } from '../../src/retrieval/method.js';
import { Flow, type FlowOptions, OPERATOR, TwoHandClock } from '../flow/service.test-support.js';
import { ArrangedLog, type Arrangement, plain } from './arranged-log.test-support.js';
import { question, repairOf } from './streams.test-support.js';

export const tenant = 'acme';
export const otherTenant = 'other';

export interface Lived {
  readonly records: readonly NewRecord[];
  readonly arrangement?: Arrangement;
  readonly embedder?: Embedder | undefined;
}

/** The service when it has come through all records, with the restarts of its arrangement behind it. */
export async function live({ records, arrangement = plain, embedder }: Lived): Promise<Flow> {
  const clock = new TwoHandClock();
  const log = new ArrangedLog(arrangement.turns, () => clock.wallMs());
  await log.append(records);
  const options: FlowOptions = {
    clock,
    log,
    tenants: [tenant, otherTenant],
    ...(embedder === undefined ? {} : { method: methodWith(embedder) }),
  };
  for (const batches of arrangement.stops) {
    const reached = log.after(batches);
    const stopped = await Flow.open(options);
    await reached;
    await stopped.stop();
  }
  const flow = await Flow.open(options);
  await flow.settle();
  return flow;
}

const consistency = { level: 'latest' } as const;
const asks = ['A-1', 'A-2'].flatMap((account) => [
  { path: '/v1/context', body: { account, consistency } },
  { path: '/v1/context', body: { account, question, consistency } },
  { path: '/v1/search', body: { account, question, consistency } },
]);

/** The replies about both accounts, keyed and asked, as they came. */
export async function answers(flow: Flow, asking: string = tenant): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  for (const { path, body } of asks) heard.push(await flow.caller(asking).ask(path, { body }));
  return heard;
}

/** Of their replays, at both depths. */
export async function verdicts(flow: Flow, heard: readonly Heard[]): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  for (const { body } of heard) {
    for (const depth of ['content', 'full']) {
      found.push(await flow.caller(tenant).ok(`/v1/snapshots/${body.id}/replay`, { body: { depth } }));
    }
  }
  return found;
}

/** The operator's decision about the first rejected record there is, by its position; a repair is a full state. */
export async function decide(flow: Flow, verb: 'redrive' | 'discard'): Promise<void> {
  const [letter] = [...flow.service.rejected.list(null)].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (letter === undefined) return;
  const body = verb === 'redrive' ? { repaired: { json: repairOf(letter.concern) } } : {};
  const { status } = await flow.caller(OPERATOR).ask(`/v1/rejected/${letter.id}/${verb}`, { body });
  expect([200, 409]).toContain(status);
  await flow.settle();
}

/** Of any plain values: Maps and bigints too. */
export function hashOf(value: unknown): Digest {
  return digestOf(
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === 'bigint') return `${part}n`;
      return part instanceof Map ? [...part] : part;
    }),
  );
}
