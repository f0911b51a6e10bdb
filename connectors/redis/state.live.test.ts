import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { OwnRedis } from '../../eval/live/redis.js';
import { stateStoreContract } from '../../src/state/contract.js';
import { openStates, redisMissing } from './redis.test-support.js';

describe.skipIf(redisMissing() !== undefined)(`the state store in Redis (${redisMissing() ?? 'needs Redis'})`, () => {
  let server: OwnRedis;
  const states = openStates(() => server.server.address);
  beforeAll(async () => {
    server = await OwnRedis.start();
  });
  afterEach(() => states.closeAll());
  afterAll(() => server.stop());

  let made = 0;
  stateStoreContract('the state store in Redis', async () => states.open({ prefix: `contract-${made++}` }));
});
