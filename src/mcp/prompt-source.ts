/**
 * The prompts of the folder, as MCP lists and gets them: each is a context snapshot of an account with its messages, recorded like any
 * other. MCP knows no system messages, so what the system says is the first thing the user says.
 */
import { z } from 'zod';
import type { PromptListing } from '../prompts/listing.js';
import type { ListedPrompt, PromptArgument, PromptSource } from './prompts.js';

const released = z.object({
  prompt: z.object({
    messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  }),
});

/** `listings` as GET /v1/prompts has them, of this process or of the server that is asked. */
export function promptSource(listings: readonly PromptListing[]): PromptSource {
  const byName = new Map(listings.map((listing) => [nameOf(listing), listing]));
  const listed = [...byName].map(([name, listing]) => listedAs(name, listing));
  return {
    list: () => listed,
    get: async (name, { account, question, ...input }, asking) => {
      const listing = byName.get(name);
      if (listing === undefined) throw new Error('a prompt that is not listed was asked for');
      const { id, variant } = listing;
      const prompt = { id, ...(variant === null ? {} : { variant }), input };
      const reply = await asking.post('/v1/context', { account, question, prompt });
      if (reply.kind === 'refused') return reply;
      const messages = released.parse(reply.value).prompt.messages.map(({ role, content }) => {
        return { role: role === 'assistant' ? role : ('user' as const), text: content };
      });
      return { kind: 'messages', messages, from: reply.value };
    },
  };
}

/** Neither part of a name has a hyphen in it. */
function nameOf({ id, variant }: PromptListing): string {
  return variant === null ? id : `${id}-${variant}`;
}

function listedAs(name: string, { description, needsQuestion, inputs }: PromptListing): ListedPrompt {
  const given: readonly PromptArgument[] = [
    { name: 'account', description: 'The id of the account it is about', required: true },
    { name: 'question', description: 'What is asked', required: needsQuestion },
  ];
  const own = inputs.map(({ name: input, description: what, required, values }): PromptArgument => {
    const choice = values === null ? '' : ` (one of ${values.join(', ')})`;
    return { name: input, description: `${what}${choice}`, required };
  });
  return { name, description, arguments: [...given, ...own] };
}
