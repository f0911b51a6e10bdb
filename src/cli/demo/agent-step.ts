/** The tour's agent: it acts once however often it tries, proposes, is overruled by a person, and all of it can be told afterwards. */
import type { DecisionTrace, TidemarkClient, ToolOutcome } from '../../client/index.js';
import type { WorldQuestion } from '../composition.js';
import { type Line, line, span } from '../text/line.js';
import { traceLines } from '../text/trace.js';
import type { Step } from './step.js';

/** The tour's log is made anew each time: its decision can have the same id, to be asked about afterwards. */
export const tourDecision = 'waive-the-next-fee';

const refundTool = 'refund';
const proposed = 'Waive the next fee as well.';
const proposal = { id: tourDecision, action: proposed, approval: 'required' } as const;
const override = { by: 'lead@support', reason: 'One gesture of goodwill is enough: the refund stands, no more.' };

interface Told {
  readonly key: string;
  readonly first: ToolOutcome<unknown>;
  readonly second: ToolOutcome<unknown>;
  readonly acted: number;
  readonly decision: string;
}

export async function agentStep(client: TidemarkClient, asked: WorldQuestion): Promise<Step> {
  const { told, correlationId } = await act(client, asked);
  const trace = await client.trace(told.decision);
  return {
    title: 'An agent, and a person',
    explanation:
      'It reads the context and claims a refund before it acts. The second attempt is told that it is a duplicate. A person overrules ' +
      'what it proposes next. The trace is told from the records of the log alone.',
    lines: [...linesOf(told), line(['']), ...traceLines(jsonOf(trace))],
    kept: isKept(told, trace),
    data: { correlationId, ...told, trace },
  };
}

async function act(client: TidemarkClient, { account, question }: WorldQuestion) {
  let acted = 0;
  const refund = ({ account: to }: { readonly account: string }) => {
    acted++;
    return { refunded: to };
  };
  const key = `${refundTool}/${account}`;
  const { value, correlationId } = await client.withContext(
    { account, question, purpose: 'demo' },
    async (run) => {
      const first = await run.tool(refundTool, { account }, key, refund);
      const second = await run.tool(refundTool, { account }, key, refund);
      const decision = await run.propose({ ...proposal, askedOf: override.by });
      await decision.overridden(override);
      return { key, first, second, decision: decision.id };
    },
    { task: 'answer a question', source: 'tidemark-demo' },
  );
  return { told: { ...value, acted }, correlationId };
}

function isKept({ first, second, acted }: Told, { complete, hops }: DecisionTrace): boolean {
  const once = acted === 1 && first.kind === 'acted' && second.kind === 'duplicate' && second.status === 'returned';
  const types = ['tool.called', 'tool.returned', 'decision.proposed', 'decision.overridden'];
  return once && complete && types.every((type) => hops.some(({ ref }) => ref === type));
}

function linesOf({ key, first, second, acted }: Told): readonly Line[] {
  const again = second.kind === 'duplicate' ? `DUPLICATE, ${second.status}` : second.kind.toUpperCase();
  return [
    line([
      `claims ${key}: `,
      first.kind === 'acted' ? span('PROCEED', 'good') : span('DUPLICATE', 'bad'),
      ', and acts',
    ]),
    line([`claims ${key} again: `, span(again, 'warn'), `, and does not act: refunded ${acted} time(s)`]),
    line([`proposes: ${proposed}`]),
    line([`${override.by} overrules it: ${override.reason}`], 0, 2),
  ];
}

/** The lines are made of JSON, as it came. */
function jsonOf(trace: DecisionTrace): Parameters<typeof traceLines>[0] {
  return JSON.parse(JSON.stringify(trace));
}
