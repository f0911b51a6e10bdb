/** `prompt` of a context request: which prompt is rendered over the snapshot, and what it is told beside it. */
import { z } from '@hono/zod-openapi';
import { limits } from '../limits.js';
import { inputFaults } from '../prompts/inputs.js';
import type { PromptCall } from '../prompts/prompt.js';
import type { PromptSet } from '../prompts/prompt-set.js';
import { invalid, type MemberFault, type Problem } from './problems.js';

const name = z.string().min(1).max(64);

const chosen = z.strictObject({
  id: name,
  variant: name.optional(),
  version: name.optional().openapi({ description: 'The newest when not given; older ones are kept' }),
  input: z
    .record(name, z.string().max(limits.promptInputLengthMax))
    .refine((input) => Object.keys(input).length <= limits.promptInputsMax, `more than ${limits.promptInputsMax}`)
    .optional(),
});

export const promptSchema = z
  .union([name, chosen], {
    error: 'neither the id of a prompt nor an object of id, variant, version and input, all text',
  })
  .optional()
  .openapi({
    description:
      'Render this prompt over the snapshot: `prompt.messages` of the reply, for a model. GET /v1/prompts lists the prompts and ' +
      'their inputs. Retrieved text stands in the messages as fenced, labelled data. A text stands for the prompt of this id.',
  });

export const messagesSchema = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
});

type Found = { readonly kind: 'none' } | { readonly kind: 'found'; readonly call: PromptCall } | Problem;

export function promptFor(prompts: PromptSet, asked: z.output<typeof promptSchema>, question: string | null): Found {
  if (asked === undefined) return { kind: 'none' };
  const { id, variant = null, version, input: inputs = {} } = typeof asked === 'string' ? { id: asked } : asked;
  const prompt = prompts.find({ id, variant }, version);
  if (prompt === undefined)
    return invalid([fault('/prompt', 'no such prompt, variant or version: see GET /v1/prompts')]);
  const faults = inputFaults(prompt.inputs, inputs).map((one) => fault(`/prompt/input/${one.name}`, one.detail));
  if (prompt.needsQuestion && question === null) faults.push(fault('/question', 'is required by the prompt'));
  return faults.length > 0 ? invalid(faults) : { kind: 'found', call: { prompt, inputs } };
}

function fault(pointer: string, detail: string): MemberFault {
  return { in: 'body', pointer: pointer.replaceAll('~', '~0'), detail };
}
