/** Loaded into a service with its state in Redis, before it (`--import`). */
import { RedisState } from '../../../connectors/redis/state.js';
import { observe } from './observed.js';

observe(RedisState.prototype);
