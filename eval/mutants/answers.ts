/** Mutants of what is answered (P2, P3, P5, P7): freshness, what is served, replay and time travel, tenants. */
import type { Mutant } from './mutant.js';

const witness = 'src/snapshot/witness.ts';
const candidates = 'src/snapshot/candidates.ts';
const statistics = 'src/snapshot/policy-statistics.ts';

const freshness: readonly Mutant[] = [
  {
    name: 'freshness-by-wall-clock',
    promise: 'P2',
    wrong: 'ages are read off the wall clock, which may be set back',
    edits: [
      {
        file: witness,
        find: 'const askedAtMs = this.#clock.monotonicMs();',
        replacement: 'const askedAtMs = this.#clock.wallMs();',
      },
      {
        file: witness,
        find: 'const nowMs = this.#clock.monotonicMs();',
        replacement: 'const nowMs = this.#clock.wallMs();',
      },
      {
        file: witness,
        find: 'if (this.#clock.monotonicMs() - this.#last.askedAtMs >= limits.witnessFreshMs) {',
        replacement: 'if (this.#clock.wallMs() - this.#last.askedAtMs >= limits.witnessFreshMs) {',
      },
    ],
    caughtBy: [
      {
        file: 'eval/flow/held.test.ts',
        title: 'does not call its state fresh once the last proof is older than the bound',
      },
    ],
  },
  {
    name: 'fresh-without-witness',
    promise: 'P2',
    wrong: 'what nobody has proven counts as of this moment',
    edits: [
      {
        file: witness,
        find: 'ageMs: witnessedAtMs === null ? null : nowMs - witnessedAtMs,',
        replacement: 'ageMs: witnessedAtMs === null ? 0 : nowMs - witnessedAtMs,',
      },
    ],
    caughtBy: [
      { file: 'src/snapshot/witness.test.ts', title: 'more than x ago, whatever happened in whatever order (P2)' },
    ],
  },
  {
    name: 'age-from-the-answer',
    promise: 'P2',
    wrong: 'an end of the log proves what is applied as of its arrival, not of the moment it was asked for',
    edits: [
      {
        file: witness,
        find: 'this.#open.set(partition, [...open, { askedAtMs, end }]);',
        replacement: 'this.#open.set(partition, [...open, { askedAtMs: this.#clock.monotonicMs(), end }]);',
      },
    ],
    caughtBy: [{ file: 'src/snapshot/witness.test.ts', title: 'by when it asked, not by when it was answered' }],
  },
];

const served: readonly Mutant[] = [
  {
    name: 'superseded-policy-served',
    promise: 'P3',
    wrong: 'an older version of a policy is in force again when its successor has ended',
    edits: [
      {
        file: 'src/domain/force.ts',
        find: 'const newest = newestBegun(versions, atMs);',
        replacement:
          'const newest = newestBegun(\n    versions.filter(({ facets }) => holdsAt(facets.window, atMs)),\n    atMs,\n  );',
      },
    ],
    caughtBy: [
      { file: 'src/domain/force.test.ts', title: 'is never a superseded one, even when its successor has ended' },
    ],
  },
  {
    name: 'pending-left-out-of-search',
    promise: 'P3',
    wrong: 'a search sees only what the index has acknowledged, not what the state already shows',
    edits: [
      {
        file: candidates,
        find: 'refs: (await state.pendingKeys(tenant)).map(refOf),',
        replacement: 'refs: (await state.pendingKeys(tenant)).slice(0, 0).map(refOf),',
      },
    ],
    caughtBy: [{ file: 'src/snapshot/candidates.test.ts', title: 'whatever part of them is pending, by words' }],
  },
  {
    name: 'moved-ticket-in-both-accounts',
    promise: 'P3',
    wrong: 'a ticket that moves stays in the account it left',
    edits: [
      {
        file: 'connectors/memory/account-index.ts',
        find: 'else entry.members.delete(entityKeyText(after.key));',
        replacement: '',
      },
    ],
    caughtBy: [
      { file: 'connectors/memory/state.test.ts', title: 'loses a ticket in the step in which another gains it' },
    ],
  },
];

const repeatable: readonly Mutant[] = [
  {
    name: 'reasons-by-arrival',
    promise: 'P5',
    wrong: 'what is blocked is named in the order in which partitions happened to be read',
    edits: [
      {
        file: 'src/snapshot/freshness.ts',
        find: 'of inOrder(measured.blocked)) {',
        replacement: 'of inOrder([]).concat(measured.blocked)) {',
      },
    ],
    caughtBy: [
      { file: 'src/snapshot/freshness.test.ts', title: 'in the order of the log, whatever order it was rejected in' },
    ],
  },
  {
    name: 'ties-by-arrival',
    promise: 'P5',
    wrong: 'equal scores stand in the order in which their entities came',
    edits: [
      {
        file: 'src/retrieval/scorer.ts',
        find: 'return b.score - a.score || compareText(a.ref, b.ref);',
        replacement: 'return b.score - a.score;',
      },
    ],
    caughtBy: [{ file: 'src/retrieval/scorer.test.ts', title: 'breaks ties by reference' }],
  },
];

const past: readonly Mutant[] = [
  {
    name: 'replay-reads-later',
    promise: 'P5',
    wrong: 'a replay reads records later than the positions of its stamp',
    edits: [
      {
        file: 'src/replay/past.ts',
        find: 'await journal.historyOf(key, decisionsThrough(decisionOn, through), through);',
        replacement: 'await journal.historyOf(key, decisionsThrough(decisionOn, through), null);',
      },
    ],
    caughtBy: [
      {
        file: 'src/replay/full.test.ts',
        title: 'is what the state was at that position, whatever came later, decisions included',
      },
    ],
  },
  {
    name: 'as-of-sees-later-decisions',
    promise: 'P5',
    wrong: 'a past already knows what an operator decided after it',
    edits: [
      {
        file: 'src/replay/past.ts',
        find: 'return at !== undefined && last !== undefined && at.offset <= last ? decision : madeBy(decision.before);',
        replacement: 'return at === undefined && last !== undefined ? madeBy(decision.before) : decision;',
      },
    ],
    caughtBy: [
      {
        file: 'src/replay/full.test.ts',
        title: 'though a repair has since undone what brought an item to the account',
      },
    ],
  },
  {
    name: 'as-of-judged-by-today',
    promise: 'P5',
    wrong: 'a past is evaluated at the instant of the question, not at its own',
    edits: [
      {
        file: 'src/snapshot/service.ts',
        find: 'const evaluatedAtMs = await instantOf(past, asOf);',
        replacement: 'const evaluatedAtMs: number | LostRecord = this.#parts.clock.wallMs();',
      },
    ],
    caughtBy: [
      { file: 'src/snapshot/as-of.test.ts', title: 'is evaluated at the moment the log took the last of the records' },
    ],
  },
  {
    name: 'edited-record-replayed',
    promise: 'P5',
    wrong: 'an audit record is believed though it does not hash to its id',
    edits: [
      {
        file: 'src/replay/content.ts',
        find: "if (actualId !== entry.id) return mismatch({ at: '', expected: entry.id, actual: actualId });",
        replacement: '',
      },
    ],
    caughtBy: [{ file: 'src/replay/replay.test.ts', title: 'one flipped digit anywhere in the audit record' }],
  },
  {
    name: 'token-of-another-log',
    promise: 'P5',
    wrong: "another log's positions are taken for this one's",
    edits: [
      {
        file: 'src/domain/token.ts',
        find: "if (l !== log.id) throw foreign('token was made by another log');",
        replacement: '',
      },
    ],
    caughtBy: [{ file: 'src/domain/token.test.ts', title: 'of another log is refused as foreign' }],
  },
];

const tenants: readonly Mutant[] = [
  {
    name: 'empty-tenant-means-all',
    promise: 'P7',
    wrong: 'a search of the tenant "" is a search of everybody',
    edits: [
      {
        file: 'connectors/memory/index.ts',
        find: '    requireTenant(query.scope.tenant);\n    return this.#tenants.get(query.scope.tenant)?.get(query.scope.kind)?.search(query) ?? noAnswer;',
        replacement:
          "    const { tenant, kind } = query.scope;\n    const searched = tenant === '' ? [...this.#tenants.values()] : [this.#tenants.get(tenant)];\n    return { ...noAnswer, hits: searched.flatMap((corpora) => corpora?.get(kind)?.search(query).hits ?? []) };",
      },
    ],
    caughtBy: [{ file: 'connectors/memory/index.test.ts', title: 'finds nothing for the tenant "" nobody has' }],
  },
  {
    name: 'statistics-across-tenants',
    promise: 'P7',
    wrong: "a tenant's scores are weighed by the words of all tenants",
    edits: [
      { file: statistics, find: 'this.#tenants.get(tenant)', replacement: "this.#tenants.get('')" },
      { file: statistics, find: 'this.#tenants.set(tenant, count)', replacement: "this.#tenants.set('', count)" },
      {
        file: statistics,
        find: '    if (set.byRef.get(ref)?.entity.hash === entity.hash) continue;',
        replacement: '    if ((set.byRef.get(ref)?.entity.hash ?? entity.hash) === entity.hash) continue;',
      },
    ],
    caughtBy: [
      {
        file: 'src/snapshot/policy-statistics.test.ts',
        title: 'hold nothing of another tenant, who may have policies of the same names (P7)',
      },
    ],
  },
  {
    name: 'snapshot-of-another-tenant',
    promise: 'P7',
    wrong: 'a snapshot is found by its id, whoever it was released to',
    edits: [
      {
        file: 'src/audit/read.ts',
        find: "if (entry.tenant !== tenant) return { kind: 'not_found' };",
        replacement: "if (tenant === '') return { kind: 'not_found' };",
      },
    ],
    caughtBy: [{ file: 'src/audit/log-audit.test.ts', title: 'does not exist for another tenant' }],
  },
];

export const answerMutants: readonly Mutant[] = [...freshness, ...served, ...repeatable, ...past, ...tenants];
