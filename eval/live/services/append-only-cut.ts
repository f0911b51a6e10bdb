/** Takes the end off the append-only file of a Redis that does not run. */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface AppendOnlyCut {
  readonly units: number;
  readonly bytes: number;
}

/**
 * Cuts the last units off the newest increment (Redis 7 keeps a folder `appendonlydir` with a base and increments): a command by itself,
 * or all that one script or transaction wrote, which stands between MULTI and EXEC. Rejects when it has fewer.
 */
export async function cutAppendOnlyTail(redisFolder: string, units: number): Promise<AppendOnlyCut> {
  const folder = join(redisFolder, 'appendonlydir');
  const numberOf = (name: string) => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? -1);
  const increments = (await readdir(folder)).filter((name) => numberOf(name) >= 0);
  const newest = increments.sort((a, b) => numberOf(a) - numberOf(b)).at(-1);
  if (newest === undefined) throw new Error(`no increment in ${folder}`);
  const bytes = await readFile(join(folder, newest));
  const starts = unitStarts(bytes);
  const from = units < 1 ? undefined : starts.at(-units);
  if (from === undefined) throw new Error(`the newest increment has ${starts.length} units`);
  const file = await open(join(folder, newest), 'r+');
  try {
    await file.truncate(from);
    await file.sync();
  } finally {
    await file.close();
  }
  return { units, bytes: bytes.length - from };
}

/** Commands stand as arrays of bulk strings (RESP2). SELECT goes with what follows it. */
function unitStarts(bytes: Buffer): readonly number[] {
  const starts: number[] = [];
  let isOpen = false;
  let isWithin = false;
  for (let at = 0; at < bytes.length; ) {
    const { name, end } = commandAt(bytes, at);
    if (!isOpen) starts.push(at);
    if (name === 'MULTI') isWithin = true;
    if (name === 'EXEC') isWithin = false;
    isOpen = isWithin || name === 'SELECT';
    at = end;
  }
  return starts;
}

function commandAt(bytes: Buffer, start: number): { readonly name: string; readonly end: number } {
  const line = (at: number) => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) throw new Error(`the append-only file ends within a line at byte ${at}`);
    return { text: bytes.toString('latin1', at + 1, end), next: end + 2 };
  };
  const count = line(start);
  let name = '';
  let end = count.next;
  for (let left = Number(count.text); left > 0; left--) {
    const size = line(end);
    const valueEnd = size.next + Number(size.text);
    name ||= bytes.toString('latin1', size.next, valueEnd).toUpperCase();
    end = valueEnd + 2;
  }
  return { name, end };
}
