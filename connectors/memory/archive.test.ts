import { archiveContract } from '../../src/journal/archive.contract.js';
import { ArchiveStore, archiveKey, MemoryArchive } from './archive.js';

archiveContract('the archive in memory', async () => {
  const store = new ArchiveStore();
  return {
    connect: async () => new MemoryArchive(store),
    async harm(name, content) {
      store.segments.delete(archiveKey(name));
      if (content !== undefined) store.segments.set(archiveKey(name), { name, content });
    },
  };
});
