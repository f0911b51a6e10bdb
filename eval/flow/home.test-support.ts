/** Where the log and the stores of a suite live: the same suite is run on every engine, and asks for them here. */
import type { EventLog, RecordReader } from '../../src/log/port.js';
import { type FlowOptions, memoryLog, type OpenStores, type TwoHandClock } from './service.test-support.js';

export interface LogHome {
  /** Closes the log that is open, if one is, and opens it again with all that it held. */
  open(clock: TwoHandClock): Promise<EventLog & RecordReader>;
  /** Absent: in memory. */
  readonly stores?: OpenStores;
  remove(): Promise<void>;
}

/** Makes the home of a new, empty log with all topics of a service, and of stores that are empty too. */
export type MakeHome = () => Promise<LogHome>;

/** Of a log that lives as long as the process. */
export async function memoryHome(): Promise<LogHome> {
  let log: ReturnType<typeof memoryLog> | undefined;
  return {
    open: async (clock) => {
      log ??= memoryLog(clock);
      return log;
    },
    remove: async () => undefined,
  };
}

/** For the options of a `Flow`. */
export async function enginesAt(home: LogHome, clock: TwoHandClock): Promise<Pick<FlowOptions, 'log' | 'stores'>> {
  const { stores } = home;
  return { log: await home.open(clock), ...(stores === undefined ? {} : { stores }) };
}
