/** The archive of the journal beside Kafka: opened, claimed, used to fill the folder before the journal opens, and shipped to after. */
import type { JournalOutlet } from '../../connectors/file/journaled-log-outlet.js';
import { type Leadership, LeadingOutlet } from '../../connectors/file/leading-outlet.js';
import { claimAndRestore, type RestoreOptions, restoreJournal } from '../../connectors/file/restore.js';
import type { ShippingReport } from '../../connectors/file/shipping.js';
import { ShippingOutlet } from '../../connectors/file/shipping-outlet.js';
import { S3Archive } from '../../connectors/s3/archive.js';
import type { ArchiveInspection, Notice } from '../cli/composition.js';
import type { ArchiveChoice } from '../config/choices.js';
import { systemClock } from '../domain/clock.js';
import { TidemarkError } from '../errors.js';
import type { RemoteLog } from '../log/remote-port.js';
import type { ShippingReading } from '../pipeline.js';
import { noticeOfRestore, noticeOfShipping } from './notices.js';

export function openArchive(choice: ArchiveChoice): Promise<S3Archive> {
  const { bucket, prefix, endpoint, region, credentials } = choice;
  return S3Archive.open({ bucket, prefix, region, credentials, ...(endpoint === null ? {} : { endpoint }) });
}

export interface ArchivedFolder {
  readonly folder: string;
  readonly archive: ArchiveChoice;
  /** Of which the journal is. */
  readonly remote: RemoteLog;
  readonly topics: readonly string[];
  /** Null: no other instance works on it. With null for its leadership an instance ships nothing. */
  readonly sharing: { readonly leadership: Leadership | null } | null;
}

/** The archive in use by this process. */
export interface Archiving {
  /** Null: others ship. */
  readonly outlet: JournalOutlet | null;
  /** Rejects when a newer owner has claimed the log; of several instances none is the only one. */
  readonly takenOver: Promise<never>;
  /** For metrics. */
  readonly reading: () => ShippingReading;
  close(): Promise<void>;
}

/**
 * Restores what the folder lacks of the archive; an instance that works alone claims the log there before, and from the claim on no
 * process that claimed before writes there. Of several the one that leads claims it when it comes to lead.
 * Rejects with `unreachable`, `config_invalid`, and as restoring does: with `log_locked` nothing was claimed.
 */
export async function beginArchiving(of: ArchivedFolder, tell: (notice: Notice) => void): Promise<Archiving> {
  const { folder, remote } = of;
  const archive = await openArchive(of.archive);
  try {
    const { id } = remote;
    const topics = (await remote.describe(of.topics)).map(({ name, incarnationId, partitions }) => {
      // What a folder that has the topic knows of it wins.
      return { name, incarnation: { id: incarnationId, ordinal: 1 }, partitions };
    });
    const restoring: RestoreOptions = {
      folder,
      id,
      topics,
      archive,
      clock: () => systemClock.wallMs(),
      onReport: (report) => {
        const notice = noticeOfRestore(report);
        if (notice !== undefined) tell(notice);
      },
    };
    if (of.sharing === null) return shippingTo(archive, { id, ownerEpoch: await claimAndRestore(restoring) }, tell);
    await restoreJournal(restoring);
    return following(archive, { id, leadership: of.sharing.leadership }, tell);
  } catch (error) {
    await archive.close();
    throw error;
  }
}

function shippingTo(
  archive: S3Archive,
  owner: { readonly id: string; readonly ownerEpoch: number },
  tell: (notice: Notice) => void,
): Archiving {
  let lose: (error: TidemarkError) => void = () => undefined;
  const takenOver = new Promise<never>((_, reject) => {
    lose = reject;
  });
  // Whoever runs the service hears of it; until somebody listens it is not unheard of.
  takenOver.catch(() => undefined);
  const outlet = new ShippingOutlet({
    archive,
    ...owner,
    onReport: (report) => {
      const notice = noticeOfShipping(report);
      if (notice !== undefined) tell(notice);
      if (report.kind === 'taken_over') lose(anotherOwner(owner.id));
    },
  });
  return {
    outlet,
    takenOver,
    reading: () => {
      const { state = 'starting', segmentsWaiting = 0 } = outlet.progress() ?? {};
      return { state, segmentsWaiting };
    },
    close: async () => {
      const waiting = outlet.progress()?.segmentsWaiting ?? 0;
      if (waiting > 0)
        tell({ level: 'warn', text: `${waiting} segments are not in the archive yet: the next start ships them` });
      await archive.close();
    },
  };
}

function following(
  archive: S3Archive,
  { id, leadership }: { readonly id: string; readonly leadership: Leadership | null },
  tell: (notice: Notice) => void,
): Archiving {
  const onReport = (report: ShippingReport) => {
    const notice = noticeOfShipping(report);
    if (notice !== undefined) tell(notice);
  };
  const outlet = leadership && new LeadingOutlet({ archive, id, leadership, onReport });
  return {
    outlet,
    takenOver: new Promise(() => undefined),
    reading: () => {
      const { state, segmentsWaiting } = outlet?.progress() ?? { state: 'following', segmentsWaiting: 0 };
      return { state, segmentsWaiting };
    },
    close: () => archive.close(),
  };
}

function anotherOwner(log: string): TidemarkError {
  return new TidemarkError({
    code: 'log_failed',
    message: 'another instance has taken over the archive of the journal, so this one writes nothing more there',
    advice: 'Let one instance run on an archive; give this one a JOURNAL_URL of its own if both are meant to.',
    retriable: true,
    facts: { log },
  });
}

export function inspectArchive(choice: ArchiveChoice): ArchiveInspection {
  const { bucket, prefix } = choice;
  return {
    where: prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`,
    look: async () => {
      const archive = await openArchive(choice);
      await archive.close();
    },
  };
}
