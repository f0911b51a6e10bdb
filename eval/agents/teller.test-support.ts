/** Lives one decision through the API, as a copilot and a person do, and keeps what it was told. */
import type { JsonObject, JsonValue } from '../../src/domain/canonical.js';
import { account, entitlement, patch, policy, ticket } from '../../src/fixtures.test-support.js';
import type { Caller, TwoHandClock } from '../flow/service.test-support.js';
import { ACCOUNTS, type CallShape, type Shape } from './shapes.js';

/** What the decisions are about: each account was made and changed, so that its state is of two records. */
export function worldEvents(): readonly JsonObject[] {
  const accounts = Array.from({ length: ACCOUNTS }, (_, n) => [
    account(`A-${n}`),
    patch('account', `A-${n}`, { region: 'us' }),
    ticket(`T-${n}`, { accountId: `A-${n}`, subject: 'a refund, please' }),
    entitlement(`E-${n}`, { accountId: `A-${n}` }),
  ]);
  const policies = [
    policy('P-1', { title: 'Refunds after renewal', body: 'A refund is granted within 30 days of a renewal.' }),
    policy('P-2', {
      policyId: 'exports',
      title: 'Exports',
      body: 'Every plan includes exports; labels can be cancelled.',
    }),
  ];
  return [...accounts.flat(), ...policies];
}

export interface Told {
  readonly decision: string;
  readonly snapshots: readonly string[];
  /** `topic:partition:offset` of every record that the story made, in order. */
  readonly positions: readonly string[];
}

export class Teller {
  readonly #caller: Caller;
  readonly #clock: TwoHandClock;
  #count: number;

  /** `told`: how many stories there are already. */
  constructor(caller: Caller, clock: TwoHandClock, told = 0) {
    this.#caller = caller;
    this.#clock = clock;
    this.#count = told;
  }

  async tell(shape: Shape): Promise<Told> {
    // Two snapshots of one content in one millisecond are one.
    this.#clock.setWall(this.#clock.wallMs() + 1_000);
    const story = new Story(this.#caller, shape, `${this.#count++}`);
    await story.live();
    return story;
  }
}

class Story implements Told {
  readonly snapshots: string[] = [];
  readonly positions: string[] = [];
  readonly decision: string;
  readonly #keys: string[] = [];
  #events = 0;

  constructor(
    readonly caller: Caller,
    readonly shape: Shape,
    readonly name: string,
  ) {
    this.decision = `D-${name}`;
  }

  async live(): Promise<void> {
    const { shape, decision } = this;
    await this.#event('task.started', `W-${this.name}`, { task: 'refund' });
    await this.#look();
    for (const [n, call] of shape.calls.entries()) await this.#call(`${this.name}-call-${n}`, call);
    const proposed = await this.#event('decision.proposed', decision, {
      action: 'refund',
      snapshots: this.snapshots,
      toolCalls: this.#keys,
      approval: shape.approval,
    });
    if (shape.hasSibling) await this.#sibling();
    const last = await this.#judge(proposed);
    if (shape.verdict !== 'overridden') await this.#execute(last);
    const data = shape.ends === 'task.finished' ? { outcome: 'done' } : { error: { code: 'late' } };
    await this.#event(shape.ends, `W-${this.name}`, { ...data, records: this.#ownRecords() });
  }

  async #look(): Promise<void> {
    const { account: n, question, searches } = this.shape;
    const asked = { account: `A-${n}`, ...(question === null ? {} : { question }), correlationId: this.#correlation };
    this.#released(await this.caller.ok('/v1/context', { body: asked }));
    if (!searches) return;
    const headers = { 'correlation-id': this.#correlation };
    this.#released(await this.caller.ok('/v1/search', { body: { question: 'refund' }, headers }));
  }

  #released({ id, audit }: JsonObject): void {
    this.snapshots.push(String(id));
    // What is on a disk alone gets its place in the topic later.
    if ((audit as JsonObject).offset !== undefined) this.positions.push(textOf(audit));
  }

  async #call(key: string, { ends, isClaimedTwice, resultChars }: CallShape): Promise<void> {
    this.#keys.push(key);
    const data = { tool: 'refund', arguments: { label: 7 }, snapshots: this.snapshots, decision: this.decision };
    await this.#event('tool.called', key, data);
    if (isClaimedTwice) await this.#event('tool.called', key, data);
    if (ends !== 'returned') await this.#event('tool.failed', key, { error: { code: 'busy' }, retriable: true });
    if (ends === 'failed_then_returned')
      await this.#event('tool.retry_scheduled', `W-${this.name}`, { idempotencyKey: key, attempt: 2 });
    if (ends !== 'failed') await this.#event('tool.returned', key, { result: 'x'.repeat(resultChars) });
  }

  /** Id of the event that has the last word. */
  async #judge(proposed: string): Promise<string> {
    const { approval, verdict } = this.shape;
    if (approval === 'required')
      await this.#event('approval.requested', `W-${this.name}`, { decision: this.decision, from: 'kim' });
    if (verdict === 'unheard') return proposed;
    const by = { by: 'kim', follows: proposed };
    if (verdict === 'approved') return this.#event('decision.approved', this.decision, by);
    const more = verdict === 'replaced' ? { replacement: { action: 'half a refund' } } : {};
    return this.#event('decision.overridden', this.decision, { ...by, reason: 'half is due', ...more });
  }

  async #execute(follows: string): Promise<void> {
    const { account: n, writes, isCompensated } = this.shape;
    const write = (step: number) => {
      const id = `write-${this.name}-${step}`;
      return this.#send({
        ...patch('ticket', `T-${n}`, { status: 'closed', note: id }, { id }),
        correlationid: this.#correlation,
      });
    };
    const wrote: string[] = [];
    for (let step = 0; step < writes; step++) wrote.push(await write(step));
    const executed = await this.#event('decision.executed', this.decision, { wrote, follows });
    if (!isCompensated) return;
    const undone = [await write(writes)];
    await this.#event('decision.compensated', this.decision, { reason: 'too late', wrote: undone, follows: executed });
  }

  /** Of the same interaction, and another story: its records are none of this one's. */
  async #sibling(): Promise<void> {
    const own = this.positions.length;
    const sibling = `${this.decision}-sibling`;
    const data = { action: 'apologise', snapshots: this.snapshots.slice(0, 1), approval: 'required' };
    await this.#event('decision.proposed', sibling, data);
    await this.#event('approval.requested', `W-${this.name}`, { decision: sibling });
    await this.#event('tool.called', `${this.name}-call-of-sibling`, { tool: 'mail', decision: sibling });
    this.positions.length = own;
  }

  /** Audit records are the service's own; all others are the story's. */
  #ownRecords(): readonly string[] {
    return this.positions.filter((at) => !/(^|\.)copilot\.context:/.test(at));
  }

  get #correlation(): string {
    return `c-${this.name}`;
  }

  /** Appends an event of the interaction; returns its id. */
  async #event(type: string, subject: string, data: Readonly<Record<string, JsonValue>>): Promise<string> {
    const id = `e-${this.name}-${this.#events++}`;
    const core = { specversion: '1.0', id, source: 'copilot', type, subject, correlationid: this.#correlation };
    await this.#send({ ...core, data });
    return id;
  }

  async #send(body: JsonObject): Promise<string> {
    const { events } = await this.caller.ok('/v1/events', { body });
    const at = textOf((events as readonly JsonObject[])[0]?.position);
    this.positions.push(at);
    return at;
  }
}

function textOf(position: JsonValue | undefined): string {
  const { topic, partition, offset } = position as JsonObject;
  return `${topic}:${partition}:${offset}`;
}
