/** `tidemark replay export` and `check`: released snapshots as fixtures, and a check of them without a server, for a team's own CI. */
import { type Command, Option } from 'commander';
import type { Config } from '../../config.js';
import type { JsonObject } from '../../domain/canonical.js';
import { parseInstant } from '../../domain/time.js';
import { TidemarkError } from '../../errors.js';
import { openPrompts } from '../../prompts/folder.js';
import { type CheckedSnapshot, checkFixture } from '../../replay/fixture/check.js';
import { exportFixture } from '../../replay/fixture/export.js';
import { type ReadFixture, readFixture, writeFixture } from '../../replay/fixture/folder.js';
import { KeptLog } from '../../replay/fixture/kept-log.js';
import { type ReplayDepth, unreplayableAdvice, type Verdict } from '../../replay/verdict.js';
import type { Cli } from '../cli.js';
import { answering, type CommonOptions, command } from '../command.js';
import type { FixtureEngines } from '../composition.js';
import { type ExitCode, exitCodes } from '../exit.js';
import { startProgress } from '../progress.js';
import { type Line, line, span } from '../text/line.js';
import { verdictLines } from '../text/verdict.js';

const depthOption = (told: string) => new Option('--depth <depth>', told).choices(['content', 'full']).default('full');

export function exportCommand(cli: Cli): Command {
  return command('export', 'Write snapshots, with the records they rest on, into a folder for `replay check`', [
    'tidemark replay export fixtures sha256-… sha256-…',
    'tidemark replay export fixtures --since 2026-03-01T00:00:00Z --tenant northquay',
  ])
    .argument('<folder>', 'made where it is not there; it will hold text of customers')
    .argument('[snapshots...]', 'their ids; or --since')
    .option('--since <instant>', 'every snapshot released at or after it (RFC 3339)')
    .option('--tenant <tenant>', 'only those of this tenant')
    .addOption(depthOption('with all policies of the tenant, or only with the items and their records'))
    .action(answering(cli, exportSnapshots));
}

export function checkCommand(cli: Cli): Command {
  return command(
    'check',
    'Build the snapshots of an exported folder again, without a server: exit code 100 when one differs',
    ['tidemark replay check fixtures', 'EMBEDDER=transformers:models/all-MiniLM-L6-v2 tidemark replay check fixtures'],
  )
    .argument('<folder>', 'that `tidemark replay export` wrote')
    .addOption(depthOption('the whole request answered again, where the folder has the policies; or the items alone'))
    .action(answering(cli, check));
}

interface ExportOptions extends CommonOptions {
  readonly since?: string;
  readonly tenant?: string;
  readonly depth: ReplayDepth;
}

async function exportSnapshots(
  cli: Cli,
  folder: string,
  ids: readonly string[],
  options: ExportOptions,
): Promise<ExitCode> {
  const sinceMs = options.since === undefined ? null : instantOf(options.since);
  if (ids.length === 0 && sinceMs === null) throw usage('No snapshot is named.', 'Name ids, or --since <instant>.');
  const config = cli.config({});
  const records = await enginesOf(cli).openRecords(config);
  try {
    const { depth, tenant = null } = options;
    const fixture = await exportFixture(new KeptLog(records), config.topics, { ids, sinceMs, tenant, depth });
    await writeFixture(folder, fixture);
    const counts = { snapshots: fixture.snapshots.length, records: fixture.records.length };
    if (options.json) cli.terminal.json({ folder, depth, ...counts });
    else {
      const exported = `${counts.snapshots} snapshots and the ${counts.records} records they rest on are in ${folder}.`;
      cli.terminal.show([
        line([exported]),
        line([`They hold text of customers. Check them: tidemark replay check ${folder}`]),
      ]);
    }
    return exitCodes.ok;
  } finally {
    await records.close();
  }
}

interface CheckOptions extends CommonOptions {
  readonly depth: ReplayDepth;
}

async function check(cli: Cli, folder: string, options: CheckOptions): Promise<ExitCode> {
  const fixture = await readFixture(folder);
  const config = cli.config({});
  const checked = await verdictsOf(cli, config, { fixture, depth: options.depth });
  const wrong = checked.filter(({ verdict }) => verdict.verdict !== 'MATCH');
  const passed = wrong.length === 0 && fixture.altered.length === 0;
  if (options.json) {
    const verdicts = checked.map(({ id, verdict }) => ({ id, ...jsonOf(verdict) }));
    cli.terminal.json({ passed, altered: fixture.altered, snapshots: verdicts });
  } else cli.terminal.show(linesOf(fixture, checked));
  return passed ? exitCodes.ok : exitCodes.threshold;
}

interface Asked {
  readonly fixture: ReadFixture;
  readonly depth: ReplayDepth;
}

async function verdictsOf(cli: Cli, config: Config, { fixture, depth }: Asked): Promise<readonly CheckedSnapshot[]> {
  const prompts = await openPrompts(config.PROMPTS);
  const opened = await enginesOf(cli).openMethod(config);
  const progress = startProgress('Replaying', 'snapshots');
  const checked: CheckedSnapshot[] = [];
  try {
    for await (const one of checkFixture(fixture, { prompts, method: opened.method, depth })) {
      checked.push(one);
      progress.show(checked.length, fixture.snapshots.length);
    }
    return checked;
  } finally {
    progress.done();
    await opened.close();
  }
}

function jsonOf(verdict: Verdict): JsonObject {
  const advice = verdict.verdict === 'UNREPLAYABLE' ? { advice: unreplayableAdvice[verdict.reason] } : {};
  return JSON.parse(JSON.stringify({ ...verdict, ...advice }));
}

/** Each that does not match, with its first difference; then how many do. */
function linesOf(fixture: ReadFixture, checked: readonly CheckedSnapshot[]): readonly Line[] {
  const wrong = checked.filter(({ verdict }) => verdict.verdict !== 'MATCH');
  const altered = fixture.altered.map((name) => line([span('ALTERED', 'bad'), ` · ${name} is not what was exported`]));
  const told = wrong.flatMap(({ id, verdict }) => [line([span(id, 'strong')]), ...verdictLines(jsonOf(verdict))]);
  const matches = checked.length - wrong.length;
  const depth = checked.some(({ verdict }) => verdict.verdict === 'MATCH' && verdict.depth === 'full');
  const count = `${matches} of ${checked.length} snapshots match, byte for byte${depth ? ', answered again in full' : ''}`;
  const style = wrong.length === 0 && altered.length === 0 ? 'good' : 'bad';
  return [...altered, ...told, line([span(count, style)])];
}

function enginesOf({ composition }: Cli): FixtureEngines {
  const { fixtures } = composition;
  if (fixtures === undefined) throw usage('This program has no fixtures.', 'Use the packaged tidemark.');
  return fixtures;
}

function instantOf(text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw usage(`${text} is no instant.`, 'Write it as RFC 3339 has it: 2026-03-01T00:00:00Z.');
  return ms;
}

function usage(message: string, advice: string): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false });
}
