/** Bounds of what agents do and ask: records of the interaction, claims, traces, prompts, the protocol. Part of `limits`. */
export const agentLimits = {
  /** Snapshots, records or tool calls that one interaction event names: each is looked up before it is taken. */
  referencesMax: 64,
  /** The same of one request, each once: a thousand events seldom rest on more. */
  requestReferencesMax: 256,
  /** Arguments of a claimed call that are recorded as they are: any form a person fills in; larger ones by hash and size. */
  claimArgumentsBytesMax: 65_536,
  /** One input of a prompt, such as an answer to be judged, and their number: they are kept in the audit record. */
  promptInputLengthMax: 16_384,
  promptInputsMax: 8,
  /** One prompt file: instructions, not documents. */
  promptBytesMax: 65_536,
  /** Interaction records of which is known where they are, about 1 KB each, shared among their partitions: days of ordinary load. */
  ledgerRecordsMax: 200_000,
  /** Offsets of tool events whose keys are remembered, 60 bytes each; half of them at least, or 500,000 calls: months of ordinary load. */
  claimedOffsetsMax: 2_000_000,
  /** The ends of their topics are asked for at most this often; and a copy is milliseconds behind them. */
  ledgerEndAskMs: 20,
  ledgerCatchUpMs: 1_000,
  /** How long a client of the protocol may keep what was listed: it changes with the version, and a new one is known within a minute. */
  mcpListTtlMs: 60_000,
  /** Streams open on which a client waits to be told that a list has changed. */
  mcpSubscriptionsMax: 256,
  /** Snapshots, tool calls or records that one call of a tool names: a decision rests on a handful. */
  mcpSnapshotsMax: 64,
  /** Records of one decision's trace, as many more that its snapshots show, and as many that its events name: a story has dozens. */
  traceRecordsMax: 1_000,
  /** Snapshots replayed for one trace, some ten milliseconds each. */
  traceSnapshotsMax: 16,
  /** A value of an event, and all of its values, that a trace shows as they are; what is longer is told by its hash. */
  traceValueBytesMax: 2_048,
  traceDataBytesMax: 8_192,
} as const;
