/** Clients of two instances that all want to act under one key, and what must be so of what they are told. */
import { expect } from 'vitest';
import { member } from '../../../src/api/world.test-support.js';
import type { JsonObject } from '../../../src/domain/canonical.js';
import type { AgentPair } from './pair.test-support.js';

export const CLIENTS = 8;

/** Who may act under a key, and what is known of it. */
export interface Holder {
  readonly key: string;
  /** Of the claim that proceeded. */
  readonly id: string;
  /** What every other claim is told of it. */
  readonly first: Readonly<Record<string, unknown>>;
}

/** Four clients on each instance at once, half of them with ids of their own: one proceeds, the first in the log, and all others know it. */
export async function contest(pair: AgentPair, key: string): Promise<Holder> {
  const clients = Array.from({ length: CLIENTS }, (_, client) => {
    const own = client % 4 < 2 ? { id: `${key}-${client}` } : {};
    return pair.claim(() => client, { idempotencyKey: key, ...own });
  });
  const told = await Promise.all(clients);
  const holder = holderOf(key, told);
  const [earliest] = told.map(({ position }) => offsetOf(position)).sort((a, b) => (a < b ? -1 : 1));
  expect(offsetOf(holder.first.position), key).toBe(earliest);
  return holder;
}

/** The one that proceeds; the others are duplicates of it. */
export function holderOf(key: string, told: readonly JsonObject[]): Holder {
  const proceeding = told.filter(({ outcome }) => outcome === 'proceed');
  expect(
    proceeding.map(({ idempotencyKey }) => idempotencyKey),
    `${key}: ${JSON.stringify(told.map(({ id, outcome }) => [id, outcome]))}`,
  ).toEqual([key]);
  const { id, position } = proceeding[0] ?? {};
  const call = { tool: 'refund', argumentsHash: null, mismatch: false };
  const first = { status: 'unknown', position: position ?? null, outcome: null, ...call };
  const others = told.filter(({ outcome }) => outcome !== 'proceed');
  expect(
    others.map((one) => [one.outcome, one.first]),
    key,
  ).toEqual(others.map(() => ['duplicate', first]));
  return { key, id: String(id), first };
}

/** Whichever instance is asked: a new claim is a duplicate, and the holder proceeds again only while nothing came of it. */
export async function expectKnown(pair: AgentPair, { key, id, first }: Holder): Promise<void> {
  const asking = [0, 1].map(async (instance) => {
    const [newcomer, again] = await Promise.all([
      pair.claim(() => instance, { idempotencyKey: key }),
      pair.claim(() => instance, { idempotencyKey: key, id }),
    ]);
    expect(newcomer, key).toMatchObject({ outcome: 'duplicate', first });
    if (first.status === 'unknown') expect(again, key).toMatchObject({ outcome: 'proceed', id });
    else expect(again, key).toMatchObject({ outcome: 'duplicate', id, first });
  });
  await Promise.all(asking);
}

/** The holder has acted, and says so to one of them. */
export async function returned(pair: AgentPair, holder: Holder, instance: number): Promise<Holder> {
  const { key, id } = holder;
  const result = { refunded: key };
  const core = { specversion: '1.0', id: `${key}-returned`, source: 'copilot', type: 'tool.returned', subject: key };
  const body = { ...core, causationid: id, data: { result } };
  const reply = await pair.caller(() => instance).ok('/v1/events', { body });
  const outcome = member(reply, 'events', 0, 'position');
  return { ...holder, first: { ...holder.first, status: 'returned', outcome, result } };
}

function offsetOf(position: unknown): bigint {
  return BigInt(String(Object(position).offset));
}
