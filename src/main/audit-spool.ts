/** Where audit records wait for a topic of a log that others own. */
import { type OpenedSpool, openAuditSpool } from '../../connectors/file/audit-spool.js';
import type { Notice } from '../cli/composition.js';
import { auditSpoolFolder } from '../config/choices.js';
import type { Config } from '../config.js';
import { systemClock } from '../domain/clock.js';
import { noticeOfFile } from './notices.js';

/** Rejects with `log_locked` when another instance has the folder; then the log is closed. */
export async function openSpoolFor(
  log: { readonly id: string; close(): Promise<void> },
  config: Config,
  tell: (notice: Notice) => void,
): Promise<OpenedSpool> {
  const onReport = (report: Parameters<typeof noticeOfFile>[0]) => tell(noticeOfFile(report));
  const place = { folder: auditSpoolFolder(config), logId: log.id };
  try {
    return await openAuditSpool({ ...place, clock: () => systemClock.wallMs(), onReport });
  } catch (error) {
    await log.close();
    throw error;
  }
}
