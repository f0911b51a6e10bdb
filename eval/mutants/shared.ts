/** Mutants of what several instances share (P1, P3, P4, P8, P9): who applies what, the state and the index beside them, the spool of each. */
import type { Mutant } from './mutant.js';

const follower = 'src/materializer/follower.ts';
const bounds = 'connectors/qdrant/bounds.ts';

const instances: readonly Mutant[] = [
  {
    name: 'others-not-followed',
    promise: 'P8',
    wrong:
      'an instance reads what it applies itself and not what others do, so their letters and records stay unknown to it',
    edits: [
      {
        file: follower,
        find: 'if (last === undefined || ownership.owns(partition)) continue;',
        replacement: 'if (last === undefined || !ownership.owns(partition)) continue;',
      },
    ],
    caughtBy: [
      {
        file: 'src/materializer/instances.test.ts',
        title: "know each other's letters and decisions, and the key a repair names",
      },
    ],
  },
  {
    name: 'late-copy-folded',
    promise: 'P1',
    wrong: 'an instance folds a partition of which its copy of the log lacks records that the state lacks too',
    edits: [
      {
        file: 'src/materializer/sessions.ts',
        find: 'const isOurs = ownership.owns(partition) && !missing.has(partition);',
        replacement: 'const isOurs = ownership.owns(partition);',
      },
    ],
    caughtBy: [
      {
        file: 'src/materializer/late-copy.test.ts',
        title: 'is not folded by one whose copy began late, says so, and is whole once another one has it',
      },
    ],
  },
  {
    name: 'letter-on-a-lead',
    promise: 'P8',
    wrong: 'a dead letter rests on one look at a state that may begin anew meanwhile',
    edits: [
      {
        file: 'src/materializer/apply.ts',
        find: 'if (slice.letters.length === 0) return slice;',
        replacement: 'if (slice.letters.length >= 0) return slice;',
      },
    ],
    caughtBy: [
      {
        file: 'src/materializer/letters.test.ts',
        title: 'turns no patch away by letter because a state that begins anew does not show what it is for (P8)',
      },
    ],
  },
  {
    name: 'held-left-out-of-plan',
    promise: 'P4',
    wrong: 'a write to Redis is taken though a partition it rests on and does not move is elsewhere by now',
    edits: [
      { file: 'connectors/redis/plan.ts', find: 'rests: [...afters, ...held],', replacement: 'rests: [...afters],' },
    ],
    caughtBy: [
      {
        file: 'connectors/redis/cluster.test.ts',
        title: 'of a partition that a write rests on is a conflict where it is further, and nothing at all has changed',
      },
    ],
  },
];

const indexes: readonly Mutant[] = [
  {
    name: 'stale-mark-cleared',
    promise: 'P3',
    wrong: 'an entity that has changed since the indexer took it counts as indexed',
    edits: [
      {
        file: 'connectors/memory/pending-marks.ts',
        find: 'if (held?.entity.revision === mark.entity.revision) this.#delete(mark);',
        replacement: 'if (held !== undefined) this.#delete(mark);',
      },
    ],
    caughtBy: [
      { file: 'connectors/memory/state.test.ts', title: 'stay when the entity has changed since it was taken' },
    ],
  },
  {
    name: 'stale-revision-hit',
    promise: 'P3',
    wrong: 'of an entity that an index holds in two revisions the older one says what it is',
    edits: [
      {
        file: bounds,
        find: 'if (known !== undefined && known.revision >= revision) return { ...known, score };',
        replacement: 'if (known !== undefined && known.revision <= revision) return { ...known, score };',
      },
    ],
    caughtBy: [{ file: 'connectors/qdrant/bounds.test.ts', title: 'the newer revision says what an entity is, once' }],
  },
  {
    name: 'bound-too-low',
    promise: 'P3',
    wrong: 'an index says of what it left out that it is worse than it can be, so nobody asks it for more',
    edits: [
      {
        file: bounds,
        find: 'beyond: Math.max(candidates[limit]?.score ?? 0, beyondOf(question, lists)),',
        replacement: 'beyond: candidates[limit]?.score ?? 0,',
      },
      {
        file: 'connectors/memory/bm25-corpus.ts',
        find: 'return { hits, beyond: last.score, beyondRef: last.ref };',
        replacement: 'return { hits, beyond: last.score / 2, beyondRef: last.ref };',
      },
    ],
    caughtBy: [
      {
        file: 'connectors/qdrant/bounds.test.ts',
        title: 'no entity that is not a hit scores more than `beyond`, by words',
      },
      { file: 'connectors/memory/index.test.ts', title: 'scores no more than it says, and is nothing in the end' },
    ],
  },
];

const spools: readonly Mutant[] = [
  {
    name: 'spooled-after-reply',
    promise: 'P9',
    wrong: 'a snapshot is released while its audit record is still on its way to the spool',
    edits: [
      {
        file: 'src/audit/spooled-audit.ts',
        find: 'const [position] = await spool.log.append([{ topic: spool.topic, headers: [], key, value }]);',
        replacement:
          'const position = { offset: this.#unshipped.through + 1n + BigInt(this.#unshipped.records) };\n      void spool.log.append([{ topic: spool.topic, headers: [], key, value }]).catch(() => undefined);',
      },
    ],
    caughtBy: [
      {
        file: 'connectors/file/audit-spool.test.ts',
        title: 'is refused, and not half there, when it cannot be written',
      },
    ],
  },
];

export const sharedMutants: readonly Mutant[] = [...instances, ...indexes, ...spools];
