import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.js';
import { methodNamed } from './method.js';

describe('a method without a model', () => {
  it.each(['lexical', 'hashing'])('is not opened with settings of one: %s', async (text) => {
    const config = readConfig({});
    const opened = await methodNamed(text, config, { model: {} });
    expect(opened.model).toBeUndefined();
    await opened.close();
    const refused = methodNamed(text, config, { model: { pooling: 'cls' } });
    await expect(refused).rejects.toMatchObject({
      code: 'config_invalid',
      advice: expect.stringContaining('Leave out'),
    });
  });
});
