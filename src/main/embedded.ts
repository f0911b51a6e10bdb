/** A service on the embedded log: a folder of this machine, which is its own journal. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FileLog } from '../../connectors/file/log.js';
import { FileLogReader } from '../../connectors/file/reader.js';
import type { LogInspection, OpenedEngines } from '../cli/composition.js';
import { recordsFolder } from '../config/choices.js';
import { noticesOf } from '../config/combinations.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { checkLogRecords, enginesOn, holderOf, retainedTopics } from './engines.js';
import { noticeOfFile } from './notices.js';
import { openStores, type StoresOpening } from './stores.js';
import { asTried } from './tried.js';

export async function openEmbedded(config: Config, of: StoresOpening): Promise<OpenedEngines> {
  const { tell } = of;
  for (const text of noticesOf(config)) tell({ level: 'warn', text });
  const log = await FileLog.open({
    folder: recordsFolder(config),
    topics: retainedTopics(config, config.topics),
    clock: () => systemClock.wallMs(),
    onReport: (report) => tell(noticeOfFile(report)),
  });
  const stores = await openStores(config, log.id, of).catch(async (error: unknown) => {
    await log.close();
    throw asTried(error);
  });
  return {
    engines: enginesOn(log, config, config.topics, { stores }),
    announce: (url) => log.announce(url),
    close: async () => {
      await log.close();
      await stores.close();
    },
  };
}

export function inspectEmbedded(config: Config): LogInspection {
  const folder = recordsFolder(config);
  return {
    kind: 'log',
    folder,
    exists: existsSync(join(folder, 'log.json')),
    holder: () => holderOf(folder),
    check: () => checkLogRecords(() => FileLogReader.open(folder), config, false),
  };
}
