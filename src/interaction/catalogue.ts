/**
 * What the records of each class promise to those who write and read them: topic, key, order, retention, owner, access, size, types.
 * `tidemark contracts` prints it; the schemas are those that judge the events.
 */
import { z } from 'zod';
import type { JsonObject } from '../domain/canonical.js';
import { interactionKinds } from '../domain/event.js';
import { approvalTypes } from '../domain/interaction/decision.js';
import { interactionClasses } from '../domain/interaction/index.js';
import { generationEvents } from '../generations/record.js';
import { limits } from '../limits.js';
import { keepEverything, type Retention } from '../log/retention.js';
import { type TopicMap, topicAbout } from '../log/topics.js';

/** Own topics, one per class, because ordering, retention and access differ. */
export const classNames = [...interactionKinds, 'context', 'rejected', 'model'] as const;
export type ClassName = (typeof classNames)[number];

/** What holds of a class whatever is configured; full sentences, for people. */
interface Terms {
  readonly key: string;
  readonly ordering: string;
  /** Why its records are kept, and what is lost with them. */
  readonly kept: string;
  /** Who answers for what is in it. */
  readonly owner: string;
  readonly access: { readonly read: string; readonly write: string };
  readonly bodies: string;
}

export interface Contract extends Terms {
  readonly name: ClassName;
  readonly topic: string;
  readonly partitions: number;
  /** In force; both null: every record is kept. */
  readonly retention: Retention;
  /** JSON Schema of the `data` of each event type; null of records that this service alone writes. */
  readonly types: Readonly<Record<string, JsonObject | null>>;
}

const inline = `An event takes ${limits.eventBytesMax} bytes.`;

const terms: Readonly<Record<ClassName, Terms>> = {
  control: {
    key: 'tenant/workflow, both percent-encoded; the event names the workflow in `subject`',
    ordering: 'Strict per workflow.',
    kept: 'For as long as decisions are traced: without it a trace lacks what was asked for, and when.',
    owner: 'The application that runs the workflow.',
    access: { read: 'scope read, by trace', write: 'scope write' },
    bodies: `${inline} It names records and snapshots, and holds no copy of them.`,
  },
  context: {
    key: 'tenant and id of the snapshot',
    ordering: 'None needed: each record stands for itself.',
    kept: 'Longest of all: it is what an audit asks for, and a snapshot without its record cannot be replayed.',
    owner: 'This service: it alone writes it.',
    access: { read: 'scope read, its own tenant', write: 'nobody but the service' },
    bodies: `Manifests: references and hashes instead of values. A record takes ${limits.frameBytesMax} bytes.`,
  },
  tool: {
    key: 'tenant/idempotency key, both percent-encoded; the event names the key in `subject`',
    ordering: 'Strict per idempotency key: the first record of a key decides whose call it is.',
    kept: `For longer than a key can come again, or the same effect is claimed twice; and for as long as decisions are traced. A key is also new when more than ${limits.claimedOffsetsMax / 2} tool events, in equal parts of all partitions, have passed since its newest one.`,
    owner: 'The agent that was told to proceed: it owes the outcome.',
    access: { read: 'scope read, by trace; the outcome by whoever claims the key', write: 'scope write' },
    bodies: `${inline} What is larger is a pointer and its hash: argumentsRef, resultRef {hash, bytes, url}. Arguments of a claim over ${limits.claimArgumentsBytesMax} bytes become one.`,
  },
  decision: {
    key: 'tenant/decision, both percent-encoded; the event names the decision in `subject`',
    ordering: 'Strict per decision.',
    kept: 'For as long as somebody may ask why: without it there is no decision to trace.',
    owner: 'Whoever proposes it; of an override the person who is named in it.',
    access: {
      read: 'scope read, by trace',
      write: `scope write; ${approvalTypes.join(' and ')} scope approve as well, which no agent has`,
    },
    bodies: `${inline} Of what it rests on it names snapshots and calls.`,
  },
  rejected: {
    key: 'position of the rejected record',
    ordering: 'Total: one partition. Decisions take effect in its order.',
    kept: 'With the records they are about: a letter has the only copy of what was rejected once its topic has expired.',
    owner: 'The operator of the service: every letter waits for a decision.',
    access: {
      read: 'scope operate; those without a readable tenant an operator',
      write: 'nobody but the service; scope operate decides',
    },
    bodies: `The original bytes, key and headers. A record takes ${limits.frameBytesMax} bytes.`,
  },
  model: {
    key: 'index generation',
    ordering: 'Total: one partition. Every instance switches where it follows the record.',
    kept: 'For ever, a few records a year: the newest promotion says which generation is live, so RETENTION takes no age for it.',
    owner: 'The operator of the service: who starts a generation promotes or drops it.',
    access: {
      read: 'scope operate, an operator',
      write: 'nobody but the service; scope operate, an operator, decides',
    },
    bodies: 'Method, identity and who asked for it, under 4 KB; no vectors and no text.',
  },
};

/** `retentionOf`: what is configured; a topic that is absent keeps everything. */
export function catalogueOf(topics: TopicMap, retentionOf: ReadonlyMap<string, Retention>): readonly Contract[] {
  return classNames.map((name) => {
    const { topic, partitions } = placeOf(topics, name);
    const retention = retentionOf.get(topic) ?? keepEverything;
    return { name, topic, partitions, retention, ...terms[name], types: typesOf(name) };
  });
}

function placeOf(topics: TopicMap, name: ClassName): { readonly topic: string; readonly partitions: number } {
  switch (name) {
    case 'context':
    case 'rejected':
    case 'model':
      return { topic: topics[name], partitions: 1 };
    default: {
      const { name: topic, partitions } = topicAbout(topics, name);
      return { topic, partitions };
    }
  }
}

function typesOf(name: ClassName): Contract['types'] {
  switch (name) {
    case 'context':
      return { snapshot: null };
    case 'rejected':
      return { letter: null, decision: null, lapse: null };
    case 'model':
      return Object.fromEntries(Object.entries(generationEvents).map(([type, schema]) => [type, jsonSchemaOf(schema)]));
    default: {
      const { types, anyUnder } = interactionClasses[name];
      const described = Object.entries(types).map(([type, schema]) => [type, jsonSchemaOf(schema)] as const);
      return Object.fromEntries(anyUnder === null ? described : [...described, [`${anyUnder}*`, {}]]);
    }
  }
}

/** What a schema checks beyond JSON Schema, such as one member instead of another, stands in the text of the documentation. */
function jsonSchemaOf(schema: z.ZodType<object>): JsonObject {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' })));
}
