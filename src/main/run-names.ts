/** How the folder of a run is called, and how a command is told that goes on with it. */
import { sha256Hex } from '../domain/canonical.js';

/** Of a set-up: what EMBEDDER takes may have the path of a model in it. Two names never share a folder. */
export function fileName(setup: string): string {
  const name = setup.replace(/^\.+|[^\p{L}\p{N} @._-]+/gu, '-');
  return name === setup ? name : `${name}-${sha256Hex(setup).slice(0, 8)}`;
}

/** As a POSIX shell takes them back. */
export function shellText(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
