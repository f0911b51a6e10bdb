/** What every command is given, so that tests can give something else. */
import type { Config, ConfigFlags } from '../config.js';
import type { Pipe } from '../mcp/stdio.js';
import type { ApiClient } from './client.js';
import type { Composition } from './composition.js';
import type { ExitCode } from './exit.js';
import type { Interrupt } from './interrupt.js';
import type { Terminal } from './terminal.js';

export interface Cli {
  readonly composition: Composition;
  readonly terminal: Terminal;
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Standard input and output, for a protocol that has both to itself. */
  readonly pipe: Pipe;
  /** Flags win over the environment. Throws `config_invalid`. */
  config(flags: ConfigFlags): Config;
  /** A way to the service: a running server, or the service opened in this process. */
  connect(config: Config, use: LogUse): Promise<Connection>;
  interrupt(): Interrupt;
  /** How the process ends. */
  finish(code: ExitCode): void;
}

/** Whether a log that does not exist is made: only by what has something to put into it. */
export type LogUse = 'existing' | 'made';

export interface Connection {
  readonly client: ApiClient;
  close(): Promise<void>;
}
