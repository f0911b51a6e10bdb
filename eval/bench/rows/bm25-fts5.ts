/** Our BM25 against SQLite's FTS5, in memory and with a prepared statement, over the same passages. */
import type { BenchPassage } from '../corpus.js';
import type { Row } from '../harness.js';
import { openBm25, WANTED } from './bm25.js';

/** What is used of `better-sqlite3`, which is not a dependency: it is built on the machine, and only this row wants it. */
interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): { run(...values: unknown[]): unknown; all(...values: unknown[]): unknown[] };
}
type OpenDatabase = new (path: string) => Database;

const packageName = 'better-sqlite3';

export const bm25Fts5: Row = {
  name: 'bm25: 100,000 passages, six words, first ten ÷ SQLite FTS5',
  unit: 'questions/s at the median',
  better: 'high',
  goal: { ship: 20, stretch: 50 },
  open: async () => {
    const Opener = await import(packageName).then(
      (module: { default: OpenDatabase }) => module.default,
      () => null,
    );
    if (Opener === null) return { unavailable: `npm i --no-save ${packageName}` };
    return openBm25((passages) => searchOf(new Opener(':memory:'), passages));
  },
};

function searchOf(database: Database, passages: readonly BenchPassage[]): (question: string) => readonly string[] {
  database.exec('CREATE VIRTUAL TABLE passages USING fts5(id UNINDEXED, body)');
  const insert = database.prepare('INSERT INTO passages (id, body) VALUES (?, ?)');
  database.exec('BEGIN');
  for (const { id, text } of passages) insert.run(id, text);
  database.exec('COMMIT');
  database.exec("INSERT INTO passages (passages) VALUES ('optimize')");
  const select = database.prepare(`SELECT id FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ${WANTED}`);
  return (question) => select.all(question.split(' ').join(' OR ')).map((row) => String((row as { id: unknown }).id));
}
