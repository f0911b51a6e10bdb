/** A start that goes wrong, as whoever started it sees it. */
import { expect } from 'vitest';
import type { Server } from '../../processes/server.test-support.js';
import { countedMs } from '../machine-time.test-support.js';
import { freePorts } from '../services/ports.js';

/** Never right anywhere. */
export const WRONG = 'not-the-secret-of-anyone';
/** A newcomer waits no longer than this for being told. */
const TOLD_MS = 30_000;

/** The lines that the process leaves, after it has ended as it should. None of `secrets` is in what it said. */
export async function endOf(server: Server, secrets: readonly string[] = []): Promise<readonly string[]> {
  const startedAtMs = performance.now();
  const { code, err } = await server.exited;
  expect(countedMs(startedAtMs)).toBeLessThan(TOLD_MS);
  expect(code, err).toBe(1);
  for (const secret of [WRONG, ...secrets]) expect(err).not.toContain(secret);
  const lines = err.trimEnd().split('\n');
  // Before it the S3 client may warn of the version of Node.
  return lines.slice(lines.findIndex((line) => line.startsWith('error: ')));
}

/** One line that says what is wrong, and one that says what to do. */
export async function expectRefusal(server: Server, message: RegExp, secrets: readonly string[] = []): Promise<void> {
  const [first, advice, ...more] = await endOf(server, secrets);
  expect(first).toMatch(message);
  expect(advice).toMatch(/^ {7}\S/);
  expect(more).toEqual([]);
}

/** A port that nobody listens on, nor is given for an outgoing connection. */
export async function unusedPort(): Promise<number> {
  const [port = 1] = await freePorts(1);
  return port;
}
