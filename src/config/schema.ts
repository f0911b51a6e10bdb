/** Every setting, with its default. What depends on more than one of them is in `combinations.ts`. */
import { z } from 'zod';
import { limits } from '../limits.js';
import { modelDtypes, modelPoolings } from '../retrieval/model-reading.js';
import { type AddressReading, readJournalAddress, readLogAddress } from './addresses.js';
import { isEmbedderName } from './embedder.js';
import { readIndexAddress, readStateAddress } from './store-addresses.js';

const address = (read: (text: string) => AddressReading<unknown>) =>
  z.string().superRefine((text, context) => {
    const reading = read(text);
    if (!reading.ok) context.addIssue({ code: 'custom', message: reading.fault });
  });

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((given) => new URL(given).username === '' && new URL(given).password === '', {
    error: 'must hold no credentials: they have settings of their own',
  });
const text = z.string().min(1);
/** Of keys and collections: a name that needs no escaping where it stands in another one. */
const storeName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, dots, hyphens or underscores' });

export const schema = z.object({
  /** The log: a folder (the embedded log), or the brokers of a Kafka cluster, `kafka://host:9092,host:9092`; kafkas with TLS. */
  LOG_URL: address(readLogAddress).default('file:./data/log'),
  /** A JSON file that maps topics to what they are about; without it the topics have their names of the embedded log. */
  TOPICS: text.optional(),
  KAFKA_USERNAME: text.optional(),
  KAFKA_PASSWORD: text.optional(),
  KAFKA_SASL: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], { error: 'must be plain, scram-sha-256 or scram-sha-512' })
    .optional(),
  /** PEM files: the authority that signed the brokers' certificates, and our own certificate with its key. */
  KAFKA_TLS_CA: text.optional(),
  KAFKA_TLS_CERT: text.optional(),
  KAFKA_TLS_KEY: text.optional(),
  /**
   * Under this group the broker's own tools see how far we have come. Nothing resumes from it. Instances that share state and index
   * share out the partitions under it; any other runs alone under its own.
   */
  KAFKA_GROUP: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, { error: 'must be 1 to 200 printable characters without spaces' })
    .optional(),
  /** With Kafka: where what was read is kept, a folder or `s3://bucket/prefix`. An embedded log is its own journal. */
  JOURNAL_URL: address(readJournalAddress).optional(),
  /** Where the journal lies until it is shipped, with an `s3:` journal. */
  JOURNAL_FOLDER: text.optional(),
  S3_ENDPOINT: httpUrl.optional(),
  S3_REGION: text.optional(),
  S3_ACCESS_KEY_ID: text.optional(),
  S3_SECRET_ACCESS_KEY: text.optional(),
  /** Where checkpoints of the embedded state are kept; off: every start folds the whole log. */
  CHECKPOINTS: text.optional(),
  /** How long which topics are kept, `topic=90d,50GiB;…`; what is not named is kept for ever. With Kafka: in the journal. */
  RETENTION: z.string().default(''),
  /** What an instance does: all; only applying records to the shared state; or only answering from it. */
  ROLE: z.enum(['all', 'materializer', 'api'], { error: 'must be all, materializer or api' }).default('all'),
  /** The state: in this process, or in Redis, `redis://host:6379/0` or `redis+cluster://host:6379,host:6379`; rediss with TLS. */
  STATE_URL: address(readStateAddress).default('memory:'),
  REDIS_USERNAME: text.optional(),
  REDIS_PASSWORD: text.optional(),
  /** A PEM file: the authority that signed the certificates of Redis. */
  REDIS_TLS_CA: text.optional(),
  /** What every key begins with. Instances that share a state have the same one. */
  REDIS_PREFIX: storeName.optional(),
  /** The retrieval index: in this process, or in Qdrant, `http://host:6333`. */
  INDEX_URL: address(readIndexAddress).default('memory:'),
  QDRANT_API_KEY: text.optional(),
  /** The alias behind which the collection of each generation of the index stands. */
  QDRANT_COLLECTION: storeName.optional(),
  /** A folder of prompts instead of those of the package, with its own lock.json; `tidemark config lock-prompts` takes new ones into it. */
  PROMPTS: text.optional(),
  /** What gives texts vectors: lexical (nothing does), hashing, or a model of this machine, `transformers:<folder or owner/name>`. */
  EMBEDDER: z
    .string()
    .refine((given) => isEmbedderName(given), { error: 'must be lexical, hashing or transformers:<folder or hub id>' })
    .default('lexical'),
  /** Of a model: the number format of its graph, how its tokens become one vector, and what it wants before each text. */
  EMBEDDER_DTYPE: z.enum(modelDtypes, { error: `must be one of ${modelDtypes.join(', ')}` }).optional(),
  EMBEDDER_POOLING: z.enum(modelPoolings, { error: 'must be mean, cls or none' }).optional(),
  EMBEDDER_QUESTION_PREFIX: z.string().max(limits.modelPrefixMax).optional(),
  EMBEDDER_PASSAGE_PREFIX: z.string().max(limits.modelPrefixMax).optional(),
  /** Where models of the hub are kept once they were fetched; `./data/models` unless given. */
  EMBEDDER_CACHE: text.optional(),
  /** Entities a second that fill a generation of the index which is not live (`tidemark shadow`). */
  SHADOW_RATE: z.coerce
    .number({ error: 'must be a number' })
    .min(0.1)
    .max(1_000_000)
    .default(limits.shadowEntitiesPerSecond),
  /** At a start, when the generation that is live on record cannot be opened any more: `configured` promotes that of EMBEDDER instead. */
  GENERATION_LOST: z.enum(['refuse', 'configured'], { error: 'must be refuse or configured' }).default('refuse'),
  AUTH: z
    .string()
    .refine((given) => given === 'none' || /^keys:.+/.test(given), { error: 'must be "none" or "keys:<file>"' })
    .default('none'),
  /** The tenant of every caller when AUTH=none. */
  TENANT: text.max(512).default('default'),
  /** With Kafka: the folder in which audit records wait for their topic, of this instance alone; by default beside the journal. */
  AUDIT_SPOOL: text.optional(),
  AUDIT: z.enum(['required', 'best-effort']).default('required'),
  HOST: text.default('127.0.0.1'),
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(7420),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** For CLI commands: a running server, and the key to show it. */
  TIDEMARK_URL: httpUrl.optional(),
  TIDEMARK_KEY: text.optional(),
});

export type Settings = z.infer<typeof schema>;
export type ConfigName = keyof Settings;

/** Values that are never printed, and that may come from a file named by `<NAME>_FILE`. */
export const secrets: readonly ConfigName[] = [
  'TIDEMARK_KEY',
  'KAFKA_PASSWORD',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'REDIS_PASSWORD',
  'QDRANT_API_KEY',
];

/** Nor printed: where the key lies is nobody's business either. */
export const unprinted: readonly ConfigName[] = [...secrets, 'KAFKA_TLS_KEY'];
