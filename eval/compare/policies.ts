/**
 * A stream with other policies: those of a file arrive beside the stream's own, or in their place, at its start or at an instant. So a
 * change of policy text can be tried against last month's questions.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../../src/domain/canonical.js';
import { instantText, parseInstant } from '../../src/domain/time.js';
import { sourceTopic, type TopicMap } from '../../src/log/topics.js';
import { suiteInvalid } from '../harness/fault.js';
import { faultLines, readSuiteText } from '../harness/suite-text.js';
import { positionOf, type SourceEntry, type StreamSource } from '../streams/source.js';
import type { CloudEventJson } from '../streams/stream.js';

const instant = z.string().transform((text, context) => {
  const ms = parseInstant(text);
  if (ms !== undefined) return ms;
  context.addIssue(`"${text}" is no instant: write RFC 3339`);
  return z.NEVER;
});

const text = z.string('expected a text').min(1, 'must not be empty');

const entrySchema = z
  .strictObject({
    tenant: text.optional(),
    /** When it arrives; absent: as the file says for all. */
    at: instant.optional(),
    /** As the stream's policies have one, where they have. */
    entityversion: text.optional(),
    /** The policy in full. */
    data: z.looseObject({ id: text }).optional(),
    /** Id of a policy that is deleted. */
    delete: text.optional(),
  })
  .refine((entry) => (entry.data === undefined) !== (entry.delete === undefined), {
    error: 'has either "data", a policy in full, or "delete", the id of one',
  });

const fileSchema = z.strictObject({
  /** The stream's own policies are left out, all of them. */
  replace: z.boolean().default(false),
  tenant: text.optional(),
  /** When they arrive; absent: before the first record of the stream. */
  at: instant.optional(),
  policies: z.array(entrySchema).min(1, 'is empty: name at least one policy'),
});

interface Arrival {
  /** Null: before the first record. */
  readonly atMs: number | null;
  event(time: string): CloudEventJson;
}

export interface PolicySet {
  /** Other policies, another name. */
  readonly name: string;
  readonly replace: boolean;
  /** In the order of their arrival. */
  readonly arrivals: readonly Arrival[];
}

/** Throws `suite_invalid` with every fault, one line each. */
export function readPolicySet(path: string): PolicySet {
  const name = basename(path);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    throw suiteInvalid([`the policies ${path} cannot be read`], 'Name a file of YAML or JSON.');
  }
  const read = readSuiteText(content, name);
  const parsed = fileSchema.safeParse(read.value);
  if (!parsed.success) throw suiteInvalid(faultLines(parsed.error.issues, read, keys), 'Correct the file of policies.');
  const { replace, tenant, at, policies } = parsed.data;
  const faults = policies.flatMap((one, index) =>
    (one.tenant ?? tenant) === undefined ? [`${read.where(['policies', index])}: a policy without a tenant`] : [],
  );
  if (faults.length > 0) throw suiteInvalid(faults, 'Name a tenant for all, or one for each policy.');
  const arrivals = policies.map((one, index): Arrival => {
    const given = { ...one, tenant: one.tenant ?? tenant ?? '', id: `${name}-${index + 1}` };
    return { atMs: one.at ?? at ?? null, event: (time) => eventOf(given, time) };
  });
  const startMs = Number.NEGATIVE_INFINITY;
  arrivals.sort((one, other) => (one.atMs ?? startMs) - (other.atMs ?? startMs) || 0);
  return { name: `policies ${name} ${digestOf(content).slice(7, 19)}`, replace, arrivals };
}

const keys = [...Object.keys(fileSchema.shape), ...Object.keys(entrySchema.shape)];

type Given = z.infer<typeof entrySchema> & { readonly tenant: string; readonly id: string };

function eventOf({ tenant, id, entityversion, data, ...given }: Given, time: string): CloudEventJson {
  const subject = data?.id ?? given.delete ?? '';
  const version = entityversion === undefined ? {} : { entityversion };
  const head = { specversion: '1.0', id, source: 'tidemark:evaluation', subject, tenant, time, ...version } as const;
  if (data === undefined) return { ...head, type: 'policy.removed', op: 'delete' };
  // What YAML gives is JSON but for its types.
  return { ...head, type: 'policy.published', data: JSON.parse(JSON.stringify(data)) };
}

/** `topics` tell which records of a log are policies. Moments of questions stay what they are: positions of the stream are kept. */
export function withPolicies(source: StreamSource, set: PolicySet, topics: TopicMap): StreamSource {
  let left = 0;
  const told = (count: number) =>
    set.replace ? [`${count} policy records of the stream were left out for those of ${set.name}`] : [];
  return {
    ...source,
    name: `${source.name} with ${set.name}`,
    entries: async function* () {
      left = 0;
      const waiting = set.arrivals.map((arrival, index) => ({ ...arrival, index }));
      let index = 0;
      let lastMs = 0;
      for await (const entry of source.entries()) {
        for (let next = waiting[0]; next !== undefined && (next.atMs ?? entry.at) <= entry.at; next = waiting[0]) {
          waiting.shift();
          // What is dated before the stream begins arrives as it begins.
          yield added(next, index === 0 ? entry.at : (next.atMs ?? entry.at));
        }
        lastMs = entry.at;
        const isLeft = set.replace && isPolicy(entry, topics);
        if (isLeft) left++;
        else yield placed(entry, index);
        index++;
      }
      for (const rest of waiting) yield added(rest, rest.atMs ?? lastMs);
    },
    questions: () => source.questions(),
    notices: () => [...(source.notices?.() ?? []), ...told(left)],
  };
}

function added({ event, index }: Arrival & { readonly index: number }, at: number): SourceEntry {
  const made = event(instantText(at));
  const position = { topic: 'policies', partition: 0, offset: BigInt(index) };
  return { at, tenant: made.tenant, topicKind: 'policy', event: made, position };
}

/** Numbered as if nothing had been added or left out. Records of a log have positions of their own. */
function placed(entry: SourceEntry, index: number): SourceEntry {
  return 'record' in entry || 'decision' in entry ? entry : { ...entry, position: positionOf(entry, index) };
}

function isPolicy(entry: SourceEntry, topics: TopicMap): boolean {
  if ('decision' in entry) return false;
  if ('record' in entry) return sourceTopic(topics, entry.record.topic)?.about === 'policy';
  return ('raw' in entry ? entry.raw.topicKind : entry.topicKind) === 'policy';
}
