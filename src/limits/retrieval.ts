/** Bounds of what is asked and found: turns, passages, terms, vectors, models, and an index in another process. Part of `limits`. */
export const retrievalLimits = {
  /** Turns before a question, and their text together: a long conversation, kept in the audit record of each of its questions. */
  historyTurnsMax: 64,
  historyLengthMax: 65_536,
  /** A passage without its title: about one thing, and within the 254 word pieces that small embedding models read. */
  passageCharsMax: 1_000,
  /** Title repeated into every passage; a longer one is text as well. */
  passageTitleCharsMax: 200,
  /** What an evaluation may choose in place of both: a sentence, and the text that a model is shown at most. */
  passageCharsChosenMin: 50,
  passageCharsChosenMax: 32_768,
  /** Terms of one passage, or of one question with what was said before it, that are indexed or scored. */
  termsMax: 8_192,
  /** One term, in UTF-16 units: longer than any word, shorter than an encoded blob. */
  termLengthMax: 64,
  /** Words of one question whose other forms are looked for, the heaviest: some 15 ms of work. The longest conversation of the evaluation sets has 329. */
  kindredWordsMax: 512,
  /** Words of questions whose other forms are kept, some 3 KB each and never over 10: most questions are of fewer. */
  kindredKnownMax: 2_048,
  /** Passages whose term counts are kept for scoring, at most 4 KB each: all tickets of an account with ten thousand, or nothing of them is kept. */
  passageTermsCachedMax: 16_384,
  /** Entities scored, or read from the journal, between two turns of others, where many of a tenant's are: some 5 ms where none is known yet. */
  scoredSliceCandidates: 16,
  /** Tickets, or their passages where those are more, kept with all that scoring takes: the largest account in both ways of asking, thrice. */
  ticketsReadMax: 65_536,
  /** Entities the index has not seen, at most: about 100 MB of marks and a minute of indexing; past it nothing more is applied for a while. */
  pendingMax: 100_000,
  /** Entities whose text is cut between two turns of others: a millisecond with a model's tokenizer, and 64 of them were ten. */
  indexerSliceEntities: 8,
  /** The pause before an index that cannot be asked is asked again, and what it doubles up to. */
  indexRetryMs: 200,
  indexRetryMsMax: 5_000,
  /** Vectors kept by the hash of their text: 384 dimensions of them take 150 MB. */
  vectorCacheMax: 100_000,
  /** Vectors in the record of one model: 384 dimensions of them are 3 GB on the disk, and where they lie 200 MB in memory. */
  vectorsRecordedMax: 2_000_000,
  /** Of these, those of questions and what was said before them: a day of some ten a second, and half the room is left for passages. */
  vectorsOfQuestionsMax: 1_000_000,
  /** How often whoever looks on tries whether it can write: a former writer takes that long to be gone. */
  vectorLockRetryMs: 5_000,
  /** Texts of a backlog waiting for a model, about half an hour of its work; more are refused as overload. */
  embedQueueMax: 100_000,
  /** Texts before one that somebody waits for, about three seconds of a small model's work; more are refused as overload. */
  embedAwaitedMax: 128,
  /** Of a text, what a model is shown at most, in UTF-16 units and in tokens: more than the window of small ones, and bounded work. */
  embedCharsMax: 32_768,
  embedTokensMax: 512,
  /** How long a model may take to load, and over one text, before it counts as dead: a hundred times what small ones take. */
  embedLoadMs: 120_000,
  embedTextMs: 30_000,
  /** The pause after one that could not be loaded: loading one after the other would take a processor from the service. */
  embedRestartMs: 1_000,
  /** One file of a model from the hub: a gigabyte on a slow line. */
  modelFetchMs: 1_800_000,
  /** Words of which it is kept how many pieces a model makes of them, some 10 MB: the vocabulary of a company is smaller. */
  wordsMeasuredMax: 65_536,
  /** A question to an index in another process, and a write to it: a healthy one answers in milliseconds, an overloaded one writes for seconds. */
  indexAskMs: 500,
  indexWriteMs: 10_000,
  /** How often it is looked whether such an index is there and is still the one that was written to. */
  indexWatchMs: 1_000,
  /** Passages in one list that such an index proposes, at first and at most: an answer of the latter is some 20 MB. */
  indexProposalsMin: 64,
  indexProposalsMax: 65_536,
  /** Points of one write to it, about 2 MB of vectors, and of one page read from it. */
  indexWritePointsMax: 128,
  indexPagePoints: 1_000,
  /** Writes of the same entities until what is read back is what was written: others may be writing them too. */
  indexWriteRoundsMax: 4,
} as const;
