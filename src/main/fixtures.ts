/** What fixtures of snapshots are made from and checked with: the records of a folder, looked at, and what the configuration retrieves by. */
import { FileLogReader } from '../../connectors/file/reader.js';
import type { FixtureEngines } from '../cli/composition.js';
import { recordsFolder } from '../config/choices.js';
import { methodOf } from './method.js';

export const fixtureEngines: FixtureEngines = {
  openRecords: (config) => FileLogReader.open(recordsFolder(config)),
  openMethod: methodOf,
};
