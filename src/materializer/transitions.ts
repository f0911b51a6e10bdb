/** The life of one partition in the materializer, as a full table: every state says what every event means to it. */

export type PartitionState =
  /** Records wait that have not been applied. */
  | 'catching_up'
  /** Everything up to the last known end is applied. */
  | 'live'
  /** An operator or a test holds it; nothing is applied. */
  | 'held'
  /** A write failed and is tried again; nothing behind it is applied. */
  | 'retrying'
  | 'stopped';

export type PartitionEvent =
  | 'records_arrived'
  | 'end_reached'
  | 'hold_requested'
  | 'released'
  | 'write_failed'
  | 'write_succeeded'
  | 'stop_requested';

export const transitions: Readonly<Record<PartitionState, Readonly<Record<PartitionEvent, PartitionState>>>> = {
  catching_up: {
    records_arrived: 'catching_up',
    end_reached: 'live',
    hold_requested: 'held',
    released: 'catching_up',
    write_failed: 'retrying',
    write_succeeded: 'catching_up',
    stop_requested: 'stopped',
  },
  live: {
    records_arrived: 'catching_up',
    end_reached: 'live',
    hold_requested: 'held',
    released: 'live',
    write_failed: 'retrying',
    write_succeeded: 'live',
    stop_requested: 'stopped',
  },
  held: {
    // What was in flight when the hold came is finished; its end does not lift the hold.
    records_arrived: 'held',
    end_reached: 'held',
    hold_requested: 'held',
    released: 'catching_up',
    write_failed: 'held',
    write_succeeded: 'held',
    stop_requested: 'stopped',
  },
  retrying: {
    records_arrived: 'retrying',
    end_reached: 'retrying',
    hold_requested: 'held',
    released: 'retrying',
    write_failed: 'retrying',
    write_succeeded: 'catching_up',
    stop_requested: 'stopped',
  },
  stopped: {
    records_arrived: 'stopped',
    end_reached: 'stopped',
    hold_requested: 'stopped',
    released: 'stopped',
    write_failed: 'stopped',
    write_succeeded: 'stopped',
    stop_requested: 'stopped',
  },
};

export function next(state: PartitionState, event: PartitionEvent): PartitionState {
  return transitions[state][event];
}
