/** Stores on a Redis of a live test. */
import { execFileSync } from 'node:child_process';
import type { RedisSettings } from './settings.js';
import { RedisState } from './state.js';

/** Undefined: there is one to start. */
export function redisMissing(): string | undefined {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs Redis: no redis-server here';
  }
}

export function settingsFor(address: string, given: Partial<RedisSettings> = {}): RedisSettings {
  return { address, db: 0, tls: null, username: null, password: null, prefix: 'tidemark', ...given };
}

export interface OpenStates {
  open(given?: Partial<RedisSettings>, logId?: string): Promise<RedisState>;
  closeAll(): void;
}

export function openStates(addressOf: () => string): OpenStates {
  const opened: RedisState[] = [];
  return {
    async open(given = {}, logId = 'log-1') {
      const state = await RedisState.open(settingsFor(given.address ?? addressOf(), given), logId);
      opened.push(state);
      return state;
    },
    closeAll() {
      for (const state of opened.splice(0)) state.close();
    },
  };
}
