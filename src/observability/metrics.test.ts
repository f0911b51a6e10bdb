import { describe, expect, it } from 'vitest';
import { Metrics, type Reading } from './metrics.js';

const nothing: Reading = {
  instance: { id: 'one', role: 'all' },
  partitions: [],
  tally: { conflicts: 0, regresses: 0 },
  expiredOf: new Map(),
  rejectedOpen: 0,
  ledgerUnread: 0,
  auditRecords: 0,
  auditSpool: null,
  stores: {
    stateTrouble: null,
    index: { pending: 0, dropped: 0, lost: 0, refused: 0 },
    reconciled: null,
    vectors: null,
    generations: [],
  },
  changeStreams: 0,
  shipping: null,
};

describe('metrics of the archive', () => {
  it('tell how many segments wait and how shipping is, by the newest reading alone, and nothing where there is none', async () => {
    const metrics = new Metrics('1');
    let shipping: Reading['shipping'] = null;
    metrics.readFrom(async () => ({ ...nothing, shipping }));
    const lines = async () => (await metrics.text()).split('\n').filter((line) => /^tidemark_archive/.test(line));
    expect(await lines()).toEqual([]);
    shipping = { state: 'unreachable', segmentsWaiting: 3 };
    expect(await lines()).toEqual(['tidemark_archive_segments_waiting{state="unreachable"} 3']);
    shipping = { state: 'shipping', segmentsWaiting: 0 };
    expect(await lines()).toEqual(['tidemark_archive_segments_waiting{state="shipping"} 0']);
  });
});

describe('metrics of a state that several write', () => {
  it('tell how often another was faster and how often the state had lost something', async () => {
    const metrics = new Metrics('1');
    metrics.readFrom(async () => ({ ...nothing, tally: { conflicts: 2, regresses: 1 } }));
    const text = await metrics.text();
    for (const line of ['tidemark_write_conflicts 2', 'tidemark_state_regresses 1'])
      expect(text.split('\n')).toContain(line);
  });
});

describe('metrics of the record of vectors', () => {
  it('tell how many are kept of each role, and nothing without a record', async () => {
    const metrics = new Metrics('1');
    let vectors: Reading['stores']['vectors'] = { question: 2, passage: 3 };
    metrics.readFrom(async () => ({ ...nothing, stores: { ...nothing.stores, vectors } }));
    const lines = async () => (await metrics.text()).split('\n').filter((line) => /^tidemark_vectors/.test(line));
    expect(await lines()).toEqual([
      'tidemark_vectors_recorded{role="question"} 2',
      'tidemark_vectors_recorded{role="passage"} 3',
    ]);
    vectors = null;
    expect(await lines()).toEqual([]);
  });
});
