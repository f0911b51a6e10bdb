/** Loaded into a service with its state in memory, before it (`--import`). */
import { MemoryState } from '../../../connectors/memory/state.js';
import { observe } from './observed.js';

observe(MemoryState.prototype);
