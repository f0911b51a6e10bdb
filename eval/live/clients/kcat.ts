/** kcat, on librdkafka as the clients for C, Python, Go and .NET are: one process per record, as scripts use it. */
import { spawn, spawnSync } from 'node:child_process';
import type { ClientMaker, Message } from './client.js';

/** What it says of a delivery at its third level of verbosity. */
const DELIVERED = /delivered to partition ([0-9]+) \(offset ([0-9]+)\)/;

export const kcat: ClientMaker = {
  name: 'kcat',
  missing: () => (spawnSync('kcat', ['-V']).status === 0 ? undefined : 'needs kcat'),
  open: async (servers) => ({
    produce: async (message) => {
      const said = await ranKcat(servers, message);
      const [, partition, offset] = DELIVERED.exec(said) ?? [];
      if (offset === undefined) throw new Error(`kcat told no offset: ${said}`);
      return `${message.topic}:${partition}:${offset}`;
    },
    close: async () => undefined,
  }),
};

function ranKcat(servers: readonly string[], { topic, key, value, headers }: Message): Promise<string> {
  const named = Object.entries(headers).flatMap(([name, text]) => ['-H', `${name}=${text}`]);
  const args = ['-P', '-vvv', '-b', servers.join(), '-t', topic, '-k', key, ...named];
  const child = spawn('kcat', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += String(bytes);
  });
  child.stdin.end(value);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(said));
  });
}
