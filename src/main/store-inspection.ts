/** State and index in engines of their own, as `tidemark doctor` looks at them: asked once, nothing is written. */
import type { StoreInspection } from '../cli/composition.js';
import { type QdrantChoice, qdrantChoiceOf, type RedisChoice, redisChoiceOf } from '../config/choices.js';
import { readEmbedderName } from '../config/embedder.js';
import type { Config } from '../config.js';
import { TidemarkError } from '../errors.js';
import { modelSettings } from './method.js';

export function inspectStores(config: Config): readonly StoreInspection[] {
  const [redis, qdrant] = [redisChoiceOf(config), qdrantChoiceOf(config)];
  const embedder = readEmbedderName(config.EMBEDDER);
  return [
    ...(redis === null
      ? []
      : [{ name: 'redis', look: () => (redis.cluster ? lookAtCluster(redis) : lookAtRedis(redis)) }]),
    ...(qdrant === null ? [] : [{ name: 'qdrant', look: () => lookAtQdrant(qdrant) }]),
    ...(embedder?.kind === 'transformers' ? [{ name: 'model', look: () => lookAtModel(embedder.model, config) }] : []),
  ];
}

async function lookAtRedis({ nodes, ...choice }: RedisChoice): Promise<string> {
  const { Connection } = await import('../../connectors/redis/connection.js');
  const { openError } = await import('../../connectors/redis/errors.js');
  const { serverInfo } = await import('../../connectors/redis/health-watch.js');
  const { refuseUnfit } = await import('../../connectors/redis/health.js');
  const [address = ''] = nodes;
  const connection = await Connection.open({ ...choice, address }).catch((error: unknown) => {
    throw openError(error);
  });
  try {
    const info = await serverInfo(connection);
    refuseUnfit(info);
    return `${address} answers (Redis ${info.version}), and keeps what it is given (maxmemory-policy ${info.policy})`;
  } finally {
    connection.close();
  }
}

async function lookAtCluster({ nodes, ...choice }: RedisChoice): Promise<string> {
  const { ClusterConnection } = await import('../../connectors/redis/cluster-connection.js');
  const { refuseUnfit } = await import('../../connectors/redis/health.js');
  const connection = await ClusterConnection.open({ ...choice, addresses: nodes });
  try {
    const infos = await connection.infos();
    // Each says that it is of a cluster, which here is as it should be.
    for (const info of infos) refuseUnfit({ ...info, isCluster: false });
    const versions = [...new Set(infos.map(({ version }) => version))].sort().join(', ');
    return `${infos.length} primaries of a cluster answer (Redis ${versions}), and keep what they are given`;
  } finally {
    connection.close();
  }
}

async function lookAtQdrant({ url, apiKey, collection }: QdrantChoice): Promise<string> {
  const { isFailure, QdrantCalls } = await import('../../connectors/qdrant/calls.js');
  const calls = new QdrantCalls({ url, apiKey, alias: collection }, () => undefined);
  try {
    await calls.ask((client) => client.getCollections());
    const { version } = await calls.ask((client) => client.versionInfo());
    return `${url} answers (Qdrant ${version})`;
  } catch (error) {
    throw new TidemarkError({
      code: 'unreachable',
      message: isFailure(error, 'denied') ? 'Qdrant refuses the key.' : 'Qdrant cannot be asked.',
      advice: 'Check INDEX_URL, QDRANT_API_KEY or the file it is in, and the network.',
      retriable: true,
    });
  }
}

/** Loaded and asked once; the record of its vectors is left alone, and a model that is not here yet is not fetched. */
async function lookAtModel(model: string, config: Config): Promise<string> {
  const { TransformersEmbedder } = await import('../../connectors/transformers/embedder.js');
  const { isFetched, isHubId } = await import('../../connectors/transformers/hub.js');
  const settings = modelSettings(model, config);
  if (isHubId(model) && !(await isFetched(settings)))
    return `${model} is not in ${settings.cacheFolder} yet: the first start fetches it from the hub`;
  const embedder = await TransformersEmbedder.open(settings);
  try {
    await embedder.embed(['Is anybody there?'], 'question');
    const { id, revision, dimensions } = embedder.identity;
    return `${id} answers with ${dimensions} numbers (${revision.replace(/\/sha256-.*$/, '')})`;
  } finally {
    await embedder.close();
  }
}
