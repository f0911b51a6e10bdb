import { at, type Proof } from './proof.js';
import { noSilentSkip, noSleep } from './test-rules.js';

const path = 'src/log/a.test.ts';

export const testProofs: readonly Proof[] = [
  {
    rule: noSleep,
    bad: [
      ...at(
        path,
        'await new Promise((resolve) => setTimeout(resolve, 50));',
        "import { setTimeout } from 'node:timers/promises';",
      ),
      ...at(
        path,
        'await new Promise<void>((done) => { setTimeout(() => done(), 5); });',
        'const pause = promisify(setTimeout);',
      ),
      ...at(path, 'await sleep(10);', 'Atomics.wait(cells, 0, 0, 10);', 'const pause = util.promisify(setTimeout);'),
      ...at('src/log/contract.ts', 'await new Promise(function (ok) { setTimeout(() => { ok(1); }, 5); });'),
    ],
    good: [
      ...at(
        path,
        'await vi.waitFor(() => expect(log.size).toBe(1));',
        'await new Promise((resolve) => setImmediate(resolve));',
      ),
      ...at(path, 'const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 5_000));'),
      ...at(path, 'await new Promise((resolve) => server.close(resolve));', '// Never sleep(10) here.'),
      ...at('src/log/a.ts', 'await new Promise((resolve) => setTimeout(resolve, retryMs));'),
    ],
  },
  {
    rule: noSilentSkip,
    bad: [
      ...at(
        path,
        "it.skip('holds', () => {});",
        "describe.only('a', () => {});",
        "it.concurrent.only('holds', f);",
        "it.todo('a');",
      ),
      ...at(path, 'run(broker ? describe : describe.skip);', "it.skip.each([1])('holds', f);"),
      ...at(path, "it('holds', { skip: true }, f);", "it('holds', (context) => { context.skip(); });"),
      ...at(path, "it('holds', ({ skip }) => { skip(absent); });", "it.skipIf(absent)('holds', f);"),
      ...at(path, "const live = broker ? describe : describe.skip;\nlive('a broker', f);"),
      ...at(path, "const live = describe.skipIf(absent);\nlive('a broker', f);"),
      ...at(path, "it('holds', () => { if (absent) return; check(); });", "if (present) describe('a', f);"),
    ],
    good: [
      ...at(
        path,
        "it('holds', (context) => { context.skip('needs a broker'); });",
        'stream.skip(3);',
        "const text = 'it.only';",
      ),
      ...at(path, "it('holds', ({ skip }) => { skip(absent, dataFolderMissing); });", 'pages.skip();'),
      ...at(path, "describe.skipIf(absent)('a broker (needs KAFKA_URL)', f);", "it.each([1])('holds for %i', f);"),
      ...at(path, 'const live = broker ? describe : describe.skip;\nlive(title, f);'),
      ...at(path, "it('holds', () => { rows.forEach((row) => { if (row.old) return; check(row); }); });"),
      ...at('src/log/a.ts', 'batch.skip(); if (test(row)) it.only(row);'),
    ],
  },
];
