// @ts-check
/**
 * A copilot in one loop: it reads the context, asks its model, calls the tool that the model wants, proposes, and leaves a trace.
 * The model is a script, so that the example runs without one: put yours in its place.
 *
 *     TIDEMARK_URL=http://127.0.0.1:7420 TIDEMARK_KEY=tm_... node examples/copilot-loop.mjs A-1001 "Can I have a refund?"
 */
import { TidemarkClient } from 'tidemark/client';
import { asked as askedOf, program, settings } from './settings.mjs';

/**
 * @typedef {{ tool: string, args: Record<string, string> } | { propose: string, why: string }} Step
 * @typedef {(messages: readonly { role: string, content: string }[]) => Promise<Step>} Model
 */

/** @type {Model} Looks an order up, then proposes. */
export const scriptedModel = async (messages) =>
  messages.some(({ role }) => role === 'tool')
    ? { propose: 'Refund the last order in full.', why: 'The order is within the period of the policy.' }
    : { tool: 'look_up_order', args: { which: 'last' } };

/** What the copilot can do. A tool with an effect in the world would look the same: each call is claimed before it acts.
 * @type {Record<string, (args: Record<string, string>) => unknown>} */
const tools = { look_up_order: ({ which }) => ({ which, order: 'O-7', amount: '24.00 EUR', daysAgo: 3 }) };

/**
 * @param {import('tidemark/client').ClientOptions} options
 * @param {{ account: string, question: string }} asked
 * @param {Model} model
 */
export async function copilot(options, asked, model = scriptedModel) {
  const client = new TidemarkClient(options);
  const { value, correlationId } = await client.withContext(
    // Rendered by the service from a versioned file: what customers wrote stands in it as fenced, labelled data.
    { ...asked, prompt: 'support_answer' },
    async (run) => {
      /** @type {{ role: string, content: string }[]} */
      const messages = [...(run.snapshot.prompt?.messages ?? [])];
      for (let turn = 0; turn < 8; turn++) {
        const step = await model(messages);
        if ('propose' in step) return run.propose({ action: step.propose, rationale: step.why, approval: 'required' });
        const act = tools[step.tool];
        if (act === undefined) throw new Error(`the model asked for a tool that there is not: ${step.tool}`);
        const key = `${run.workflow}/${step.tool}/${turn}`;
        messages.push({ role: 'tool', content: JSON.stringify(await run.tool(step.tool, step.args, key, act)) });
      }
      throw new Error('the model came to no proposal');
    },
    { task: 'answer a question', source: 'examples/copilot-loop' },
  );
  return { decision: value.id, correlationId, trace: await client.trace(value.id) };
}

await program(import.meta.url, async () => {
  const { decision, trace } = await copilot(settings(), askedOf());
  console.log(`decision ${decision}${trace.complete ? '' : ' (its trace has gaps, as long as nobody has decided)'}`);
  for (const { stage, ref, position } of trace.hops) console.log(`  ${stage.padEnd(9)} ${ref}  ${position}`);
  for (const { what, reason } of trace.gaps) console.log(`  missing   ${what}: ${reason}`);
});
