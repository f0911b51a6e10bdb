/** `npm run bench [-- --json] [-- name …]`: every row in turn, as a table or as JSON. */
import { type Measured, measure } from './harness.js';
import { bm25Fts5 } from './rows/bm25-fts5.js';
import { bm25MiniSearch } from './rows/bm25-minisearch.js';
import { checkpointStart } from './rows/checkpoint-start.js';
import { ingest } from './rows/ingest.js';
import { memory } from './rows/memory.js';
import { question } from './rows/question.js';
import { rebuild } from './rows/rebuild.js';
import { replayCost } from './rows/replay-cost.js';
import { snapshot, snapshotUnaudited } from './rows/snapshot.js';
import { snapshotHash } from './rows/snapshot-hash.js';
import { snapshotUnderHeavyIngest, snapshotUnderIngest } from './rows/snapshot-under-ingest.js';
import { vectorScan } from './rows/vector-scan.js';
import { visibility } from './rows/visibility.js';
import { table } from './table.js';

const ROUNDS = 5;
const rows = [
  snapshotUnaudited,
  snapshot,
  snapshotHash,
  snapshotUnderIngest,
  snapshotUnderHeavyIngest,
  visibility,
  ingest,
  rebuild,
  replayCost,
  checkpointStart,
  bm25Fts5,
  bm25MiniSearch,
  vectorScan,
  question,
  memory,
];

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const json = process.argv.includes('--json');
const chosen = words.length === 0 ? rows : rows.filter(({ name }) => words.some((word) => name.startsWith(word)));

const measured: Measured[] = [];
for (const row of chosen) {
  const onRound = (round: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${row.name}: round ${round + 1} of ${ROUNDS}\u001b[K`);
  };
  measured.push(await measure(row, ROUNDS, onRound));
}
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
const { arch, platform, version } = process;
console.log(
  json ? JSON.stringify({ node: version, platform, arch, rounds: ROUNDS, rows: measured }, null, 2) : table(measured),
);
