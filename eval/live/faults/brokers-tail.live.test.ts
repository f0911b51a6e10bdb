/** Row 4 of the fault matrix: a broker has lost acknowledged records, and gives their offsets out again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ticket } from '../../../src/fixtures.test-support.js';
import { OwnBrokers } from '../brokers.js';
import { eventually } from '../eventually.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { kafkaMissing, kafkaUrl } from '../settings.js';
import { type Answer, FaultedService, idsOf } from './faulted-service.test-support.js';
import { Asking, isProvenSince } from './rounds.test-support.js';

const NOTICED_WITHIN_MS = 10_000;
const [kept = '', lost = '', later = ''] = idsOf(2, 4, 3);

describe.skipIf(kafkaUrl() === undefined)(`a broker that loses its newest records (${kafkaMissing()})`, () => {
  let brokers: OwnBrokers;
  let service: FaultedService;
  let sound: Answer;
  let resting: Answer;
  let since: readonly Answer[];
  let wrong: readonly Answer[];
  let noticedAfterMs = Number.NaN;

  beforeAll(async () => {
    brokers = await OwnBrokers.start();
    service = await FaultedService.on(brokers.servers);
  });
  afterAll(async () => {
    await service.close();
    await brokers.stop();
  });

  /** The broker runs again when it resolves, without its two newest tickets. */
  const rob = async () => {
    await brokers.first.kill();
    const killedAtMs = performance.now();
    const cut = await brokers.loseNewest(service.tickets, 2, 2);
    expect(cut.end).toBe(1n);
    await brokers.first.start();
    await brokers.first.listening();
    return { killedAtMs, backAtMs: performance.now() };
  };

  it('bites: 2 acknowledged records are gone, and others come in their places', async () => {
    await service.feed('ticket', kept, ticket(kept, { n: 1 }));
    const live = await service.restart();
    sound = await service.ask();
    await service.feed('ticket', kept, ticket(kept, { n: 2 }));
    const { offset } = await service.feed('ticket', lost, ticket(lost, { n: 1 }));
    await live.caughtUp();
    resting = await service.ask();
    expect([sound.shown.get(kept), resting.shown.get(kept), offset]).toEqual([1, 2, 2n]);
    await live.service.keeping?.checkpointer.write();
    const asking = new Asking(() => service.peek(), 2);
    const { killedAtMs, backAtMs } = await rob();
    const fed = await service.feed('ticket', later, ticket(later, { n: 3 }));
    // One of the lost places, also where the client had to ask twice.
    expect([fed.partition, fed.offset < 3n]).toEqual([2, true]);
    const noticed = ({ reasons }: Answer) => reasons.some(({ code }) => code === 'truncated');
    await eventually(() => expect(asking.answers.some(noticed)).toBe(true));
    noticedAfterMs = countedMs(backAtMs, asking.answers.find(noticed)?.atMs ?? Number.NaN);
    await brokers.restart();
    await service.feed('ticket', later, ticket(later, { n: 4 }));
    since = (await asking.stop()).filter(({ atMs }) => atMs >= killedAtMs);
    wrong = since.filter((answer) => answer.shown.has(lost) && isProvenSince(answer, killedAtMs));
  });

  it('is noticed within 10 s, and the topic is unknown from then on', () => {
    expect(noticedAfterMs).toBeLessThan(NOTICED_WITHIN_MS);
    expect(since.at(-1)).toMatchObject({ label: 'unknown' });
    expect(since.at(-1)?.reasons).toContainEqual({ code: 'truncated', partition: service.partition(2), from: '1' });
  });

  it('serves 0 lost values as proven fresh since, and applies 0 records that came in their places', () => {
    expect(wrong).toHaveLength(0);
    expect(since.filter(({ shown }) => shown.has(later))).toEqual([]);
  });

  it('is folded as the log is, after it was accepted and a restart; what rested on lost records replays truncated, the rest matches', async () => {
    expect(await service.accept(service.partition(2), 'truncated')).toBe('at_next_start');
    await service.restart();
    const after = await service.ask();
    expect([after.label, Object.fromEntries(after.shown)]).toEqual(['fresh', { [kept]: 1, [later]: 4 }]);
    expect(await Promise.all([sound, resting, after].map(({ id }) => service.verdict(id)))).toEqual([
      'MATCH',
      'truncated',
      'MATCH',
    ]);
    const { counted, inLog } = await service.counted();
    expect(counted).toBe(inLog);
  });
});
