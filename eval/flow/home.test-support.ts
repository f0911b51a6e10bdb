/** Where the log of a suite lives: the same suite is run on every engine, and asks for its logs here. */
import type { EventLog, RecordReader } from '../../src/log/port.js';
import { memoryLog, type TwoHandClock } from './service.test-support.js';

export interface LogHome {
  /** Closes the log that is open, if one is, and opens it again with all that it held. */
  open(clock: TwoHandClock): Promise<EventLog & RecordReader>;
  remove(): Promise<void>;
}

/** Makes the home of a new, empty log with all topics of a service. */
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
