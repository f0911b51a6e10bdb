/** A suite: which stream is played, what is asked of it when, and what must come of that. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { isEmbedderName } from '../../src/config/embedder.js';
import { canonicalJson, type Digest, digestOf } from '../../src/domain/canonical.js';
import type { Ref } from '../../src/domain/entity.js';
import { isJsonObject } from '../../src/domain/json.js';
import { metricNamed, metricNames } from '../metrics/index.js';
import { suiteInvalid } from './fault.js';
import { parseMoment } from './moments.js';
import { lexicalSetup, type PromptChoice, type Setup } from './setup.js';
import {
  type QuestionDraft,
  type SetupDraft,
  type StreamDraft,
  type SuiteDraft,
  suiteKeys,
  suiteSchema,
} from './suite-schema.js';
import { byLine, faultLines, nearestOf, readSuiteText, type SuiteText } from './suite-text.js';
import type { Demands, Expectation, MetricName, Question } from './types.js';

export interface Suite {
  readonly name: string;
  readonly description: string | null;
  readonly seed: number;
  /** Paths in it are whole. */
  readonly stream: StreamDraft;
  readonly setups: ReadonlyMap<string, Setup>;
  readonly setup: Setup;
  /** Null: those that the questions can be judged by. */
  readonly metrics: readonly MetricName[] | null;
  /** Bounds by metric, as the suite has them. */
  readonly thresholds: Readonly<Record<MetricName, string>>;
  /** Path of a committed report; null: none. */
  readonly baseline: string | null;
  /** Those of the suite itself. */
  readonly questions: readonly Question[];
  /** The stream's own are asked as well. */
  readonly asksStream: boolean;
  /** What the stream's own ask for. Absent: the suite does not say. */
  readonly consistency?: Demands;
  /** Of everything that is said above, as the file says it. */
  readonly digest: Digest;
}

/** Throws `suite_invalid` with every fault, one line each. `setup`: which of its set-ups is wanted; absent: its own choice. */
export function readSuite(path: string, setup?: string): Suite {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw suiteInvalid([`the suite ${path} cannot be read`], 'Name a file of YAML or JSON.');
  }
  return parseSuite(text, { path, ...(setup === undefined ? {} : { setup }) });
}

/** Of the parts that have their shape while others have not. */
function shapedFaults(text: SuiteText): readonly string[] {
  if (!isJsonObject(text.value)) return [];
  const { metrics, thresholds } = suiteSchema.shape;
  const read = {
    metrics: metrics.safeParse(text.value.metrics),
    thresholds: thresholds.safeParse(text.value.thresholds),
  };
  return metricFaults({ metrics: read.metrics.data, thresholds: read.thresholds.data ?? {} }, text);
}

interface Reading {
  readonly path: string;
  readonly setup?: string;
}

export function parseSuite(content: string, reading: Reading): Suite {
  const text = readSuiteText(content, basename(reading.path));
  const parsed = suiteSchema.safeParse(text.value);
  if (!parsed.success)
    throw suiteInvalid(byLine([...faultLines(parsed.error.issues, text, suiteKeys), ...shapedFaults(text)]));
  const draft = parsed.data;
  const folder = dirname(resolve(reading.path));
  const faults = [...metricFaults(draft, text), ...questionFaults(draft, text), ...fileFaults(draft, text, folder)];
  const setups = setupsOf(draft, folder);
  const setup = chosenSetup(draft, setups, { reading, text, folder });
  if (typeof setup === 'string') faults.push(setup);
  if (typeof setup === 'string' || faults.length > 0) throw suiteInvalid(byLine(faults));
  const { setup: _, setups: __, ...said } = draft;
  return {
    name: draft.name,
    description: draft.description ?? null,
    seed: draft.seed,
    stream: wholePaths(draft.stream, folder),
    setups,
    setup,
    metrics: draft.metrics ?? null,
    thresholds: draft.thresholds,
    baseline: draft.baseline === undefined ? null : resolve(folder, draft.baseline),
    questions: draft.questions.flatMap((entry) => questionOf(entry, draft)),
    asksStream: draft.questions.some(({ from }) => from === 'stream'),
    ...(draft.consistency === undefined ? {} : { consistency: draft.consistency }),
    digest: digestOf(canonicalJson(JSON.parse(JSON.stringify(said)))),
  };
}

function metricFaults(
  { metrics = [], thresholds }: Pick<SuiteDraft, 'metrics' | 'thresholds'>,
  text: SuiteText,
): string[] {
  const named = metrics.map((metric, index) => ({ metric, path: ['metrics', index] as PropertyKey[] }));
  const bound = Object.keys(thresholds).map((metric) => ({ metric, path: ['thresholds', metric] as PropertyKey[] }));
  return [...named, ...bound]
    .filter(({ metric }) => metricNamed(metric) === undefined)
    .map(({ metric, path }) => {
      const near = nearestOf(metric.replace(/@.*/, '@k'), metricNames);
      const hint = near === undefined ? ` (known: ${metricNames.join(', ')})` : `; did you mean "${near}"?`;
      return `${text.where(path)}: unknown metric "${metric}"${hint}`;
    });
}

function questionFaults({ questions, tenant }: SuiteDraft, text: SuiteText): string[] {
  const seen = new Map<string, number>();
  return questions.flatMap((question, index) => {
    if (question.from !== undefined || question.id === undefined) return [];
    const at = text.where(['questions', index]);
    const faults: string[] = [];
    if (question.tenant === undefined && tenant === undefined)
      faults.push(`${at}: question ${question.id} has no tenant, and the suite has none for all`);
    const first = seen.get(question.id);
    if (first !== undefined)
      faults.push(
        `${at}: question id "${question.id}" is taken by the one of line ${text.where(['questions', first]).split(':').at(-1)}`,
      );
    seen.set(question.id, first ?? index);
    return faults;
  });
}

/** A baseline that is not there is told as well: a comparison that is left out would read as one that was passed. */
function fileFaults(draft: SuiteDraft, text: SuiteText, folder: string): string[] {
  const { stream, baseline, setups, setup } = draft;
  const policies = Object.entries(setups).map(
    ([name, { policies }]) => [['setups', name, 'policies'], policies] as const,
  );
  const inline = typeof setup === 'object' ? setup.policies : undefined;
  const named: readonly (readonly [readonly PropertyKey[], string | undefined])[] = [
    [['stream', 'file'], stream.file],
    [['stream', 'journal'], stream.journal],
    [['stream', 'beir'], stream.beir],
    [['baseline'], baseline],
    [['setup', 'policies'], inline],
    ...policies,
  ];
  return named.flatMap(([path, file]) =>
    file === undefined || existsSync(resolve(folder, file)) ? [] : [`${text.where(path)}: ${file} does not exist`],
  );
}

function setupsOf({ setups }: SuiteDraft, folder: string): ReadonlyMap<string, Setup> {
  return new Map(Object.entries(setups).map(([name, draft]) => [name, setupOf(name, draft, folder)]));
}

function setupOf(name: string, draft: SetupDraft, folder: string): Setup {
  const { embedder, ranking, passages, prompt, policies, lag } = draft;
  return {
    name,
    embedder,
    ranking: ranking ?? null,
    passages: passages ?? null,
    prompt: prompt === undefined ? null : promptOf(prompt),
    policies: policies === undefined ? null : resolve(folder, policies),
    lag: lag === undefined ? null : { stateMs: lag.state ?? 0, indexMs: lag.index ?? 0 },
  };
}

function promptOf(prompt: NonNullable<SetupDraft['prompt']>): PromptChoice {
  if (typeof prompt === 'string') return { id: prompt, version: null, variant: null, input: {} };
  const { id, version = null, variant = null, input } = prompt;
  return { id, version, variant, input };
}

interface Choosing {
  readonly reading: Reading;
  readonly text: SuiteText;
  readonly folder: string;
}

/** A text that EMBEDDER takes is a set-up as well. The fault as text where there is no such set-up. */
function chosenSetup(
  { setup: own }: SuiteDraft,
  setups: ReadonlyMap<string, Setup>,
  { reading, text, folder }: Choosing,
): Setup | string {
  const wanted = reading.setup ?? own;
  if (wanted === undefined) return [...setups.values()][0] ?? lexicalSetup;
  if (typeof wanted !== 'string') return setupOf('inline', wanted, folder);
  const found = setups.get(wanted);
  if (found !== undefined) return found;
  if (isEmbedderName(wanted)) return { ...lexicalSetup, name: wanted, embedder: wanted };
  const at = reading.setup === undefined ? text.where(['setup']) : basename(reading.path);
  const known = setups.size === 0 ? 'the suite has none' : `known: ${[...setups.keys()].join(', ')}`;
  return `${at}: unknown set-up "${wanted}" (${known})`;
}

function wholePaths(stream: StreamDraft, folder: string): StreamDraft {
  const whole = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path));
  return { ...stream, file: whole(stream.file), journal: whole(stream.journal), beir: whole(stream.beir) };
}

type OfAll = Pick<SuiteDraft, 'tenant' | 'consistency'>;

function questionOf(entry: QuestionDraft, ofAll: OfAll): readonly Question[] {
  const { id, at: moment, question: text, account, kinds, history, count } = entry;
  const [at, tenant] = [moment === undefined ? undefined : parseMoment(moment), entry.tenant ?? ofAll.tenant];
  // `from: stream` has none of these; whatever else lacks one was told as a fault.
  if (id === undefined || text === undefined || at === undefined || tenant === undefined) return [];
  const mode = entry.mode ?? (account === undefined ? 'search' : 'context');
  const asked = { id, at, tenant, account: account ?? null, mode, text, history, count };
  const { limits, tokenBudget, consistency = ofAll.consistency } = entry;
  const asWas = {
    ...(limits === undefined ? {} : { limits }),
    ...(tokenBudget === undefined ? {} : { tokenBudget }),
    ...(consistency === undefined ? {} : { consistency }),
  };
  return [{ ...asked, ...(kinds === undefined ? {} : { kinds }), ...asWas, expect: expectationOf(entry.expect) }];
}

function expectationOf({ relevant, answerable, contains, absent }: QuestionDraft['expect']): Expectation {
  const gains = Array.isArray(relevant) ? relevant.map((ref) => [ref, 1] as const) : Object.entries(relevant ?? {});
  return {
    ...(relevant === undefined ? {} : { relevant: new Map(gains as readonly (readonly [Ref, number])[]) }),
    ...(answerable === undefined ? {} : { answerable }),
    contains,
    absent,
  };
}
