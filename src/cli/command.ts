/**
 * What commands have in common. Each file in `commands` has the same parts in the same order: the definition, the options, the work;
 * the work answers with an exit code.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ConfigFlags } from '../config.js';
import type { Cli, LogUse } from './cli.js';
import type { ApiClient } from './client.js';
import type { ExitCode } from './exit.js';

export interface CommonOptions {
  readonly json?: true;
}

export interface ServiceOptions extends CommonOptions {
  readonly url?: string;
  readonly tenant?: string;
}

export function command(name: string, summary: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(summary)
    .option('--json', 'print the result as JSON')
    .addOption(new Option('--no-color', 'print without colours; NO_COLOR does the same'))
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}\n`).join('')}`);
}

/** A command that asks the service. */
export function serviceCommand(name: string, summary: string, examples: readonly string[]): Command {
  return command(name, summary, examples)
    .option('--url <url>', 'address of a running server (TIDEMARK_URL); by default the one that holds the log')
    .option('--tenant <tenant>', 'the tenant to act as, where the service runs in this process (TENANT)');
}

/** Turns a command's work into what commander calls. */
export function answering<Parameters extends unknown[]>(
  cli: Cli,
  work: (cli: Cli, ...parameters: Parameters) => Promise<ExitCode>,
): (...parameters: Parameters) => Promise<void> {
  return async (...parameters) => cli.finish(await work(cli, ...parameters));
}

export async function withService<Result>(
  cli: Cli,
  options: ServiceOptions,
  work: (client: ApiClient) => Promise<Result>,
  use: LogUse = 'existing',
): Promise<Result> {
  const connection = await cli.connect(cli.config(serviceFlags(options)), use);
  try {
    return await work(connection.client);
  } finally {
    await connection.close();
  }
}

export function serviceFlags({ url, tenant }: ServiceOptions): ConfigFlags {
  return { TIDEMARK_URL: url, TENANT: tenant };
}

/** For options that are whole numbers. */
export function wholeNumber(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Give a whole number from ${from} to ${to}.`);
  };
}
