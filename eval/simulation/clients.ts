/** Who uses the service: producers and an operator. Readers and auditors are in `readers.ts`. */
import type { JsonObject } from '../../src/domain/canonical.js';
import { partitionKey } from '../../src/domain/position.js';
import { decodeToken } from '../../src/domain/token.js';
import type { Random } from '../random.js';
import { must } from './violation.js';
import { tenants, type Workload } from './workload.js';
import type { World } from './world.js';

export interface Client {
  readonly name: string;
  /** One thing a client does. */
  act(): Promise<void>;
}

const decoder = new TextDecoder();

/** Appends through the entrance: new events, the same again, and whatever it never heard back about once more. */
export class Producer implements Client {
  readonly name = 'producer';
  readonly #sent: { readonly tenant: string; readonly event: JsonObject }[] = [];

  constructor(
    readonly world: World,
    readonly random: Random,
    readonly workload: Workload,
    readonly onToken: (tenant: string, token: string) => Promise<void>,
  ) {}

  async act(): Promise<void> {
    const { world, random, workload } = this;
    const again = this.#sent.length > 0 && random.chance(0.25) ? random.pick(this.#sent) : undefined;
    const tenant = again?.tenant ?? random.pick(tenants);
    const fresh = [...Array(1 + random.below(3))].map(() => workload.event(tenant));
    const events = again === undefined ? fresh : [again.event];
    for (const event of again === undefined ? fresh : []) this.#sent.push({ tenant, event });
    const asked = await world.ask(`append ${events.map(({ id }) => id).join(' ')}`, (service) =>
      service.intake.append(tenant, events),
    );
    if (asked.kind === 'failed') {
      must(!['event_rejected', 'event_id_reused'].includes(asked.code), 'sound', () => `a sound event: ${asked.code}`);
    }
    if (asked.kind !== 'answered') return;
    const { value, by } = asked;
    for (const [index, { position }] of value.events.entries()) {
      const key = partitionKey(position.topic, position.partition);
      const [record] = world.durable.records(key, position.offset, position.offset + 1n);
      const isThere = decoder.decode(record?.value ?? new Uint8Array()).includes(`"id":"${events[index]?.id}"`);
      must(isThere, 'P1', () => `${events[index]?.id} was acknowledged at ${key}:${position.offset} and is not there`);
    }
    if (by.service !== undefined) decodeToken(by.service.identity, value.token);
    await this.onToken(tenant, value.token);
  }
}

/** Writes into the log itself: poison, tombstones, events without the entrance's check, now and then twice. */
export class StrangeProducer implements Client {
  readonly name = 'strange producer';

  constructor(
    readonly world: World,
    readonly random: Random,
    readonly workload: Workload,
  ) {}

  async act(): Promise<void> {
    const record = this.workload.raw(this.random.pick(tenants));
    const times = this.random.chance(0.2) ? 2 : 1;
    this.world.scheduler.note(`raw record for ${record.topic}`);
    for (let n = 0; n < times; n++) await this.world.durable.append([record]);
  }
}

/** Redrives as it was, repaired, or discards; sometimes changes their mind. */
export class Operator implements Client {
  readonly name = 'operator';

  constructor(
    readonly world: World,
    readonly random: Random,
    readonly workload: Workload,
  ) {}

  async act(): Promise<void> {
    const { world, random, workload } = this;
    await world.ask('decide', async ({ rejected }) => {
      const list = rejected.list(null);
      if (list.length === 0) return;
      const { id, concern } = random.pick(list);
      const { tenant, kind } = concern;
      if (random.chance(0.3)) return void (await rejected.decide(id, { kind: 'discarded' }));
      const repairable = tenant !== null && kind !== null && concern.id !== null && random.chance(0.7);
      const repaired = repairable ? workload.repair(tenant, kind, concern.id ?? '') : null;
      await rejected.decide(id, { kind: 'redriven', repaired });
    });
  }

  /** Discards all that still blocks, so that nothing is missing from any answer. True when nothing was left. */
  async clear(): Promise<boolean> {
    const { world } = this;
    const asked = await world.ask('clear', async ({ rejected, engines }) => {
      const blocked = await Promise.all(tenants.map((tenant) => engines.state.tenant(tenant)));
      const ids = new Set(blocked.flatMap((view) => view.blocked.map((mark) => mark.rejected)));
      for (const id of ids) await rejected.decide(id, { kind: 'discarded' });
      return ids.size;
    });
    return asked.kind === 'answered' && asked.value === 0;
  }
}
