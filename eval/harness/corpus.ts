/**
 * Plain BM25 beside ours: the same question over whole texts of everything that could have been retrieved at that moment, read from
 * the state and not from the index, so that what the index lacks is missing from one of the two only.
 */
import type { JsonObject } from '../../src/domain/canonical.js';
import { type PresentEntity, type Ref, refOf } from '../../src/domain/entity.js';
import { appliesTo } from '../../src/domain/force.js';
import { kinds } from '../../src/domain/kinds/index.js';
import { policiesInForce } from '../../src/snapshot/in-force.js';
import type { SnapshotRequest } from '../../src/snapshot/request.js';
import { activeEntitlements, applicantOf } from '../../src/snapshot/select.js';
import type { StateReader } from '../../src/state/port.js';
import { PlainBm25 } from '../baselines/bm25.js';

interface Corpus {
  readonly entities: readonly PresentEntity[];
  readonly index: PlainBm25;
}

export class PlainRows {
  readonly #texts = new WeakMap<PresentEntity, string>();
  /** Of the last question: between two records most questions have the same one. */
  #last: Corpus | undefined;

  /** As ours are counted and ordered: the most of each kind, in a context policies first. */
  async rank(state: StateReader, request: SnapshotRequest, atMs: number): Promise<readonly Ref[]> {
    if (request.question === null) return [];
    const entities = await candidatesOf(state, request, atMs);
    const all = this.#corpus(entities).index.rank(request.question, entities.length) as Ref[];
    const policies = all.filter((ref) => ref.startsWith('policy/')).slice(0, request.limits.policies);
    const tickets = all.filter((ref) => !ref.startsWith('policy/')).slice(0, request.limits.tickets);
    if (request.mode === 'context') return [...policies, ...tickets];
    const kept = new Set([...policies, ...tickets]);
    return all.filter((ref) => kept.has(ref));
  }

  #corpus(entities: readonly PresentEntity[]): Corpus {
    const last = this.#last;
    if (last?.entities.length === entities.length && entities.every((one, index) => one === last.entities[index])) {
      return last;
    }
    const documents = entities.map((entity) => ({ id: refOf(entity.key), text: this.#textOf(entity) }));
    this.#last = { entities, index: new PlainBm25(documents) };
    return this.#last;
  }

  #textOf(entity: PresentEntity): string {
    const known = this.#texts.get(entity) ?? textOf(entity);
    this.#texts.set(entity, known);
    return known;
  }
}

async function candidatesOf(
  state: StateReader,
  request: SnapshotRequest,
  atMs: number,
): Promise<readonly PresentEntity[]> {
  const ofAccount = request.account === null ? null : await state.account(request.tenant, request.account);
  // Who is not there is told nothing, by ours and by plain BM25.
  if (ofAccount !== null && ofAccount.account?.status !== 'present') return [];
  const { policies } = ofAccount ?? (await state.tenant(request.tenant));
  const members = ofAccount?.members ?? [];
  const applicant = ofAccount && applicantOf(ofAccount, activeEntitlements(members, atMs));
  const found = request.kinds.includes('policy') ? policiesInForce(policies, atMs) : [];
  const serving = found.filter(({ policy }) => applicant === null || appliesTo(policy.facets, applicant));
  const tickets = request.kinds.includes('ticket') ? members.filter(isRetrieved(request)) : [];
  return [...serving.map(({ entity }) => entity), ...tickets];
}

/** In a context the open tickets are there without being asked for. */
function isRetrieved({ mode }: SnapshotRequest): (entity: PresentEntity) => boolean {
  return ({ facets }) => facets.kind === 'ticket' && (mode === 'search' || !facets.open);
}

function textOf({ key, json }: PresentEntity): string {
  const text = kinds[key.kind].textOf(JSON.parse(json) as JsonObject);
  return text === null ? '' : [text.title, ...text.sections].join('\n');
}
