/** All traps of the world, in the order of the table in `../README.md`. */
import type { Trap } from './trap.js';
import { revokedLate, ticketMoved } from './traps-ownership.js';
import { policyScheduled, policySuperseded } from './traps-policy.js';
import { accountRecreated } from './traps-recreated.js';
import { orphanPatch, poisoned } from './traps-rejected.js';
import { resent } from './traps-resent.js';
import { hostileText, sameIds } from './traps-text.js';

export const traps: readonly Trap[] = [
  revokedLate,
  policySuperseded,
  policyScheduled,
  ticketMoved,
  accountRecreated,
  resent,
  poisoned,
  hostileText,
  sameIds,
  orphanPatch,
];
