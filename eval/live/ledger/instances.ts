/** Three processes of the service on one state and one index, and what each has told of itself before it was killed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashKey } from '../../../src/api/auth.js';
import { isJsonObject } from '../../../src/domain/json.js';
import type { TopicMap } from '../../../src/log/topics.js';
import { Server } from '../../processes/server.test-support.js';
import { serviceSettings } from '../service.test-support.js';
import { waitUntil } from '../services/wait.js';

export const names = ['a', 'b', 'c'] as const;
export type Name = (typeof names)[number];

export interface InstancesPlan {
  readonly folder: string;
  readonly topics: TopicMap;
  /** Where each finds the brokers. */
  readonly logUrls: Readonly<Record<Name, string>>;
  /** Of the stores. */
  readonly stores: Readonly<Record<string, string>>;
  readonly tenants: readonly string[];
}

const READY_WITHIN_MS = 150_000;
const numbersNames = ['tidemark_write_conflicts', 'tidemark_state_regresses'] as const;
type NumberName = (typeof numbersNames)[number];

export function keyOf(tenant: string): string {
  return `key-of-${tenant}`;
}

export class Instances {
  readonly #plan: InstancesPlan;
  readonly #servers = new Map<Name, Server>();
  readonly #stopped = new Set<Name>();
  /** Of processes that are gone. */
  readonly #before = new Map<NumberName, number>();
  /** Processes that ended and had not been told to. */
  readonly surprises: string[] = [];
  /** Writes of instances that had been given up, refused when they went on. */
  lateRefused = 0;

  constructor(plan: InstancesPlan) {
    this.#plan = plan;
    const scopes = ['read', 'metrics', 'operate'];
    const keys = plan.tenants.map((tenant) => ({ id: tenant, sha256: hashKey(keyOf(tenant)), tenant, scopes }));
    writeFileSync(this.#keysPath, JSON.stringify({ keys }));
  }

  get #keysPath(): string {
    return join(this.#plan.folder, 'keys.json');
  }

  /** Those that a balancer would send a reader to. */
  get answering(): readonly Name[] {
    return names.filter((name) => this.#servers.has(name) && !this.#stopped.has(name));
  }

  server(name: Name): Server {
    const server = this.#servers.get(name);
    if (server === undefined) throw new Error(`${name} does not run`);
    return server;
  }

  /** It answers questions when this resolves. */
  async start(name: Name): Promise<void> {
    const { folder, topics, logUrls, stores } = this.#plan;
    const own = { JOURNAL_URL: `file:${join(folder, name)}`, AUDIT_SPOOL: join(folder, `${name}-spool`) };
    const settings = { ...stores, ...own, AUTH: `keys:${this.#keysPath}` };
    const server = await Server.start(folder, {
      settings: serviceSettings({ url: logUrls[name], topics, folder, settings }),
    });
    await waitUntil(`${name} is ready`, READY_WITHIN_MS, async () => {
      const heard = await server.ask('/readyz');
      if (heard.kind === 'cut') throw new Error(`${name} is gone`);
      if (heard.status !== 200) throw new Error(`${name} answers ${heard.text}`);
      return true;
    });
    this.#servers.set(name, server);
    void server.exited.then(({ code, signal, err }) => {
      if (this.#servers.get(name) === server) this.surprises.push(`${name} ended by itself: ${code ?? signal} ${err}`);
    });
  }

  /** kill -9. */
  async kill(name: Name): Promise<NodeJS.Signals | null> {
    const server = this.server(name);
    await this.#remember(name);
    this.#servers.delete(name);
    return (await server.kill()).signal;
  }

  /** SIGSTOP, in effect when it resolves. */
  async stop(name: Name): Promise<void> {
    this.#stopped.add(name);
    this.server(name).signal('SIGSTOP');
    await waitUntil(`${name} stands still`, 60_000, () => this.server(name).isStopped);
  }

  /** SIGCONT. */
  goOn(name: Name): void {
    this.server(name).signal('SIGCONT');
    this.#stopped.delete(name);
  }

  /** `topic:partition` that it applies. */
  async owned(name: Name): Promise<readonly string[]> {
    const { partitions } = await this.positions(name);
    return partitions.filter(({ owned }) => owned === true).map(({ topic, partition }) => `${topic}:${partition}`);
  }

  async positions(name: Name) {
    const body = await this.server(name).ok('/v1/positions', undefined, this.key);
    const partitions = Array.isArray(body.partitions) ? body.partitions.filter(isJsonObject) : [];
    return { body, partitions };
  }

  /** Any tenant's: all may read the numbers of the service. */
  get key(): string {
    return keyOf(this.#plan.tenants[0] ?? '');
  }

  /** Over all processes there have been. */
  async total(number: NumberName): Promise<number> {
    const told = await Promise.all(this.answering.map((name) => this.number(name, number)));
    return told.reduce((sum, one) => sum + one, this.#before.get(number) ?? 0);
  }

  async number(name: Name, number: NumberName): Promise<number> {
    const heard = await this.server(name).ask('/metrics', undefined, this.key);
    const line = heard.kind === 'reply' ? new RegExp(`^${number} (\\d+)$`, 'm').exec(heard.text) : null;
    return Number(line?.[1] ?? 0);
  }

  async #remember(name: Name): Promise<void> {
    for (const number of numbersNames)
      this.#before.set(number, (this.#before.get(number) ?? 0) + (await this.number(name, number)));
  }
}
