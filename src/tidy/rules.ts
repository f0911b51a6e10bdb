/** All rules but those that need to be told something first. */
import { cycles, direction } from './import-rules.js';
import * as language from './language-rules.js';
import type { Rule } from './rule.js';
import * as sizes from './size-rules.js';
import { noSilentSkip, noSleep } from './test-rules.js';

export const rules: readonly Rule[] = [
  direction,
  cycles,
  sizes.fileLines,
  sizes.fileSpread,
  sizes.functionLines,
  sizes.testBodyLines,
  sizes.classFields,
  sizes.parameters,
  language.noAny,
  language.noNonNull,
  language.noDoubleAssertion,
  language.noSilencedChecker,
  language.noUnfinishedWork,
  language.environment,
  language.noConsole,
  noSleep,
  noSilentSkip,
];
