/** Bounds of index generations beside the live one. Part of `limits`. */
export const generationLimits = {
  /** Open at once, the live one among them: each has an index and a model in memory. */
  generationsMax: 4,
  /** Why one was started, in the words of whoever started it. */
  generationReasonMax: 500,
  /** The text of a method: a kind and a folder. */
  methodTextMax: 512,
  /** What a model wants before each text: a sentence or two. */
  modelPrefixMax: 512,
  /** Entities a second that fill a generation that is not live, unless configured otherwise: an hour for a few hundred thousand. */
  shadowEntitiesPerSecond: 100,
  /** Entities of one turn of filling one that is live; beside a live one it is one at a time, of which eight held up a read by ten milliseconds. */
  fillTurnEntities: 8,
  /** How long filling rests after a turn, at the least in shares of how long the turn took: half of a core stays with reads. */
  fillRestShare: 1,
  /** The pause after filling failed, and how long an entity is left alone that could not be indexed. */
  fillRetryMs: 1_000,
  fillAsideMs: 60_000,
  /** How often a generation with nothing to do looks whether tenants have come. */
  fillIdleMs: 1_000,
  /** How long an instance that fills none rests after it has read what an index holds, in shares of how long that took. */
  followRestShare: 4,
  /** How often what an index holds is read again even though nothing tells that it has moved. */
  fillReadAgainMs: 600_000,
  /** Snapshots a second that are compared with each shadow, and how many wait for it: more are counted and left out. */
  shadowComparedPerSecond: 10,
  shadowWaitingMax: 8,
  /** How long comparing rests after a snapshot, in shares of how long it took: a tenth of a core at the most. */
  shadowRestShare: 9,
  /** Differing snapshots that are told as examples, and references of one. */
  shadowExamplesKept: 20,
  shadowExampleRefsMax: 20,
  /** Passages counted in one go before there is a generation to answer with: about a millisecond of work. */
  countedSlicePassages: 8,
  /** Policies of a tenant that are not counted before somebody asks: it takes about 10 ms. */
  countedAtOnceMax: 64,
  /** How often one that could not be opened is tried again. */
  generationRetryMs: 60_000,
  /** How long an operator's request waits until what it wrote is followed here. */
  generationFollowMs: 5_000,
} as const;
