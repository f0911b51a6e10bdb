/**
 * Stands in for a journal whose index outlives the process: where the state survives and resumes behind its own progress, the records
 * before that are read once for the index alone. Which accounts a record touches is then taken from what it names: an entity belongs to
 * an account only because one of its records named it.
 */
import { accountNamedIn, keyOf, understand } from '../../src/domain/step.js';
import { partitionKey, type PositionVector, positionText } from '../../src/domain/position.js';
import type { Service } from '../../src/pipeline.js';
import type { DurableLog } from './durable-log.js';

export async function recoverJournal(service: Service, durable: DurableLog, through: PositionVector): Promise<void> {
  const { journal, rejected, engines } = service;
  for (const rules of engines.topics.sources) {
    for (let partition = 0; partition < rules.partitions; partition++) {
      const key = partitionKey(rules.name, partition);
      for (const record of durable.records(key, 0n, (through.get(key) ?? -1n) + 1n)) {
        const understood = understand(record, rules, rejected.decisionOn(positionText(record.position)));
        const entity = keyOf(understood);
        const account = accountNamedIn(understood);
        if (entity !== undefined) journal.index.note(entity, record.position, account === null ? [] : [account]);
      }
    }
  }
}
