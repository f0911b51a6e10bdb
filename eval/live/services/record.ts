/**
 * What has been started, written down before it is waited for: whoever comes after a starter that was killed can end it all. One folder
 * per start, outside of the repository because installing packages anew empties its caches, holds the record and all data.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, ownProcess, type ProcessIdentity } from '../../../connectors/file/process-identity.js';
import { repositoryFolder } from '../settings.js';
import { endProcess, isRunning, signal } from './process.js';

interface Recorded {
  readonly repository: string;
  /** Whose end is the end of the services; null when they outlive their starter. */
  readonly owner: ProcessIdentity | null;
  readonly services: readonly { readonly name: string; readonly process: ProcessIdentity }[];
  /** Besides the one that the record is in: they are removed with it. */
  readonly folders?: readonly string[];
  /** Variables under which a live test finds them. */
  readonly settings: Readonly<Record<string, string>>;
}

const recordsFolder = join(tmpdir(), 'tidemark-services');

export class ServiceRecord {
  readonly folder: string;
  #recorded: Recorded;

  private constructor(folder: string, recorded: Recorded) {
    this.folder = folder;
    this.#recorded = recorded;
  }

  static create(lifetime: 'with_this_process' | 'until_stopped'): ServiceRecord {
    mkdirSync(recordsFolder, { recursive: true });
    const record = new ServiceRecord(mkdtempSync(join(recordsFolder, 'run-')), {
      repository: repositoryFolder(),
      owner: lifetime === 'with_this_process' ? ownProcess() : null,
      services: [],
      settings: {},
    });
    record.#write();
    return record;
  }

  /** Of this repository, with those whose starter is gone. */
  static all(): readonly ServiceRecord[] {
    return folders().flatMap((name) => {
      const folder = join(recordsFolder, name);
      const recorded = read(folder);
      return recorded?.repository === repositoryFolder() ? [new ServiceRecord(folder, recorded)] : [];
    });
  }

  /** Its starter was to end it and is gone. */
  get isLeft(): boolean {
    const { owner } = this.#recorded;
    return owner !== null && !isAlive(owner);
  }

  get outlivesStarter(): boolean {
    return this.#recorded.owner === null;
  }

  get settings(): Readonly<Record<string, string>> {
    return this.#recorded.settings;
  }

  /** Name and process of each service, and whether it runs. */
  get services() {
    return this.#recorded.services.map((one) => ({ ...one, alive: isRunning(one.process) }));
  }

  add(name: string, process: ProcessIdentity): void {
    // A restarted service takes the place of the process before it.
    const others = this.#recorded.services.filter((one) => one.name !== name);
    this.#recorded = { ...this.#recorded, services: [...others, { name, process }] };
    this.#write();
  }

  /** A folder elsewhere that is removed with the record; told before it is made. */
  addFolder(path: string): void {
    const others = (this.#recorded.folders ?? []).filter((one) => one !== path);
    this.#recorded = { ...this.#recorded, folders: [...others, path] };
    this.#write();
  }

  tell(settings: Readonly<Record<string, string>>): void {
    this.#recorded = { ...this.#recorded, settings: { ...this.#recorded.settings, ...settings } };
    this.#write();
  }

  /** Ends every process by its number and removes all data. */
  async stop(): Promise<void> {
    await Promise.all(this.#recorded.services.map(({ process }) => endProcess(process)));
    const folders = [...(this.#recorded.folders ?? []), this.folder];
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }

  /** For a process that exits and waits for nothing: they are told to end, and whatever they leave is removed at the next start. */
  endNow(): void {
    for (const { process } of this.#recorded.services) signal(process, 'SIGKILL');
  }

  #write(): void {
    const path = join(this.folder, 'services.json');
    writeFileSync(`${path}.draft`, JSON.stringify(this.#recorded));
    renameSync(`${path}.draft`, path);
  }
}

function folders(): readonly string[] {
  try {
    return readdirSync(recordsFolder);
  } catch {
    return [];
  }
}

function read(folder: string): Recorded | undefined {
  try {
    const recorded: Recorded = JSON.parse(readFileSync(join(folder, 'services.json'), 'utf8'));
    return recorded;
  } catch {
    return undefined;
  }
}
