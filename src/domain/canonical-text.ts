/**
 * Writes canonical JSON (RFC 8785) of values whose members may be in any order. Numbers and strings are written as ECMAScript
 * does, which is what the format asks for (sections 3.2.2.2 and 3.2.2.3); names are ordered by UTF-16 code units (section 3.2.3).
 */

/** Undefined for what is not plain JSON that the format can hold: NaN, infinities, unpaired surrogates, classes, what has no JSON form. */
export function orderedText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      // As JSON.stringify writes them, negative zero as 0.
      return Number.isFinite(value) ? `${value}` : undefined;
    case 'boolean':
      return `${value}`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? textOfItems(value) : textOfMembers(value);
    default:
      return undefined;
  }
}

function textOfItems(items: readonly unknown[]): string | undefined {
  let text = '';
  for (const item of items) {
    const written = orderedText(item);
    if (written === undefined) return undefined;
    text += text === '' ? written : `,${written}`;
  }
  return `[${text}]`;
}

function textOfMembers(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  const { ordered, heads } = orderOf(Object.keys(members));
  let text = '{';
  for (let at = 0; at < ordered.length; at++) {
    const head = heads[at];
    const written = orderedText(members[ordered[at] ?? '']);
    if (head === undefined || written === undefined) return undefined;
    text += head + written;
  }
  return `${text}}`;
}

// Most strings hold nothing that JSON escapes, and no surrogates; telling so is cheaper than having them quoted and judged.
const AS_IT_STANDS = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

function quoted(text: string): string | undefined {
  if (AS_IT_STANDS.test(text)) return `"${text}"`;
  return text.isWellFormed() ? JSON.stringify(text) : undefined;
}

/** How the members with these names are written. */
interface Order {
  readonly names: readonly string[];
  readonly ordered: readonly string[];
  /** What goes before each value: the separator, the name and a colon; undefined for a name the format cannot hold. */
  readonly heads: readonly (string | undefined)[];
}

/**
 * Events name the same members over and over, so the last order in each of a few places is remembered: finding that it is the same
 * takes a comparison per name, where ordering and quoting took most of the writing. This outlives the event, whoever's it was, so it
 * holds names only and never a value, of at most 64 objects, each replaced by the next in its place; and only names that read like
 * those of fields. An address, a number or a sentence that somebody uses as a name is data: it is ordered anew each time and kept
 * nowhere. A lone word may still be somebody's name: it stays until another order takes its place, or the process ends.
 */
const remembered: Order[] = [];
const REMEMBERED_MAX = 64;
/** Objects with more names are documents of their own; what is remembered of others stays under 200 KB. */
const REMEMBERED_NAMES_MAX = 64;
const FIELD_NAME = /^[A-Za-z_]{1,32}[0-9]?$/;

function orderOf(names: readonly string[]): Order {
  const first = names[0] ?? '';
  const place = (names.length * 5 + first.length * 3 + (names.at(-1)?.length ?? 0)) % REMEMBERED_MAX;
  const known = remembered[place];
  if (known !== undefined && isSame(known.names, names)) return known;
  const ordered = [...names].sort();
  const heads = ordered.map((name, at) => headOf(name, at));
  const order = { names, ordered, heads };
  if (names.length <= REMEMBERED_NAMES_MAX && names.every(isFieldName)) remembered[place] = order;
  return order;
}

/** Whether it may be remembered. */
export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name);
}

function headOf(name: string, at: number): string | undefined {
  const text = quoted(name);
  return text === undefined ? undefined : `${at === 0 ? '' : ','}${text}:`;
}

function isSame(known: readonly string[], names: readonly string[]): boolean {
  if (known.length !== names.length) return false;
  for (let at = 0; at < names.length; at++) if (known[at] !== names[at]) return false;
  return true;
}
