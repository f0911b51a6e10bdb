/** Every tool, in the order in which an agent comes to need them; hosts are shown this order. */
import type { Tool } from '../tool.js';
import { checkSnapshot } from './check-snapshot.js';
import { claimToolCall } from './claim-tool-call.js';
import { describeContext } from './describe-context.js';
import { getContext } from './get-context.js';
import { recordDecision } from './record-decision.js';
import { recordToolOutcome } from './record-tool-outcome.js';
import { replaySnapshot } from './replay-snapshot.js';
import { searchContext } from './search-context.js';
import { traceDecision } from './trace-decision.js';

export const tools: readonly Tool[] = [
  describeContext,
  getContext,
  searchContext,
  checkSnapshot,
  replaySnapshot,
  traceDecision,
  claimToolCall,
  recordToolOutcome,
  recordDecision,
];

const byName = new Map(tools.map((tool) => [tool.name, tool]));

export function toolNamed(name: string): Tool | undefined {
  return byName.get(name);
}
