/**
 * Eight clients claim one key at once, round after round: exactly one of them proceeds, and it is the first by position. On the embedded
 * log over HTTP, with restarts in between; and on two instances, each with its own copy of a log that others own.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { cleanUp } from '../../connectors/file/test-kit.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { newCluster, serve } from '../../src/audit/instances.test-support.js';
import { tenant } from '../../src/fixtures.test-support.js';
import { claim } from '../../src/interaction/claims.js';
import type { Service } from '../../src/pipeline.js';
import { ScratchFolder } from '../flow/file-log.test-support.js';
import { Flow, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { size } from '../prove/settings.js';

const ROUNDS = size(40, 1_000);
const CLIENTS = 8;
const timeoutMs = size(2, 20) * 60_000;

interface Told {
  readonly outcome: unknown;
  readonly offset: bigint;
  readonly firstOffset: bigint | null;
}

/** What makes a round right, whoever asked whom. */
function expectOne(told: readonly Told[], round: number): void {
  const proceeding = told.filter(({ outcome }) => outcome === 'proceed');
  expect(proceeding, `round ${round}`).toHaveLength(1);
  const [first] = told.map(({ offset }) => offset).sort((a, b) => (a < b ? -1 : 1));
  expect(proceeding[0]?.offset, `round ${round}`).toBe(first);
  const others = told.filter(({ outcome }) => outcome === 'duplicate');
  expect(others.map(({ firstOffset }) => firstOffset)).toEqual(Array.from({ length: CLIENTS - 1 }, () => first));
}

async function askOverHttp(flow: Flow, key: string): Promise<Told> {
  const told = await flow.caller(tenant).ok('/v1/claims', { body: { idempotencyKey: key, tool: 'refund' } });
  const { outcome, position, first } = JSON.parse(JSON.stringify(told));
  const firstOffset = first === undefined ? null : BigInt(first.position.offset);
  return { outcome, offset: BigInt(position.offset), firstOffset };
}

async function rounds(open: () => Promise<Flow>): Promise<void> {
  let flow = await open();
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0 && round % (ROUNDS / 4) === 0) {
      await flow.stop();
      flow = await open();
    }
    const told = await Promise.all(Array.from({ length: CLIENTS }, () => askOverHttp(flow, `key-${round}`)));
    expectOne(told, round);
  }
  // A key of the first round is still taken, whatever has begun anew since.
  expect((await askOverHttp(flow, 'key-0')).outcome).toBe('duplicate');
  await flow.stop();
}

async function askInProcess(service: Service, key: string): Promise<Told> {
  const { intake, ledger, journal, engines } = service;
  const parts = { intake, ledger, journal, topics: engines.topics };
  const asked = { by: 'one', idempotencyKey: key, tool: 'refund', deadlineMs: 10_000 };
  const { outcome, position, first } = await claim(parts, tenant, asked);
  return { outcome, offset: position.offset, firstOffset: first?.position?.offset ?? null };
}

describe(`${ROUNDS} rounds of ${CLIENTS} claims of one key at once`, () => {
  afterEach(cleanUp);

  it(
    'have one claim each that proceeds, on the log in memory',
    async () => {
      const clock = new TwoHandClock();
      const log = memoryLog(clock);
      await rounds(() => Flow.open({ clock, log, tenants: [tenant] }));
    },
    timeoutMs,
  );

  it(
    'have one claim each that proceeds, on the log in a folder',
    async () => {
      const clock = new TwoHandClock();
      const folder = await ScratchFolder.make();
      try {
        await rounds(async () => Flow.open({ clock, log: await folder.open(clock), tenants: [tenant] }));
      } finally {
        await folder.remove();
      }
    },
    timeoutMs,
  );

  it(
    'have one claim each that proceeds, on two instances over a log that others own',
    async () => {
      const [cluster, state] = [newCluster(), new MemoryState()];
      const services = [await serve(cluster, state), await serve(cluster, state)];
      for (let round = 0; round < ROUNDS; round++) {
        const asking = Array.from({ length: CLIENTS / 2 }, () =>
          services.map((service) => askInProcess(service, `key-${round}`)),
        );
        expectOne(await Promise.all(asking.flat()), round);
      }
    },
    timeoutMs,
  );
});
