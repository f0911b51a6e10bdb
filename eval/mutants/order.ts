/** Mutants of the order of one key (P4): what is newest, and who may write over whom. */
import type { Mutant } from './mutant.js';

const positions = 'src/domain/position.ts';
const fold = 'src/domain/fold.ts';
const memoryState = 'connectors/memory/state.ts';

export const orderMutants: readonly Mutant[] = [
  {
    name: 'offset-as-js-number',
    promise: 'P4',
    wrong: 'offsets are compared as JS numbers, so 2^53 and 2^53 + 1 are one',
    edits: [
      {
        file: positions,
        find: 'if (a.offset !== b.offset) return a.offset < b.offset ? -1 : 1;',
        replacement: 'if (Number(a.offset) !== Number(b.offset)) return a.offset < b.offset ? -1 : 1;',
      },
    ],
    caughtBy: [{ file: 'src/domain/position.test.ts', title: 'tells offsets apart that are one double' }],
  },
  {
    name: 'version-as-js-number',
    promise: 'P4',
    wrong: 'entity versions are compared as JS numbers',
    edits: [
      {
        file: 'src/domain/version.ts',
        find: '  if (a.length !== b.length) return a.length < b.length ? -1 : 1;\n  if (a === b) return 0;',
        replacement:
          '  if (Number(a) !== Number(b)) return Number(a) < Number(b) ? -1 : 1;\n  if (Number(a) === Number(b)) return 0;',
      },
    ],
    caughtBy: [{ file: 'src/domain/version.test.ts', title: 'orders 9007199254740992 before 9007199254740993' }],
  },
  {
    name: 'leader-epoch-ignored',
    promise: 'P4',
    wrong: 'a zombie of an older leader epoch wins by its higher offset',
    edits: [
      {
        file: positions,
        find: 'if (a.leaderEpoch !== b.leaderEpoch) return a.leaderEpoch < b.leaderEpoch ? -1 : 1;',
        replacement: '',
      },
    ],
    caughtBy: [{ file: 'src/domain/position.test.ts', title: 'puts incarnation before leader epoch before offset' }],
  },
  {
    name: 'older-version-applied',
    promise: 'P4',
    wrong: 'an event with an older entity version is applied when it comes later',
    edits: [
      {
        file: fold,
        find: "return compareVersions(version, known) > 0 ? undefined : { outcome: 'superseded' };",
        replacement: 'return undefined;',
      },
    ],
    caughtBy: [
      {
        file: 'src/domain/fold.test.ts',
        title: 'is the one of the higher version: 9 gives way to 10, in either order of arrival',
      },
    ],
  },
  {
    name: 'duplicate-applied-again',
    promise: 'P4',
    wrong: 'an event that is sent again has its effect again',
    edits: [
      {
        file: fold,
        find: "if (known.digest === digest) return { outcome: 'duplicate', firstOffset: known.offset };",
        replacement: 'if (known.digest === digest) return undefined;',
      },
    ],
    caughtBy: [{ file: 'src/domain/fold.test.ts', title: 'comes again is a duplicate, and names where it was first' }],
  },
  {
    name: 'unconditional-write',
    promise: 'P4',
    wrong: 'the state store writes whatever it is given, though another owner was faster',
    edits: [
      {
        file: memoryState,
        find: "if (conflicts.length > 0) return { kind: 'conflict', keys: conflicts };",
        replacement: '',
      },
    ],
    caughtBy: [
      {
        file: 'connectors/memory/state.test.ts',
        title: 'is a conflict where another offset was expected than is there',
      },
    ],
  },
  {
    name: 'missing-watermark-means-new',
    promise: 'P4',
    wrong: 'a write that expects nothing is taken although something newer is there',
    edits: [
      {
        file: memoryState,
        find: 'if (held === undefined || expected === null) return held === undefined && expected === null;',
        replacement: 'if (held === undefined || expected === null) return expected === null;',
      },
    ],
    caughtBy: [
      { file: 'connectors/memory/state.test.ts', title: 'is a conflict where nothing was expected than is there' },
    ],
  },
  {
    name: 'hard-delete',
    promise: 'P4',
    wrong: 'a delete leaves no tombstone, so whatever is older may come back',
    edits: [
      {
        file: 'connectors/memory/entity-shelf.ts',
        find: '    this.#entities.set(name, entity);\n  }\n\n  lay(',
        replacement:
          "    if (entity.status === 'deleted') this.#entities.delete(name);\n    else this.#entities.set(name, entity);\n  }\n\n  lay(",
      },
    ],
    caughtBy: [
      {
        file: 'connectors/memory/state.test.ts',
        title: 'that is deleted says so, and is told from one nobody has heard of',
      },
    ],
  },
];
