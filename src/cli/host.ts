/** The service in this process: opened on its engines, caught up, with its app; and closed again in order. */
import type { Hono } from 'hono';
import type { Config } from '../config.js';
import { catchUp } from '../materializer/catch-up.js';
import { openService, type Service } from '../pipeline.js';
import type { Composition } from './composition.js';
import { type Progress, startProgress } from './progress.js';

export interface Host {
  readonly service: Service;
  announce(url: string): Promise<void>;
  /** Resolves when everything that was in the log at the start is applied and indexed. */
  readonly caughtUp: Promise<void>;
  /** Stops applying, waits for what is in flight, releases the log. */
  close(): Promise<void>;
}

export type App = Pick<Hono, 'fetch'>;

export async function openHost(config: Config, composition: Composition): Promise<Host> {
  const opened = await composition.openEngines(config);
  const service = await openService(opened.engines);
  const stop = new AbortController();
  const running = service.run(stop.signal);
  const progress = startProgress('Rebuilding from the log', 'records');
  const caughtUp = watchCatchUp(service, progress, stop.signal);
  return {
    service,
    announce: (url) => opened.announce(url),
    caughtUp,
    close: async () => {
      stop.abort();
      await running;
      await opened.close();
    },
  };
}

async function watchCatchUp(service: Service, progress: Progress, signal: AbortSignal): Promise<void> {
  const { log, state, topics } = service.engines;
  const names = [...topics.sources.map(({ name }) => name), topics.rejected];
  const onProgress = (seen: { appliedRecords: bigint; totalRecords: bigint }) =>
    progress.show(Number(seen.appliedRecords), Number(seen.totalRecords));
  await catchUp(log, state, names, { signal, onProgress });
  await service.indexer.idle(signal);
  progress.done();
}
