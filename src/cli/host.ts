/** The service in this process: opened on its engines, caught up, with its app; and closed again in order. */
import { FirstFollow, type Instance, soleInstance } from '../api/instance.js';
import type { Config } from '../config.js';
import { limits } from '../limits.js';
import { catchUp } from '../materializer/catch-up.js';
import type { Logger } from '../observability/logger.js';
import { openService, type Service } from '../pipeline.js';
import { openPrompts } from '../prompts/folder.js';
import { awaitEngines } from './awaiting.js';
import type { Composition, Notice } from './composition.js';
import { type Progress, startProgress } from './progress.js';
import { auditReportTo, checkpointReportTo, reportTo, snapshotReportTo } from './report.js';

export interface Host {
  readonly service: Service;
  readonly instance: Instance;
  announce(url: string): Promise<void>;
  /** Resolves when everything that was in the log at the start is applied and indexed, or when the host closes before. */
  readonly caughtUp: Promise<void>;
  /** Rejects when a part of the service fails in a way that it does not recover from; resolves once the host closes. */
  readonly running: Promise<void>;
  /** Stops applying, waits for what is in flight, releases the log. */
  close(): Promise<void>;
}

/** Rejects with `stopping` when `signal` ends an opening that waits. */
export async function openHost(
  config: Config,
  composition: Composition,
  logger: Logger,
  signal?: AbortSignal,
): Promise<Host> {
  const tell = ({ level, text, facts }: Notice) => logger[level](facts ?? {}, text);
  const prompts = await openPrompts(config.PROMPTS);
  const opened = await composition.openEngines(config, tell, signal);
  const reports = {
    report: reportTo(logger),
    auditReport: auditReportTo(logger),
    snapshotReport: snapshotReportTo(logger),
    checkpointReport: checkpointReportTo(logger),
  };
  const open = () => openService({ ...opened.engines, ...reports, prompts });
  const awaiting = { clock: opened.engines.clock, signal, tell };
  const service = await awaitEngines(open, awaiting).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  tellStart(service, logger);
  const stop = new AbortController();
  const work = service.run(stop.signal);
  const running = opened.failed === undefined ? work : Promise.race([work, opened.failed]);
  // Whoever holds the host hears of it through `running`, `caughtUp` or `close`; until then it is not unheard of.
  running.catch(() => stop.abort());
  const caughtUp = watchCatchUp(service, startProgress('Rebuilding from the log', 'records'), stop.signal);
  caughtUp.catch(() => {});
  return {
    service,
    instance: opened.instance ?? soleInstance,
    announce: (url) => opened.announce(url),
    caughtUp,
    running,
    close: async () => {
      stop.abort();
      try {
        await work;
        await running;
      } finally {
        await opened.close();
      }
    },
  };
}

function tellStart({ start }: Service, logger: Logger): void {
  for (const notice of start.notices) logger.warn(notice);
  const { from, recordsToFollow } = start;
  const following = { from: from ?? 'the first record of the log', recordsToFollow: String(recordsToFollow) };
  logger.info(following, 'the state was opened; the records that follow are applied now');
}

async function watchCatchUp(service: Service, progress: Progress, signal: AbortSignal): Promise<void> {
  const { log, state, topics } = service.engines;
  const names = [...topics.sources.map(({ name }) => name), topics.rejected];
  const onProgress = (seen: { appliedRecords: bigint; totalRecords: bigint }) =>
    progress.show(Number(seen.appliedRecords), Number(seen.totalRecords));
  try {
    await catchUp(log, state, names, { signal, onProgress });
    await service.indexer.idle(signal);
    // Of a state that was there before this process the journal is read after it.
    const follow = new FirstFollow(service);
    while (!signal.aborted && !(await follow.isDone())) await service.engines.clock.sleep(limits.copyBehindMs, signal);
  } finally {
    progress.done();
  }
}
