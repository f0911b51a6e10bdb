#!/usr/bin/env node
/** The entry: hands what a deployment chooses to the command line. `src/main` is all of `src` that knows connectors and eval. */
import { readFileSync } from 'node:fs';
import type { Composition } from './cli/composition.js';
import { connect } from './cli/connect.js';
import { listenForInterrupt } from './cli/interrupt.js';
import { run } from './cli/run.js';
import { processTerminal } from './cli/terminal.js';
import { loadConfig } from './config.js';
import { evaluation } from './main/evaluation.js';
import { fixtureEngines } from './main/fixtures.js';
import { clusterOf, inspectLog, openEngines } from './main/logs.js';
import { inspectStores } from './main/store-inspection.js';
import { dataFolder, worldNames, worldOf } from './main/worlds.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const composition: Composition = {
  openEngines,
  inspectLog,
  cluster: clusterOf,
  stores: inspectStores,
  world: worldOf,
  worldNames,
  dataFolder,
  evaluation,
  fixtures: fixtureEngines,
  version,
};

/** A configuration that cannot be read is an error told already, and asks for no stack. */
function isDebugging(): boolean {
  try {
    return ['debug', 'trace'].includes(loadConfig().LOG_LEVEL);
  } catch {
    return false;
  }
}

const args = process.argv.slice(2);
process.exitCode = await run(
  args,
  {
    composition,
    terminal: processTerminal(!args.includes('--no-color')),
    input: process.stdin,
    pipe: { input: process.stdin, output: process.stdout },
    config: loadConfig,
    connect: (config, use) => connect(config, composition, use),
    interrupt: listenForInterrupt,
  },
  {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    debug: isDebugging,
  },
);
