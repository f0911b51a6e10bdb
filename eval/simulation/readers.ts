/** Who reads: sessions that ask for contexts and searches, and an auditor who has released answers made again. */
import type { Digest } from '../../src/domain/canonical.js';
import { type PositionVector, vectorFromJson } from '../../src/domain/position.js';
import { decodeToken } from '../../src/domain/token.js';
import { replayContent } from '../../src/replay/content.js';
import { coverageOf } from '../../src/replay/coverage.js';
import { replayFull } from '../../src/replay/full.js';
import type { ConsistencyLevel, SnapshotRequest } from '../../src/snapshot/request.js';
import type { SnapshotResult } from '../../src/snapshot/service.js';
import type { Random } from '../random.js';
import type { Body } from './answers.js';
import type { Client } from './clients.js';
import { Session } from './session.js';
import { must } from './violation.js';
import { accounts, tenants, type Workload } from './workload.js';
import type { Asked, World } from './world.js';

/** Something that was released. */
export interface Release {
  readonly tenant: string;
  readonly body: Body;
  readonly by: string;
}

export class Reader implements Client {
  readonly name = 'reader';
  readonly #session: Session;

  constructor(
    readonly world: World,
    readonly random: Random,
    readonly workload: Workload,
    readonly releases: Release[],
  ) {
    this.#session = new Session(world.model);
  }

  async act(): Promise<void> {
    const tenant = this.random.pick(tenants);
    const level = this.random.pick(['fastest', 'fastest', 'latest'] as const);
    await this.read(tenant, level, []);
  }

  /** Asks, and holds the answer against everything it must keep. */
  async read(tenant: string, level: ConsistencyLevel, tokens: readonly string[]): Promise<void> {
    const { world } = this;
    const asked = await world.ask(`read ${tenant} ${level}`, async (service) => {
      const atLeast = tokens[0] === undefined ? new Map() : decodeToken(service.identity, tokens[0]);
      const request = this.request(tenant, level, atLeast);
      const question = {
        request,
        partitions: service.snapshots.partitionsOf(request),
        askedAtMs: world.scheduler.nowMs,
      };
      return { question, result: await service.snapshots.snapshot(request, caller) };
    });
    if (asked.kind === 'answered') this.#check(asked, asked.value);
  }

  #check(
    { by }: Extract<Asked<unknown>, { kind: 'answered' }>,
    {
      question,
      result,
    }: { readonly question: Parameters<World['answers']['check']>[1]; readonly result: SnapshotResult },
  ): void {
    const { answers, scheduler } = this.world;
    const { request, partitions, askedAtMs } = question;
    if (result.kind === 'not_found') {
      const through = decodeToken(by.service?.identity ?? never(), result.token);
      scheduler.note(`not found: ${result.freshness.label}`);
      answers.checkAge(result.freshness, through, question);
      answers.checkAbsence(request, through);
      return;
    }
    if (result.kind !== 'released') {
      scheduler.note(result.kind);
      return;
    }
    const body = answers.check(result.body, question);
    scheduler.note(`released ${body.freshness.label} ${body.id.slice(7, 19)}`);
    this.releases.push({ tenant: request.tenant, body, by: by.process.name });
    const through = vectorFromJson(body.stamp.through);
    const { atLeast, level, onViolation } = request.consistency;
    const wanted = [...atLeast].filter(([key]) => partitions.includes(key));
    const isMarked = body.freshness.reasons.some(({ code }) => code === 'tokens_not_covered');
    const covers = wanted.every(([key, offset]) => (through.get(key) ?? -1n) >= offset);
    const isLatest = level !== 'latest' || answers.covers(through, partitions, askedAtMs);
    must((covers && isLatest) || (isMarked && onViolation === 'mark'), 'P2', () => 'does not cover what was asked for');
    must(!isMarked || body.freshness.label !== 'fresh', 'P2', () => 'fresh, and does not cover its tokens');
    this.#session.follow(request.tenant, body, by.stores.name);
  }

  request(tenant: string, level: ConsistencyLevel, atLeast: PositionVector): SnapshotRequest {
    const { random } = this;
    const kinds = random.chance(0.3) ? (['account', 'ticket'] as const) : allKinds;
    const core = {
      tenant,
      purpose: 'simulation',
      kinds,
      tokenBudget: 8_000,
      limits: { policies: 10, tickets: 5 },
      consistency: {
        level: atLeast.size > 0 ? ('at_least' as const) : level,
        atLeast,
        maxStalenessMs: random.pick([20, 200, 1_000, 5_000]),
        deadlineMs: random.pick([0, 50, 500, 2_000]),
        onViolation: random.pick(['wait', 'wait', 'mark', 'refuse'] as const),
      },
      asOf: null,
    };
    const question = random.chance(0.4) ? this.workload.text() : null;
    if (question !== null && random.chance(0.4)) {
      return { ...core, mode: 'search', account: random.chance(0.5) ? random.pick(accounts) : null, question };
    }
    return { ...core, mode: 'context', account: random.pick(accounts), question };
  }
}

const allKinds = ['account', 'entitlement', 'policy', 'ticket'] as const;
export const caller = { subject: 'simulation', scopes: ['read'], requestId: 'r-1', traceparent: null };

function never(): never {
  throw new Error('whoever answered was running');
}

/** Has what was released made again at both depths, and asks what had been known at a token. */
export class Auditor implements Client {
  readonly name = 'auditor';
  replays = 0;

  constructor(
    readonly world: World,
    readonly random: Random,
    readonly releases: readonly Release[],
  ) {}

  async act(): Promise<void> {
    if (this.releases.length === 0) return;
    const release = this.random.pick(this.releases);
    if (this.random.chance(0.3)) await this.#travel(release);
    else await this.replay(release, this.random.pick(['content', 'full'] as const));
  }

  /** False when it cannot be judged now. */
  async replay({ tenant, body, by }: Release, depth: 'content' | 'full'): Promise<boolean> {
    const asked = await this.world.ask(`replay ${depth} ${body.id.slice(7, 19)}`, async (service) => {
      const finding = await service.audit.find(tenant, body.id as Digest);
      if (finding.kind !== 'found') return finding.kind;
      if ((await coverageOf({ ...service.engines, journal: service.journal }, finding.entry)).kind === 'behind')
        return 'behind';
      return (depth === 'full' ? replayFull : replayContent)(service.replay, finding.entry);
    });
    if (asked.kind !== 'answered' || asked.value === 'behind') return false;
    // What a process released beside its successor, the successor has not read: it knows the audit topic as it was when it opened.
    if (asked.value === 'not_found' && by !== asked.by.process.name) return false;
    const text = JSON.stringify(asked.value);
    must(typeof asked.value !== 'string' && asked.value.verdict === 'MATCH', 'P5', () => `${depth} replay: ${text}`);
    this.replays++;
    return true;
  }

  /** Time travel shows nothing later than the token, and what it shows is the fold of that moment. */
  async #travel({ tenant, body }: Release): Promise<void> {
    const asked = await this.world.ask('travel', async (service) => {
      const asOf = decodeToken(service.identity, body.token);
      const request: SnapshotRequest = { ...travelRequest, tenant, account: this.random.pick(accounts), asOf };
      const question = { request, partitions: [], askedAtMs: this.world.scheduler.nowMs };
      return { question, result: await service.snapshots.snapshot(request, caller) };
    });
    if (asked.kind !== 'answered' || asked.value.result.kind !== 'released') return;
    this.world.answers.check(asked.value.result.body, asked.value.question);
  }
}

const travelRequest = {
  mode: 'context',
  question: null,
  purpose: null,
  kinds: allKinds,
  tokenBudget: 8_000,
  limits: { policies: 10, tickets: 5 },
  consistency: { level: 'fastest', atLeast: new Map(), maxStalenessMs: 5_000, deadlineMs: 500, onViolation: 'wait' },
} as const;
