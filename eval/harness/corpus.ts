/**
 * Plain BM25 beside ours: the same question over whole texts of everything that could have been retrieved at that moment, read from
 * the state and not from the index, so that what the index lacks is missing from one of the two only.
 */
import type { JsonObject } from '../../src/domain/canonical.js';
import { type PresentEntity, type Ref, refOf } from '../../src/domain/entity.js';
import { appliesTo } from '../../src/domain/force.js';
import { kinds } from '../../src/domain/kinds/index.js';
import { limits } from '../../src/limits.js';
import { policiesInForce } from '../../src/snapshot/in-force.js';
import type { SnapshotRequest } from '../../src/snapshot/request.js';
import { activeEntitlements, applicantOf } from '../../src/snapshot/select.js';
import type { StateReader } from '../../src/state/port.js';
import { PlainBm25 } from '../baselines/bm25.js';

export class PlainRows {
  /** By tenant, the least lately asked first: between two questions little changes but who is asked. */
  readonly #corpora = new Map<string, Corpus>();

  /** As ours are counted and ordered: the most of each kind, in a context policies first. */
  async rank(state: StateReader, request: SnapshotRequest, atMs: number): Promise<readonly Ref[]> {
    if (request.question === null) return [];
    const entities = await candidatesOf(state, request, atMs);
    const all = this.#corpusOf(request.tenant).ranked(request.question, entities);
    const policies = all.filter((ref) => ref.startsWith('policy/')).slice(0, request.limits.policies);
    const tickets = all.filter((ref) => !ref.startsWith('policy/')).slice(0, request.limits.tickets);
    if (request.mode === 'context') return [...policies, ...tickets];
    const kept = new Set([...policies, ...tickets]);
    return all.filter((ref) => kept.has(ref));
  }

  #corpusOf(tenant: string): Corpus {
    const corpus = this.#corpora.get(tenant) ?? new Corpus();
    this.#corpora.delete(tenant);
    this.#corpora.set(tenant, corpus);
    const [oldest] = this.#corpora.keys();
    if (oldest !== undefined && this.#corpora.size > limits.evaluationCorporaMax) this.#corpora.delete(oldest);
    return corpus;
  }
}

/** The texts of one question after the other: only what has come or gone in between is read. */
class Corpus {
  readonly #index = new PlainBm25();
  #held: ReadonlySet<PresentEntity> = new Set();

  ranked(question: string, entities: readonly PresentEntity[]): readonly Ref[] {
    const wanted = new Set(entities);
    // First what goes: another version of an entity has its id.
    for (const one of this.#held) if (!wanted.has(one)) this.#index.remove(refOf(one.key));
    for (const one of wanted) {
      if (!this.#held.has(one)) this.#index.add({ id: refOf(one.key), text: textOf(one) });
    }
    this.#held = wanted;
    return this.#index.rank(question, entities.length) as Ref[];
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
