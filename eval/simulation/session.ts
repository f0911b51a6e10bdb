/** What one client has seen. Nothing goes back (P4): not while the same stores answer, and never in an answer that calls itself fresh. */
import { compareVersions, parseVersion } from '../../src/domain/version.js';
import type { Body } from './answers.js';
import { must } from './violation.js';

type Item = Body['items'][number];

interface Seen {
  readonly source: Item['source'];
  readonly stores: string;
}

export class Session {
  readonly #seen = new Map<string, Seen>();

  /** `stores`: those of another process may still be catching up with what a client saw before, and say so. */
  follow(tenant: string, { items, freshness }: Body, stores: string): void {
    for (const { ref, source } of items) {
      const name = `${tenant} ${ref}`;
      const seen = this.#seen.get(name);
      const isBehind = seen !== undefined && isOlder(source, seen.source);
      if (isBehind && seen.stores !== stores && freshness.label !== 'fresh') continue;
      must(
        !isBehind,
        'P4',
        () => `${ref} went from offset ${seen?.source.offset} to ${source.offset} under a reader's eyes`,
      );
      this.#seen.set(name, { source, stores });
    }
  }
}

/** A redrive may put another event in force: it names itself. */
function isOlder(is: Item['source'], was: Item['source']): boolean {
  if (is.redrives.join() !== was.redrives.join()) return false;
  const [left, right] = [parseVersion(is.entityVersion ?? ''), parseVersion(was.entityVersion ?? '')];
  if (left !== undefined && right !== undefined) return compareVersions(left, right) < 0;
  return BigInt(is.offset) < BigInt(was.offset);
}
