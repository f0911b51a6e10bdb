/** The topic map as it is configured: a JSON file that names every topic and says what its records mean. */
import { z } from 'zod';
import { interactionKinds } from '../domain/event.js';
import { kindNames } from '../domain/kinds/index.js';
import { parsePositionText } from '../domain/position.js';
import { limits } from '../limits.js';
import { defaultTopics, SOURCE_PARTITIONS, type TopicMap } from './topics.js';

const abouts = [...kindNames, ...interactionKinds];

/** What Kafka takes for a topic, and a position can name. */
const name = z
  .string()
  .refine((text) => text !== '.' && text !== '..' && parsePositionText(`${text}:0:0`) !== undefined, {
    error: 'is no name of a topic: letters, digits, dot, underscore and hyphen, at most 249',
  });

const source = z
  .strictObject({
    name,
    about: z.enum(abouts, { error: `must be one of ${abouts.join(', ')}` }),
    tenant: z.string().min(1).max(limits.idLengthMax).nullable().default(null),
    key: z.enum(['tenant/id', 'id', 'none'], { error: 'must be tenant/id, id or none' }).optional(),
    format: z.enum(['cloudevents', 'json'], { error: 'must be cloudevents or json' }).default('cloudevents'),
    partitions: z.int().min(1).max(limits.topicPartitionsMax).default(SOURCE_PARTITIONS),
  })
  .superRefine(({ key, tenant, format }, context) => {
    if (tenant !== null) return;
    if (key === 'id') fault(context, 'needs a tenant: a bare id names nobody without one', ['key']);
    else if (key === 'none' && format === 'json') {
      fault(context, 'needs a tenant: neither the key nor bare data names one', ['format']);
    }
  });

const schema = z
  .strictObject({ sources: z.array(source), rejected: name, context: name, model: name.default(defaultTopics.model) })
  .superRefine(({ sources, rejected, context: audit, model }, context) => {
    const names = [...sources.map((one) => one.name), rejected, audit, model];
    for (const twice of repeated(names)) fault(context, `names the topic ${twice} more than once`);
    for (const alike of repeated([...new Set(names)].map((one) => one.replaceAll('.', '_')))) {
      fault(context, `names topics that differ from ${alike} in dots and underscores only, which Kafka holds for one`);
    }
    for (const twice of repeated(sources.map(({ about }) => about))) {
      fault(context, `has more than one topic about ${twice}: nothing orders an entity's records across topics`, [
        'sources',
      ]);
    }
    for (const about of abouts) {
      if (!sources.some((one) => one.about === about)) fault(context, `has no topic about ${about}`, ['sources']);
    }
  });

export type TopicFileReading =
  | { readonly ok: true; readonly map: TopicMap }
  /** One sentence each; every fault of the file. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** Partitions are what an embedded log makes; Kafka's topics have the partitions they have. */
export function readTopicFile(text: string): TopicFileReading {
  const value = parsed(text);
  if (value === undefined) return { ok: false, faults: ['is not JSON'] };
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, map: result.data };
  const faults = result.error.issues.map(
    ({ path, message }) => `${path.map((part) => `/${String(part)}`).join('')} ${message}`,
  );
  return { ok: false, faults: faults.map((one) => one.trim()) };
}

function fault(context: z.core.$RefinementCtx, message: string, path: PropertyKey[] = []): void {
  context.addIssue({ code: 'custom', message, path });
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
