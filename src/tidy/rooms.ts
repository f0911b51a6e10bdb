/** The rooms of the repository and which may import which. A room is a folder of `src`, a connector, the evaluation. */
import { isTest } from './source.js';

/**
 * Rooms of `src`, lowest layer first. A room imports its own layer and those below it; cycles inside a layer are a rule of
 * their own. `config` lies high because everything below it gets explicit options and never the whole configuration.
 */
const layers: readonly (readonly string[])[] = [
  ['errors', 'limits'],
  ['domain'],
  ['observability', 'prompts'],
  ['log', 'journal', 'state', 'retrieval', 'audit', 'checkpoint'],
  ['materializer', 'snapshot', 'replay', 'interaction', 'reconcile', 'generations'],
  ['api', 'mcp', 'console'],
  ['config'],
  ['pipeline'],
  ['cli'],
  ['main'],
];

const layerOfPorts = layerOf('log');
const layerOfPipeline = layerOf('pipeline');

/** Engines without a server: they share code, and tests of `src` may run on them. */
const embeddedEngines: readonly string[] = ['connectors/memory', 'connectors/file'];

// The room `client` has no layer: it asks the service over HTTP, runs in browsers too, and imports nothing of ours.
// The room `main` is `src/main.ts` and the files of `src/main` it is made of: one for each log that a deployment may choose.

/** Programs of the evaluation: they choose engines, where the rest of it receives them as arguments. */
const evaluationPrograms = [
  'eval/bench/',
  'eval/faults/',
  'eval/live/',
  'eval/mutants/',
  'eval/processes/',
  'eval/prove/',
  'eval/quality/',
  'eval/simulation/',
];

/** `src/state/port.ts` is in `state`, `src/errors.ts` in `errors`, `connectors/file/log.ts` in `connectors/file`. */
export function roomOf(path: string): string {
  const [top = '', second = '', ...rest] = path.split('/');
  if (top === 'src') return rest.length === 0 ? second.replace(/(?:\.test)?\.ts$/, '') : second;
  return top === 'connectors' ? `connectors/${second}` : top;
}

/** Why `importer` may not import `imported` (both paths); undefined when it may. */
export function importFault(importer: string, imported: string): string | undefined {
  const from = roomOf(importer);
  const to = roomOf(imported);
  if (from === to || from === 'main') return undefined;
  if (to === 'tidy' || from === 'tidy') return 'the rules of the source stand apart';
  if (importer.startsWith('src/')) return faultOfSource(importer, to);
  // Where the servers are, and how to break them, is told in one place.
  if (importer.endsWith('.live.test.ts') && imported.startsWith('eval/live/')) return undefined;
  if (importer.startsWith('connectors/')) return faultOfConnector(importer, to);
  return faultOfEvaluation(importer, to);
}

function faultOfSource(importer: string, to: string): string | undefined {
  if (to === 'eval') return 'only main imports the evaluation';
  if (to.startsWith('connectors/')) {
    return isTest(importer) && embeddedEngines.includes(to) ? undefined : 'only main imports connectors';
  }
  if (isTest(importer)) return undefined;
  const from = roomOf(importer);
  if (from === 'client') return 'the client runs where the service is not';
  if (to === 'client') return from === 'cli' ? undefined : 'only the command line asks the service from outside';
  const stranger = [from, to].find((room) => layerOf(room) === -1);
  if (stranger !== undefined) return `room ${stranger} has no layer in src/tidy/rooms.ts`;
  return layerOf(to) > layerOf(from) ? `${to} lies above ${from}` : undefined;
}

function faultOfConnector(importer: string, to: string): string | undefined {
  if (to === 'eval') return 'connectors know nothing of the evaluation';
  if (isTest(importer)) return undefined;
  if (to.startsWith('connectors/')) {
    const both = embeddedEngines.includes(to) && embeddedEngines.includes(roomOf(importer));
    return both ? undefined : 'connectors do not know each other';
  }
  return isWithin(to, layerOfPorts) ? undefined : `connectors import ports, and ${to} lies above them`;
}

function faultOfEvaluation(importer: string, to: string): string | undefined {
  const program = isTest(importer) || evaluationPrograms.some((folder) => importer.startsWith(folder));
  if (program) return undefined;
  if (to.startsWith('connectors/')) return 'the evaluation receives its engines as arguments';
  return isWithin(to, layerOfPipeline) ? undefined : `the evaluation does not import ${to}`;
}

function isWithin(room: string, layerMax: number): boolean {
  const layer = layerOf(room);
  return layer !== -1 && layer <= layerMax;
}

function layerOf(room: string): number {
  return layers.findIndex((rooms) => rooms.includes(room));
}
