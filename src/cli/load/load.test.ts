import { describe, expect, it } from 'vitest';
import { ApiClient } from '../client.js';
import type { BadLine } from './batches.js';
import { type Loaded, load } from './load.js';

/** Answers like the service: a line `{"bad":true}` is not understood, the rest is appended. */
class FakeService {
  readonly requests: string[] = [];
  /** How many requests are answered with overload first. */
  overloadedFor = 0;

  readonly client = new ApiClient('http://test', undefined, async (request) => {
    const body = await request.text();
    if (request.url.endsWith('/merge')) return Response.json({ token: 'merged' });
    if (this.overloadedFor-- > 0) return Response.json({ code: 'overloaded', retriable: true }, { status: 503 });
    this.requests.push(body);
    const events = JSON.parse(body) as { bad?: boolean }[];
    const errors = events.flatMap(({ bad }, index) => (bad ? [{ pointer: `/${index}`, detail: 'kind_unknown' }] : []));
    if (errors.length > 0) return Response.json({ code: 'event_rejected', errors }, { status: 422 });
    return Response.json({ events: events.map(() => ({ status: 'appended' })), token: `t${this.requests.length}` });
  });
}

interface Wanted {
  readonly fromLine?: number;
  readonly batchEvents?: number;
  readonly rejects?: BadLine[];
  readonly signal?: AbortSignal;
}

function loading(service: FakeService, text: string, wanted: Wanted = {}): Promise<Loaded> {
  async function* input() {
    yield Buffer.from(text);
  }
  const { rejects } = wanted;
  return load({ client: service.client, clock: { sleep: async () => {} } }, input(), {
    fromLine: wanted.fromLine ?? 1,
    batchEvents: wanted.batchEvents ?? 100,
    reject: rejects === undefined ? null : async (bad) => void rejects.push(...bad),
    signal: wanted.signal ?? new AbortController().signal,
    onProgress: () => {},
  });
}

const good = '{"n":1}\n';
const bad = '{"bad":true}\n';

describe('loading', () => {
  it('appends everything in as many requests as there are batches, and answers with one token', async () => {
    const service = new FakeService();
    const loaded = await loading(service, good.repeat(5), { batchEvents: 2 });
    expect(loaded).toMatchObject({ appended: 5, rejected: 0, token: 'merged', end: { kind: 'finished' } });
    expect(service.requests).toHaveLength(3);
  });

  it('stops at a line the service does not understand, with everything before it appended and nothing after', async () => {
    const service = new FakeService();
    const loaded = await loading(service, good.repeat(3) + bad + good);
    expect(loaded).toMatchObject({ appended: 3, end: { kind: 'bad_line', nextLine: 4, reason: 'kind_unknown' } });
    expect(service.requests.at(-1)).toBe('[{"n":1},{"n":1},{"n":1}]');
  });

  it('stops at a line that is no JSON before anything after it is sent', async () => {
    const service = new FakeService();
    const loaded = await loading(service, `${good}\n{"n":\n${bad}${good}`);
    expect(loaded).toMatchObject({
      appended: 1,
      end: { kind: 'bad_line', nextLine: 3, reason: 'not_json: not valid JSON' },
    });
  });

  it('sets all bad lines aside as they were, and appends the rest', async () => {
    const rejects: BadLine[] = [];
    const loaded = await loading(new FakeService(), `${good}nonsense\n${bad}${good}`, { rejects });
    expect(loaded).toMatchObject({ appended: 2, rejected: 2, end: { kind: 'finished' } });
    expect(rejects.map(({ number, bytes }) => [number, bytes.toString()])).toEqual([
      [2, 'nonsense'],
      [3, '{"bad":true}'],
    ]);
  });

  it('goes on at the line it is told', async () => {
    const loaded = await loading(new FakeService(), bad + bad + good, { fromLine: 3 });
    expect(loaded).toMatchObject({ appended: 1, end: { kind: 'finished' } });
  });

  it('sends numbers as they are written', async () => {
    const service = new FakeService();
    await loading(service, '{"price":1.10}\n');
    expect(service.requests).toEqual(['[{"price":1.10}]']);
  });

  it('waits while the service is overloaded, and tells the line to go on with when that does not end', async () => {
    const patient = new FakeService();
    patient.overloadedFor = 3;
    expect(await loading(patient, good)).toMatchObject({ appended: 1, end: { kind: 'finished' } });
    const busy = new FakeService();
    busy.overloadedFor = 1_000;
    expect(await loading(busy, good)).toMatchObject({ appended: 0, end: { kind: 'failed', nextLine: 1 } });
  });

  it('tells the line to go on with when it is interrupted', async () => {
    const loaded = await loading(new FakeService(), good.repeat(4), { fromLine: 2, signal: AbortSignal.abort() });
    expect(loaded).toMatchObject({ appended: 0, end: { kind: 'interrupted', nextLine: 2 } });
  });
});
