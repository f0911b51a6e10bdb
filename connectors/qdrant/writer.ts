/** Writes entities: reads what is held of them, writes what is missing, and reads again until nothing is (`plan.ts`). */
import { entityKeyText } from '../../src/domain/entity.js';
import { limits } from '../../src/limits.js';
import type { IndexWrite } from '../../src/retrieval/port.js';
import { indexUnavailable } from '../../src/retrieval/unavailable.js';
import type { QdrantCalls } from './calls.js';
import { coalesced, missingPoints } from './plan.js';
import { MARKER_ENTITY, markerPoint, type Point, type PointPayload, payloadOf } from './points.js';
import { heldOf, identified, type Page, pageOf } from './replies.js';
import { entitiesRequest, pointsRequest, removePointsRequest, upsertRequest } from './requests.js';
import type { Standing } from './standing.js';

type Writes = ReadonlyMap<string, IndexWrite>;

export class Writer {
  readonly #calls: QdrantCalls;
  readonly #collection: string;
  readonly #standing: Standing;

  constructor(calls: QdrantCalls, collection: string, standing: Standing) {
    this.#calls = calls;
    this.#collection = collection;
    this.#standing = standing;
  }

  async apply(writes: readonly IndexWrite[]): Promise<void> {
    for (const group of groupsOf(coalesced(writes, ({ key }) => entityKeyText(key)))) await this.#applyGroup(group);
  }

  async #applyGroup(writes: Writes): Promise<void> {
    for (let round = 0; round < limits.indexWriteRoundsMax; round++) {
      const held = await this.#held([...writes.keys()]);
      const missing = Array.from(writes).flatMap(([name, write]) => missingPoints(write, held.get(name) ?? []));
      if (missing.length === 0) return;
      // What is missing again may stand on the ids of points that nobody of this service wrote, and no revision is above theirs.
      if (round > 0) await this.#clear(missing);
      for (const part of partsOf(missing)) await this.#write(part);
    }
    // Somebody writes the same entities all the time, or the server acknowledges what it does not keep.
    throw indexUnavailable();
  }

  async #held(entities: readonly string[]): Promise<Map<string, PointPayload[]>> {
    const least = this.#standing.revision;
    const pages: Page[] = [];
    for (let offset: string | undefined; pages.length === 0 || offset !== undefined; offset = pages.at(-1)?.next) {
      const request = entitiesRequest([MARKER_ENTITY, ...entities], offset);
      pages.push(pageOf(await this.#calls.write((client) => client.scroll(this.#collection, request))));
    }
    const marker = pages.flatMap(({ points }) => points).find(({ payload }) => isMarker(payload));
    this.#standing.judge(marker?.payload, least);
    return heldOf(pages);
  }

  /** Takes out what stands in the place of these points and is no passage. */
  async #clear(points: readonly Point[]): Promise<void> {
    for (const part of partsOf(points)) {
      const request = pointsRequest(part.map(({ id }) => id));
      const found = identified(await this.#calls.write((client) => client.retrieve(this.#collection, request)));
      const foreign = found.filter(({ id, payload }) => payloadOf(id, payload) === null).map(({ id }) => id);
      if (foreign.length === 0) continue;
      const removal = removePointsRequest(foreign);
      await this.#calls.write((client) => client.delete(this.#collection, removal));
    }
  }

  async #write(points: readonly Point[]): Promise<void> {
    const marker = this.#standing.next();
    const request = upsertRequest([...points, markerPoint(marker)]);
    await this.#calls.write((client) => client.upsert(this.#collection, request));
    this.#standing.wrote(marker);
  }
}

function isMarker(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'entity' in payload && payload.entity === MARKER_ENTITY;
}

/** As many entities as fit into one write, and at least one. */
function* groupsOf(writes: Writes): Generator<Writes> {
  let group = new Map<string, IndexWrite>();
  let points = 0;
  for (const [name, write] of writes) {
    const size = Math.max(1, write.passages.length);
    if (group.size > 0 && points + size > limits.indexWritePointsMax) {
      yield group;
      group = new Map();
      points = 0;
    }
    group.set(name, write);
    points += size;
  }
  if (group.size > 0) yield group;
}

function* partsOf(points: readonly Point[]): Generator<readonly Point[]> {
  for (let at = 0; at < points.length; at += limits.indexWritePointsMax) {
    yield points.slice(at, at + limits.indexWritePointsMax);
  }
}
