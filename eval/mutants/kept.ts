/** Mutants of what is kept and what may go (P1, P2, P3, P5, P8): checkpoints, retention, sidecars, histories that were lost. */
import type { Mutant } from './mutant.js';

const choice = 'src/checkpoint/choose.ts';

const checkpoints: readonly Mutant[] = [
  {
    name: 'anchor-not-compared',
    promise: 'P3',
    wrong: 'a checkpoint is taken although the record it reached is another one in the log by now',
    edits: [
      {
        file: choice,
        find: "found !== null && found !== 'beyond_end' && found.digest !== anchor.digest;",
        replacement: "found !== null && found !== 'beyond_end' && found.digest === 'sha256-';",
      },
    ],
    caughtBy: [{ file: 'eval/retention/start-sources.test.ts', title: 'of a log with another record' }],
  },
  {
    name: 'checkpoint-of-other-code',
    promise: 'P3',
    wrong: 'what other code made of the log is taken for what this code would make of it',
    edits: [
      {
        file: choice,
        find: '} else if (checkpoint.header.code !== codeOf(parts.topics)) {',
        replacement: "} else if (checkpoint.header.code === '') {",
      },
    ],
    caughtBy: [
      { file: 'eval/retention/start-sources.test.ts', title: 'passes over a checkpoint that was made by other code' },
    ],
  },
  {
    name: 'checkpoint-of-another-log',
    promise: 'P3',
    wrong: 'a checkpoint is taken whatever log it was made of',
    edits: [
      { file: choice, find: "if (header.log !== log.id) return 'it is of another log';", replacement: '' },
      {
        file: choice,
        find: 'if (foreign !== undefined) return',
        replacement: "if (foreign?.[0] === '') return",
      },
      {
        file: choice,
        find: 'if (isAnother || isParted',
        replacement: "if ((isAnother && header.log === '') || isParted",
      },
    ],
    caughtBy: [{ file: 'eval/retention/start-sources.test.ts', title: 'of another log with as many records' }],
  },
  {
    name: 'decisions-after-checkpoint-skipped',
    promise: 'P5',
    wrong: 'a start from a checkpoint leaves out what was decided after it',
    edits: [
      {
        file: 'src/materializer/materializer.ts',
        find: 'await this.#carryOutTail(tail, signal);',
        replacement:
          'const last = tail.at(-1)?.position.offset;\n      const counts = { applied: 0, superseded: 0, duplicate: 0, rejected: 0 };\n      const progress = last === undefined ? [] : [{ partition: decisions, through: last, counts }];\n      await state.write({ changes: [], replaced: [], decided: [], block: [], progress });',
      },
    ],
    caughtBy: [{ file: 'eval/retention/checkpoint-laws.test.ts', title: 'to the byte of every older answer' }],
  },
];

const retention: readonly Mutant[] = [
  {
    name: 'expired-before-the-base',
    promise: 'P1',
    wrong: 'records are let go before a base of what they amounted to is durable',
    edits: [
      {
        file: 'src/checkpoint/retention.ts',
        find: 'const written = await checkpointer.write(signal);',
        replacement:
          'await this.#parts.expiring.expire(await this.#parts.through(), this.#parts.clock.wallMs());\n    const written = await checkpointer.write(signal);',
      },
    ],
    caughtBy: [{ file: 'eval/retention/start-sources.test.ts', title: 'lets nothing go' }],
  },
  {
    name: 'expired-records-forgotten',
    promise: 'P5',
    wrong: 'of a key whose records have expired the index forgets that there were any',
    edits: [
      {
        file: 'src/journal/record-chains.ts',
        find: 'const isNewest = !expired.has(number);',
        replacement: 'const isNewest = false;',
      },
    ],
    caughtBy: [{ file: 'src/journal/prune.test.ts', title: 'leaves of expired records the newest of each key' }],
  },
  {
    name: 'expired-masks-a-mismatch',
    promise: 'P5',
    wrong: 'whatever does not come out as it was is excused by records that have expired',
    edits: [
      {
        file: 'src/replay/content.ts',
        find: "if (reading.kind === 'found' || (reading.why === 'expired' && journal.isIndexWhole)) return undefined;",
        replacement: "if (reading.kind === 'found') return undefined;",
      },
    ],
    caughtBy: [{ file: 'eval/retention/time-travel.test.ts', title: 'is no expiry but a mismatch' }],
  },
];

const segments: readonly Mutant[] = [
  {
    name: 'block-behind-a-sidecar-unchecked',
    promise: 'P3',
    wrong: 'records of a segment that was opened by its sidecar are read without a look at their checksum',
    edits: [
      {
        file: 'connectors/file/partition.ts',
        find: 'if (crc32(bytes.subarray(from, to)) !== range.checksums[i] || bytes.length < to) {',
        replacement: 'if (crc32(bytes.subarray(from, to)) < 0 || bytes.length < to) {',
      },
    ],
    caughtBy: [{ file: 'connectors/file/sidecar.test.ts', title: 'is refused by the first read of its block' }],
  },
  {
    name: 'sidecar-of-a-shorter-segment',
    promise: 'P1',
    wrong: 'a sidecar is believed though its segment has grown since, and the records it does not know are missing',
    edits: [
      {
        file: 'connectors/file/sidecar.ts',
        find: 'if (fileBytes !== segment.bytes) return',
        replacement: 'if (fileBytes < segment.bytes) return',
      },
      {
        file: 'connectors/file/sidecar.ts',
        find: 'await readRange(file, place, fileBytes - place)',
        replacement: 'await readRange(file, place, segment.bytes - place)',
      },
    ],
    caughtBy: [{ file: 'connectors/file/sidecar.test.ts', title: 'is of a segment that has grown since' }],
  },
];

const histories: readonly Mutant[] = [
  {
    name: 'token-of-a-lost-record',
    promise: 'P2',
    wrong: 'a token of records that the log has lost is taken for one of those that stand there now',
    edits: [
      {
        file: 'src/domain/epoch-table.ts',
        find: 'return this.starts.find((start) => start.leaderEpoch > leaderEpoch)?.first;',
        replacement: 'return undefined;',
      },
    ],
    caughtBy: [{ file: 'src/domain/epochs.test.ts', title: 'exactly while its own record is at that place' }],
  },
  {
    name: 'letter-of-a-lost-record',
    promise: 'P8',
    wrong: "the letter of a record that the log has lost is taken for its successor's",
    edits: [
      {
        file: 'src/log/rejected-log.ts',
        find: 'if (!this.#isOfThisHistory(letter.record.position)) return;',
        replacement: '',
      },
    ],
    caughtBy: [{ file: 'src/log/rejected-log.test.ts', title: "is not its successor's" }],
  },
];

export const keptMutants: readonly Mutant[] = [...checkpoints, ...retention, ...segments, ...histories];
