/**
 * Entity versions: the source's own order of one entity's states. A decimal of any length, or a PostgreSQL log sequence number
 * (`16/B374D848`). Compared as text of equal form, never as JS numbers: 2^53 and 2^53 + 1 are different versions.
 */
import { limits } from '../limits.js';

const DECIMAL = /^[0-9]+$/;
const LSN = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** Canonical text of a version, so that equal versions are equal strings; branded, made only by `parseVersion`. */
export type EntityVersion = string & { readonly brand: 'EntityVersion' };

/** Undefined when the text is neither form, or longer than the bound. */
export function parseVersion(text: string): EntityVersion | undefined {
  if (text.length > limits.versionDigitsMax) return undefined;
  if (DECIMAL.test(text)) return text.replace(/^0+(?=[0-9])/, '') as EntityVersion;
  const lsn = LSN.exec(text);
  if (lsn === null) return undefined;
  const [, high = '', low = ''] = lsn;
  return `${hexWord(high)}/${hexWord(low)}` as EntityVersion;
}

function hexWord(text: string): string {
  const digits = text.toUpperCase().replace(/^0+(?=.)/, '');
  return digits;
}

export type VersionForm = 'decimal' | 'lsn';

export function versionForm(version: EntityVersion): VersionForm {
  return version.includes('/') ? 'lsn' : 'decimal';
}

/** Both must be of one form; the fold rejects a key that mixes them before it compares. */
export function compareVersions(a: EntityVersion, b: EntityVersion): -1 | 0 | 1 {
  const [aHigh = '', aLow = ''] = a.split('/');
  const [bHigh = '', bLow = ''] = b.split('/');
  return compareDigits(aHigh, bHigh) || compareDigits(aLow, bLow);
}

function compareDigits(a: string, b: string): -1 | 0 | 1 {
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
