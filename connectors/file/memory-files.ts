/** Files in memory, for tests that open thousands of folders. What is written is there at once; a copy is what a crash leaves. */
import type { FileSystemPort, OpenFile, OpenMode } from './files.js';

interface Content {
  bytes: Buffer;
  size: number;
}

export class MemoryFiles implements FileSystemPort {
  readonly #contents = new Map<string, Content>();

  /** Everything but the lock: the process that held it is dead. */
  afterCrash(): MemoryFiles {
    const copy = new MemoryFiles();
    for (const [path, { bytes, size }] of this.#contents) {
      if (!/\/lock[^/]*$/.test(path)) copy.#contents.set(path, { bytes: Buffer.from(bytes.subarray(0, size)), size });
    }
    return copy;
  }

  /** Paths in order. */
  paths(): readonly string[] {
    return [...this.#contents.keys()].sort();
  }

  sizeOf(path: string): number {
    return this.#get(path).size;
  }

  cut(path: string, size: number): void {
    this.#get(path).size = size;
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const found = this.#contents.get(path);
    if (found !== undefined && mode === 'create') throw failure('EEXIST', path);
    if (found === undefined && mode !== 'create' && mode !== 'replace') throw failure('ENOENT', path);
    const content = found ?? { bytes: Buffer.alloc(0), size: 0 };
    if (mode === 'replace') content.size = 0;
    this.#contents.set(path, content);
    return opened(content);
  }

  async rename(from: string, to: string): Promise<void> {
    for (const [path, content] of [...this.#contents]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.#contents.delete(path);
      this.#contents.set(to + path.slice(from.length), content);
    }
  }

  async link(from: string, to: string): Promise<void> {
    if (this.#contents.has(to)) throw failure('EEXIST', to);
    this.#contents.set(to, this.#get(from));
  }

  async remove(path: string): Promise<void> {
    this.#contents.delete(path);
  }

  async list(folder: string): Promise<readonly string[]> {
    const within = this.paths().filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(within.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))];
  }

  async makeFolder(): Promise<void> {}

  async syncFolder(): Promise<void> {}

  #get(path: string): Content {
    const content = this.#contents.get(path);
    if (content === undefined) throw failure('ENOENT', path);
    return content;
  }
}

function opened(content: Content): OpenFile {
  return {
    async read(into, place) {
      return content.bytes.copy(into, 0, place, Math.max(place, content.size));
    },
    async write(bytes, place) {
      const end = place + bytes.length;
      if (end > content.bytes.length) content.bytes = Buffer.concat([content.bytes, Buffer.alloc(end)]);
      bytes.copy(content.bytes, place);
      content.size = Math.max(content.size, end);
      return bytes.length;
    },
    dataSync: async () => undefined,
    async truncate(size) {
      content.bytes.fill(0, Math.min(size, content.size));
      content.size = size;
    },
    size: async () => content.size,
    close: async () => undefined,
  };
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
