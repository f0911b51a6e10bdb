import { afterEach } from 'vitest';
import { eventLogContract } from '../../src/log/contract.js';
import { retentionContract } from '../../src/log/retention.contract.js';
import { Scene } from './journaled-log-kit.js';
import { cleanUp, unsyncedFiles } from './test-kit.js';

afterEach(cleanUp);

eventLogContract('JournaledLog', (topics) => new Scene(topics).open());
eventLogContract('JournaledLog with small segments', (topics) => new Scene(topics).open({ segmentBytesMax: 4_096 }));
retentionContract('JournaledLog', (topics, clock) => {
  return new Scene(topics, clock).open({ files: unsyncedFiles, segmentBytesMax: 700 });
});
