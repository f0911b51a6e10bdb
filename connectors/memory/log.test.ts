import { eventLogContract } from '../../src/log/contract.js';
import { retentionContract } from '../../src/log/retention.contract.js';
import { MemoryLog } from './log.js';

eventLogContract('MemoryLog', async (topics) => new MemoryLog({ topics, clock: () => 1_760_000_000_000 }));
retentionContract('MemoryLog', async (topics, clock) => new MemoryLog({ topics, clock }));
