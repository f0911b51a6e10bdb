/** Mutants of what is durable and what is counted (P1, P8, P9): the file log, the order of writes, dead letters, audit. */
import type { Mutant } from './mutant.js';

const apply = 'src/materializer/apply.ts';
const snapshots = 'src/snapshot/service.ts';

const durability: readonly Mutant[] = [
  {
    name: 'acknowledged-before-fsync',
    promise: 'P1',
    wrong: 'a group of appends is acknowledged while its sync is still on its way',
    edits: [
      {
        file: 'connectors/file/partition-writer.ts',
        find: 'await this.#file.dataSync();',
        replacement: 'void this.#file.dataSync().catch(() => undefined);',
      },
    ],
    caughtBy: [
      { file: 'connectors/file/faults.test.ts', title: "fails at dataSync with { code: 'EIO' } fails the append" },
    ],
  },
  {
    name: 'torn-tail-accepted',
    promise: 'P1',
    wrong: 'a frame whose bytes do not match their checksum is read as a record',
    edits: [
      {
        file: 'connectors/file/frame.ts',
        find: 'if (crc32(part(view, at + VERSION_AT, at + total)) !== view.getUint32(at + CHECKSUM_AT, true)) {',
        replacement: 'if (crc32(part(view, at + VERSION_AT, at + total)) < 0) {',
      },
    ],
    caughtBy: [{ file: 'connectors/file/recovery.test.ts', title: 'never yields another record' }],
  },
  {
    name: 'damage-cut-off-as-torn',
    promise: 'P1',
    wrong: 'damage in the middle of a segment passes for a torn end, and the intact records behind it are cut off',
    edits: [
      {
        file: 'connectors/file/segment-scan.ts',
        find: '    assertNothingFollows(rest, { segment, origin: of.origin });\n',
        replacement: '',
      },
    ],
    caughtBy: [
      {
        file: 'connectors/file/recovery.test.ts',
        title: 'in the middle is refused with file, byte and offset, and nothing is cut',
      },
    ],
  },
  {
    name: 'commit-before-apply',
    promise: 'P1',
    wrong: 'progress is written before the values it covers',
    edits: [
      {
        file: apply,
        find: '  const written = state.write({ ...slice.write, held });',
        replacement:
          '  const { progress: made } = slice.write;\n  await state.write({ changes: [], replaced: [], decided: [], block: [], progress: made });\n  const written = state.write({ ...slice.write, progress: [], held });',
      },
    ],
    caughtBy: [
      {
        file: 'src/materializer/materializer.test.ts',
        title: 'because it met another owner is done again: nothing is skipped',
      },
    ],
  },
  {
    name: 'end-committed',
    promise: 'P1',
    wrong: 'the log is told that all it holds is applied',
    edits: [
      {
        file: 'src/materializer/committer.ts',
        find: 'const through = await state.through();',
        replacement:
          'const ends = [...(await log.ends())].filter(([, end]) => end > 0n);\n    const through = new Map(ends.map(([key, end]) => [key, end - 1n]));',
      },
    ],
    caughtBy: [
      {
        file: 'src/materializer/committer.test.ts',
        title: 'is what is applied and never more, however much it holds (P1)',
      },
    ],
  },
  {
    name: 'redelivery-counted-twice',
    promise: 'P1',
    wrong: 'a record that is delivered again is counted again',
    edits: [
      {
        file: apply,
        find: 'const records = batch.records.filter(({ position }) => position.offset > applied);',
        replacement: 'const records = batch.records;',
      },
    ],
    caughtBy: [
      {
        file: 'src/materializer/laws.test.ts',
        title: 'counts every record exactly once, records delivered again included (P1)',
      },
    ],
  },
];

const deadLetters: readonly Mutant[] = [
  {
    name: 'rejected-does-not-block',
    promise: 'P8',
    wrong: 'a key reads as whole though a record of it was rejected',
    edits: [
      { file: 'src/materializer/slice.ts', find: 'if (mark !== undefined) this.#block.push(mark);', replacement: '' },
    ],
    caughtBy: [{ file: 'src/materializer/materializer.test.ts', title: 'and blocks its key until full state comes' }],
  },
  {
    name: 'letter-after-state',
    promise: 'P8',
    wrong: 'the state moves past a rejected record before its dead letter is durable',
    edits: [
      { file: apply, find: '  await rejected.append(slice.letters);\n', replacement: '' },
      {
        file: apply,
        find: '  const written = state.write({ ...slice.write, held });',
        replacement:
          '  const written = state.write({ ...slice.write, held }).then(async (result) => {\n    await rejected.append(slice.letters);\n    return result;\n  });',
      },
    ],
    caughtBy: [
      {
        file: 'src/materializer/materializer.test.ts',
        title: 'because it succeeded unheard is done again: nothing is skipped',
      },
    ],
  },
  {
    name: 'redrive-at-the-end',
    promise: 'P8',
    wrong: 'a redriven record is folded behind those that came after it, not in its place',
    edits: [
      {
        file: 'src/journal/rebuild.ts',
        find: '  for (const record of records) {',
        replacement:
          '  const isDecided = ({ position }: LogRecord) => Number(decisionOn(positionText(position)) !== undefined);\n  for (const record of [...records].sort((a, b) => isDecided(a) - isDecided(b))) {',
      },
    ],
    caughtBy: [{ file: 'src/materializer/laws.test.ts', title: 'as if it had been right from the start' }],
  },
];

const audit: readonly Mutant[] = [
  {
    name: 'audit-after-reply',
    promise: 'P9',
    wrong: 'a snapshot is released while its audit record is still on its way',
    edits: [
      {
        file: snapshots,
        find: 'const audit = await this.#record(manifest, request.tenant, caller);',
        replacement:
          'const audit = null;\n    void this.#record(manifest, request.tenant, caller).catch(() => undefined);',
      },
    ],
    caughtBy: [
      {
        file: 'src/snapshot/service.test.ts',
        title: 'is there before the reply, under the id of what was released (P9)',
      },
    ],
  },
  {
    name: 'audit-fails-open',
    promise: 'P9',
    wrong: 'a snapshot whose audit record could not be written is released though auditing is required',
    edits: [{ file: snapshots, find: "if (auditing === 'required') throw error;", replacement: '' }],
    caughtBy: [{ file: 'src/snapshot/service.test.ts', title: 'that cannot be written keeps the snapshot back' }],
  },
];

export const logMutants: readonly Mutant[] = [...durability, ...deadLetters, ...audit];
