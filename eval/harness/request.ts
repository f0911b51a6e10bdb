/** From a question of a suite to the request that a caller of the service would have made. */
import { kindNames } from '../../src/domain/kinds/index.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { PromptCall } from '../../src/prompts/prompt.js';
import type { PromptSet } from '../../src/prompts/prompt-set.js';
import type { SnapshotRequest } from '../../src/snapshot/request.js';
import type { Question } from './types.js';

const everyKind = [...kindNames].sort();

/** `prompt`: rendered into every context. A search has the largest budget, so that its ranking is not cut by what its items weigh. */
export function requestOf(question: Question, prompt?: PromptCall): SnapshotRequest {
  const { tenant, account, mode, text, history, kinds, count, tokenBudget } = question;
  const core = {
    tenant,
    purpose: 'evaluation',
    limits: question.limits ?? { policies: count, tickets: count },
    consistency: {
      level: 'latest',
      atLeast: new Map(),
      maxStalenessMs: limits.maxStalenessMsDefault,
      deadlineMs: limits.deadlineMsDefault,
      onViolation: 'wait',
    },
    asOf: null,
    question: text,
    ...(history.length === 0 ? {} : { history }),
  } as const;
  const wanted = kinds === undefined ? undefined : [...new Set(kinds)].sort();
  if (mode === 'context' && account !== null) {
    const rendering = prompt === undefined ? {} : { prompt };
    return {
      ...core,
      mode,
      account,
      kinds: wanted ?? everyKind,
      tokenBudget: tokenBudget ?? limits.tokenBudgetDefault,
      ...rendering,
    };
  }
  const byDefault = account === null ? (['policy'] as const) : (['policy', 'ticket'] as const);
  return {
    ...core,
    mode: 'search',
    account,
    kinds: wanted ?? byDefault,
    tokenBudget: tokenBudget ?? limits.tokenBudgetMax,
  };
}

/** Undefined: the set-up renders none. Throws `config_invalid` for one that is not there, or that asks for inputs. */
export function promptCallOf(name: string | null, prompts: PromptSet): PromptCall | undefined {
  if (name === null) return undefined;
  const prompt = prompts.find({ id: name, variant: null });
  if (prompt === undefined) {
    const known = prompts.list().map(({ newest }) => newest.name);
    throw promptInvalid(`there is no prompt "${name}"`, `Name one of ${known.join(', ')}.`);
  }
  return { prompt, inputs: {} };
}

function promptInvalid(message: string, advice: string): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false });
}
