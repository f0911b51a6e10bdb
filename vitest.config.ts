import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Where a report for programs goes as well: `scripts/count-tests.mjs` takes its numbers from it. */
const report = process.env.TIDEMARK_TEST_REPORT;

export default defineConfig({
  // Examples name the package as its users do; tests run the source, built or not.
  resolve: { alias: { 'tidemark/client': fileURLToPath(new URL('src/client/index.ts', import.meta.url)) } },
  test: {
    include: ['src/**/*.test.ts', 'connectors/**/*.test.ts', 'eval/**/*.test.ts', 'examples/**/*.test.ts'],
    // Those need running servers: `npm run test:live`.
    exclude: [...configDefaults.exclude, '**/*.live.test.ts'],
    // Processes, not threads: tests hold file locks by process id and start servers, which threads of one process would share.
    pool: 'forks',
    // Vitest keeps one core for its own process, which on a machine with two would leave a single worker.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters:
      report === undefined
        ? ['default']
        : ['default', ['json', { outputFile: report }], ['./scripts/test-errors-reporter.mjs', { report }]],
    // Six times what any of them takes alone: a busy machine is no fault of the code.
    testTimeout: 30_000,
    // They make worlds and take them away again.
    hookTimeout: 60_000,
    // A `.only` left behind would run a part and report the whole as passed.
    allowOnly: false,
  },
});
