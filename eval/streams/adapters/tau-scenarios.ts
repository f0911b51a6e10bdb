/** The bank of tau2-bench as a retrieval task: its whole stream arrives, then a whole scenario asks; its required documents are relevant. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { StreamSource } from '../source.js';
import { policyEntityId, tauBankingStream, tauTenant } from '../tau-banking.js';
import { badData, jsonRows, openFile } from './files.js';
import { equallyRelevant, questionOf } from './question.js';

const TASKS = 'tau_banking/tasks';

const taskSchema = z.object({
  id: z.string().min(1),
  user_scenario: z.object({ instructions: z.string().min(1) }),
  required_documents: z.array(z.string().min(1)).min(1),
});

/** `folder` is the data folder. Questions are in the order of their ids. Throws `suite_invalid` when a file is missing or no task. */
export function tauScenarios(folder: string): StreamSource {
  const documents = jsonRows(openFile(folder, 'tau_banking/documents.jsonl'), z.object({ id: z.string() }));
  const known = new Set(documents.map(({ row }) => row.id));
  const questions = taskFiles(folder).map((name) => {
    const { id, user_scenario, required_documents } = taskIn(folder, name);
    const unknown = required_documents.find((document) => !known.has(document));
    if (unknown !== undefined) throw badData(name, `requires the document ${unknown}, which is not there`);
    const relevant = required_documents.map((document) => `policy/${policyEntityId(document, '1')}`);
    const expect = { relevant: equallyRelevant(relevant) };
    return questionOf({ id, tenant: tauTenant, text: user_scenario.instructions, expect });
  });
  return {
    name: 'tau_banking',
    async *entries() {
      yield* tauBankingStream(folder);
    },
    questions: async () => questions,
  };
}

function taskFiles(folder: string): readonly string[] {
  const path = join(folder, TASKS);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw badData(TASKS, `is not in the folder ${folder}`);
  }
  const names = readdirSync(path).filter((name) => name.endsWith('.json'));
  if (names.length === 0) throw badData(TASKS, 'holds no tasks');
  return names.sort().map((name) => `${TASKS}/${name}`);
}

/** A task takes a file, over several lines: read as the one row of it. */
function taskIn(folder: string, name: string) {
  const file = openFile(folder, name);
  const [task] = jsonRows({ ...file, text: file.text.replaceAll(/\r?\n/g, ' ') }, taskSchema);
  if (task === undefined) throw badData(name, 'is empty');
  return task.row;
}
