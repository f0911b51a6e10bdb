/** Kafka's own producer for Java, in a process that is compiled from source as it starts. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kafkaJars } from '../services/kafka-jars.js';
import { silent } from '../services/steps.js';
import { repositoryFolder } from '../settings.js';
import type { ClientMaker, Message } from './client.js';

export const javaProducer: ClientMaker = {
  name: 'the Java producer',
  missing: () =>
    spawnSync('javac', ['-version']).status === 0 ? undefined : 'needs javac, the compiler of a Java development kit',
  open: async (servers) => {
    const source = join(repositoryFolder(), 'eval/live/clients/TokenProducer.java');
    const args = ['-Xmx128m', '-cp', `${await kafkaJars(silent)}/*`, source, servers.join()];
    const child = spawn('java', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('close', (code) => reject(new Error(`the Java producer has ended with ${code}`)));
    });
    // Whoever asks for a line hears of it; at the end nobody does.
    ended.catch(() => undefined);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return {
      produce: async (message) => {
        child.stdin.write(`${lineOf(message)}\n`);
        const told = String((await Promise.race([lines.next(), ended])).value);
        if (told.startsWith('failed')) throw new Error(`the Java producer ${told}`);
        return told;
      },
      close: async () => {
        child.stdin.end();
        await ended.catch(() => undefined);
      },
    };
  },
};

function lineOf({ topic, key, value, headers }: Message): string {
  const fields = [key, value, ...Object.entries(headers).flat()];
  return [topic, ...fields.map((field) => Buffer.from(field).toString('base64'))].join('\t');
}
