/** Implementations that break a promise, as decorators around a port: the simulation has to catch each of them. */
import { partitionKey } from '../../src/domain/position.js';
import type { NewRecord } from '../../src/log/port.js';
import type { TopicMap } from '../../src/log/topics.js';
import type { StateStore, StateWrite } from '../../src/state/port.js';
import type { PromiseName } from './violation.js';
import type { Mutation } from './world.js';

/** Only the methods named behave otherwise; the rest is the port's own. */
function instead<T extends object>(port: T, methods: Partial<T>): T {
  return new Proxy(port, {
    get: (target, name) => {
      const other = methods[name as keyof T];
      const own = other ?? target[name as keyof T];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

const unconditional = (state: StateStore): StateStore =>
  instead<StateStore>(state, {
    write: async (write: StateWrite) => {
      const result = await state.write(write);
      if (result.kind === 'written') return result;
      const stored = await state.entities(write.changes.map(({ entity }) => entity.key));
      const changes = write.changes.map((change, n) => ({ ...change, expected: stored[n]?.watermark ?? null }));
      return state.write({ ...write, changes, progress: write.progress.map(({ after: _, ...made }) => made) });
    },
  });

const empty = { changes: [], replaced: [], decided: [], block: [] } as const;

/** Each with what it does wrong. */
const writers: Readonly<Record<string, Mutation>> = {
  'a log that acknowledges before it stores': {
    ports: (engines, scheduler) => ({
      ...engines,
      log: instead(engines.log, {
        append: async (records) => {
          const [first] = records;
          const topic = engines.log.topics().find(({ name }) => name === first?.topic);
          if (records.length !== 1 || first === undefined || topic === undefined || first.topic !== 'crm.accounts') {
            return engines.log.append(records);
          }
          scheduler.after(200, () => void engines.log.append(records).catch(() => undefined));
          const ends = await engines.log.ends();
          const offset = ends.get(partitionKey(topic.name, 0)) ?? 0n;
          return [{ topic: topic.name, incarnation: topic.incarnation, partition: 0, leaderEpoch: 0, offset }];
        },
      }),
    }),
  },
  'a state that writes whatever was there': { state: unconditional },
  'a state that counts whatever was counted': {
    state: (state) =>
      instead(state, {
        write: (write: StateWrite) =>
          state.write({ ...write, progress: write.progress.map(({ after: _, ...made }) => made) }),
      }),
  },
  'progress before data': {
    ports: (engines) => ({
      ...engines,
      state: instead(engines.state, {
        write: async (write: StateWrite) => {
          await engines.state.write({ ...empty, progress: write.progress });
          return engines.state.write({ ...write, progress: [] });
        },
      }),
    }),
  },
  'an audit topic that drops records': {
    ports: (engines) => ({
      ...engines,
      log: instead(engines.log, {
        append: async (records) => {
          if (records[0]?.topic !== engines.topics.context) return engines.log.append(records);
          const incarnation = { id: 'simulated/copilot.context', ordinal: 1 };
          return [{ topic: engines.topics.context, incarnation, partition: 0, leaderEpoch: 0, offset: 0n }];
        },
      }),
    }),
  },
  'an end of the log that is answered too low': {
    ports: (engines) => ({
      ...engines,
      log: instead(engines.log, {
        ends: async () =>
          new Map([...(await engines.log.ends())].map(([key, end]) => [key, end > 0n ? end - 1n : end])),
      }),
    }),
  },
  'a state that shows another tenant': {
    ports: (engines) => ({
      ...engines,
      state: instead(engines.state, { account: (_tenant: string, id: string) => engines.state.account('acme', id) }),
    }),
  },
};

const isLetter = ({ headers }: NewRecord) =>
  headers.some(([name, value]) => name === 'tidemark.entry' && new TextDecoder().decode(value) === 'letter');

/** A rejected topic to which `instead` of a letter something else is appended. */
const letters = (spoil: (letter: NewRecord) => NewRecord): Mutation => ({
  ports: (engines) => ({
    ...engines,
    log: instead(engines.log, {
      append: (records) => engines.log.append(records.map((record) => (isLetter(record) ? spoil(record) : record))),
    }),
  }),
});

/** Reads `topic` at other offsets than those asked for, and passes what is there off as what was asked for. */
const misread = (isOf: (topic: string, topics: TopicMap) => boolean, by: bigint): Mutation => ({
  ports: (engines) => ({
    ...engines,
    log: instead(engines.log, {
      read: async (topic, partition, offsets) => {
        const asked = await engines.log.read(topic, partition, offsets);
        if (!isOf(topic, engines.topics)) return asked;
        const others = offsets.map((offset) => (offset + by < 0n ? offset : offset + by));
        const found = await engines.log.read(topic, partition, others);
        return asked.map((reading, n) => {
          const other = found[n];
          if (reading.kind !== 'found' || other?.kind !== 'found') return reading;
          return { kind: 'found', record: { ...other.record, position: reading.record.position } };
        });
      },
    }),
  }),
});

const isSource = (topic: string, { sources }: TopicMap) => sources.some(({ name }) => name === topic);

const readers: Readonly<Record<string, Mutation>> = {
  'a journal reader that returns the record before': misread(isSource, -1n),
  'a journal reader that returns a later record': misread(isSource, 1n),
  'an audit reader that returns another record': misread((topic, { context }) => topic === context, -1n),
};

/** Both at once: a hit that only one of them shows is refused by the comparison of the two. */
const searches: Readonly<Record<string, Mutation>> = {
  'an index and a state that search the policies of another tenant': {
    ports: (engines) => ({
      ...engines,
      state: instead(engines.state, {
        tenant: async (tenant) => {
          const { policies } = await engines.state.tenant('acme');
          return { ...(await engines.state.tenant(tenant)), policies };
        },
      }),
      index: instead(engines.index, {
        search: (query) => engines.index.search({ ...query, scope: { ...query.scope, tenant: 'acme' } }),
      }),
    }),
  },
};

const lossyLetters: Readonly<Record<string, Mutation>> = {
  'a rejected topic that loses letters': letters((letter) => ({ ...letter, key: null, headers: [], value: null })),
  'a rejected topic that loses the bytes of a letter': letters((letter) => ({
    ...letter,
    value: letter.value?.subarray(1) ?? null,
  })),
  'a rejected topic that loses the key of a letter': letters((letter) => ({ ...letter, key: null })),
};

/** Of each process: it begins well. */
const CALLS_THAT_GO_WELL = 12;

const stalled: Readonly<Record<string, Mutation>> = {
  'a subscription that stops silently': {
    ports: (engines) => ({
      ...engines,
      log: instead(engines.log, {
        subscribe: async function* (...asked) {
          let delivered = 0;
          for await (const batch of engines.log.subscribe(...asked)) {
            if (delivered++ === CALLS_THAT_GO_WELL) await new Promise(() => undefined);
            yield batch;
          }
        },
      }),
    }),
  },
  'a write that hangs for ever': {
    ports: (engines) => {
      let written = 0;
      return {
        ...engines,
        state: instead(engines.state, {
          write: (write) =>
            written++ < CALLS_THAT_GO_WELL ? engines.state.write(write) : new Promise(() => undefined),
        }),
      };
    },
  },
};

/** By the promises, one of which has to be found broken in some run, whatever else breaks in others. */
export const brokenPorts: readonly (readonly [readonly PromiseName[], Readonly<Record<string, Mutation>>])[] = [
  [['P1', 'P2', 'P3', 'P4', 'P5', 'P7', 'P9'], writers],
  [['P5'], readers],
  [['P7'], searches],
  [['P8'], lossyLetters],
  [['live'], stalled],
];
