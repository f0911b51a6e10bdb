/** Implementations that break a promise, as decorators around a port: the simulation has to catch each of them. */
import { partitionKey } from '../../src/domain/position.js';
import type { StateStore, StateWrite } from '../../src/state/port.js';
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
export const brokenPorts: Readonly<Record<string, Mutation>> = {
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
