/** gofakes3: an S3 server in memory with atomic conditional puts, from its Go module. */
import { join } from 'node:path';
import { accepts } from './broker.js';
import { cached } from './cache.js';
import { freePorts, loopback } from './ports.js';
import { startServer } from './process.js';
import type { ServiceRecord } from './record.js';
import { type Steps, secondsSince } from './steps.js';
import { go, needTools, runTool, Unavailable } from './tools.js';
import { waitUntil } from './wait.js';

const s3Version = 'v1.2.0';
const module = 'github.com/johannesboyne/gofakes3/cmd/gofakes3';
const LISTENS_WITHIN_MS = 90_000;

/** The program. Rejects with `Unavailable` when Go is missing or cannot fetch it. */
async function s3Program(steps: Steps): Promise<string> {
  const folder = await cached(`gofakes3-${s3Version}`, async (draft) => {
    await needTools([go]);
    const startedMs = performance.now();
    steps.say(`s3: fetching and building gofakes3 ${s3Version} with Go`);
    const { code, lastLines } = await runTool('go', ['install', `${module}@${s3Version}`], {
      settings: { GOBIN: draft },
      onLine: (line) => steps.move(`s3: ${line}`),
    });
    if (code !== 0)
      throw new Unavailable(`Go could not make gofakes3 ${s3Version}: ${lastLines.at(-1)?.slice(0, 300)}`);
    steps.say(`s3: built (${secondsSince(startedMs)})`);
  });
  return join(folder, 'gofakes3');
}

/** Its URL, `http://key:secret@host:port`; it takes connections when it resolves. */
export async function startS3(record: ServiceRecord, steps: Steps): Promise<string> {
  const program = await s3Program(steps);
  const [port = 0] = await freePorts(1);
  const server = await startServer({
    program,
    args: ['-host', `${loopback}:${port}`, '-backend', 'memory'],
    folder: record.folder,
    logPath: join(record.folder, 's3.log'),
  });
  record.add(`s3 (port ${port})`, server);
  await waitUntil('the S3 server listens', LISTENS_WITHIN_MS, () => accepts(port));
  return `http://test:test-secret@${loopback}:${port}`;
}
