/**
 * Holds entities in the state and the index and tells what that takes, in a process of its own and with its garbage collected. Half
 * are tickets of about 400 bytes, half policies of one passage of the bench's corpus, which are in the index as well. Run with
 * `--expose-gc`; argument: how many entities. Prints a `Held` as JSON.
 */

import { MemoryIndex } from '../../connectors/memory/index.js';
import { MemoryState } from '../../connectors/memory/state.js';
import { canonicalJson, type JsonObject } from '../../src/domain/canonical.js';
import type { Entity } from '../../src/domain/entity.js';
import type { Position } from '../../src/domain/position.js';
import { recordKey } from '../../src/domain/record-key.js';
import { step, understand } from '../../src/domain/step.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { lexicalMethod } from '../../src/retrieval/method.js';
import { passagesOfEntity } from '../../src/retrieval/passages.js';
import { type BenchPassage, benchPassages } from './corpus.js';
import { ticketEvents } from './events.js';
import type { Held } from './rows/memory.js';

const collect = (globalThis as { readonly gc?: () => void }).gc;
const incarnation = { id: 'i', ordinal: 1 };
const BATCH = 1_000;

/** Buffers count as external. */
function takenBytes(): number {
  if (collect === undefined) throw new Error('run with --expose-gc');
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function policyEvent({ id, text }: BenchPassage): JsonObject {
  const data = {
    id,
    policyId: id,
    version: 1,
    title: 'Policy',
    body: text,
    effectiveFrom: '2025-01-01',
    effectiveTo: null,
  };
  const about = { type: 'policy.published', subject: id, time: '2026-01-01T00:00:00Z', tenant: 'bench' };
  return { specversion: '1.0', id: `e-${id}`, source: '/bench', ...about, data };
}

interface Sent {
  readonly about: 'ticket' | 'policy';
  readonly id: string;
  readonly value: Buffer;
}

/** By way of the bytes of a record, so that strings are held as they are in service. */
function entityOf({ about, id, value }: Sent, offset: number): Entity {
  const position: Position = { topic: about, incarnation, partition: 0, leaderEpoch: 0, offset: BigInt(offset) };
  const headers = [['content-type', Buffer.from('application/cloudevents+json; charset=utf-8')]] as const;
  const record = { key: recordKey('bench', id), headers, value, position };
  const made = step(undefined, understand(record, { about, tenant: null }, undefined));
  if (made.outcome !== 'applied') throw new Error(`the event was ${made.outcome}`);
  return made.entity;
}

function sent(about: Sent['about'], event: JsonObject): Sent {
  return { about, id: String(event.subject), value: Buffer.from(canonicalJson(event)) };
}

async function hold(state: MemoryState, index: MemoryIndex, entities: readonly Entity[]): Promise<number> {
  const changes = entities.map((entity) => ({ entity, expected: null }));
  await state.write({ changes, replaced: [], decided: [], block: [], progress: [] });
  const marks = await state.allPending(BATCH);
  const writes = marks.map(({ entity, hash }) => {
    const passages = entity.status === 'present' ? passagesOfEntity(lexicalMethod.passages, entity) : [];
    return { key: entity.key, entityHash: hash, revision: entity.revision, passages, vectors: [] };
  });
  await index.apply(writes);
  await state.indexed(marks);
  return entities.reduce((sum, entity) => sum + (entity.status === 'present' ? Buffer.byteLength(entity.json) : 0), 0);
}

async function heldBy(count: number): Promise<Held> {
  const [state, index] = [new MemoryState(), new MemoryIndex(generationOf(lexicalMethod))];
  const all = [
    ...ticketEvents(count / 2, 'bench').map((event) => sent('ticket', event)),
    ...benchPassages(count / 2).map((passage) => sent('policy', policyEvent(passage))),
  ];
  let payloadBytes = 0;
  const before = takenBytes();
  for (let at = 0; at < all.length; at += BATCH) {
    const batch = all.slice(at, at + BATCH).map((one, n) => entityOf(one, at + n));
    payloadBytes += await hold(state, index, batch);
  }
  const takenBytesMore = takenBytes() - before;
  // Asked last, so that neither is collected before.
  if ((await index.count('bench')) !== count / 2 || all.length !== count) throw new Error('something was not held');
  return { takenBytes: takenBytesMore, payloadBytes };
}

console.log(JSON.stringify(await heldBy(Number(process.argv[2]))));
