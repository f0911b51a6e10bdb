import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Digest, digestOf, sha256Hex } from '../domain/canonical.js';
import type { PresentEntity, Ref } from '../domain/entity.js';
import { kindNames } from '../domain/kinds/index.js';
import type { PartitionKey } from '../domain/position.js';
import { parseVersion } from '../domain/version.js';
import { contextRequest } from '../fixtures.test-support.js';
import { limits } from '../limits.js';
import { entity } from '../state/contract-kit.js';
import { contentOf, type ManifestParts, manifestOf, type Omitted, omissionsOf } from './manifest.js';
import { readManifest } from './recorded.js';
import { renderBody, withEnvelope } from './render.js';
import type { Selected } from './select.js';

const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((one) => one.isWellFormed());
const name = text.filter((one) => one !== '');
const score = fc.double({ min: 0, max: 100, noNaN: true });
const ms = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
const digest = text.map((one) => digestOf(one));

const why: fc.Arbitrary<Selected['why']> = fc.oneof(
  fc.record({ selected: fc.constantFrom('account', 'entitlement', 'open_ticket', 'policy') }),
  fc.record({ selected: fc.constant('retrieved' as const), rank: fc.nat(), score, lexical: score }),
  fc.record({ selected: fc.constant('retrieved' as const), rank: fc.nat(), score, lexical: score, dense: score }),
);

const present: fc.Arbitrary<PresentEntity> = fc
  .record({
    kind: fc.constantFrom(...kindNames),
    id: name,
    note: text,
    offset: fc.nat(),
    redrives: fc.array(name, { maxLength: 2 }),
  })
  .map(({ kind, id, note, offset, redrives }) => {
    const made = entity(kind, id, { data: { note }, offset });
    if (made.status !== 'present') throw new Error('made present');
    const version = note === '' ? null : (parseVersion(String(offset)) ?? null);
    return { ...made, redrives, eventTime: note, watermark: { ...made.watermark, version } };
  });

const selected: fc.Arbitrary<Selected> = fc.record({
  entity: present,
  why,
  successor: fc.option(fc.record({ ref: name, effectiveFrom: text })),
});

const reason = fc.oneof(
  fc.record({ code: fc.constant('behind' as const), partition: text, records: text }),
  fc.record({ code: fc.constant('blocked_key' as const), ref: text, rejected: text }),
  fc.record({ code: fc.constant('tokens_not_covered' as const) }),
);

const ref = fc.record({ kind: fc.constantFrom(...kindNames), id: text }).map(({ kind, id }): Ref => `${kind}/${id}`);
const omitted: fc.Arbitrary<Omitted> = fc.oneof(
  fc.record({ ref, reason: fc.constantFrom('token_budget', 'count_limit') }),
  fc.record({ ref, reason: fc.constant('duplicate'), of: ref }),
);

const parts: fc.Arbitrary<ManifestParts> = fc.record({
  request: fc
    .record({ tenant: name, account: name, question: fc.option(text), purpose: fc.option(text), tokenBudget: fc.nat() })
    .map((more) => contextRequest(more)),
  evaluatedAtMs: ms,
  freshness: fc.record({
    label: fc.constantFrom('fresh', 'stale', 'incomplete', 'unknown'),
    ageMs: fc.option(fc.nat()),
    reasons: fc.array(reason, { maxLength: 3 }),
  }),
  items: fc.array(selected, { maxLength: 4 }),
  omitted: fc.record({
    named: fc.array(omitted, { maxLength: 4 }),
    count: fc.nat(),
  }),
  retrieval: fc.constant(null),
  stamp: fc.record({
    log: text,
    incarnations: fc.dictionary(name, text),
    through: fc.constant(
      new Map([
        ['b:10', 7n],
        ['b:9', 2n ** 62n],
        ['a:0', 0n],
      ] as const),
    ),
    epochs: fc.constantFrom(
      new Map<PartitionKey, number>(),
      new Map<PartitionKey, number>([
        ['b:10', 3],
        ['b:9', 1],
        ['a:0', 2],
      ]),
    ),
    index: fc.record({ generation: text, embedder: fc.constant(null), ranking: text }),
    policySet: digest,
  }),
});

const bodyOf = ({ id, ...manifest }: ReturnType<typeof manifestOf>, made: ManifestParts) =>
  renderBody(
    id,
    manifest,
    made.items.map((item) => item.entity.json),
  );

/** What an auditor does with a released body, with nothing but a JSON parser, RFC 8785 and SHA-256. */
function auditorsId(body: string): string {
  const { id: _, token: _t, audit: _a, ...manifest } = JSON.parse(body);
  for (const item of manifest.items) delete item.value;
  return `sha256-${sha256Hex(canonicalJson(manifest))}`;
}

describe('a manifest', () => {
  it('is canonical JSON, written by hand or by the library, and its id is the SHA-256 of its text', () => {
    fc.assert(
      fc.property(parts, (made) => {
        const manifest = manifestOf(made);
        expect(manifest.text).toBe(canonicalJson(JSON.parse(manifest.text)));
        expect(manifest.text).toBe(manifest.head + manifest.fragments.join(',') + manifest.tail);
        expect(manifest.id).toBe(`sha256-${sha256Hex(manifest.text)}`);
      }),
      { numRuns: 300 },
    );
  });

  it('lists what was left out up to a bound, and says how much there was', () => {
    const over = (count: number) => {
      return Array.from({ length: count }, (_, n) => ({
        entity: { key: { tenant: 't', kind: 'ticket', id: `${n}` } } as const,
      }));
    };
    const [made] = fc.sample(parts, 1);
    if (made === undefined) throw new Error('one was asked for');
    const duplicate = over(2).map((one) => ({ ...one, of: 'ticket/9' as const }));
    const omitted = omissionsOf({ token_budget: over(3), duplicate, count_limit: over(limits.omittedMax) });
    const manifest = JSON.parse(manifestOf({ ...made, omitted }).text);
    expect(manifest.omitted).toHaveLength(limits.omittedMax);
    expect(manifest.omitted.slice(2, 6)).toEqual([
      { ref: 'ticket/2', reason: 'token_budget' },
      { ref: 'ticket/0', reason: 'duplicate', of: 'ticket/9' },
      { ref: 'ticket/1', reason: 'duplicate', of: 'ticket/9' },
      { ref: 'ticket/0', reason: 'count_limit' },
    ]);
    expect(manifest.omittedCount).toBe(limits.omittedMax + 5);
    expect(omissionsOf({ token_budget: over(limits.omittedMax + 7), count_limit: over(1) }).named).toHaveLength(
      limits.omittedMax,
    );
  });

  it('is read back from its text with the same parts, and only from a whole one', () => {
    fc.assert(
      fc.property(parts, fc.nat(), (made, cut) => {
        const { head, fragments, tail, text: whole } = manifestOf(made);
        expect(readManifest(whole)).toMatchObject({ head, fragments, tail, text: whole });
        expect(readManifest(whole.slice(0, cut % whole.length))).toBeUndefined();
      }),
    );
  });

  it('is not read from JSON of another shape', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(readManifest(json)).toBeUndefined();
      }),
    );
    const [made] = fc.sample(parts, 1);
    if (made === undefined) throw new Error('one was asked for');
    const manifest = JSON.parse(manifestOf(made).text);
    for (const member of ['format', 'items', 'stamp', 'content', 'tenant', 'limits']) {
      expect(readManifest(canonicalJson({ ...manifest, [member]: 7 }))).toBeUndefined();
    }
  });
});

describe('the content digest', () => {
  it('is of items, their values and order, and of nothing else', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(manifestOf({ ...other, items: one.items }).content).toBe(manifestOf(one).content);
      }),
    );
  });

  it('differs where what a copilot sees differs', () => {
    const of = (...ids: string[]): Digest =>
      contentOf(
        ids.map((id) => ({
          entity: entity('ticket', id, { data: { note: id } }) as PresentEntity,
          successor: null,
        })),
      );
    const all = [of(), of('a'), of('b'), of('a', 'b'), of('b', 'a'), of('a\nb')];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('a released body', () => {
  it('hashes to its id once the id, the values, the token and the audit position are taken out', () => {
    fc.assert(
      fc.property(parts, text, (made, token) => {
        const manifest = manifestOf(made);
        const audit = { topic: 'copilot.context', partition: 0, offset: '41' };
        const body = withEnvelope(bodyOf(manifest, made), { token, audit });
        expect(JSON.parse(body)).toMatchObject({ id: manifest.id, token, audit });
        expect(auditorsId(body)).toBe(manifest.id);
      }),
    );
  });

  it('has every value as it is stored, each with the hash the manifest names', () => {
    fc.assert(
      fc.property(parts, (made) => {
        const { items } = JSON.parse(withEnvelope(bodyOf(manifestOf(made), made), { token: '', audit: null }));
        for (const [index, item] of items.entries()) {
          expect(canonicalJson(item.value)).toBe(made.items[index]?.entity.json);
          expect(item.source.hash).toBe(digestOf(canonicalJson(item.value)));
        }
      }),
    );
  });

  it('is the same bytes when it is made again from the record', () => {
    fc.assert(
      fc.property(parts, (made) => {
        const manifest = manifestOf(made);
        const recorded = readManifest(manifest.text);
        if (recorded === undefined) throw new Error('a manifest is read back');
        const values = made.items.map((item) => item.entity.json);
        expect(renderBody(manifest.id, recorded, values)).toBe(bodyOf(manifest, made));
      }),
    );
  });
});
