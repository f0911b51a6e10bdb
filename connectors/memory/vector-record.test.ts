import { vectorRecordContract } from '../../src/retrieval/vector-record.contract.js';
import { MemoryVectorRecord } from './vector-record.js';

vectorRecordContract('memory', async (embedder) => new MemoryVectorRecord(embedder));
