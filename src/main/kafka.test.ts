/** What an operator is told where no cluster answers; what a cluster says is tried on one by `npm run test:live`. */
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { memoryComposition, runCli } from '../cli/cli.test-support.js';
import { clusterOf, inspectLog, openEngines } from './logs.js';

const composition = { ...memoryComposition(), openEngines, inspectLog, cluster: clusterOf };

/** A port that nobody listens on: one that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}

describe('a cluster that does not answer', () => {
  it.each([['serve'], ['topics', 'plan']])(
    'is one clear line and exit code 1 for %s %s, without a secret',
    async (...args) => {
      const settings = {
        LOG_URL: `kafka://127.0.0.1:${await unusedPort()}`,
        JOURNAL_URL: 'file:./does-not-matter',
        KAFKA_USERNAME: 'svc',
        KAFKA_PASSWORD: 'not-for-anyone',
      };
      const ran = await runCli(args, { composition, settings });
      expect(ran).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/^error: No Kafka broker can be reached/),
      });
      expect(ran.err).not.toContain('not-for-anyone');
    },
  );
});
