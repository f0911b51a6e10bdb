/** A checkpoint as chunks, and chunks as a checkpoint. The order of kinds is the order in which they stand. */
import type { RecordedCapture, RecordedContents } from '../audit/recorded-ids.js';
import type { IndexContents } from '../journal/journal-index.js';
import type { RejectedContents } from '../log/rejected-log.js';
import type { StateContents } from './contents.js';
import { entitiesIn, entityChunks } from './entity-rows.js';
import { decodeHeader, encodeHeader, type Header } from './header.js';
import { accountChunks, indexContents, keyChunks } from './journal-rows.js';
import { itemsIn, jsonChunks } from './json-chunks.js';
import type { Chunk } from './port.js';

const kind = {
  header: 1,
  entities: 2,
  keys: 3,
  accounts: 4,
  blocked: 5,
  letters: 6,
  decisions: 7,
  recorded: 8,
} as const;

/** Everything as of one instant; what costs time to lay out is laid out when its chunk is asked for. */
export interface Captured {
  readonly state: StateContents;
  readonly index: IndexContents;
  readonly rejected: RejectedContents;
  readonly recorded: RecordedCapture;
}

export interface Checkpoint {
  readonly header: Header;
  readonly state: StateContents;
  readonly index: IndexContents;
  readonly rejected: RejectedContents;
  readonly recorded: RecordedContents;
}

export function* chunksOf(header: Omit<Header, 'format'>, captured: Captured): Generator<Chunk, void, void> {
  const { state, index, rejected, recorded } = captured;
  yield { kind: kind.header, bytes: encodeHeader(header) };
  for (const bytes of entityChunks(state.entities)) yield { kind: kind.entities, bytes };
  for (const bytes of keyChunks(index)) yield { kind: kind.keys, bytes };
  for (const bytes of accountChunks(index)) yield { kind: kind.accounts, bytes };
  for (const bytes of jsonChunks(state.blocked)) yield { kind: kind.blocked, bytes };
  for (const bytes of jsonChunks(rejected.letters)) yield { kind: kind.letters, bytes };
  for (const bytes of jsonChunks(oneByOne(rejected.decisions))) yield { kind: kind.decisions, bytes };
  for (const bytes of recorded.slices()) yield { kind: kind.recorded, bytes };
}

/** Undefined for chunks of another layout. They must have been verified: what is in them is believed. */
export function checkpointOf(
  chunks: readonly { readonly kind: number; readonly bytes: Buffer }[],
): Checkpoint | undefined {
  const of = (wanted: number) => chunks.filter((chunk) => chunk.kind === wanted).map(({ bytes }) => bytes);
  const [head] = of(kind.header);
  const header = head === undefined ? undefined : decodeHeader(head);
  if (header === undefined) return undefined;
  const progress = new Map(header.progress.map(({ partition, through, counts }) => [partition, { through, counts }]));
  return {
    header,
    state: { progress, blocked: itemsIn(of(kind.blocked)), entities: of(kind.entities).flatMap(entitiesIn) },
    index: indexContents(of(kind.keys), of(kind.accounts)),
    rejected: {
      through: header.rejectedThrough,
      letters: itemsIn(of(kind.letters)),
      decisions: together(itemsIn(of(kind.decisions))),
    },
    recorded: { through: header.audit.through, rows: Buffer.concat(of(kind.recorded)) },
  };
}

type Decisions = RejectedContents['decisions'];

/** A decision may bring a whole repaired event, so those about one record need not fit a chunk. */
function oneByOne(decisions: Decisions): Decisions {
  return decisions.flatMap(([id, made]) => made.map((decision) => [id, [decision]] as const));
}

function together(decisions: Decisions): Decisions {
  const byId = new Map<string, Decisions[number][1]>();
  for (const [id, made] of decisions) byId.set(id, [...(byId.get(id) ?? []), ...made]);
  return [...byId];
}
