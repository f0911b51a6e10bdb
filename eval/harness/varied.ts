/**
 * The method that a set-up asks for: the default one with another ranking or other passages. Names are made of the numbers, so that
 * every snapshot's stamp says what it was ranked by.
 */
import { TidemarkError } from '../../src/errors.js';
import { limits } from '../../src/limits.js';
import type { TurnWeights } from '../../src/retrieval/conversation.js';
import {
  defaultRanking,
  type PassageRules,
  type RankingRules,
  type RetrievalMethod,
} from '../../src/retrieval/method.js';
import { characterPassages, passagesWithin, type TextMeasure } from '../../src/retrieval/passages.js';
import type { PassagesChoice, RankingChoice, Setup } from './setup.js';

/** Short names of rankings: `dense` and `lexical` are the single retrievers that a fusion is held against. */
const rankings: Readonly<Record<string, RankingChoice>> = {
  default: {},
  dense: { denseShare: 1, lexicalShare: 0 },
  lexical: { denseShare: 0, lexicalShare: 1 },
};

/** Throws `config_invalid` for names that there are none of, and for numbers that would find nothing or change nothing. */
export function variedMethod(method: RetrievalMethod, { name, ranking, passages }: Setup): RetrievalMethod {
  const fault = (what: string, advice: string) => invalid(`set-up ${name}: ${what}`, advice);
  const rules =
    typeof ranking === 'string' ? namedRanking(ranking, method) : rankingWith(ranking ?? {}, method.ranking);
  if (rules === undefined) {
    const known = [...Object.keys(rankings), defaultRanking.id].join(', ');
    throw fault(`there is no ranking "${ranking}"`, `Name one of ${known}, or give its numbers.`);
  }
  if (rules.denseShare + rules.lexicalShare === 0)
    throw fault('its ranking counts neither meaning nor words', 'Give denseShare or lexicalShare a number above 0.');
  const isChanged =
    rules.denseShare !== method.ranking.denseShare || rules.lexicalShare !== method.ranking.lexicalShare;
  if (method.embedder === null && isChanged && ranking !== 'lexical')
    throw fault('shares of a ranking change nothing without a model', 'Name an embedder, or leave the shares out.');
  const cut = passagesFor(passages, method);
  if (cut === undefined)
    throw fault(`there are no passages "${passages}"`, `Name default or ${method.passages.id}, or give charsMax.`);
  if (typeof cut === 'string') throw fault(cut, 'Give titles less room than passages.');
  return { ...method, ranking: rules, passages: cut };
}

function namedRanking(name: string, { ranking }: RetrievalMethod): RankingRules | undefined {
  if (name === ranking.id) return ranking;
  const choice = Object.hasOwn(rankings, name) ? rankings[name] : undefined;
  return choice && rankingWith(choice, ranking);
}

/** Over these rules. The name says what differs; where nothing does, it is theirs. */
export function rankingWith({ turns = {}, ...shares }: RankingChoice, rules: RankingRules): RankingRules {
  const { denseShare = rules.denseShare, lexicalShare = rules.lexicalShare } = shares;
  const { lexicalDecay, denseDecay, assistantShare } = rules.turns;
  const weights: TurnWeights = {
    lexicalDecay: turns.lexicalDecay ?? lexicalDecay,
    denseDecay: turns.denseDecay ?? denseDecay,
    assistantShare: turns.assistantShare ?? assistantShare,
  };
  const numbers: readonly (readonly [string, number, number])[] = [
    ['denseShare', denseShare, rules.denseShare],
    ['lexicalShare', lexicalShare, rules.lexicalShare],
    ['lexicalDecay', weights.lexicalDecay, lexicalDecay],
    ['denseDecay', weights.denseDecay, denseDecay],
    ['assistantShare', weights.assistantShare, assistantShare],
  ];
  const changed = numbers.filter(([, value, usual]) => value !== usual).map(([name, value]) => `/${name}=${value}`);
  return { ...rules, id: `${rules.id}${changed.join('')}`, denseShare, lexicalShare, turns: weights };
}

/** Undefined: no such name. A text: what is wrong with the numbers. */
function passagesFor(choice: Setup['passages'], { passages }: RetrievalMethod): PassageRules | string | undefined {
  if (choice === null || choice === 'default' || choice === passages.id) return passages;
  if (choice === characterPassages.id) return charactersWithin({}, passages);
  if (typeof choice === 'string') return undefined;
  const { charsMax, titleCharsMax } = boundsOf(choice);
  if (titleCharsMax > charsMax) return `titles of ${titleCharsMax} characters in passages of ${charsMax}`;
  return charactersWithin(choice, passages);
}

const characters: TextMeasure = {
  sizeOf: (text) => text.length,
  fitting: (text, max) => Math.min(text.length, max),
};

/** A question is cut as its model reads it, whatever the passages are. */
function charactersWithin(choice: PassagesChoice, { partsOf }: PassageRules): PassageRules {
  const { charsMax, titleCharsMax } = boundsOf(choice);
  const [version = ''] = characterPassages.id.split('/');
  const bounds = { measure: characters, titleMax: titleCharsMax, bodyMax: () => charsMax, gap: 2 };
  const rules = passagesWithin(`${version}/${charsMax}/${titleCharsMax}`, bounds);
  return partsOf === undefined ? rules : { ...rules, partsOf };
}

function boundsOf(choice: PassagesChoice): Required<{ readonly [Bound in keyof PassagesChoice]: number }> {
  const { charsMax = limits.passageCharsMax, titleCharsMax = limits.passageTitleCharsMax } = choice;
  return { charsMax, titleCharsMax: choice.titleCharsMax ?? Math.min(titleCharsMax, charsMax) };
}

function invalid(message: string, advice: string): TidemarkError {
  return new TidemarkError({ code: 'config_invalid', message, advice, retriable: false });
}
