/** Every bound of the service, each with its reason. Relations between them are asserted below, at import. */
import { invariant } from './errors.js';
import { agentLimits } from './limits/agents.js';
import { evaluationLimits } from './limits/evaluation.js';
import { generationLimits } from './limits/generations.js';
import { retrievalLimits } from './limits/retrieval.js';

export const limits = {
  /** One event, canonical bytes. A ticket with a long thread is about 50 KB; larger bodies are a pointer and a hash. */
  eventBytesMax: 262_144,
  /** One entity, canonical bytes: a full state and years of patches; past it, the history belongs into events of its own. */
  entityBytesMax: 1_048_576,
  /** One HTTP request body: a batch of events of ordinary size. */
  requestBytesMax: 4_194_304,
  /** Events of one POST: keeps one request's fold under about 10 ms. */
  batchEventsMax: 1_000,
  /** Nesting of JSON: business records nest under ten levels; recursion stays far from the stack's end. */
  jsonDepthMax: 64,
  /** Values of one JSON text: a thousand events of 180 fields, or any legal event. Reading takes 20 ms, 200 where all names differ. */
  jsonValuesMax: 180_000,
  /** Entity ids, event ids and sources, tenants, in UTF-16 units: they become keys, and a key is no document. */
  idLengthMax: 512,
  /** CloudEvents attribute text other than ids. */
  attributeLengthMax: 1_024,
  /** Digits of an entity version: any counter or timestamp fits, and comparing stays cheap. */
  versionDigitsMax: 128,
  /** Recent event ids kept per key, for duplicates: re-delivery reaches back a few events of one key, not dozens. */
  recentEventsMax: 16,
  /** Event ids the entrance remembers across keys, of all tenants: minutes of full load, and about 50 MB. */
  usedIdsMax: 100_000,
  /** Question text: the longest scenario texts of the evaluation sets are under 8,000 characters. */
  questionLengthMax: 16_384,
  /** Encoded token: 400 partitions fit. */
  tokenLengthMax: 16_384,
  /** Tokens of one request. */
  tokensMax: 32,
  /** Token budget of a snapshot when the caller names none, and the most that may be asked for. */
  tokenBudgetDefault: 8_000,
  tokenBudgetMax: 200_000,
  /** Policies and closed tickets put into one snapshot, before the token budget. */
  policiesMax: 10,
  closedTicketsMax: 5,
  /** References listed under `omitted`; beyond it `omittedCount` tells how many there were. */
  omittedMax: 50,
  /** Retrieved items of a kind just past the count limit that `omitted` names and `omittedCount` counts. */
  nearestMissesMax: 10,
  /** Search results of one request. */
  searchResultsDefault: 10,
  searchResultsMax: 100,
  /** Pending entities scored directly in one search; the stamp says how many were not. */
  pendingScoredMax: 1_000,
  /** Up to how many of them are embedded for it where a model has not read them: half a second of a small one. */
  pendingEmbeddedMax: 16,
  /** Entities asked of the index in one page: tens of thousands may match better and not be in force; past it, answers say they are partial. */
  indexHitsMax: 32_768,
  /** A snapshot older than this is a consistency violation unless the caller says otherwise. */
  maxStalenessMsDefault: 5_000,
  maxStalenessMsMax: 86_400_000,
  /** How long a read waits for its position. */
  deadlineMsDefault: 2_000,
  deadlineMsMax: 30_000,
  /** The end of the log is asked for at most this often per request path, and at least this often by the ticker. */
  witnessFreshMs: 20,
  witnessTickMs: 500,
  /** How often the state is looked at for having fallen back, or been taken further unheard: an unseen regress costs this much freshness. */
  standingLookMs: 1_000,
  /** Between two looks at a state that moves all the time; what a follower is behind by, at the most, for a read that needs its journal. */
  followPauseMs: 50,
  /** How often state and index are held against the journal: a loss nobody has noticed is mended within hours. */
  reconcileIntervalMs: 3_600_000,
  /** The pause after a pass that a store interrupted: most are back within seconds. */
  reconcileRetryMs: 10_000,
  /** How long a tombstone stays in an index after it was first seen: far beyond any write under way, and than most processes stand still. */
  tombstoneKeptMs: 3_600_000,
  /** Tombstones of which it is remembered since when they are there: some 20 MB. */
  tombstonesWatchedMax: 100_000,
  /** How long a request waits for a pass: below the patience of clients and balancers, most of which is a minute. */
  reconcileWaitMs: 30_000,
  /** Keys compared between two turns of others, each read from the journal: some ten milliseconds. */
  reconcileSliceKeys: 32,
  /** Pending marks looked through when the index is compared: with more, the index is being filled and nothing can be said of it. */
  reconcilePendingMax: 10_000,
  /** The pause before a fold goes on that rests on what is not copied yet: copies are milliseconds behind. */
  copyBehindMs: 20,
  /** An answer about the end of the log is waited for this long: many times what a healthy broker takes, and less than a read's deadline. */
  logAskMs: 500,
  /** Ends of a partition kept as proof of freshness: a third of a second of asking, longer than an answer takes to be put together. */
  witnessesMax: 16,
  /** Records folded before the event loop gets a turn: the slice sets the tail of reads beside ingest. */
  sliceRecordsMax: 100,
  /** Slices written behind each other before decisions, and adopting what others wrote, get their turn: a tenth of a second. */
  burstSlicesMax: 32,
  /** Characters of entities that who applies to a state in another process keeps as it wrote them last: tens of thousands of a page each. */
  leadTextsMax: 67_108_864,
  /** Bytes handed to a reader of the log at once. */
  readBytesMax: 1_048_576,
  /** A segment is closed past this size: small enough to expire and, the last one of each partition, to go through at every start. */
  segmentBytesMax: 16_777_216,
  /** The sidecar of a segment: 16 bytes a block, and a segment of one large group commit in small blocks has some 7,000. */
  sidecarBytesMax: 1_048_576,
  /** Per partition; one begins after each end that was not in order. Of what came before the oldest kept, less is known for sure. */
  leaderEpochsKeptMax: 1_000,
  /** One framed record: the event, its headers and the frame. */
  frameBytesMax: 1_048_576,
  /** Partitions of one topic in the embedded log: each has its own file to sync, and tokens name them all. */
  topicPartitionsMax: 256,
  /** Appends waiting for one group commit; more are refused as overload. */
  appendQueueMax: 20_000,
  /** Their bytes: what one write puts on the disk, half a second of a slow one. */
  appendQueueBytesMax: 33_554_432,
  /** How often topics are described again: one that was made anew, grew or went is noticed within ten seconds, also when idle. */
  topicLookMs: 3_000,
  /** What a copy of others' records may lose to a power cut: the log still has it. */
  journalSyncMs: 1_000,
  /** How often an opening that waits for the log says so: before whoever started it thinks that it hangs. */
  waitTellMs: 5_000,
  /** The pause before copying goes on after the journal's disk or the log refused. */
  copyRetryMs: 1_000,
  /** Records that the log took are waited for this long to come back: brokers take milliseconds, a transaction in front of them longer. */
  appendReturnMs: 5_000,
  /** A block of a segment has one place and one checksum in memory: reading one record costs at most this much beside it. */
  blockRecordsMax: 64,
  blockBytesMax: 65_536,
  /** Records one read from the disk is planned for when many are asked for by offset: about `readBytesMax` of ordinary ones. */
  readRecordsMax: 2_048,
  /** Segments held open for reading, and as many for writing a journal: a thousand must not use up the process's file descriptors. */
  openSegmentsMax: 128,
  /** Records applied since the last checkpoint before the next is written: a start folds at most about so many, a second or two. */
  checkpointRecords: 50_000,
  /** Fewer than this are not worth a checkpoint at a clean stop: folding them again takes less than writing it. */
  checkpointStopRecordsMin: 1_000,
  /** How often it is looked whether a checkpoint is due, and how long one that failed is left alone: the disk may still be full. */
  checkpointLookMs: 1_000,
  checkpointRetryMs: 60_000,
  /** A clean stop waits this long for its checkpoint: the log has everything, so it is given up rather than waited for. */
  checkpointStopMs: 5_000,
  /** One chunk of a checkpoint: encoded in one go, about 3 ms, before others get a turn. */
  checkpointChunkBytes: 524_288,
  /** The largest chunk that is read: one with the largest entity, or the largest repair of a rejected event, in it. */
  checkpointChunkBytesMax: 16_777_216,
  /** Checkpoints kept: one may turn out to be damaged. */
  checkpointsKept: 2,
  /** Expired audit records whose snapshots are still told from unknown ones, about 60 bytes each: a month of one in two seconds. */
  expiredSnapshotsMax: 1_000_000,
  /** The end of the audit topic is asked for at most this often, however many ask for snapshots that are not known here. */
  auditEndAskMs: 20,
  /** A snapshot not known here is looked for this long in what others have released: a copy of the topic is milliseconds behind it. */
  auditCatchUpMs: 1_000,
  /** Audit records on the disk that the topic has not taken: three minutes of a thousand a second of 6 KB, and hours of ordinary load. */
  auditSpoolBytesMax: 1_073_741_824,
  /** Their number: each is known in memory, by some 300 bytes. */
  auditSpoolRecordsMax: 250_000,
  /** A segment of the spool goes when all of it is shipped: so much is shipped again at most when the mark of how far that was is lost. */
  auditSpoolSegmentBytes: 4_194_304,
  /** Of those, kept in memory too until they are shipped: seconds of the fastest; what is beyond is read back from the disk. */
  auditSpoolMemoryBytesMax: 16_777_216,
  /** How often the mark is written: a crash ships again what was shipped since. */
  auditSpoolMarkMs: 200,
  /** Of one append to the audit topic: a few requests' worth, after which the next ones get their turn. */
  auditShipBytesMax: 4_194_304,
  /** Between two appends of what was spooled meanwhile: so much later is it found on other instances. */
  auditShipPauseMs: 20,
  /** Pauses between tries of shipping while the audit topic takes nothing, doubled each time: a moved leader, and an outage. */
  auditShipRetryMs: 100,
  auditShipRetryMsMax: 5_000,
  /** Turns waited for an instant at which all parts agree how far they are; it takes a turn or two. */
  captureTurnsMax: 1_000,
  /** How often retention looks for segments to expire: ages are in hours and days. */
  retentionIntervalMs: 600_000,
  /** A call to the archive of the journal with its tries: the largest segment goes through a slow line; then it counts as unreachable. */
  archiveCallMs: 60_000,
  /** Of such a call: connecting, a line on which nothing moves, and tries. What fails longer is told, and tried again by whoever asked. */
  archiveConnectMs: 5_000,
  archiveIdleMs: 15_000,
  archiveAttemptsMax: 3,
  /** Pause after two puts of one key have met in the store: it takes one of them, in less than that. */
  archiveConflictMs: 50,
  /** The largest object that is taken for an archived segment: a full segment and a group commit behind it. */
  archivedBytesMax: 50_331_648,
  /** Partitions of which segments are on their way to or from the archive at once, each held in memory whole. */
  archiveTransfersMax: 4,
  /** Sealed segments that a journal whose archive another instance fills notes before it asks which of them are there. */
  archiveFollowedMax: 4_096,
  /** Pauses between tries of shipping while the archive cannot be reached, doubled each time: soon after a blink, seldom over a night. */
  shippingRetryMs: 500,
  shippingRetryMsMax: 30_000,
  /** A stop waits this long for what is left to be shipped: the next start ships it, and a supervisor kills after thirty seconds. */
  shippingStopMs: 10_000,
  /** Age at which a segment is closed for the archive, and how often that is looked for: what the loss of a disk takes with it at most. */
  journalSealAfterMs: 60_000,
  journalSealLookMs: 5_000,
  /** Headers of one record, and their bytes together. */
  recordHeadersMax: 256,
  recordHeaderBytesMax: 65_536,
  /** Detail of a rejection: a JSON pointer of ordinary names; a longer one is cut. */
  rejectionDetailMax: 1_024,
  /** Rejected events listed in one page, unless the caller says otherwise, and at most. */
  rejectedPageDefault: 50,
  rejectedPageMax: 200,
  /** History entries of an account in one page. */
  historyPageDefault: 100,
  historyPageMax: 1_000,
  /** Open change streams, and how often an idle one is pinged. */
  changeStreamsMax: 256,
  changeStreamPingMs: 15_000,
  /** A change stream looks again after this for what its instance's own journal could not tell yet: a copy lags by milliseconds. */
  feedJournalWaitMs: 200,
  /** Accounts and snapshots one change stream watches: each is looked at again after every move. */
  changeWatchesMax: 64,
  /** A caller's own request id: it goes into every log line. */
  requestIdLengthMax: 128,
  /** `tracestate`, as W3C Trace Context section 3.3.1.5 asks implementations to carry. */
  traceStateLengthMax: 512,
  /** Keys of one key file: each request compares against all of them, in constant time. */
  apiKeysMax: 1_000,
  /** Tries of one batch of `tidemark load` while the service is overloaded or restarting, and the pause that grows by itself each time. */
  loadAttemptsMax: 6,
  loadRetryMs: 500,
  /** Free disk below which `tidemark doctor` warns, and below which it fails: a log that cannot be written stops all reads that are audited. */
  diskFreeBytesWarn: 1_073_741_824,
  diskFreeBytesMin: 134_217_728,
  /** Records copied into the journal at once: one write each, beside which nothing is folded, so more than a slice. */
  copiedRecordsMax: 1_000,
  /** A fetch waits this long for records: an idle partition costs two questions a second, and a stop is not held up. */
  remoteFetchWaitMs: 500,
  /** Of one partition in one answer, and of all of an answer; twice the latter is held per broker. One larger batch comes whole. */
  remoteFetchPartitionBytesMax: 1_048_576,
  remoteFetchBytesMax: 8_388_608,
  /** One batch, unpacked: 64 times what Kafka lets a producer send unless told otherwise. */
  remoteBatchBytesMax: 67_108_864,
  /** A broker that says nothing at all for this long is gone; it is looked so often. Ten times the wait of a fetch. */
  remoteSilenceMs: 5_000,
  remoteSilenceLookMs: 500,
  /** A connection to a broker that has not come about by then; and one answer, however slowly it trickles in. */
  remoteConnectMs: 5_000,
  remoteAnswerMsMax: 120_000,
  /** The pause before a partition that could not be read is tried again, and what it doubles up to. */
  remoteRetryMs: 50,
  remoteRetryMsMax: 2_000,
  /** So many looks over so long must say that a topic is gone or another one: brokers learn of changes one after the other. */
  remoteConfirmLooks: 3,
  remoteConfirmMs: 3_000,
  /** One question to a broker, connecting included: a connection of which the other end is gone is noticed within ten seconds. */
  remoteAskMs: 8_000,
  /** Who leads what, and how many partitions a topic has, is asked again after this even if nothing went wrong. */
  remoteMetadataMs: 5_000,
  /** Tries of the client within one call, and the longest pause between them: a leader moves in a second or two; then the caller decides. */
  remoteClientRetriesMax: 4,
  remoteClientRetryMsMax: 1_000,
  /** An append that shares a request is given up after this, tries included: its records may have been written or not. */
  remoteAppendMs: 20_000,
  /** Records of one request to append: when one is refused as too large, which record it is has to be found among them. */
  remoteRequestRecordsMax: 1_000,
  /** Bytes of a partition in one request, of which the client makes one batch: a broker takes 1,048,588 unless told otherwise. */
  remoteBatchBytes: 983_040,
  /** Requests more, to find what is too large in one: two by halving for each power of two of its records, for three that are. */
  remoteSplitsMax: 64,
  /** Changes of a partition's leader that are remembered for commits: what is committed lies seconds behind what was read. */
  remoteEpochsSeenMax: 16,
  /** A dead member is put out of its group after this, and looked for this much longer before somebody else is said to be there. */
  remoteSessionMs: 10_000,
  remoteSessionGraceMs: 3_000,
  /** How often it is heard of: for as long the part of one that leaves may lie fallow, which no read should time out by. */
  remoteHeartbeatMs: 500,
  /** At start an engine that nobody answers for is asked again for this long, for it may be starting too; a wrong address is told soon. */
  engineAbsentMs: 6_000,
  /** One that answers that it is not ready yet: it loads what it had, gigabytes of it in a minute. */
  engineLateMs: 60_000,
  engineRetryMs: 500,
  /** One call to the state's server: a thousand times what it takes. Then no more are made until it has answered a probe. */
  stateAskMs: 250,
  /** Slices on their way to it at once: while it applies one the next is sent, and a third folded. */
  stateWritesAtOnce: 4,
  /** A connection to it that has not come about by then. */
  stateConnectMs: 2_000,
  /** Pauses between tries to connect, growing by the first; and after how long one that is silent is begun anew. */
  stateRetryMs: 50,
  stateRetryMsMax: 1_000,
  stateProbeMs: 1_000,
  /** A write or view over several slots is tried so often while others are faster: each time at least one of them has come further. */
  sequenceTriesMax: 200,
  /** How often it is asked whether it evicts or was restarted, and a channel on which not even that is heard is dead. */
  stateLookMs: 1_000,
  stateSilenceMs: 5_000,
  /** Times a read begins again because the store has other contents by now: two instances that both give them up settle on one. */
  stateTriesMax: 4,
  /** Entities of a tenant that one call to it reads: others wait for that, and there may be tens of thousands. */
  statePageSize: 200,
  /** Keys looked at, and removed, in one step once their contents were given up: others wait for it. */
  statePurgeKeys: 500,
  /** Own writes without a reply of which it is remembered that they may have been made. */
  stateUnsureMax: 1_000,
  /** Characters of the accounts that an instance holds as it read them last, those asked for last: thousands of accounts of a page each. */
  accountTextsMax: 33_554_432,
  /** Tenants whose policies an instance holds, those asked for last: some hundred policies of a page each. */
  policySetsMax: 1_000,
  /** Of a tenant's policies one call to the state's server looks at so many and sends so many bytes: some ms, in which it answers nobody else. */
  policyPageCountMax: 500,
  policyPageBytes: 1_048_576,
  /** Of so many a view compares each with what its reader holds: 10 µs each, so that it stays far within `stateAskMs`. */
  policyChecksMax: 4_000,
  /** A view begins again so often because the policies moved while they were read: then they move faster than they can be. */
  policyTriesMax: 16,
  /** A drain at shutdown gives up after this. */
  drainMs: 10_000,
  /** How often a drain closes connections that have had their answer: often enough that a stop is not felt to wait. */
  drainSweepMs: 50,
  /** A signal that follows the first sooner is the same wish heard twice: npm, timeout(1) and terminals send it to the whole group. */
  interruptAgainMs: 500,
  ...agentLimits,
  ...evaluationLimits,
  ...generationLimits,
  ...retrievalLimits,
} as const;

invariant(limits.eventBytesMax + limits.recordHeaderBytesMax < limits.frameBytesMax, 'a legal event fits a frame');
invariant(limits.eventBytesMax <= limits.entityBytesMax, 'the full state of a legal event is a legal entity');
invariant(limits.logAskMs <= limits.deadlineMsDefault, 'a read outlives a question nobody answers');
invariant(limits.frameBytesMax < limits.segmentBytesMax, 'a frame fits a segment');
invariant(limits.appendQueueMax < limits.usedIdsMax, 'the ids of all appends under way are remembered');
// A group commit larger than a segment makes one of its own. Two blocks in a row hold 64 records of the smallest frame, 77 bytes,
// or more than `blockBytesMax`.
invariant(
  (16 * Math.max(limits.segmentBytesMax, limits.appendQueueBytesMax)) /
    Math.min(limits.blockRecordsMax * 77, limits.blockBytesMax / 2) <
    limits.sidecarBytesMax / 2,
  'the sidecar of a full segment is read again',
);
invariant(limits.segmentBytesMax + limits.appendQueueBytesMax < 2 ** 32, 'a place in a segment is 32 bits');
invariant(
  limits.segmentBytesMax + limits.appendQueueBytesMax <= limits.archivedBytesMax,
  'a segment that was archived is read again',
);
invariant(limits.eventBytesMax <= limits.requestBytesMax, 'a legal event fits a request');
// An empty array and what parts it from the next are three bytes, and count as two: inside a bracket there may be a value.
invariant(
  (limits.eventBytesMax * 2) / 3 < limits.jsonValuesMax,
  'a legal event has no more values than a text may have',
);
invariant(limits.deadlineMsDefault <= limits.deadlineMsMax, 'default deadline within its bound');
invariant(limits.sliceRecordsMax <= limits.batchEventsMax, 'a slice is no larger than a request');
invariant(limits.readBytesMax >= limits.frameBytesMax, 'a reader can hold any frame');
// Chunks are cut by bytes; what cannot be cut is an entity (beside its JSON names, recent events and redrives), a repaired event as
// base64, a letter or mark of a few ids and a detail as JSON, six bytes for the worst of characters, and a name with one number.
invariant(
  limits.checkpointChunkBytes +
    Math.max(
      2 * limits.entityBytesMax,
      (4 / 3) * limits.frameBytesMax + 6 * 4 * limits.idLengthMax,
      6 * (8 * limits.idLengthMax + 2 * limits.rejectionDetailMax),
    ) <
    limits.checkpointChunkBytesMax,
  'a chunk of any kind that its last item makes large is read',
);
invariant(limits.readBytesMax >= limits.blockBytesMax, 'a reader can hold any block');
invariant(
  limits.remoteFetchWaitMs < limits.remoteSilenceMs,
  'a broker with nothing new is not taken for one that is gone',
);
