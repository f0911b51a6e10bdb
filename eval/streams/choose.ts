/** The stream that a suite names, where it needs no engine: data sets, files and worlds. */
import { dataFolder, dataFolderMissing } from '../data.js';
import { suiteInvalid } from '../harness/fault.js';
import type { StreamDraft } from '../harness/suite-schema.js';
import { banking77 } from './adapters/banking77.js';
import { beir } from './adapters/beir.js';
import { mtragUn, mtragUnLastTurns } from './adapters/mtrag-un.js';
import { tauScenarios } from './adapters/tau-scenarios.js';
import { demoSource } from './demo-source.js';
import { ndjsonSource } from './ndjson-source.js';
import type { StreamSource } from './source.js';

const dataSets = {
  tau_banking: tauScenarios,
  mtrag_un: mtragUn,
  mtrag_un_last_turns: mtragUnLastTurns,
  banking77,
} as const;

/** Undefined: it is in a log (`journal`, `kafka`). Throws `suite_invalid` for material that is not there. */
export function plainSource({ world, file, data, beir: folder }: StreamDraft): StreamSource | undefined {
  if (world !== undefined) return demoSource();
  if (file !== undefined) return ndjsonSource(file);
  if (folder !== undefined) return beir(folder);
  if (data === undefined) return undefined;
  const shared = dataFolder();
  if (shared === undefined)
    throw suiteInvalid(
      [`the stream ${data} needs material that is not part of the repository: ${dataFolderMissing}`],
      '',
    );
  return dataSets[data](shared);
}
