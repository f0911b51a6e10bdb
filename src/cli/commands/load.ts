/** `tidemark load`: events from a file or a pipe. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { systemClock } from '../../domain/clock.js';
import { limits } from '../../limits.js';
import type { Cli } from '../cli.js';
import type { ApiClient } from '../client.js';
import { answering, type ServiceOptions, serviceCommand, wholeNumber, withService } from '../command.js';
import { type ExitCode, errorLines, exitCodes } from '../exit.js';
import type { BadLine } from '../load/batches.js';
import { inputUnreadable, type Loaded, load } from '../load/load.js';
import { startProgress } from '../progress.js';
import { type Line, line, shortened, span } from '../text/line.js';

export function loadCommand(cli: Cli): Command {
  return serviceCommand('load', 'Append events from a file of one CloudEvent (JSON) per line', [
    'tidemark load events.ndjson',
    'zcat events.ndjson.gz | tidemark load - --rejects bad.ndjson',
  ])
    .argument('<file>', 'the file, or - for standard input')
    .option('--rejects <file>', 'add bad lines to this file and go on, instead of stopping at the first')
    .option('--from-line <n>', 'go on at this line', wholeNumber(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--batch <n>', 'events per request', wholeNumber(1, limits.batchEventsMax), limits.batchEventsMax)
    .action(answering(cli, loadFile));
}

interface Options extends ServiceOptions {
  readonly rejects?: string;
  readonly fromLine: number;
  readonly batch: number;
}

async function loadFile(cli: Cli, file: string, options: Options): Promise<ExitCode> {
  const { input, bytes } = await inputOf(cli, file);
  const interrupt = cli.interrupt();
  // A pipe that gives nothing more must not keep an interrupted load waiting.
  interrupt.signal.addEventListener('abort', () => input instanceof Readable && input.destroy());
  const rejects = options.rejects === undefined ? null : await rejectsInto(cli, options.rejects);
  const progress = startProgress('Loading', 'bytes');
  try {
    const wanted = {
      fromLine: options.fromLine,
      batchEvents: options.batch,
      reject: rejects?.write ?? null,
      signal: interrupt.signal,
      onProgress: (inputBytes: number) => progress.show(inputBytes, bytes),
    };
    const work = (client: ApiClient) => load({ client, clock: systemClock }, input, wanted);
    const loaded = await withService(cli, options, work, 'made');
    progress.done();
    return tell(cli, { file, loaded, json: options.json === true });
  } finally {
    progress.done();
    interrupt.release();
    await rejects?.close();
  }
}

async function inputOf(cli: Cli, file: string): Promise<{ input: AsyncIterable<Uint8Array>; bytes: number }> {
  if (file === '-') return { input: cli.input, bytes: 0 };
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Error('a folder');
    await (await open(file, 'r')).close();
    return { input: createReadStream(file), bytes: found.size };
  } catch (error) {
    throw inputUnreadable(file, error);
  }
}

// Reasons told one by one; beyond it only the file grows.
const REASONS_SHOWN_MAX = 10;

async function rejectsInto(cli: Cli, file: string) {
  const handle = await open(file, 'a').catch((error: unknown) => {
    throw inputUnreadable(file, error);
  });
  let told = 0;
  return {
    write: async (bad: readonly BadLine[]): Promise<void> => {
      const shown = bad.slice(0, Math.max(0, REASONS_SHOWN_MAX - told));
      told += shown.length;
      cli.terminal.note(shown.map(({ number, reason }) => line([`line ${number}: ${reason}`], 0, 2)));
      await handle.appendFile(Buffer.concat(bad.flatMap(({ bytes }) => [bytes, Buffer.from('\n')])));
    },
    close: () => handle.close(),
  };
}

function tell(cli: Cli, { file, loaded, json }: { file: string; loaded: Loaded; json: boolean }): ExitCode {
  const { end, ...counts } = loaded;
  const { error, ...rest } = 'error' in end ? end : { ...end, error: undefined };
  if (json) cli.terminal.json({ ...counts, end: rest });
  else cli.terminal.show(countLines(loaded));
  if (error !== undefined) cli.terminal.note(errorLines(error));
  if (end.kind === 'bad_line') {
    cli.terminal.note([
      line([span('error: '), `line ${end.nextLine} is no event: ${end.reason}`], 0, 7),
      line([`Correct it and go on there, or set it and later bad lines aside:`], 7),
      line([`${goOn(file, end.nextLine)} --rejects rejected.ndjson`], 7),
      line([`To leave it out: ${goOn(file, end.nextLine + 1)}`], 7),
    ]);
  }
  if (end.kind !== 'finished') {
    const rest = end.kind === 'bad_line' ? [] : [' Go on with: ', goOn(file, end.nextLine)];
    cli.terminal.note([line([`Everything before line ${end.nextLine} is loaded.`, ...rest], 0, 2)]);
  }
  return end.kind === 'finished' && loaded.rejected === 0 ? exitCodes.ok : exitCodes.failed;
}

function goOn(file: string, nextLine: number): string {
  return `tidemark load ${file === '-' ? '-' : `'${file}'`} --from-line ${nextLine}`;
}

function countLines({ appended, duplicates, rejected, token }: Loaded): readonly Line[] {
  return [
    line([`appended ${appended} · duplicate ${duplicates} · rejected ${rejected}`]),
    ...(token === '' ? [] : [line([span(`token ${shortened(token, 70)} (whole with --json)`, 'dim')])]),
  ];
}
