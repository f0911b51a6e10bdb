import { afterEach } from 'vitest';
import { eventLogContract } from '../../src/log/contract.js';
import { retentionContract } from '../../src/log/retention.contract.js';
import { cleanUp, newFolder, openLog, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

eventLogContract('FileLog', async (topics) => (await openLog(await newFolder(), { topics })).log);
eventLogContract('FileLog with small segments', async (topics) => {
  return (await openLog(await newFolder(), { topics, segmentBytesMax: 4_096 })).log;
});
retentionContract('FileLog', async (topics, clock) => {
  return (await openLog(await newFolder(), { topics, clock, files: unsyncedFiles, segmentBytesMax: 700 })).log;
});
