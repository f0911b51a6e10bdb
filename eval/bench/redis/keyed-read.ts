/** Reading the account of `snapshotEvents` in one call, without anything of the product: the positions, and the entities as they lie there. */

export interface KeyedRead {
  /** `host:port` */
  readonly address: string;
  /** Of progress, and of the account's entities. */
  readonly keys: readonly [string, string];
}

export const readAccount = `return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}`;

/** Of such a reply. The JSON of an entity is the last of its four lines. */
export function jsonOf([progress = [], entities = []]: readonly (readonly string[])[]): string {
  const values: string[] = [];
  for (let at = 1; at < entities.length; at += 2) {
    const text = entities[at] ?? '';
    values.push(text.slice(text.lastIndexOf('\n') + 1));
  }
  const positions = progress.map((text) => JSON.stringify(text));
  return `{"positions":[${positions.join(',')}],"items":[${values.join(',')}]}`;
}
