/** Checks of what the service stands on: Node, the disk, the material. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { limits } from '../../limits.js';
import { type Check, fail, failedBy, ok, warn } from './check.js';

const NODE_MAJOR_MIN = 20;
const NODE_MINOR_MIN = 19;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const tooOld = major < NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor < NODE_MINOR_MIN);
  if (!tooOld) return ok('node', version);
  return fail('node', `${version} is too old`, `Install Node ${NODE_MAJOR_MIN}.${NODE_MINOR_MIN} or later.`);
}

export async function checkDisk(folder: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(nearestFolder(folder));
    return judgeDisk(bavail * bsize);
  } catch (error) {
    return failedBy('disk', error);
  }
}

export function judgeDisk(bytesFree: number): Check {
  const found = `${(bytesFree / 2 ** 30).toFixed(1)} GiB free`;
  const advice = 'Make room: a log that cannot be written takes no events and releases no audited snapshot.';
  if (bytesFree < limits.diskFreeBytesMin) return fail('disk', found, advice);
  return bytesFree < limits.diskFreeBytesWarn ? warn('disk', found, advice) : ok('disk', found);
}

function nearestFolder(folder: string): string {
  let found = resolve(folder);
  while (!existsSync(found) && dirname(found) !== found) found = dirname(found);
  return found;
}

export function checkData(folder: string | undefined): Check {
  if (folder !== undefined) return ok('material', folder);
  return ok('material', 'not there; only the world tau-banking and the evaluation need it (TIDEMARK_DATA)');
}
