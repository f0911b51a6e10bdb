/** `tidemark serve` on Kafka as a process of its own, with topics, folder and bucket of one test. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Archive } from '../../../connectors/s3/archive.js';
import type { ArchivedSegment } from '../../../src/journal/archive-port.js';
import type { TopicMap } from '../../../src/log/topics.js';
import { removeFolder, Server, scratchFolder } from '../../processes/server.test-support.js';
import { serviceSettings } from '../service.test-support.js';
import { kafkaServers, kafkaUrl, s3Settings } from '../settings.js';
import { LiveTopics } from '../topics.js';

export type Journal = 'file' | 's3';

export class ProcessScene {
  readonly folder = scratchFolder();
  readonly topics: LiveTopics;
  readonly map: TopicMap;
  /** Of the archive; null: the journal is the folder alone. */
  readonly bucket: string | null;
  group: string;
  /** Settings beside those of the topics, the journal and the group. */
  more: Readonly<Record<string, string>> = {};

  private constructor(topics: LiveTopics, map: TopicMap, bucket: string | null) {
    this.topics = topics;
    this.map = map;
    this.bucket = bucket;
    this.group = map.context;
  }

  static async open(journal: Journal): Promise<ProcessScene> {
    const topics = await LiveTopics.open(kafkaServers());
    const map = await topics.createMap();
    return new ProcessScene(topics, map, journal === 's3' ? await newBucket() : null);
  }

  get journal(): string {
    return join(this.folder, 'journal');
  }

  get settings(): Readonly<Record<string, string>> {
    const settings = {
      ...this.more,
      KAFKA_GROUP: this.group,
      ...(this.bucket === null ? {} : archiveSettings(this.bucket, this.journal)),
    };
    return serviceSettings({ url: kafkaUrl() ?? '', topics: this.map, folder: this.folder, settings });
  }

  /** A server that answers. */
  start(more: Readonly<Record<string, string>> = {}): Promise<Server> {
    return Server.start(this.folder, { settings: { ...this.settings, ...more } });
  }

  /** A process that may never answer. */
  spawn(more: Readonly<Record<string, string>> = {}): Server {
    return new Server(this.folder, { settings: { ...this.settings, ...more } });
  }

  /** Journal and checkpoints are gone, as with the machine. */
  loseFolder(): void {
    rmSync(this.journal, { recursive: true });
  }

  /** What there is in the bucket of this cluster's log. */
  async archived(): Promise<readonly ArchivedSegment[]> {
    const { bucket } = this;
    const archive = await S3Archive.open({ bucket: bucket ?? '', prefix: 'live', ...given() });
    const { clusterId } = await this.topics.admin.describeCluster();
    const listed = await archive.list(clusterId);
    await archive.close();
    return listed;
  }

  /** Removes every record of the topics that entities come from: what brokers keep no more. */
  async expireTopics(): Promise<void> {
    for (const { name } of this.map.sources) {
      for (const { partition, high } of await this.topics.admin.fetchTopicOffsets(name)) {
        await this.topics.deleteRecords(name, partition, BigInt(high));
      }
    }
  }

  async close(): Promise<void> {
    removeFolder(this.folder);
    await this.topics.close();
  }
}

function given() {
  const { endpoint = '', region = '', accessKeyId = '', secretAccessKey = '' } = s3Settings() ?? {};
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
}

function archiveSettings(bucket: string, folder: string): Readonly<Record<string, string>> {
  const { endpoint, region, credentials } = given();
  return {
    JOURNAL_URL: `s3://${bucket}/live`,
    JOURNAL_FOLDER: folder,
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_ACCESS_KEY_ID: credentials.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

async function newBucket(): Promise<string> {
  const bucket = `tidemark-${randomUUID()}`;
  const client = new S3Client({ ...given(), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return bucket;
}
