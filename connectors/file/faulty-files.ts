/** A file layer for tests: counts what reaches the disk and fails where it is told to. */
import { type FileSystemPort, nodeFiles, type OpenFile } from './files.js';

const fileSteps = [
  ...(['open', 'read', 'write', 'dataSync', 'truncate'] as const),
  ...(['rename', 'link', 'remove', 'list', 'makeFolder', 'syncFolder'] as const),
];

export type FileStep = (typeof fileSteps)[number];

/** Steps that change what is on the disk, or make a change last. */
export const changingSteps: ReadonlySet<FileStep> = new Set(
  fileSteps.filter((step) => step !== 'read' && step !== 'list' && step !== 'open'),
);

/** What a step does instead: an error of the operating system, or, for a write, only a part of the bytes. */
export type Fault = { readonly code: string } | { readonly bytesWritten: number };

export interface FaultyFiles extends FileSystemPort {
  readonly counts: Readonly<Record<FileStep, number>>;
  /** Files that are open now. */
  openNow(): number;
  /** Asked before every step; undefined lets it happen. */
  fault: (step: FileStep, path: string) => Fault | undefined;
}

export function faultyFiles(under: FileSystemPort = nodeFiles): FaultyFiles {
  const counts = Object.fromEntries(fileSteps.map((step) => [step, 0])) as Record<FileStep, number>;
  let openNow = 0;
  const before = (step: FileStep, path: string): Fault | undefined => {
    counts[step]++;
    const fault = files.fault(step, path);
    if (fault !== undefined && 'code' in fault) throw Object.assign(new Error(`${step} failed`), { code: fault.code });
    return fault;
  };
  const files: FaultyFiles = {
    ...under,
    counts,
    openNow: () => openNow,
    fault: () => undefined,
    async open(path, mode) {
      before('open', path);
      const file = wrap(await under.open(path, mode), path, before);
      openNow++;
      const close = async (): Promise<void> => {
        openNow--;
        await file.close();
      };
      return { ...file, close };
    },
    async rename(from, to) {
      before('rename', to);
      await under.rename(from, to);
    },
    async link(from, to) {
      before('link', to);
      await under.link(from, to);
    },
    async remove(path) {
      before('remove', path);
      await under.remove(path);
    },
    async list(folder) {
      before('list', folder);
      return under.list(folder);
    },
    async makeFolder(path) {
      before('makeFolder', path);
      await under.makeFolder(path);
    },
    async syncFolder(path) {
      before('syncFolder', path);
      await under.syncFolder(path);
    },
  };
  return files;
}

function wrap(file: OpenFile, path: string, before: (step: FileStep, path: string) => Fault | undefined): OpenFile {
  return {
    async read(into, place) {
      before('read', path);
      return file.read(into, place);
    },
    async write(bytes, place) {
      const fault = before('write', path);
      const part = fault !== undefined && 'bytesWritten' in fault ? bytes.subarray(0, fault.bytesWritten) : bytes;
      return part.length === 0 ? 0 : file.write(part, place);
    },
    async dataSync() {
      before('dataSync', path);
      await file.dataSync();
    },
    async truncate(size) {
      before('truncate', path);
      await file.truncate(size);
    },
    size: () => file.size(),
    close: () => file.close(),
  };
}

/** Something that counts steps on certain paths and, from the `nth` on, lets none of them happen: a process that was killed there. */
export function deadFrom(nth: number, isCounted: (step: FileStep, path: string) => boolean) {
  const dead = {
    steps: 0,
    fault: (step: FileStep, path: string): Fault | undefined => {
      if (!isCounted(step, path)) return undefined;
      dead.steps++;
      return dead.steps >= nth ? { code: 'EIO' } : undefined;
    },
  };
  return dead;
}
