/** The tour of a world: each step calls the HTTP API as a copilot, an auditor or an operator would, and checks what comes back. */

import type { TidemarkClient } from '../../client/index.js';
import type { JsonObject } from '../../domain/canonical.js';
import type { Service } from '../../pipeline.js';
import type { ApiClient } from '../client.js';
import type { World, WorldQuestion } from '../composition.js';
import { objectOf, objectsOf, textAt } from '../json-read.js';
import type { Terminal } from '../terminal.js';
import { line, span } from '../text/line.js';
import { positionLines } from '../text/positions.js';
import { positionOf, snapshotLines } from '../text/snapshot.js';
import { diffLines, validityLines, verdictLines } from '../text/verdict.js';
import { agentStep } from './agent-step.js';
import { feed } from './feed.js';
import { rejectedStep } from './rejected-step.js';
import { type Step, showStep } from './step.js';

export interface Tour {
  readonly service: Service;
  readonly world: World;
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly signal: AbortSignal;
  clientOf(tenant: string): ApiClient;
  agentOf(tenant: string): TidemarkClient;
  /** A tenant that is not the one asked about. */
  readonly stranger: string;
}

/** True when every step came out as promised. */
export async function runTour(tour: Tour): Promise<boolean> {
  let number = 0;
  let kept = true;
  const tell = (step: Step): void => {
    showStep(tour.terminal, step, ++number, tour.json);
    kept &&= step.kept;
  };
  const [first, second] = tour.world.questions;
  tell(await loadStep(tour));
  const asked = await ask(tour, first);
  tell(questionStep('A question', first, asked));
  tell(questionStep('Another question', second, await ask(tour, second)));
  tell(await changeStep(tour, asked));
  tell(await replayStep(tour, asked));
  tell(await rejectedStep(tour.clientOf(first.tenant), tour.world.repair));
  tell(await agentStep(tour.agentOf(first.tenant), first));
  tell(await isolationStep(tour, asked));
  return kept;
}

async function loadStep(tour: Tour): Promise<Step> {
  const startedAtMs = performance.now();
  const fed = await feed(tour.service, tour.world, tour.signal);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
  const [tenant] = tour.world.tenants;
  const positions = await tour.clientOf(tenant ?? '').read('/v1/positions');
  const totals = objectOf(positions.totals);
  const groups = Object.fromEntries(fed.groups);
  const counted = Object.entries(groups).map(([group, count]) => `${group} ${count}`);
  const raw = fed.raw === 0 ? '' : `, and ${fed.raw} raw record${fed.raw === 1 ? '' : 's'} put straight into the log`;
  const again = fed.duplicates === 0 ? '' : `, ${fed.duplicates} sent again recognised as duplicates`;
  return {
    title: `Load: ${tour.world.title}`,
    explanation: 'Every record of the log has exactly one outcome, and the counters add up.',
    lines: [
      line([`${fed.events - fed.duplicates} events appended${again}${raw}, applied and indexed in ${seconds} s`]),
      line([span(counted.join(' · '), 'dim')], 0, 2),
      ...positionLines(positions, 'topic'),
    ],
    kept: totals.addsUp === true,
    data: { events: fed.events, raw: fed.raw, duplicates: fed.duplicates, groups, totals },
  };
}

interface Asked {
  readonly question: WorldQuestion;
  readonly snapshot: JsonObject;
  readonly id: string;
}

async function ask(tour: Tour, question: WorldQuestion): Promise<Asked> {
  const body = {
    account: question.account,
    question: question.question,
    purpose: 'demo',
    consistency: { level: 'latest' },
  };
  const snapshot = await tour.clientOf(question.tenant).write('/v1/context', body);
  return { question, snapshot, id: textAt(snapshot, 'id') };
}

function questionStep(title: string, { why }: WorldQuestion, { snapshot }: Asked): Step {
  const kept = Array.isArray(snapshot.items) && snapshot.items.length > 0;
  return { title, explanation: why, lines: snapshotLines(snapshot), kept, data: { snapshot } };
}

async function changeStep(tour: Tour, asked: Asked): Promise<Step> {
  const { tenant, event, what } = tour.world.policyChange(Date.now());
  const client = tour.clientOf(tenant);
  const written = await client.write('/v1/events', event);
  const after = `?token=${encodeURIComponent(textAt(written, 'token'))}`;
  const validity = await client.read(`/v1/snapshots/${asked.id}/validity${after}`);
  const diff = await client.read(`/v1/snapshots/${asked.id}/diff${after}`);
  return {
    title: 'A policy changes',
    explanation: `${what} The write's token makes the check wait for it, so the answer cannot miss it.`,
    lines: [...validityLines(validity), ...diffLines(diff)],
    kept: validity.valid === false && textAt(objectOf(validity.supersededBy), 'kind') === 'event',
    data: { written, validity, diff },
  };
}

async function replayStep(tour: Tour, { id, question }: Asked): Promise<Step> {
  const verdict = await tour.clientOf(question.tenant).write(`/v1/snapshots/${id}/replay`, {});
  return {
    title: 'The first answer, replayed',
    explanation: 'What was released can be built again from the log, although the world has moved on.',
    lines: [line([`snapshot ${id}`]), ...verdictLines(verdict)],
    kept: textAt(verdict, 'verdict') === 'MATCH',
    data: { id, verdict },
  };
}

async function isolationStep(tour: Tour, { id, question, snapshot }: Asked): Promise<Step> {
  const stranger = tour.clientOf(tour.stranger);
  const found = await stranger.get(`/v1/snapshots/${id}`);
  const account = await stranger.post('/v1/context', { account: question.account });
  const ownAccount = account.status === 200 && textAt(account.body, 'tenant') === tour.stranger;
  // Two tenants may use the same id: then the stranger sees its own account, and not one record of the other's.
  const records = new Set(recordsOf(snapshot));
  const shared = recordsOf(account.body).filter((record) => records.has(record)).length;
  const kept = found.status === 404 && shared === 0 && (account.status === 404 || ownAccount);
  const accountText = ownAccount
    ? `its own account of that id, ${shared} records in common`
    : textAt(account.body, 'code');
  const told = line(
    [
      `the key of ${tour.stranger} asks for that snapshot of ${question.tenant}: `,
      span(`${found.status} ${textAt(found.body, 'code')}`, kept ? 'good' : 'bad'),
      `; and for account ${question.account}: `,
      span(`${account.status} ${accountText}`, kept ? 'good' : 'bad'),
    ],
    0,
    2,
  );
  return {
    title: 'Another tenant',
    explanation: 'The tenant comes from the key alone: what belongs to somebody else does not exist.',
    lines: [told],
    kept,
    data: { stranger: tour.stranger, snapshotStatus: found.status, accountStatus: account.status, shared },
  };
}

function recordsOf(snapshot: JsonObject): readonly string[] {
  return objectsOf(snapshot.items).map(({ source }) => positionOf(objectOf(source)));
}
