/** A data set from the log's folder, looked at while a server may run. */
import { basename, join, resolve } from 'node:path';
import { FileLogReader } from '../../connectors/file/reader.js';
import { capture, captureFiles } from '../../eval/capture/capture.js';
import type { CapturedFacts, CaptureWish } from '../cli/evaluation.js';
import { recordsFolder } from '../config/choices.js';
import type { Config } from '../config.js';
import { TidemarkError } from '../errors.js';
import { KeptLog } from '../replay/fixture/kept-log.js';
import { privateFolder, writePrivate } from '../replay/fixture/private-file.js';

/** Throws `snapshot_not_found` where there is nothing to cut. */
export async function captureFrom(config: Config, wish: CaptureWish): Promise<CapturedFacts> {
  const { folder, isWritten, ...range } = wish;
  const reader = await FileLogReader.open(recordsFolder(config));
  try {
    const named = { ...range, name: nameOf(folder), embedder: config.EMBEDDER };
    const { files, ...facts } = await capture(new KeptLog(reader), config.topics, named);
    if (facts.questions === 0) throw nothing(facts.notices);
    return { ...facts, files: isWritten ? write(folder, files) : [] };
  } finally {
    await reader.close();
  }
}

/** For their owner alone: they hold what customers wrote. The suite first. */
function write(folder: string, files: Readonly<Record<string, string>>): readonly string[] {
  privateFolder(folder);
  return Object.values(captureFiles).map((name) => {
    writePrivate(join(folder, name), files[name] ?? '');
    return join(folder, name);
  });
}

/** A suite's name has letters, digits, spaces, dots, dashes and underscores. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder)).replaceAll(/[^\p{L}\p{N} ._-]/gu, '-');
  return /^[\p{L}\p{N}]/u.test(name) ? name : `captured${name}`;
}

function nothing(notices: readonly string[]): TidemarkError {
  const message = ['No snapshot is on record that could be captured', ...notices].join('; ');
  const advice = 'Widen the range, or name another tenant.';
  return new TidemarkError({ code: 'snapshot_not_found', message: `${message}.`, advice, retriable: false });
}
