/**
 * A zod schema as the protocol shows it. Converting takes longer than a snapshot, and servers are made per request: it is done once.
 * The protocol library is given nothing to check: what is wrong with arguments is told by us, as a result with its code and hint, and
 * what a tool returns is what the API returned, which its own tests hold against the same schema.
 */
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z } from 'zod';

export type Shown = StandardSchemaWithJSON;

/** Arguments: closed, so that a member nobody reads is refused and not ignored. */
export function shownInput(schema: z.ZodType): Shown {
  return shown(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', reused: 'inline' }));
}

/** Results: open, since what the API adds later must not break who reads by an older description. */
export function shownOutput(schema: z.ZodType): Shown {
  return shown(
    z.toJSONSchema(schema, {
      io: 'output',
      target: 'draft-2020-12',
      reused: 'inline',
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  );
}

function shown({ $schema: _, ...schema }: Record<string, unknown>): Shown {
  const json = { type: 'object', ...schema };
  return {
    '~standard': {
      version: 1,
      vendor: 'tidemark',
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  };
}
