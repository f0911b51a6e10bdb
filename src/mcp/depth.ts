/** How deep JSON nests, without recursion: what comes over stdio has been parsed before anybody could bound it. */

/** Levels of objects and arrays; past `levelsMax` no further is looked. */
export function depthOf(value: unknown, levelsMax: number): number {
  let level = 0;
  let containers = containersOf([value]);
  while (containers.length > 0 && level <= levelsMax) {
    level++;
    containers = containersOf(containers.flatMap((container) => Object.values(container)));
  }
  return level;
}

function containersOf(values: readonly unknown[]): readonly object[] {
  return values.filter((value): value is object => typeof value === 'object' && value !== null);
}
