/**
 * The same records give the same bytes on every version of Node (`npm run test:matrix`) and every machine: what is compared lies in
 * `golden/`. When a rule is changed on purpose, `npx vitest run eval/metamorphic/golden.test.ts -u` writes it anew, and the change
 * shows in the commit; a tokenizer, an assembler or a passage rule that changes results gets a new name as well.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../src/domain/canonical.js';
import { HashingEmbedder } from '../../src/retrieval/hashing-embedder.js';
import { tokenize, tokenizerId } from '../../src/retrieval/tokenizer.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { demoQuestions, demoWorld, tenants, traps, worldEndsAt } from '../streams/demo-world/index.js';
import { tauBankingStream, tauQuestions, tauTenant } from '../streams/tau-banking.js';
import { replySummary, worldSummary } from './golden.test-support.js';
import { answers, hashOf, live, tenant, verdicts } from './service.test-support.js';
import { stateOf } from './shown.test-support.js';
import { fixedChanges, streamOf } from './streams.test-support.js';

/** Compared with a file that must be there: a missing one would be written and pass. */
async function expectGolden(name: string, value: unknown): Promise<void> {
  const path = fileURLToPath(new URL(`golden/${name}.golden`, import.meta.url));
  expect(existsSync(path), `${name} has a golden file`).toBe(true);
  await expect(`${JSON.stringify(value, null, 1)}\n`).toMatchFileSnapshot(path);
}

const texts = [
  'Opening Personal Checking Accounts: $1,234,567.50 or 2.5% of v1.2.3',
  "the customer's card, l'avion, O’Brien, Größe STRASSE naïve İstanbul ǅ ﬁ",
  'Crème brûlée, Việt Nam, 한국어 계좌, ガイド, が, 税金の返金',
  'हिन्दी ไทย עברית العَرَبِيَّة Ελληνικά Кириллица \u{10400}\u{1f600}',
  '𞤀𞤣𞤤𞤢𞤥 ꭰ \u1c89 \ua7cb \u{16d40} policies classes status',
];

describe('on every version of Node', () => {
  it('text comes to the same terms, and terms to the same vectors', async () => {
    const vectors = await new HashingEmbedder().embed(texts);
    const bytes = vectors.map((vector) =>
      digestOf(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)),
    );
    const terms = texts.map((text, index) => ({ text, terms: tokenize(text), vector: bytes[index] }));
    await expectGolden('terms', { tokenizer: tokenizerId, terms });
  });

  it('numbers come to the same text, and members to the same order', async () => {
    const numbers = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 1e21, 123456789012345680000, -0, 0.000001, 1e-7];
    const logarithms = Array.from({ length: 200 }, (_, i) => Math.round(Math.log(1 + (i + 0.5) / 1.5) * 1e6) / 1e6);
    const value = { numbers, '€': 1, '\ud83d\ude00': 2, '\ufb33': 3, controls: ['\u2028', '\u007f', '\b'] };
    await expectGolden('canonical', { text: canonicalJson(value), logarithms: hashOf(logarithms) });
  });
});

describe('a fixed stream', () => {
  it.each([
    ['lexical', undefined],
    ['dense', new HashingEmbedder()],
  ])('comes to the same state, snapshots, scores and verdicts, %s', async (name, embedder) => {
    const flow = await live({ records: streamOf(tenant, fixedChanges), embedder });
    const heard = await answers(flow);
    const outcome = { state: hashOf(await stateOf(flow)), given: heard.map(replySummary) };
    await expectGolden(`fixed-stream-${name}`, { ...outcome, verdicts: await verdicts(flow, heard) });
    await flow.stop();
  });
});

describe('the demo world', () => {
  it('comes to the same state, snapshots and scores', async () => {
    const asked = traps.flatMap(({ expectations }) => expectations.slice(-1));
    const questions = [...demoQuestions, ...asked].map(({ tenant: of, account, question }) => {
      return { tenant: of, account, question };
    });
    const world = { tenants, entries: demoWorld(), questions, nowMs: worldEndsAt };
    await expectGolden('demo-world', await worldSummary(world));
  }, 60_000);
});

const data = dataFolder() ?? '';
const title = 'the bank of tau2-bench';
const withData = data === '' ? describe.skip : describe;

withData(data === '' ? `${title} (skipped: ${dataFolderMissing})` : title, () => {
  it('comes to the same state, snapshots and scores', async () => {
    const questions = tauQuestions(data).map(({ account, question }) => ({ tenant: tauTenant, account, question }));
    const entries = [...tauBankingStream(data)];
    const world = { tenants: [tauTenant], entries, questions, nowMs: Date.UTC(2026, 0, 1) };
    await expectGolden('tau-banking', await worldSummary(world));
  }, 120_000);
});
