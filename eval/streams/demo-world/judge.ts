/** Compares an answer with what a trap expects of it. */
import type { JsonValue } from '../../../src/domain/canonical.js';
import type { Ref } from '../../../src/domain/entity.js';
import { isJsonObject } from '../../../src/domain/json.js';
import type { Claim, Expectation } from './trap.js';

/** What is judged of a snapshot, whoever made it. */
export interface Answer {
  readonly items: readonly AnswerItem[];
  /** The answer as it goes out, unescaped enough to be searched for plain words. */
  readonly text: string;
  readonly label: string;
}

export interface AnswerItem {
  readonly ref: Ref;
  readonly value: JsonValue;
  /** For entitlements: in force at the evaluation instant. */
  readonly active: boolean;
  /** For policies: the version that comes next. */
  readonly successor: Ref | null;
}

/** One sentence per difference; none means that the answer is right. */
export function judge(expected: Expectation, answer: Answer): string[] {
  const refs = new Set(answer.items.map(({ ref }) => ref));
  const { label } = expected;
  return [
    ...expected.mustContain.filter((ref) => !refs.has(ref)).map((ref) => `${ref} is missing`),
    ...expected.mustNotContain.filter((ref) => refs.has(ref)).map((ref) => `${ref} must not be there`),
    ...expected.mustNotMention.filter((text) => answer.text.includes(text)).map((text) => `mentions "${text}"`),
    ...expected.claims.flatMap((claim) => judgeClaim(claim, answer) ?? []),
    ...(label === undefined || label === answer.label ? [] : [`label is ${answer.label}, not ${label}`]),
  ];
}

function judgeClaim(claim: Claim, { items }: Answer): string | undefined {
  const item = items.find(({ ref }) => ref === claim.ref);
  if (claim.kind === 'active') {
    const active = item?.active ?? false;
    return active === claim.active ? undefined : `${claim.ref} reads as ${active ? 'active' : 'not active'}`;
  }
  if (item === undefined) return `${claim.ref} is missing`;
  if (claim.kind === 'successor') {
    return item.successor === claim.successor ? undefined : `${claim.ref} names ${item.successor} as its successor`;
  }
  const equal = JSON.stringify(valueAt(item.value, claim.pointer)) === JSON.stringify(claim.equals);
  return equal ? undefined : `${claim.ref} has another value at ${claim.pointer}`;
}

/** JSON pointer (RFC 6901 section 4); undefined where it leads nowhere. */
function valueAt(value: JsonValue, pointer: string): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = found[Number(name)];
    else found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}
