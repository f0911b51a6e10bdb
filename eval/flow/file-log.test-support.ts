/** A file log in a temporary folder that is removed after the test, with what it takes to open the folder again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileLog } from '../../connectors/file/log.js';
import { defaultTopics, topicsToOpen } from '../../src/log/topics.js';
import type { LogHome } from './home.test-support.js';
import type { TwoHandClock } from './service.test-support.js';

export class ScratchFolder implements LogHome {
  #log: FileLog | undefined;

  private constructor(readonly path: string) {}

  static async make(): Promise<ScratchFolder> {
    return new ScratchFolder(await mkdtemp(join(tmpdir(), 'tidemark-flow-')));
  }

  /** Closes the log that is open, if one is, and reads the folder anew. */
  async open(clock: TwoHandClock): Promise<FileLog> {
    await this.#log?.close();
    this.#log = await FileLog.open({
      folder: this.path,
      topics: topicsToOpen(defaultTopics),
      clock: () => clock.wallMs(),
      onReport: ({ kind }) => {
        throw new Error(`the folder was not closed in order: ${kind}`);
      },
    });
    return this.#log;
  }

  async remove(): Promise<void> {
    await this.#log?.close();
    await rm(this.path, { recursive: true, force: true });
  }
}
