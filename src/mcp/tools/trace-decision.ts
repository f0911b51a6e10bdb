/** Everything on record about one decision. */
import { z } from 'zod';
import { reads } from '../annotations.js';
import { segment } from '../asking.js';
import { snapshotLink } from '../links.js';
import { decisionId } from '../members.js';
import { tool } from '../tool.js';

const hop = z.looseObject({ stage: z.string(), ref: z.string() });
const gap = z.looseObject({ stage: z.string(), what: z.string() });

const output = z.looseObject({
  id: z.string(),
  correlationId: z.string().nullable(),
  complete: z.boolean(),
  gaps: z.array(gap),
  hops: z.array(hop),
});

export const traceDecision = tool({
  name: 'trace_decision',
  title: 'Trace a decision',
  description:
    'From the log alone: the events that made the state, the snapshots with their positions and replay verdicts, prompt and policy ' +
    'versions, tool calls and their results, the decision, approval or override, and what was written. What is missing is named under ' +
    'gaps. Use it to explain a decision or to see what has become of one.',
  input: z.strictObject({ decision: decisionId }),
  output,
  annotations: reads,
  ask: async ({ decision }, asking) => {
    const reply = await asking.get(`/v1/decisions/${segment(decision)}/trace`);
    if (reply.kind === 'refused') return { reply };
    const { hops } = reply.value;
    const found = output.shape.hops.safeParse(hops).data ?? [];
    const snapshots = found.filter(({ stage }) => stage === 'snapshot').map(({ ref }) => ref);
    return { reply, links: [...new Set(snapshots)].flatMap(snapshotLink) };
  },
});
