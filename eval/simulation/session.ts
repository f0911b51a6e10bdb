/** What one client has seen. Nothing goes back (P4): not while the same stores answer, and never in an answer that calls itself fresh. */
import { refOf } from '../../src/domain/entity.js';
import { partitionKey, vectorFromJson } from '../../src/domain/position.js';
import { compareVersions, parseVersion } from '../../src/domain/version.js';
import type { Body } from './answers.js';
import type { Model } from './model.js';
import { must } from './violation.js';
import { topics } from './workload.js';

const rejectedPartition = partitionKey(topics.rejected, 0);

type Item = Body['items'][number];

interface Seen {
  readonly source: Item['source'];
  /** The last record of the rejected topic that the answer covers. */
  readonly decided: bigint;
  readonly stores: string;
}

export class Session {
  readonly #seen = new Map<string, Seen>();
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  /** `stores`: those of another process may still be catching up with what a client saw before, and say so. */
  follow(tenant: string, { items, freshness, stamp }: Body, stores: string): void {
    const decided = vectorFromJson(stamp.through).get(rejectedPartition) ?? -1n;
    for (const { ref, source } of items) {
      const name = `${tenant} ${ref}`;
      const seen = this.#seen.get(name);
      const isBehind =
        seen !== undefined && isOlder(source, seen.source) && !this.#isReopened({ tenant, ref, seen }, decided);
      if (isBehind && seen.stores !== stores && freshness.label !== 'fresh') continue;
      must(
        !isBehind,
        'P4',
        () => `${ref} went from offset ${seen?.source.offset} to ${source.offset} under a reader's eyes`,
      );
      this.#seen.set(name, { source, decided, stores });
    }
  }

  /** Whether a decision since then is about a record of that very key at or before the one that was shown. */
  #isReopened({ tenant, ref, seen }: Shown, to: bigint): boolean {
    const key = this.#model.keys.find((one) => one.tenant === tenant && refOf(one) === ref);
    const place = { ...seen.source, offset: BigInt(seen.source.offset) };
    return key !== undefined && this.#model.isReopened(key, place, { from: seen.decided, to });
  }
}

interface Shown {
  readonly tenant: string;
  readonly ref: string;
  readonly seen: Seen;
}

function isOlder(is: Item['source'], was: Item['source']): boolean {
  if (!was.redrives.every((at, index) => is.redrives[index] === at)) return true;
  const [left, right] = [parseVersion(is.entityVersion ?? ''), parseVersion(was.entityVersion ?? '')];
  const isLower = left !== undefined && right !== undefined && compareVersions(left, right) < 0;
  return isLower || BigInt(is.offset) < BigInt(was.offset);
}
