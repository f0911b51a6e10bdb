/** Checks of the engines that state and index lie in. */
import type { StoreInspection } from '../composition.js';
import { type Check, failedBy, ok } from './check.js';

export function checkStores(stores: readonly StoreInspection[]): Promise<readonly Check[]> {
  return Promise.all(
    stores.map(({ name, look }) =>
      look().then(
        (found) => ok(name, found),
        (error: unknown) => failedBy(name, error),
      ),
    ),
  );
}
