/** Wrong in what is told of agents: of their decisions. */
import type { Mutant } from './mutant.js';

const traced: readonly Mutant[] = [
  {
    name: 'lost-record-left-out',
    promise: 'P6',
    wrong: 'a record of an interaction that cannot be read is left out of its trace without a word',
    edits: [
      {
        file: 'src/interaction/trace/story.ts',
        find: "if (reading.kind === 'lost') lost.push({ noted, reason: reading.reason });",
        replacement: "if (reading.kind === 'lost') continue;",
      },
    ],
    caughtBy: [
      {
        file: 'src/interaction/trace/trace.test.ts',
        title: 'names started with its position and reason when it can no longer be read',
      },
    ],
  },
  {
    name: 'unmatched-snapshot-is-whole',
    promise: 'P6',
    wrong: 'a trace is complete although a snapshot did not replay to what was released',
    edits: [
      {
        file: 'src/interaction/trace/snapshots.ts',
        find: "if (verdict.verdict === 'MATCH') return [];",
        replacement: "if (verdict.verdict !== 'UNREPLAYABLE') return [];",
      },
    ],
    caughtBy: [
      {
        file: 'src/interaction/trace/trace.test.ts',
        title: 'that did not replay to what was released is a gap, and a hop with its verdict',
      },
    ],
  },
  {
    name: 'overruled-is-approved',
    promise: 'P6',
    wrong: 'a decision that was overridden with nothing in its place, and executed, reads as approved',
    edits: [
      {
        file: 'src/interaction/trace/course.ts',
        find: "return event.type === 'decision.overridden' && !isReplaced ? 'overruled' : 'approved';",
        replacement: "return event.type === '' && !isReplaced ? 'overruled' : 'approved';",
      },
    ],
    caughtBy: [
      {
        file: 'src/interaction/trace/trace.test.ts',
        title:
          'that was overruled with nothing in its place, and executed all the same, is a gap: nobody approved of it',
      },
    ],
  },
  {
    name: 'complete-by-ignorance',
    promise: 'P6',
    wrong: 'a trace is complete although records of its time have left the ledger',
    edits: [
      {
        file: 'src/interaction/trace/horizon.ts',
        find: 'if (beforeMs === null) continue;',
        replacement: 'if (beforeMs !== null) continue;',
      },
    ],
    caughtBy: [
      {
        file: 'src/interaction/trace/horizon.test.ts',
        title: 'says once that records of control may have left',
      },
    ],
  },
  {
    name: 'not-yet-read-is-missing',
    promise: 'P6',
    wrong: 'what an instance has still to copy is told as missing from the log',
    edits: [
      {
        file: 'src/interaction/trace/reader.ts',
        find: 'ends === undefined || place.offset < end',
        replacement: 'ends === undefined || end < 0n',
      },
    ],
    caughtBy: [
      {
        file: 'src/api/routes/decisions.test.ts',
        title: 'says that it is behind, and never that something is missing, while records are still to come',
      },
    ],
  },
  {
    name: 'foreign-record-traced',
    promise: 'P7',
    wrong: 'a trace tells of a record whatever tenant it is of, to whoever names its position',
    edits: [
      {
        file: 'src/interaction/trace/reader.ts',
        find: "if (event.tenant !== tenant) return lost('not_there');",
        replacement: "if (tenant === '') return lost('not_there');",
      },
    ],
    caughtBy: [
      {
        file: 'eval/agents/trace.test.ts',
        title: 'does not lend its trace to who names its records: they are not there',
      },
    ],
  },
];

export const agentMutants: readonly Mutant[] = [...traced];
