/** `tidemark reconcile`: state and index are held against the journal now. */
import type { Command } from 'commander';
import type { JsonObject } from '../../domain/canonical.js';
import type { Cli } from '../cli.js';
import type { ApiClient } from '../client.js';
import { answering, type ServiceOptions, serviceCommand, withService } from '../command.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { isMended, reconciledLines } from '../text/reconciled.js';

export function reconcileCommand(cli: Cli): Command {
  return serviceCommand(
    'reconcile',
    'Hold state and index against the journal and mend what differs: exit code 0 when all is what the journal says',
    ['tidemark reconcile', 'tidemark reconcile --url http://127.0.0.1:7420 --json'],
  ).action(answering(cli, reconcile));
}

async function reconcile(cli: Cli, options: ServiceOptions): Promise<ExitCode> {
  const ended = await withService(cli, options, waitFor);
  if (options.json) cli.terminal.json(ended);
  else cli.terminal.show(reconciledLines(ended));
  return isMended(ended) ? exitCodes.ok : exitCodes.failed;
}

/** A request waits for a part of a long pass; the next one joins it. */
async function waitFor(client: ApiClient): Promise<JsonObject> {
  for (;;) {
    const told = await client.write('/v1/reconcile', {});
    if (told.status !== 'under_way') return told;
  }
}
