/** `tidemark eval capture`: a data set from the audit log, to be played again by `tidemark eval run`. */
import type { Command } from 'commander';
import { parseInstant } from '../../domain/time.js';
import { TidemarkError } from '../../errors.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command } from '../command.js';
import type { CaptureWish } from '../evaluation.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { line } from '../text/line.js';

export function captureCommand(cli: Cli): Command {
  return command('capture', 'Cut a suite from the audit log: what was asked, and the stream it was answered from', [
    'tidemark eval capture captured --from 2026-03-01T00:00:00Z',
    'tidemark eval capture captured --tenant northquay --with-text && tidemark eval run captured/suite.yaml',
  ])
    .argument('<folder>', 'made where it is not there')
    .option('--from <instant>', 'snapshots about this instant or a later one (RFC 3339)')
    .option('--to <instant>', 'snapshots about an earlier instant than this')
    .option('--tenant <tenant>', 'only those of this tenant')
    .option('--with-text', 'write it, questions and records of customers in clear; without this it is only counted')
    .action(answering(cli, capture));
}

interface CaptureOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly tenant?: string;
  readonly withText?: true;
}

async function capture(cli: Cli, folder: string, options: CaptureOptions): Promise<ExitCode> {
  const { evaluation } = cli.composition;
  if (evaluation === undefined)
    throw usage('this program was built without the evaluation', 'Use the package as it is published.');
  const wish: CaptureWish = {
    folder,
    fromMs: options.from === undefined ? Number.NEGATIVE_INFINITY : instantOf(options.from),
    toMs: options.to === undefined ? Number.POSITIVE_INFINITY : instantOf(options.to),
    tenant: options.tenant ?? null,
    isWritten: options.withText === true,
  };
  const told = await evaluation.capture(cli.config({}), wish);
  if (options.json) cli.terminal.json(told);
  else {
    const { questions, records, labels, notices, files } = told;
    const counted = `${questions} questions, ${labels} of them labelled by decisions, over ${records} records.`;
    const end = wish.isWritten
      ? `They hold text of customers. Play them: tidemark eval run ${files[0]}`
      : 'Nothing was written: give --with-text to have questions and records of customers in the folder.';
    cli.terminal.show([line([counted]), ...notices.map((notice) => line([notice])), line([end])]);
  }
  return exitCodes.ok;
}

function instantOf(text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw usage(`${text} is no instant`, 'Write it as RFC 3339 has it: 2026-03-01T00:00:00Z.');
  return ms;
}

function usage(message: string, advice: string): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false });
}
