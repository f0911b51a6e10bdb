import { stateStoreContract } from '../../src/state/contract.js';
import { MemoryState } from './state.js';

stateStoreContract('the state store in memory', async () => new MemoryState());
