/** Every bound of the client, with its reason. It has its own, because it imports nothing of the service. */
export const clientLimits = {
  /** Attempts of one call: the pauses between them add up to 1.5 s at most, which bridges a blip and no restart. */
  attemptsMax: 5,
  /** The first pause between attempts; each later one may be twice as long. */
  pauseMsFirst: 100,
  /** No pause is longer. A service that asks for more time than this gets no further attempt. */
  pauseMsMax: 10_000,
  /** Attempts in a row that open no change stream, before its reader is told: some minutes, with the pauses above. */
  reconnectsMax: 30,
  /** A change stream is quiet for at most 15 s, then comes a ping: three missed ones mean that nobody is there. */
  streamSilenceMs: 45_000,
  /** Characters of one message of a change stream; one holds a token or two, each of 16,384 at most. */
  messageCharsMax: 1_048_576,
  /** How long a token is waited for when the caller does not say: as long as a read of the service would wait. */
  waitMsDefault: 2_000,
  /** Between two looks at how far the service has come: short beside the wait, and no load on the service. */
  pollMsMax: 250,
  /** The reasons of the log hold no essays: of an error's message this many characters are recorded. */
  messageCharsRecordedMax: 500,
  /** Of an error's code: a longer one is no id that the service would take. */
  codeCharsMax: 512,
  /** How long the end of a task is tried to be recorded, when the run's own signal may have ended already. */
  farewellMs: 10_000,
  /** The same for what came of a tool call, which a person has to find out where it is lost: a restart of the service fits in. */
  outcomeMs: 30_000,
  /** Between two attempts of a call that is tried for long: whoever waits hears of a service that is back within a second. */
  patientPauseMsMax: 1_000,
  /** Records that the end of a task names: an event may name 64. */
  recordsNamedMax: 64,
  /** A tool's result above this many bytes is recorded by its hash: an event holds 262,144 bytes with everything in it. */
  resultBytesMax: 65_536,
} as const;
