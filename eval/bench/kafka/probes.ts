/** Records sent one by one at a rate, whether or not what is measured keeps up, and when each was acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { canonicalJson, type JsonObject } from '../../../src/domain/canonical.js';
import { recordKey } from '../../../src/domain/record-key.js';
import { nowMs, PROBE } from './plans.js';
import { tenant } from './tickets.js';

export interface ProbeLoad {
  readonly producer: Producer;
  readonly topic: string;
  readonly eventOf: (id: string) => JsonObject;
  readonly perSecond: number;
  readonly forMs: number;
}

let sent = 0;

/** Calls `onAcknowledged` for each as soon as it is; resolves when that has been done with all of them. */
export async function sendProbes(load: ProbeLoad, onAcknowledged: (id: string, atMs: number) => Promise<void>) {
  const { producer, topic, eventOf, perSecond, forMs } = load;
  const startedAtMs = performance.now();
  const probes: Promise<void>[] = [];
  const sendOne = async (id: string) => {
    const value = Buffer.from(canonicalJson(eventOf(id)));
    await producer.send({ topic, acks: -1, messages: [{ key: Buffer.from(recordKey(tenant, id)), value }] });
    await onAcknowledged(id, nowMs());
  };
  for (let due = 0; due < (perSecond * forMs) / 1_000; due++) {
    const dueInMs = startedAtMs + (due * 1_000) / perSecond - performance.now();
    if (dueInMs > 0) await sleep(dueInMs);
    const probe = sendOne(`${PROBE}${++sent}`);
    // Its failure is that of all, told at the end.
    probe.catch(() => undefined);
    probes.push(probe);
  }
  await Promise.all(probes);
}

const at = { specversion: '1.0', source: '/bench/probe', time: '2026-01-01T00:00:00Z', tenant };

export function ticketProbe(id: string): JsonObject {
  const body = 'The amount on the invoice differs from the order and nobody told us why it does. '.repeat(2);
  const data = { id, accountId: 'A-1', subject: 'Question about an invoice', body, status: 'open' };
  return { ...at, id, type: 'ticket.updated', subject: id, data };
}

export function accountProbe(id: string): JsonObject {
  const data = { id, name: 'Probe', plan: 'business', region: 'eu', status: 'active' };
  return { ...at, id, type: 'account.created', subject: id, data };
}
