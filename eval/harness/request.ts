/** From a question of a suite to the request that a caller of the service would have made. */
import { kindNames } from '../../src/domain/kinds/index.js';
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import { inputFaults } from '../../src/prompts/inputs.js';
import type { PromptCall } from '../../src/prompts/prompt.js';
import type { PromptSet } from '../../src/prompts/prompt-set.js';
import type { SnapshotRequest } from '../../src/snapshot/request.js';
import type { PromptChoice, Setup } from './setup.js';
import type { Demands, Question } from './types.js';

const everyKind = [...kindNames].sort();

/** Of a service that is caught up with before anything is asked: it covers what has arrived, and waits for nothing. */
const caughtUp: Demands = {
  level: 'latest',
  maxStalenessMs: limits.maxStalenessMsDefault,
  deadlineMs: limits.deadlineMsDefault,
  onViolation: 'wait',
};

/** As the API takes a request that asks for nothing: what lags is answered from, and labelled. */
const asFast: Demands = { ...caughtUp, level: 'fastest', onViolation: 'mark' };

/** What a question asks for that says nothing itself. */
export function demandsOf({ lag }: Pick<Setup, 'lag'>): Demands {
  return lag === null ? caughtUp : asFast;
}

/** `prompt`: rendered into every context. A search has the largest budget, so that its ranking is not cut by what its items weigh. */
export function requestOf(question: Question, demands: Demands, prompt?: PromptCall): SnapshotRequest {
  const { tenant, account, mode, text, history, kinds, count, tokenBudget } = question;
  const core = {
    tenant,
    purpose: 'evaluation',
    limits: question.limits ?? { policies: count, tickets: count },
    consistency: { ...(question.consistency ?? demands), atLeast: new Map() },
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

/** Undefined: the set-up renders none. Throws `config_invalid` for one that is not there, and for inputs that are not its own. */
export function promptCallOf(choice: PromptChoice | null, prompts: PromptSet): PromptCall | undefined {
  if (choice === null) return undefined;
  const { id, version, variant, input } = choice;
  const prompt = prompts.find({ id, variant }, version ?? undefined);
  const name = promptText(id, variant);
  if (prompt === undefined) {
    const wanted = version === null ? name : `${name}@${version}`;
    const known = prompts.list().map(({ newest }) => promptText(newest.name, newest.variant));
    throw promptInvalid(
      `there is no prompt "${wanted}"`,
      `Name one of ${known.join(', ')}, in a version that is kept.`,
    );
  }
  const faults = inputFaults(prompt.inputs, input).map((fault) => `input "${fault.name}": ${fault.detail}`);
  if (faults.length === 0) return { prompt, inputs: input };
  const inputs = prompt.inputs.map((one) => one.name).join(', ') || 'none';
  throw promptInvalid(`the prompt "${name}": ${faults.join('; ')}`, `Its inputs: ${inputs}.`);
}

function promptText(id: string, variant: string | null): string {
  return variant === null ? id : `${id}.${variant}`;
}

function promptInvalid(message: string, advice: string): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false });
}
