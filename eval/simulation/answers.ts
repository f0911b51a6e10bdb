/** What an answer says is held against the log itself: the model's fold (P2, P3), other tenants' canaries (P7), the audit topic (P9). */
import { z } from 'zod';
import { digestOf } from '../../src/domain/canonical.js';
import { type EntityKey, type PresentEntity, refOf } from '../../src/domain/entity.js';
import {
  type PartitionKey,
  type PositionVector,
  partitionKey,
  positionText,
  vectorFromJson,
} from '../../src/domain/position.js';
import type { Freshness } from '../../src/snapshot/freshness.js';
import type { SnapshotRequest } from '../../src/snapshot/request.js';
import { activeEntitlements, openTickets } from '../../src/snapshot/select.js';
import type { DurableLog } from './durable-log.js';
import type { Model } from './model.js';
import { must } from './violation.js';
import { canaryOf, tenants } from './workload.js';

const decoder = new TextDecoder();

const bodySchema = z.object({
  id: z.string(),
  evaluatedAt: z.string(),
  freshness: z.custom<Freshness>(),
  items: z.array(
    z.object({
      ref: z.string(),
      source: z.object({
        topic: z.string(),
        partition: z.number(),
        offset: z.string(),
        entityVersion: z.string().nullable(),
        hash: z.string(),
        redrives: z.array(z.string()).default([]),
      }),
      value: z.record(z.string(), z.unknown()),
    }),
  ),
  omitted: z.array(z.object({ ref: z.string() })),
  stamp: z.object({ through: z.record(z.string(), z.record(z.string(), z.string())) }),
  token: z.string(),
});

export type Body = z.infer<typeof bodySchema>;

export interface Question {
  readonly request: SnapshotRequest;
  /** Every partition the answer can come from. */
  readonly partitions: readonly PartitionKey[];
  readonly askedAtMs: number;
}

export class Answers {
  readonly #model: Model;
  readonly #durable: DurableLog;
  readonly #audited = new Map<string, string>();
  /** When the audit record of a snapshot was on its way: at that instant its freshness was judged. */
  readonly #judgedAtMs = new Map<string, number>();

  constructor(model: Model, durable: DurableLog) {
    this.#model = model;
    this.#durable = durable;
  }

  recording(id: string, nowMs: number): void {
    if (!this.#judgedAtMs.has(id)) this.#judgedAtMs.set(id, nowMs);
  }

  /** A record of the audit topic has come to be on disk. */
  recorded(key: Uint8Array | null, value: Uint8Array | null): void {
    const text = decoder.decode(value ?? new Uint8Array());
    this.#audited.set(decoder.decode(key ?? new Uint8Array()), text.slice(text.indexOf('\n') + 1));
  }

  /** Of an answer that was released: throws what it breaks. */
  check(text: string, question: Question): Body {
    const body = bodySchema.parse(JSON.parse(text));
    const { request } = question;
    const through = vectorFromJson(body.stamp.through);
    for (const tenant of tenants) {
      const leaks = tenant !== request.tenant && text.includes(canaryOf(tenant));
      must(!leaks, 'P7', () => `${request.tenant} was shown what belongs to ${tenant}`);
    }
    const manifest = this.#audited.get(body.id) ?? '';
    must(digestOf(manifest) === body.id, 'P9', () => `${body.id} is not in the audit topic`);
    this.checkAge(body.freshness, through, {
      ...question,
      askedAtMs: this.#judgedAtMs.get(body.id) ?? question.askedAtMs,
    });
    for (const item of body.items) this.#checkItem(item, request.tenant, through);
    if (request.mode === 'context') this.#checkComplete(body, request.account, { request, through });
    return body;
  }

  /** An age is a claim under any label: all that was in the log that long ago is in the answer. */
  checkAge({ ageMs, label }: Freshness, through: PositionVector, { partitions, askedAtMs, request }: Question): void {
    if (request.asOf !== null) {
      must(label !== 'fresh', 'P2', () => 'time travel is called fresh');
      return;
    }
    if (ageMs === null) {
      must(label !== 'fresh', 'P2', () => 'fresh, and of no known age');
      return;
    }
    for (const partition of partitions) {
      const end = this.#durable.endBefore(partition, askedAtMs - ageMs);
      const applied = through.get(partition) ?? -1n;
      must(
        applied >= end - 1n,
        'P2',
        () => `${label}, ${ageMs} ms old, with ${partition} at ${applied} of ${end - 1n}`,
      );
    }
  }

  #checkItem({ ref, source, value }: Body['items'][number], tenant: string, through: PositionVector): void {
    const key = this.#keyOf(tenant, ref);
    const place = `${source.topic}:${source.partition}:${source.offset}`;
    const then = key && this.#model.entityAfter(key, place, through);
    must(then?.status === 'present' && then.hash === source.hash, 'P3', () => `${ref} is not what it was at ${place}`);
    const isValue = then?.status === 'present' && JSON.stringify(value) === then.json;
    must(isValue, 'P3', () => `${ref} is shown with a value of another position`);
    const now = key && this.#model.entityAt(key, through);
    const at = now === undefined ? 'nowhere' : positionText(now.watermark.position);
    must(
      at === place,
      'P3',
      () => `${ref} is shown as of ${place}; as of what the answer covers it was written at ${at}`,
    );
  }

  /** What must be in a context whatever is asked, of everything its positions cover. */
  #checkComplete(
    { items, omitted, evaluatedAt }: Body,
    account: string,
    { request, through }: { readonly request: SnapshotRequest; readonly through: PositionVector },
  ): void {
    const members = this.#present(request.tenant, through).filter(({ accountId }) => accountId === account);
    const atMs = Date.parse(evaluatedAt);
    const wanted = [
      ...(request.kinds.includes('ticket') ? openTickets(members) : []),
      ...(request.kinds.includes('entitlement') ? activeEntitlements(members, atMs) : []),
    ];
    const told = new Set([...items, ...omitted].map(({ ref }) => ref));
    for (const { key } of wanted) {
      must(told.has(refOf(key)), 'P3', () => `${refOf(key)} is missing as of what the answer covers`);
    }
  }

  /** Whether there was such an account, when an answer says that there was none. */
  checkAbsence(request: SnapshotRequest, through: PositionVector): void {
    const found = this.#present(request.tenant, through).some(
      ({ key }) => key.kind === 'account' && key.id === request.account,
    );
    must(!found, 'P3', () => `account ${request.account} is not found as of what the answer covers`);
  }

  #present(tenant: string, through: PositionVector): readonly PresentEntity[] {
    return this.#model.keys.flatMap((key) => {
      const entity = key.tenant === tenant ? this.#model.entityAt(key, through) : undefined;
      return entity?.status === 'present' ? [entity] : [];
    });
  }

  #keyOf(tenant: string, ref: string): EntityKey | undefined {
    return this.#model.keys.find((key) => key.tenant === tenant && refOf(key) === ref);
  }

  /** The end of the log of those partitions at an instant: what a read of the latest must cover. */
  covers(through: PositionVector, partitions: readonly PartitionKey[], instantMs: number): boolean {
    return partitions.every((key) => (through.get(key) ?? -1n) >= this.#durable.endBefore(key, instantMs) - 1n);
  }
}

export function partitionsOf(
  topics: readonly { readonly name: string; readonly partitions: number }[],
): readonly PartitionKey[] {
  return topics.flatMap(({ name, partitions }) => [...Array(partitions).keys()].map((n) => partitionKey(name, n)));
}
