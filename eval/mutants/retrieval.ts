/** Mutants of retrieval (P3, P5, P15): what is ranked and shown, what is on record of it, and generations of the index. */
import type { Mutant } from './mutant.js';

const ranked: readonly Mutant[] = [
  {
    name: 'vectors-of-another-model',
    promise: 'P5',
    wrong: 'vectors on record that another model made are taken for those of this one where they are as long',
    edits: [
      {
        file: 'src/retrieval/vector-record.ts',
        find: 'if (identityText(embedder) === identityText(recorded)) return;',
        replacement: 'if (embedder.dimensions === recorded.dimensions) return;',
      },
    ],
    caughtBy: [{ file: 'connectors/memory/vector-record.test.ts', title: 'is refused by a cache of another model' }],
  },
  {
    name: 'history-outside-the-manifest',
    promise: 'P5',
    wrong: 'what was said before a question bears on its answer and is not on record',
    edits: [
      {
        file: 'src/snapshot/manifest.ts',
        find: 'const { history } = parts.request;',
        replacement: 'const history = undefined;',
      },
    ],
    caughtBy: [
      {
        file: 'src/cli/history.test.ts',
        title: 'is asked with the turns of a file, and recorded with them',
      },
    ],
  },
  {
    name: 'duplicates-folded-across-conditions',
    promise: 'P3',
    wrong: 'of two policies of one text for different customers one is shown, and the other passes for the same',
    edits: [
      {
        file: 'src/snapshot/likeness.ts',
        find: "'effectiveFrom', 'effectiveTo']",
        replacement: "'effectiveFrom', 'effectiveTo', 'appliesTo']",
      },
    ],
    caughtBy: [{ file: 'src/snapshot/likeness.test.ts', title: 'is no policy that differs in whom it applies to' }],
  },
  {
    name: 'title-in-counts-alone',
    promise: 'P3',
    wrong:
      'the terms of a title count twice among those found and once in the length, so that a score may pass its bound',
    edits: [
      {
        file: 'src/retrieval/passage-terms.ts',
        find: 'length: terms.length, counts',
        replacement: 'length: terms.length - title.length, counts',
      },
    ],
    caughtBy: [
      {
        file: 'src/retrieval/passage-terms.test.ts',
        title: 'count the title twice, in what it holds of each and in its length',
      },
    ],
  },
  {
    name: 'confidence-by-policies-for-tickets',
    promise: 'evaluation',
    wrong: 'how sure retrieval is of a ticket is told by the words of the policies, by which it was not ranked',
    edits: [
      {
        file: 'src/snapshot/ranking-retriever.ts',
        find: "confidenceOf(best[0]?.entity.key.kind === 'ticket' ? ofTickets : question, best)",
        replacement: 'confidenceOf(question, best)',
      },
    ],
    caughtBy: [
      {
        file: 'src/snapshot/account-tickets.test.ts',
        title: 'goes by the statistics that the best was weighed by',
      },
    ],
  },
];

const generations: readonly Mutant[] = [
  {
    name: 'snapshot-of-two-generations',
    promise: 'P5',
    wrong: 'a snapshot takes the live generation twice: it is ranked by one and stamped as what is live by then',
    edits: [
      {
        file: 'src/snapshot/service.ts',
        find: 'index: retriever.identity });',
        replacement: 'index: this.#parts.retrieval().live.identity });',
      },
    ],
    caughtBy: [
      {
        file: 'src/snapshot/service.test.ts',
        title: 'a snapshot during which another generation goes live is stamped with the one that ranked it',
      },
    ],
  },
  {
    name: 'replayed-by-what-is-live',
    promise: 'P5',
    wrong: 'a replay ranks by the generation that is live and not by that of the stamp',
    edits: [
      {
        file: 'src/generations/generations.ts',
        find: 'return this.find(id)?.past ?? (',
        replacement: 'return this.#live.past ?? (',
      },
    ],
    caughtBy: [
      {
        file: 'src/generations/generations.test.ts',
        title: 'is seen by the next snapshot, and both generations replay to a match',
      },
    ],
  },
  {
    name: 'promoted-before-complete',
    promise: 'P3',
    wrong: 'a generation goes live though its index has not had everything',
    edits: [
      {
        file: 'src/generations/operating.ts',
        find: 'if (!isNoWorse) throw notComplete(lacking);',
        replacement: 'if (isNoWorse && lacking < 0) throw notComplete(lacking);',
      },
    ],
    caughtBy: [
      {
        file: 'src/generations/generations.test.ts',
        title: 'is refused while the generation has not had everything',
      },
    ],
  },
  {
    name: 'promoted-before-followed',
    promise: 'P3',
    wrong: 'what this instance has not applied yet counts for a generation as had',
    edits: [
      {
        file: 'src/generations/operating.ts',
        find: 'await followed();',
        replacement: 'void followed;',
      },
    ],
    caughtBy: [
      {
        file: 'src/generations/restarted.test.ts',
        title: 'refuses to promote: what nobody has read yet is lacking all the same',
      },
    ],
  },
  {
    name: 'dropped-generation-answers',
    promise: 'P5',
    wrong: 'what is dropped while it stands in for another goes on answering',
    edits: [
      {
        file: 'src/generations/generations.ts',
        find: 'next ?? (isOpen(standing, this.#live.id) ? this.#live : configured)',
        replacement: 'next ?? this.#live',
      },
    ],
    caughtBy: [
      {
        file: 'src/generations/closing.test.ts',
        title:
          'that answers where the promoted one cannot be opened gives way to the configured one when it is dropped',
      },
    ],
  },
  {
    name: 'lacking-left-out-of-search',
    promise: 'P3',
    wrong: 'what the index of a generation has not been given yet is not found by it',
    edits: [
      {
        file: 'src/generations/filled.ts',
        find: 'const refs = [...lackingOf(filled, policies)];',
        replacement: 'const refs = [...lackingOf(filled, policies)].slice(0, 0);',
      },
    ],
    caughtBy: [
      {
        file: 'src/generations/shared.test.ts',
        title:
          'changes no answer of any, whoever fills it, half way, twice at once, from an older reading or after it was lost',
      },
    ],
  },
  {
    name: 'filled-without-rest',
    promise: 'P15',
    wrong: 'a generation that is not live is filled as fast as it goes, beside the reads of the live one',
    edits: [
      {
        file: 'src/generations/filling.ts',
        find: 'const paceMs = this.isUrgent',
        replacement: 'const paceMs = entitiesPerSecond > 0',
      },
    ],
    caughtBy: [
      {
        file: 'src/generations/filling.test.ts',
        title: 'rests after each entity while it is not live',
      },
    ],
  },
  {
    name: 'shadow-asked-without-bound',
    promise: 'P15',
    wrong: 'a shadow is asked whatever the live generation is asked, however often that is',
    edits: [
      {
        file: 'src/generations/comparer.ts',
        find: 'if (nowMs < this.#dueMs || this',
        replacement: 'if (this',
      },
    ],
    caughtBy: [
      {
        file: 'src/generations/generations.test.ts',
        title: 'is not asked more often than its bound allows: what is beyond is counted',
      },
    ],
  },
];

export const retrievalMutants: readonly Mutant[] = [...ranked, ...generations];
