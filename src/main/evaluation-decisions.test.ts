import { afterEach, describe, expect, it } from 'vitest';
import { appendRaw } from '../../eval/flow/play.test-support.js';
import { Flow, memoryLog, TwoHandClock } from '../../eval/flow/service.test-support.js';
import { doneRun, inFolder, partsOf, questionAt } from '../../eval/harness/run.test-support.js';
import { lexicalSetup } from '../../eval/harness/setup.js';
import type { Answer } from '../../eval/harness/types.js';
import { logSource } from '../../eval/streams/log-source.js';
import type { StreamSource } from '../../eval/streams/source.js';
import type { JsonObject } from '../domain/canonical.js';
import { splitPartitionKey } from '../domain/position.js';
import { account, patch, policy, ticket } from '../fixtures.test-support.js';
import type { NewDecision } from '../log/rejected-port.js';
import { defaultTopics } from '../log/topics.js';
import { decisionsIn } from './evaluation-decisions.js';

const startsAtMs = Date.UTC(2026, 2, 1);
const question = 'refund of labels';
const repaired = Buffer.from(JSON.stringify(ticket('T-2', { subject: 'mended' })));

/** A service whose operator decides, and what it answered at each minute. */
class Decided {
  readonly answers = new Map<number, JsonObject>();
  #minute = 0;

  private constructor(
    readonly flow: Flow,
    readonly clock: TwoHandClock,
  ) {}

  static async open(): Promise<Decided> {
    const clock = new TwoHandClock();
    return new Decided(await Flow.open({ clock, log: memoryLog(clock), tenants: ['acme'] }), clock);
  }

  async tell(...events: readonly JsonObject[]): Promise<void> {
    await this.flow.caller('acme').ok('/v1/events', { body: events });
    await this.flow.settle();
  }

  async tellBroken(id: string): Promise<void> {
    await appendRaw(this.flow, { raw: { topicKind: 'ticket', key: `acme/${id}`, value: '{"id":' } });
    await this.flow.settle();
  }

  async decide(at: number, decision: NewDecision): Promise<string> {
    const { rejected } = this.flow.service;
    const { id } = rejected.list(null).at(-1 - at) ?? { id: 'nothing' };
    await rejected.decide(id, decision);
    await this.flow.settle();
    return id;
  }

  /** What is told next is told a minute later. */
  async ask(): Promise<void> {
    const body = { account: 'A-1', question, consistency: { level: 'latest' } };
    this.answers.set(this.#minute, await this.flow.caller('acme').ok('/v1/context', { body }));
    this.clock.setWall(startsAtMs + ++this.#minute * 60_000);
  }

  /** As a journal is read. */
  async source(): Promise<StreamSource> {
    const { log } = this.flow.service.engines;
    const all = [...(await log.ends())].map(([key, to]) => ({ ...splitPartitionKey(key), from: 0n, to }));
    const decided = all.filter(({ topic }) => topic === defaultTopics.rejected);
    const isRead = (name: string) => defaultTopics.sources.some((source) => source.name === name);
    const ranges = all.filter(({ topic }) => isRead(topic));
    const scan = log.scan.bind(log);
    const decisionIn = await decisionsIn(log, decided);
    return logSource({ name: 'decided', ranges, decided, decisionIn, scan, notices: [], close: async () => {} });
  }

  /** The same questions in an evaluation of its log. */
  async evaluated(source: StreamSource, lagMs: number | null = null) {
    const questions = [...this.answers.keys()].map((minute) => {
      const at = { kind: 'instant', ms: startsAtMs + minute * 60_000 + 1 } as const;
      return questionAt(`${minute}`, { at, tenant: 'acme', account: 'A-1', mode: 'context', text: question });
    });
    const setup = { ...lexicalSetup, lag: lagMs === null ? null : { stateMs: lagMs, indexMs: 0 } };
    return inFolder((folder) => doneRun({ ...partsOf(source, folder, questions), setup }));
  }
}

let decided: Decided;
afterEach(() => decided.flow.stop());

/** A ticket that is broken and then patched, another one that is broken; repaired, patched again, discarded. */
async function story(): Promise<Decided> {
  decided = await Decided.open();
  await decided.tell(account('A-1'), ticket('T-1'), policy('refunds@1'));
  await decided.tellBroken('T-2');
  await decided.tell(patch('ticket', 'T-2', { status: 'pending' }));
  await decided.tellBroken('T-3');
  await decided.ask();
  await decided.decide(0, { kind: 'redriven', repaired });
  await decided.ask();
  await decided.tell(patch('ticket', 'T-2', { priority: 'high' }));
  await decided.ask();
  await decided.decide(2, { kind: 'discarded' });
  await decided.ask();
  return decided;
}

interface Item {
  readonly ref: string;
  readonly source: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: string;
    readonly hash: string;
  };
}

function itemsOf(answer: JsonObject | undefined) {
  return (answer?.items as unknown as readonly Item[]).map(({ ref, source }) => {
    return { ref, hash: source.hash, position: `${source.topic}:${source.partition}:${source.offset}` };
  });
}

const bare = ({ items }: Answer) => items.map(({ selected: _, ...item }) => item);

describe('decisions of operators in a log that is evaluated', () => {
  it('are made at their moments: each answer is that of the service, and the oracle finds nothing wrong with it', async () => {
    const { answers: live } = await story();
    const { answers, stream } = await decided.evaluated(await decided.source());
    expect(answers.map(bare)).toEqual([...live.values()].map(itemsOf));
    expect(answers.map(({ freshness }) => freshness.label)).toEqual(
      [...live.values()].map(({ freshness }) => (freshness as JsonObject).label),
    );
    expect(new Set(answers.map(({ content }) => content)).size).toBe(3);
    expect(answers.flatMap(({ findings }) => findings)).toEqual([]);
    expect(stream.applied + stream.superseded + stream.duplicates + stream.rejected).toBe(stream.records);
    expect(stream.notices).toContain('2 decisions of operators were played');
  });

  it('that cannot be made are told one by one, with why, and with the answers that may differ for it', async () => {
    await story();
    const id = decided.flow.service.rejected.list(null).at(-1)?.id;
    const whole = await decided.source();
    const source: StreamSource = {
      ...whole,
      async *entries() {
        for await (const entry of whole.entries()) {
          const at = entry.position && `${entry.position.topic}:${entry.position.partition}:${entry.position.offset}`;
          if (at !== id) yield entry;
        }
      },
    };
    const { stream } = await decided.evaluated(source);
    expect(stream.notices).toEqual(
      expect.arrayContaining([
        '1 decision of an operator was played',
        `${id} was redriven by an operator, which could not be played: the record had not arrived; 3 answers were given after it and may differ`,
      ]),
    );
  });

  it('come too early for a state that lags so far that their record is not folded', async () => {
    await story();
    const { stream } = await decided.evaluated(await decided.source(), 90_000);
    const told = stream.notices.filter((notice) => notice.includes('was not rejected here by then; 3 answers'));
    expect(told).toHaveLength(1);
  });

  it('that lapsed in the log are not made', async () => {
    decided = await Decided.open();
    await decided.tell(account('A-1'));
    await decided.tellBroken('T-2');
    await decided.ask();
    const { rejected } = decided.flow.service;
    const id = rejected.list(null)[0]?.id ?? '';
    const at = await rejected.decide(id, { kind: 'redriven', repaired });
    await rejected.lapse(id, `${at.topic}:${at.partition}:${at.offset}`);
    await decided.ask();
    const { stream } = await decided.evaluated(await decided.source());
    expect(stream.notices.filter((notice) => notice.includes('operator'))).toEqual([]);
  });
});
