import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EntityKey } from '../../src/domain/entity.js';
import type { PassageRules } from '../../src/retrieval/method.js';
import { findLibrary } from './library.js';
import { lacking, miniLm, settingsOf } from './model.test-support.js';
import { readModelFiles } from './model-files.js';
import { passageRulesOf, tokenizerOf } from './passage-rules.js';

const why = lacking(miniLm);
const withModel = why === undefined ? describe : describe.skip;
const key: EntityKey = { tenant: 'acme', kind: 'policy', id: 'P-1' };

withModel(`passages by the tokenizer of MiniLM${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let rules: PassageRules;
  let count: (text: string, adds: boolean) => number;
  beforeAll(async () => {
    const files = await readModelFiles(miniLm, 'q8');
    rules = await passageRulesOf(files, settingsOf(miniLm), findLibrary());
    count = await tokenizerOf(files, findLibrary());
  });

  const passagesOf = (title: string, body: string) => rules.passagesOf(key, { title, body }).map(({ text }) => text);

  it('are read whole: no more than 254 pieces with their title, of any text', () => {
    const odd = fc.string({ unit: 'grapheme', maxLength: 2_000 });
    const plain = fc
      .array(fc.lorem({ maxCount: 12, mode: 'sentences' }), { maxLength: 12 })
      .map((all) => all.join('\n\n'));
    const rare = fc.array(fc.constantFrom('税金', '한국어', 'antidisestablishmentarianism', '…', 'x'.repeat(120)), {
      maxLength: 400,
    });
    const body = fc.oneof(
      odd,
      plain,
      rare.map((all) => all.join(' ')),
      rare.map((all) => all.join('')),
    );
    fc.assert(
      fc.property(odd, body, (title, text) => {
        for (const passage of passagesOf(title, text)) expect(count(passage, true)).toBeLessThanOrEqual(256);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('leave a question the room that its own prefix leaves it, and are other rules by name', async () => {
    const questionPrefix = 'Represent this sentence for searching relevant passages: ';
    const files = await readModelFiles(miniLm, 'q8');
    const prefixed = await passageRulesOf(files, settingsOf(miniLm, { questionPrefix }), findLibrary());
    const question = 'may the customer dispute it within sixty days '.repeat(200);
    const sizes = prefixed.partsOf?.(question).map((part) => count(questionPrefix + part, true)) ?? [];
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
    expect(prefixed.id).not.toBe(rules.id);
    expect(prefixed.passagesOf(key, { title: 'a', body: question })).toEqual(
      rules.passagesOf(key, { title: 'a', body: question }),
    );
  });

  it('use what the model reads: neighbours are joined up to the window', () => {
    const sizes = passagesOf('Refunds', 'Money comes back within thirty days. '.repeat(200)).map((text) =>
      count(text, true),
    );
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(200);
  });

  it('do not stall: cutting a megabyte of text takes no time that is noticed', () => {
    const body = 'The customer may dispute a card payment within sixty days of the statement.\n\n'.repeat(13_000);
    const startedAtMs = performance.now();
    expect(passagesOf('Disputes', body).length).toBeGreaterThan(500);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});
