/** The questions and policies of tau_banking as a retrieval task: a whole scenario asks, its required documents are relevant. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const documentSchema = z.object({ id: z.string(), title: z.string(), content: z.string() });
const taskSchema = z.object({
  id: z.string(),
  user_scenario: z.object({ instructions: z.string() }),
  required_documents: z.array(z.string()),
});

export interface RetrievalTask {
  readonly documents: readonly { readonly id: string; readonly title: string; readonly body: string }[];
  readonly questions: readonly { readonly id: string; readonly text: string; readonly relevant: readonly string[] }[];
}

/** `folder` is the data folder. Questions are in the order of their ids. */
export function readTauBanking(folder: string): RetrievalTask {
  const root = join(folder, 'tau_banking');
  const lines = readFileSync(join(root, 'documents.jsonl'), 'utf8').split('\n');
  const documents = lines.filter((line) => line !== '').map((line) => documentSchema.parse(JSON.parse(line)));
  const files = readdirSync(join(root, 'tasks')).filter((name) => name.endsWith('.json'));
  const tasks = files
    .sort()
    .map((name) => taskSchema.parse(JSON.parse(readFileSync(join(root, 'tasks', name), 'utf8'))));
  return {
    documents: documents.map(({ id, title, content }) => ({ id, title, body: content })),
    questions: tasks.map((task) => ({
      id: task.id,
      text: task.user_scenario.instructions,
      relevant: task.required_documents,
    })),
  };
}
