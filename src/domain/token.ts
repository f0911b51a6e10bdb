/**
 * Tokens: an opaque, versioned, mergeable encoding of a position vector with the log's identity. Not a secret and no authority:
 * a forged one can only make its sender wait. Format `t1.` + base64url of canonical JSON
 * `{l, v: {topic: [incarnation, {partition: offset}, {partition: leader epoch}]}}`; epochs of 0 are left out, and the list of none.
 * A plain producer may write `topic:partition:offset` instead; its epoch is not known, so what it stands for is not checked.
 */

import { type ErrorFacts, TidemarkError } from '../errors.js';
import { limits } from '../limits.js';
import { canonicalJson, type JsonValue } from './canonical.js';
import { type EpochVector, epochsOf, epochsToJson, isInHistory, type LeaderEpochs } from './epochs.js';
import { isJsonObject, readJsonText } from './json.js';
import {
  mergeVectors,
  type PartitionKey,
  type PositionVector,
  parsePositionText,
  partitionKey,
  vectorToJson,
} from './position.js';

/** What a token is checked against. */
export interface LogIdentity {
  readonly id: string;
  /** Incarnation id of a topic; undefined for a topic this log does not have. */
  incarnationOf(topic: string): string | undefined;
  partitionsOf(topic: string): number;
  readonly epochs: LeaderEpochs;
}

const PREFIX = 't1.';

/** `readUnder`: the epochs of a vector that was on record; without it the vector is one of the log as it is now. */
export function encodeToken(log: LogIdentity, vector: PositionVector, readUnder?: EpochVector): string {
  const epochs = epochsToJson(readUnder ?? epochsOf(log.epochs, vector));
  const topics = Object.entries(vectorToJson(vector)).map(([topic, partitions]) => {
    const known = epochs[topic];
    return [topic, [log.incarnationOf(topic) ?? '', partitions, ...(known === undefined ? [] : [known])]];
  });
  return PREFIX + Buffer.from(canonicalJson({ l: log.id, v: Object.fromEntries(topics) })).toString('base64url');
}

/**
 * Throws `token_malformed` or `token_of_another_log`, which it is too when the log has lost the history it was made in. A position
 * beyond the end of the log is legal: its sender waits.
 */
export function decodeToken(log: LogIdentity, token: string): PositionVector {
  if (token.length > limits.tokenLengthMax) throw malformed('token is longer than the limit');
  if (!token.startsWith(PREFIX)) return decodePlain(log, token);
  const text = Buffer.from(token.slice(PREFIX.length), 'base64url').toString('utf8');
  const reading = readJsonText(text);
  if (!reading.ok || !isJsonObject(reading.value)) throw malformed('token does not decode');
  const { l, v } = reading.value;
  if (typeof l !== 'string' || !isJsonObject(v)) throw malformed('token lacks its parts');
  if (l !== log.id) throw foreign('token was made by another log');
  const vector = new Map<PartitionKey, bigint>();
  for (const [topic, entry] of Object.entries(v)) {
    if (!Array.isArray(entry) || !isJsonObject(entry[1])) throw malformed('token lacks its parts');
    if (entry[0] !== log.incarnationOf(topic))
      throw foreign('token names a topic that this log does not have, or has anew');
    for (const [partition, offset] of Object.entries(entry[1])) {
      if (typeof offset !== 'string') throw malformed('token lacks its parts');
      readOffset(log, vector, `${topic}:${partition}:${offset}`);
      assertInHistory(log, vector, {
        key: partitionKey(topic, Number(partition)),
        leaderEpoch: epochIn(entry[2], partition),
      });
    }
  }
  return vector;
}

/** A token that names no epoch was made under epoch 0. */
function epochIn(epochs: JsonValue | undefined, partition: string): number {
  if (epochs === undefined) return 0;
  if (!isJsonObject(epochs)) throw malformed('token lacks its parts');
  const epoch = Object.hasOwn(epochs, partition) ? epochs[partition] : 0;
  if (typeof epoch !== 'number' || !Number.isInteger(epoch) || epoch < 0) throw malformed('token lacks its parts');
  return epoch;
}

/** Other records may stand at those offsets by now: to call them covered would be a lie, and to wait for them has no end. */
function assertInHistory(
  log: LogIdentity,
  vector: PositionVector,
  { key, leaderEpoch }: { readonly key: PartitionKey; readonly leaderEpoch: number },
): void {
  const offset = vector.get(key);
  if (offset === undefined || isInHistory(log.epochs, key, { leaderEpoch, offset })) return;
  throw foreign('token names a position that this log has lost', { reason: 'truncated', position: `${key}:${offset}` });
}

/** Several tokens as one: the larger offset of each partition. */
export function mergeTokens(log: LogIdentity, tokens: readonly string[]): PositionVector {
  return mergeVectors(tokens.map((token, index) => decodeAt(log, token, index)));
}

/** Of several tokens the error names the one it is about. */
function decodeAt(log: LogIdentity, token: string, tokenIndex: number): PositionVector {
  try {
    return decodeToken(log, token);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const { code, message, advice, retriable, facts } = error;
    throw new TidemarkError({ code, message, advice, retriable, facts: { ...facts, tokenIndex } });
  }
}

function decodePlain(log: LogIdentity, token: string): PositionVector {
  const vector = new Map<PartitionKey, bigint>();
  readOffset(log, vector, token);
  return vector;
}

function readOffset(log: LogIdentity, vector: Map<PartitionKey, bigint>, text: string): void {
  const name = parsePositionText(text);
  if (name === undefined) throw malformed('token is neither t1.… nor topic:partition:offset');
  if (name.partition >= log.partitionsOf(name.topic))
    throw foreign('token names a partition that this log does not have');
  vector.set(partitionKey(name.topic, name.partition), name.offset);
}

function malformed(message: string): TidemarkError {
  const advice = 'Pass a token exactly as a reply gave it, or topic:partition:offset.';
  return new TidemarkError({ code: 'token_malformed', message, advice, retriable: false });
}

function foreign(message: string, facts: ErrorFacts = {}): TidemarkError {
  const advice = 'Use tokens only with the service and the log that gave them; ask again for a new one.';
  return new TidemarkError({ code: 'token_of_another_log', message, advice, retriable: false, facts });
}
