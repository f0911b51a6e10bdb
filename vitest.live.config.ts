import { defineConfig } from 'vitest/config';

/** Where a report for programs goes as well: `scripts/count-tests.mjs` takes its numbers from it. */
const report = process.env.TIDEMARK_TEST_REPORT;

/** Tests against real servers. Setting `KAFKA_URL`, `S3_URL`, `REDIS_URL` and `QDRANT_URL` has them use those that run already. */
export default defineConfig({
  test: {
    include: ['src/**/*.live.test.ts', 'connectors/**/*.live.test.ts', 'eval/**/*.live.test.ts'],
    globalSetup: ['eval/live/global-setup.ts'],
    pool: 'forks',
    // The servers share the machine with the tests, and what is measured here is time.
    maxWorkers: 1,
    // Above every wait in them (`eval/live/eventually.test-support.ts`), several of which may be slow: what hangs is told by those.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters:
      report === undefined
        ? ['default']
        : ['default', ['json', { outputFile: report }], ['./scripts/test-errors-reporter.mjs', { report }]],
    allowOnly: false,
  },
});
