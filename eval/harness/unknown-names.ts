/** Names that nothing has arrived for by the moment of their question: most often a slip, and its figures would be 0 without a word. */
import type { Oracle } from './oracle.js';
import type { Question } from './types.js';

export class UnknownNames {
  readonly #told: string[] = [];
  readonly #questions = new Set<string>();

  /** When the question is asked. A document that is judged irrelevant may be unknown. */
  see({ id, tenant, account, expect }: Question, oracle: Oracle): void {
    const names = unknownOf(tenant, account, oracle);
    const judged = [...(expect.relevant ?? [])].flatMap(([ref, gain]) =>
      gain > 0 && !oracle.knowsRef(tenant, ref) ? [`${ref}, which is judged relevant`] : [],
    );
    const unknown = names.length > 0 ? names : judged;
    if (unknown.length > 0) this.#questions.add(id);
    this.#told.push(...unknown.map((name) => `question ${id} is about ${name}`));
  }

  notices(): readonly string[] {
    const [first] = this.#told;
    if (first === undefined) return [];
    const count = this.#questions.size;
    const questions = count === 1 ? '1 question names' : `${count} questions name`;
    return [`${questions} what nothing had arrived of by then (first: ${first})`];
  }
}

/** Whatever belongs to a tenant that is unknown is unknown too, and is not told again. */
function unknownOf(tenant: string, account: string | null, oracle: Oracle): readonly string[] {
  if (!oracle.knowsTenant(tenant)) return [`the tenant ${tenant}`];
  return account === null || oracle.knowsRef(tenant, `account/${account}`) ? [] : [`the account ${account}`];
}
