/**
 * `npm run bench [-- --json] [-- --rounds N] [-- part-of-a-name …]`: every row in turn, or those that a word is part of the name of, as
 * a table or as JSON. A line per row appears on stderr as soon as it is measured; Ctrl-C ends with what there is. Exit codes: 0, 1 (a
 * row failed, or it was interrupted), 2 (usage).
 */
import { parseArgs } from 'node:util';
import { type Measured, measure, type Row } from './harness.js';
import { machineNow } from './machine.js';
import { bm25Fts5 } from './rows/bm25-fts5.js';
import { bm25MiniSearch } from './rows/bm25-minisearch.js';
import { checkpointStart } from './rows/checkpoint-start.js';
import { embed } from './rows/embed.js';
import { ingest } from './rows/ingest.js';
import { kafkaIngest, kafkaStart } from './rows/kafka-catch-up.js';
import { kafkaKTables } from './rows/kafka-ktable.js';
import { kafkaVisibility } from './rows/kafka-visibility.js';
import { mcp } from './rows/mcp.js';
import { memory } from './rows/memory.js';
import { qdrantSearch } from './rows/qdrant-search.js';
import { question } from './rows/question.js';
import { rebuild } from './rows/rebuild.js';
import { redisApply } from './rows/redis-apply.js';
import { redisIngest, redisIngestSingly, redisPatches } from './rows/redis-ingest.js';
import { redisSnapshotRate, redisSnapshotTime } from './rows/redis-snapshot.js';
import { replayCost } from './rows/replay-cost.js';
import { shadowCompared, shadowHashing, shadowModel } from './rows/shadow.js';
import { snapshot, snapshotUnaudited } from './rows/snapshot.js';
import { snapshotEmbedding } from './rows/snapshot-embedding.js';
import { snapshotHash } from './rows/snapshot-hash.js';
import {
  redisSnapshotUnderHeavyIngest,
  redisSnapshotUnderIngest,
  snapshotUnderHeavyIngest,
  snapshotUnderIngest,
} from './rows/snapshot-under-ingest.js';
import { vectorScan } from './rows/vector-scan.js';
import { visibility } from './rows/visibility.js';
import { rowLine, table } from './table.js';

const rows = [
  snapshotUnaudited,
  snapshot,
  snapshotHash,
  snapshotUnderIngest,
  snapshotUnderHeavyIngest,
  shadowHashing,
  shadowModel,
  shadowCompared,
  visibility,
  ingest,
  rebuild,
  replayCost,
  checkpointStart,
  bm25Fts5,
  bm25MiniSearch,
  vectorScan,
  embed,
  snapshotEmbedding,
  question,
  mcp,
  memory,
  kafkaIngest,
  kafkaVisibility,
  ...kafkaKTables,
  kafkaStart,
  redisSnapshotTime,
  redisSnapshotRate,
  redisSnapshotUnderIngest,
  redisSnapshotUnderHeavyIngest,
  redisApply,
  redisIngest,
  redisPatches,
  redisIngestSingly,
  qdrantSearch,
];

const ROUNDS = '5';
const { json, rounds, words } = argumentsGiven();
const chosen = words.length === 0 ? rows : rows.filter(({ name }) => words.some((word) => name.includes(word)));
const unknown = words.filter((word) => !rows.some(({ name }) => name.includes(word)));
if (unknown.length > 0) refuse(`no row has ${unknown.map((word) => `"${word}"`).join(', ')} in its name; there are`);

const begin = machineNow();
const measured: Measured[] = [];
process.once('SIGINT', () => {
  report(chosen.slice(measured.length));
  process.exit(1);
});
for (const row of chosen) {
  measured.push(await measure(row, rounds, (round) => progress(`${row.name}: round ${round + 1} of ${rounds}`)));
  progress('');
  console.error(measured.slice(-1).map(rowLine).join());
}
report([]);
if (measured.some(({ verdict }) => verdict === 'failed')) process.exitCode = 1;

function argumentsGiven() {
  try {
    const options = { json: { type: 'boolean' }, rounds: { type: 'string', default: ROUNDS } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) refuse('--rounds takes a whole number from 1; rows');
    return { json: values.json === true, rounds, words: positionals };
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : String(error)}; rows`);
  }
}

function refuse(what: string): never {
  console.error(`${what}:\n${rows.map(({ name }) => `  ${name}`).join('\n')}`);
  process.exit(2);
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`);
}

/** `left`: rows that were not measured, because it was interrupted. */
function report(left: readonly Row[]): void {
  progress('');
  const notMeasured = left.map(({ name }) => name);
  const facts = { rounds, begin, end: machineNow(), notMeasured, rows: measured };
  console.log(json ? JSON.stringify(facts, null, 2) : table(measured));
  if (left.length > 0) console.error(`interrupted; ${left.length} rows were not measured`);
}
