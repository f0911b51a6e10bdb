import { eventLogContract } from '../../src/log/contract.js';
import { MemoryLog } from './log.js';

eventLogContract('MemoryLog', async (topics) => new MemoryLog({ topics, clock: () => 1_760_000_000_000 }));
