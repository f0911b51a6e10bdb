/** What a suite may say. Closed: a key that is not known is a mistake, and one that did nothing would score nothing. */
import { z } from 'zod';
import { type Kind, kindNames } from '../../src/domain/kinds/index.js';
import { limits } from '../../src/limits.js';
import { parseBound } from '../report/threshold.js';
import { lagMaxText, parseDurationMs } from './lag.js';
import { parseMoment } from './moments.js';
import { isRef } from './ref.js';

export const streamWorlds = ['demo'] as const;
export const streamData = ['tau_banking', 'mtrag_un', 'mtrag_un_last_turns', 'banking77'] as const;

const name = z.string('expected a text').min(1, 'must not be empty').max(limits.idLengthMax);
const text = z.string('expected a text').min(1, 'must not be empty').max(limits.questionLengthMax);

const refSchema = z.string('expected a reference').refine(isRef, {
  error: ({ input }) => `"${input}" is no reference: write kind/id, such as policy/refunds@2`,
});

/** Words of the released values, which are JSON: a text is looked for as it stands in them. */
const facts = z.array(text);

/** Whole, since trec_eval reads judgements so. 0 is judged irrelevant. */
const gainSchema = z.int('expected a whole number').min(0, 'a gain is not below 0').max(1_000);

const relevantSchema = z.union([
  z.array(refSchema).min(1, 'is empty: name what is relevant, or leave it out to judge nothing'),
  z
    .record(refSchema, gainSchema)
    .refine(
      (gains) => Object.values(gains).some((gain) => gain > 0),
      'has nothing relevant in it: name what is, or leave it out to judge nothing',
    ),
]);

const expectSchema = z.strictObject({
  relevant: relevantSchema.optional(),
  answerable: z.boolean().optional(),
  contains: facts.default([]),
  absent: facts.default([]),
});

const turnSchema = z.strictObject({ role: z.enum(['user', 'assistant']), text });

/** As a captured request had them, per kind. */
const requestLimitsSchema = z.strictObject({
  policies: z.int().min(0).max(limits.searchResultsMax),
  tickets: z.int().min(0).max(limits.searchResultsMax),
});

/** As the API takes it. */
const consistencySchema = z
  .strictObject({
    level: z.enum(['fastest', 'latest']).default('fastest'),
    maxStalenessMs: z.int().min(0).max(limits.maxStalenessMsMax).default(limits.maxStalenessMsDefault),
    deadlineMs: z.int().min(0).max(limits.deadlineMsMax).default(limits.deadlineMsDefault),
    onViolation: z.enum(['wait', 'mark', 'refuse']).optional(),
  })
  .transform((asked) => ({
    ...asked,
    onViolation: asked.onViolation ?? (asked.level === 'fastest' ? 'mark' : 'wait'),
  }));

/** What a reference to the stream's questions says nothing of. */
const ofOwn = [
  'id',
  'at',
  'tenant',
  'account',
  'mode',
  'question',
  'kinds',
  'limits',
  'tokenBudget',
  'consistency',
] as const;

const questionSchema = z
  .strictObject({
    from: z.literal('stream', 'only "stream" is known').optional(),
    id: name.optional(),
    at: z
      .string('expected an instant, a position or "end"')
      .refine((at) => parseMoment(at) !== undefined, {
        error: ({ input }) =>
          `"${input}" is no moment: write an instant (RFC 3339), a position (topic:partition:offset) or "end"`,
      })
      .optional(),
    tenant: name.optional(),
    account: name.optional(),
    mode: z.enum(['context', 'search']).optional(),
    question: text.optional(),
    history: z.array(turnSchema).default([]),
    kinds: z
      .array(z.enum(kindNames as [Kind, ...Kind[]]))
      .min(1, 'must not be empty')
      .optional(),
    count: z.int().min(1).max(limits.searchResultsMax).default(limits.searchResultsDefault),
    limits: requestLimitsSchema.optional(),
    tokenBudget: z.int().min(1).max(limits.tokenBudgetMax).optional(),
    consistency: consistencySchema.optional(),
    expect: expectSchema.default({ contains: [], absent: [] }),
  })
  .superRefine((entry, context) => {
    if (entry.from !== undefined) {
      if (ofOwn.some((key) => entry[key] !== undefined))
        context.addIssue('"from: stream" stands alone: the stream brings its questions');
      return;
    }
    for (const key of ['id', 'at', 'question'] as const)
      if (entry[key] === undefined) context.addIssue(`has no "${key}"`);
    if (entry.mode === 'context' && entry.account === undefined)
      context.addIssue('a context is that of an account: name one, or ask with mode "search"');
  });

const streamSchema = z
  .strictObject({
    world: z.enum(streamWorlds).optional(),
    file: name.optional(),
    journal: name.optional(),
    kafka: z
      .string()
      .regex(/^kafka(?:\+tls)?:\/\/.+/, 'expected kafka://host:port')
      .optional(),
    from: z.record(z.string(), z.string().regex(/^\d+$/, 'expected an offset')).optional(),
    to: z.record(z.string(), z.string().regex(/^\d+$/, 'expected an offset')).optional(),
    data: z.enum(streamData).optional(),
    beir: name.optional(),
  })
  .superRefine(({ from, to, ...choice }, context) => {
    const chosen = Object.entries(choice).filter(([, value]) => value !== undefined);
    if (chosen.length !== 1) context.addIssue('name exactly one of world, file, journal, kafka, data and beir');
    if ((from ?? to) !== undefined && choice.kafka === undefined)
      context.addIssue('"from" and "to" are positions of Kafka topics');
  });

const share = z.number('expected a number').min(0, 'is below 0').max(1, 'is above 1').optional();
const turnsSchema = z.strictObject({ lexicalDecay: share, denseDecay: share, assistantShare: share });
const rankingSchema = z.strictObject({ denseShare: share, lexicalShare: share, turns: turnsSchema.optional() });

const [charsMin, charsMax] = [limits.passageCharsChosenMin, limits.passageCharsChosenMax];
const chars = z.int('expected a whole number').max(charsMax, `is above ${charsMax}`);
const passagesSchema = z.strictObject({
  charsMax: chars.min(charsMin, `is below ${charsMin}`).optional(),
  titleCharsMax: chars.min(0, 'is below 0').optional(),
});

const promptSchema = z.strictObject({
  id: name,
  version: z
    .union([z.int().min(1), z.string().regex(/^[1-9]\d*$/, 'expected the number of a version')])
    .transform(String)
    .optional(),
  variant: name.optional(),
  input: z.record(name, z.string('expected a text')).default({}),
});

const lagMs = z
  .string('expected a duration such as 30s')
  .transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined && ms <= limits.evaluationLagMsMax) return ms;
    const fault = ms === undefined ? 'is no duration: write 250ms, 30s, 5m, 2h or 1d' : `is longer than ${lagMaxText}`;
    context.addIssue(`"${text}" ${fault}`);
    return z.NEVER;
  })
  .optional();
const lagSchema = z
  .strictObject({ state: lagMs, index: lagMs })
  .refine(({ state, index }) => (state ?? index) !== undefined, 'names neither state nor index');

const setupSchema = z.strictObject({
  embedder: name.default('lexical'),
  ranking: z.union([name, rankingSchema]).optional(),
  passages: z.union([name, passagesSchema]).optional(),
  prompt: z.union([name, promptSchema]).optional(),
  policies: name.optional(),
  lag: lagSchema.optional(),
});

const boundSchema = z.string('expected a bound such as ">= 0.3"').refine((bound) => parseBound(bound) !== undefined, {
  error: ({ input }) => `"${input}" is no bound: write a comparison and a number, such as ">= 0.3"`,
});

export const suiteSchema = z.strictObject({
  name: name.regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'has letters, digits, spaces, dots, dashes and underscores'),
  description: z.string().optional(),
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  stream: streamSchema,
  tenant: name.optional(),
  consistency: consistencySchema.optional(),
  setups: z.record(name, setupSchema).default({}),
  setup: z.union([name, setupSchema]).optional(),
  metrics: z.array(name).min(1, 'must not be empty').optional(),
  thresholds: z.record(name, boundSchema).default({}),
  baseline: name.optional(),
  questions: z.array(questionSchema).min(1, 'must not be empty'),
});

export type SuiteDraft = z.infer<typeof suiteSchema>;
export type QuestionDraft = SuiteDraft['questions'][number];
export type StreamDraft = SuiteDraft['stream'];
export type SetupDraft = z.infer<typeof setupSchema>;

/** Every key that a suite may have somewhere. */
export const suiteKeys: readonly string[] = [
  suiteSchema.shape,
  streamSchema.shape,
  setupSchema.shape,
  rankingSchema.shape,
  turnsSchema.shape,
  passagesSchema.shape,
  promptSchema.shape,
  lagSchema.shape,
  questionSchema.shape,
  consistencySchema.in.shape,
  requestLimitsSchema.shape,
  turnSchema.shape,
  expectSchema.shape,
].flatMap((shape) => Object.keys(shape));
