/**
 * One run of a suite: the stream goes by record after record, and in between the questions are asked, each at its moment. Answers are
 * written down as they come. Whatever is in the report depends on suite and stream alone; only the stop watch knows what time it is.
 */
import { join } from 'node:path';
import { canonicalJson, type Digest, digestOf } from '../../src/domain/canonical.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { TopicMap } from '../../src/log/topics.js';
import { noPrompts } from '../../src/prompts/prompt-set.js';
import { generationOf } from '../../src/retrieval/generation.js';
import { assemblerId } from '../../src/snapshot/manifest.js';
import type { StreamSource } from '../streams/source.js';
import { ANSWERS_FILE, AnswersFile } from './answers-file.js';
import { suiteInvalid } from './fault.js';
import { Play } from './play.js';
import { promptCallOf } from './request.js';
import type { EvaluationEngines, Setup } from './setup.js';
import type { Suite } from './suite.js';
import { type Survey, survey } from './survey.js';
import type { Answer, Question, Report, StreamSummary } from './types.js';
import { World } from './world.js';

export interface RunParts {
  readonly suite: Pick<Suite, 'digest' | 'questions' | 'asksStream'> & Partial<Pick<Suite, 'consistency'>>;
  readonly setup: Setup;
  readonly source: StreamSource;
  readonly engines: EvaluationEngines;
  /** Of the service: which topics there are and what each is about. */
  readonly topics: TopicMap;
  /** Where the answers are kept. */
  readonly folder: string;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
  /** Milliseconds since an arbitrary start: for the times of the report and nothing else. */
  stopwatch(): number;
}

export type RunResult =
  | {
      readonly kind: 'done';
      /** In the order of the suite, the stream's own behind them. */
      readonly questions: readonly Question[];
      readonly answers: readonly Answer[];
      readonly stream: StreamSummary;
      readonly setup: Report['setup'];
    }
  /** Everything answered so far is in the folder. */
  | { readonly kind: 'interrupted'; readonly done: number; readonly total: number };

/** Rejects with `suite_invalid` or `config_invalid` before anything is played, when something in them cannot be. */
export async function runSuite(parts: RunParts): Promise<RunResult> {
  const questions = await questionsOf(parts);
  const surveyed = await survey(parts.source, questions);
  const world = await World.open({
    ...parts,
    topics: widened(parts.topics, surveyed),
    logId: `evaluation-${parts.suite.digest.slice(-16)}`,
    startsAtMs: surveyed.startsAtMs,
    askedAtMs: surveyed.placed.map(({ atMs }) => atMs),
  });
  try {
    return await playIn(world, parts, { questions, surveyed });
  } finally {
    await world.close();
  }
}

/** With room for every partition that the stream has records of. */
function widened(topics: TopicMap, { partitions }: Survey): TopicMap {
  const wider = topics.sources.map((topic) => {
    return { ...topic, partitions: Math.max(topic.partitions, partitions.get(topic.name) ?? 0) };
  });
  return { ...topics, sources: wider };
}

interface Planned {
  readonly questions: readonly Question[];
  readonly surveyed: Survey;
}

async function playIn(world: World, parts: RunParts, { questions, surveyed }: Planned): Promise<RunResult> {
  const { method, prompts = noPrompts } = world.service.engines;
  const { name, lag } = parts.setup;
  const lagging = lag === null ? {} : { lag };
  const setup = { name, generation: generationOf(method), ranking: method.ranking.id, ...lagging };
  const prompt = promptCallOf(parts.setup.prompt, prompts);
  const named = { ...setup, prompt: prompt?.prompt.hash ?? null };
  const kept = answersFileOf(parts, digestOfRun(parts, surveyed, named));
  const play = new Play({ ...parts, hasDecisions: surveyed.hasDecisions, world, kept, prompt });
  const records = await play.through(surveyed).catch((error: unknown) => {
    // What was under way when somebody asked to end says so in its own way.
    if (parts.signal.aborted && error instanceof TidemarkError && error.code === 'stopping') return null;
    throw error;
  });
  if (records === null) return { kind: 'interrupted', done: kept.answers.size, total: questions.length };
  const summary = await world.summary();
  const answers = questions.flatMap(({ id }) => kept.answers.get(id) ?? []);
  const noticed = [...play.decisions.notices(), ...play.unknown.notices(), ...refusalNotices(answers)];
  const notices = [...surveyed.notices, ...summary.notices, ...noticed];
  return { kind: 'done', questions, answers, stream: { ...summary, digest: surveyed.digest, records, notices }, setup };
}

/** A refusal is an outcome of its own: neither a right answer nor a wrong one. */
function refusalNotices(answers: readonly Answer[]): readonly string[] {
  const refusals = answers.flatMap(({ question, refused }) =>
    refused === undefined ? [] : [{ question, ...refused }],
  );
  const [first] = refusals;
  if (first === undefined) return [];
  const count = (reason: string) => refusals.filter(({ why }) => why === reason).length;
  const [questions, they] =
    refusals.length === 1 ? ['1 question was', 'it'] : [`${refusals.length} questions were`, 'they'];
  const reasons = `${count('behind')} behind, ${count('stale')} stale`;
  return [`${questions} refused as ${they} demanded (${reasons}; first: ${first.question})`];
}

/** Of the suite, then of the stream. Throws `suite_invalid` where there is none, or an id is taken twice. */
export async function questionsOf({ suite, source }: Pick<RunParts, 'suite' | 'source'>): Promise<readonly Question[]> {
  const { consistency } = suite;
  const brought = suite.asksStream ? await source.questions() : [];
  const own = consistency === undefined ? brought : brought.map((question) => ({ consistency, ...question }));
  if (suite.asksStream && own.length === 0) throw suiteInvalid([`the stream ${source.name} brings no questions`]);
  const questions = [...suite.questions, ...own];
  const ids = new Set<string>();
  const taken = questions.filter(({ id }) => ids.size === ids.add(id).size);
  if (taken.length > 0) throw suiteInvalid(taken.map(({ id }) => `question id "${id}" is taken by one of the stream`));
  if (questions.length > limits.evaluationQuestionsMax)
    throw suiteInvalid([`${questions.length} questions are more than the ${limits.evaluationQuestionsMax} of one run`]);
  return questions;
}

interface Made {
  readonly generation: string;
  readonly ranking: string;
  /** Of the file of the prompt that contexts are rendered with. */
  readonly prompt: Digest | null;
}

/** What answers must agree in to be of one run: the stream by its content, since a file that was changed keeps its name. */
function digestOfRun({ suite, setup, source }: RunParts, { digest: stream }: Survey, made: Made): Digest {
  return digestOf(
    canonicalJson({ suite: suite.digest, setup, source: source.name, stream, made, assembler: assemblerId }),
  );
}

function answersFileOf({ folder, resume }: RunParts, run: Digest): AnswersFile {
  const path = join(folder, ANSWERS_FILE);
  return resume ? AnswersFile.resume(path, run) : AnswersFile.begin(path, run);
}
