/** Mutants of claims (P6): when they are answered, and by what order. */
import type { Mutant } from './mutant.js';

const claims = 'src/interaction/claims.ts';
const answered = 'if (known !== undefined && isOwn(known, own)) {';
/** A key of which nothing is known has no first record to tell. */
const untold = {
  file: claims,
  find: "status === 'duplicate' || positionText(known.first) !== positionText(position)",
  replacement: "status === 'duplicate'",
} as const;
const law = {
  file: 'src/interaction/claim-laws.test.ts',
  title: 'exactly one proceeds, and it is the first by position',
} as const;

export const claimMutants: readonly Mutant[] = [
  {
    name: 'claim-before-the-fold',
    promise: 'P6',
    wrong: 'a claim is answered before the ledger has passed it: a key of which nothing is known yet is free',
    edits: [
      {
        file: claims,
        find: 'const reached = (await parts.ledger.reached(position, asked.deadlineMs)) && (await isKnown);',
        replacement: 'const reached = await isKnown;',
      },
      { file: claims, find: answered, replacement: 'if (known === undefined || isOwn(known, own)) {' },
      untold,
    ],
    caughtBy: [law],
  },
  {
    name: 'claim-by-arrival',
    promise: 'P6',
    wrong: 'whoever asks while nobody is known to have the key has it, whatever the log comes to hold first',
    edits: [
      {
        file: claims,
        find: 'const { events, token } = await parts.intake',
        replacement:
          'const before = parts.ledger.claimOf(tenant, asked.idempotencyKey);\n  const { events, token } = await parts.intake',
      },
      {
        file: claims,
        find: answered,
        replacement: 'if (before === undefined || (known !== undefined && isOwn(known, own))) {',
      },
      untold,
    ],
    caughtBy: [law],
  },
];
