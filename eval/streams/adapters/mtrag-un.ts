/**
 * MTRAG-UN as a collection: the distinct passages of its 507 tasks are the policies of one tenant; each task asks its last turn, with
 * the turns before it as history. Relevant are the passages that come with a task. That is every answerable and partly answerable
 * task, and 45 of 78 underspecified ones: the 377 that the published figures of plain BM25 are over. Of the underspecified ones nobody says
 * whether they can be answered, so they take no part in judging abstention; partly answerable ones count as answerable.
 */
import { z } from 'zod';
import type { Expectation, Turn } from '../../harness/types.js';
import type { StreamSource } from '../source.js';
import { type CollectionDocument, policyEntries } from './entries.js';
import { badData, jsonRows, openFile } from './files.js';
import { equallyRelevant, questionOf } from './question.js';

const tenant = 'mtrag-un';

const taskSchema = z.object({
  task_id: z.string().min(1),
  contexts: z.array(z.object({ document_id: z.string().min(1), title: z.string().nullish(), text: z.string() })),
  input: z.array(z.object({ speaker: z.enum(['user', 'agent']), text: z.string() })).min(1),
  answerability: z.tuple([z.enum(['ANSWERABLE', 'PARTIAL', 'UNANSWERABLE', 'UNDERSPECIFIED'])]),
});

type Task = z.infer<typeof taskSchema>;

/** `folder` is the data folder. Throws `suite_invalid` when a file is missing or a line is no task. */
export function mtragUn(folder: string): StreamSource {
  const file = openFile(folder, 'mtrag_un/reference.jsonl');
  const tasks = jsonRows(file, taskSchema);
  const passages = new Map<string, CollectionDocument>();
  for (const { row, number } of tasks) {
    for (const { document_id: id, title, text } of row.contexts) {
      const known = passages.get(id);
      if (known !== undefined && known.text !== text)
        throw badData(file.name, `line ${number}: a passage has two texts`);
      passages.set(id, { id, title: title ?? '', text });
    }
  }
  return {
    name: 'mtrag_un',
    async *entries() {
      yield* policyEntries(tenant, passages.values());
    },
    questions: async () => tasks.map(({ row }) => questionFrom(row)),
  };
}

/** The same, asked without what was said before: as the figures that others publish. */
export function mtragUnLastTurns(folder: string): StreamSource {
  const source = mtragUn(folder);
  return {
    ...source,
    name: 'mtrag_un_last_turns',
    questions: async () => (await source.questions()).map((question) => ({ ...question, history: [] })),
  };
}

function questionFrom(task: Task) {
  const turns = task.input.map(
    ({ speaker, text }): Turn => ({ role: speaker === 'user' ? 'user' : 'assistant', text }),
  );
  const last = turns.at(-1);
  return questionOf({
    id: task.task_id,
    tenant,
    text: last?.text ?? '',
    history: turns.slice(0, -1),
    expect: expectationOf(task),
  });
}

function expectationOf({ answerability: [judged], contexts }: Task): Partial<Expectation> {
  const relevant = contexts.map(({ document_id }) => `policy/${document_id}`);
  return {
    ...(relevant.length === 0 ? {} : { relevant: equallyRelevant(relevant) }),
    ...(judged === 'UNDERSPECIFIED' ? {} : { answerable: judged !== 'UNANSWERABLE' }),
  };
}
