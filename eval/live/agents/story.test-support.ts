/** A refund from its task to its end, as a copilot and a person live it on two instances: each step on the other than the one before. */
import { member } from '../../../src/api/world.test-support.js';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical.js';
import { patch } from '../../../src/fixtures.test-support.js';
import type { Told } from '../../agents/teller.test-support.js';
import type { Caller } from '../../flow/service.test-support.js';
import type { AgentPair } from './pair.test-support.js';

const decision = 'D-told';
const workflow = 'W-told';
const idempotencyKey = 'refund/told';
const correlationId = 'c-told';

/** Of the world that a teller tells in (`worldEvents`). */
export async function liveStory(pair: AgentPair): Promise<Told> {
  const [a, b] = [pair.caller(() => 0), pair.caller(() => 1)];
  const started = await tell(b, 'task.started', workflow, { task: 'refund' });
  const asked = { account: 'A-1', question: 'refund after renewal', correlationId };
  const { id: snapshot } = await a.ok('/v1/context', { body: asked });
  const snapshots = [String(snapshot)];
  const claim = await pair.claim(() => 1, { idempotencyKey, decision, snapshots, correlationId });
  if (claim.outcome !== 'proceed') throw new Error(`nobody else has claimed it: ${JSON.stringify(claim)}`);
  const returned = await tell(a, 'tool.returned', idempotencyKey, { result: { refunded: '49.00' } });
  const proposal = { action: 'refund', snapshots, toolCalls: [idempotencyKey], approval: 'required' };
  const proposed = await tell(b, 'decision.proposed', decision, proposal);
  const requested = await tell(a, 'approval.requested', workflow, { decision, from: 'kim' });
  const verdict = { by: 'kim', reason: 'half is due', replacement: { action: 'half' }, follows: 'decision.proposed' };
  const overridden = await tell(b, 'decision.overridden', decision, verdict);
  const closed = { ...patch('ticket', 'T-1', { status: 'closed' }), correlationid: correlationId };
  const wrote = await sent(a, closed);
  const execution = { wrote: [wrote], toolCalls: [idempotencyKey], follows: 'decision.overridden' };
  const executed = await tell(b, 'decision.executed', decision, execution);
  const records = [started, textOf(claim.position), returned, requested, overridden, wrote, executed];
  const finished = await tell(a, 'task.finished', workflow, { outcome: 'half refunded', records });
  return { decision, snapshots, positions: [...records, proposed, finished] };
}

/** The position of an event, whose id is its type: there is one of each. */
function tell(caller: Caller, type: string, subject: string, data: Readonly<Record<string, JsonValue>>) {
  const core = { specversion: '1.0', id: type, source: 'copilot', type, subject, correlationid: correlationId };
  return sent(caller, { ...core, data });
}

async function sent(caller: Caller, body: JsonObject): Promise<string> {
  return textOf(member(await caller.ok('/v1/events', { body }), 'events', 0, 'position'));
}

function textOf(position: unknown): string {
  const { topic, partition, offset } = Object(position);
  return `${topic}:${partition}:${offset}`;
}
