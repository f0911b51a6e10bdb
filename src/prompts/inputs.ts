/** What a prompt is told beside the snapshot. Every input is text: free text is fenced as data, one of a closed list stands as it is. */
import { z } from 'zod';
import { limits } from '../limits.js';

export interface InputSpec {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** The values it may have, safe to stand between instructions; null: any text. */
  readonly values: readonly string[] | null;
}

/** As a caller gives them. */
export type Inputs = Readonly<Record<string, string>>;

export interface InputFault {
  readonly name: string;
  readonly detail: string;
}

/** What the snapshot itself gives. */
export const givenNames = ['rules', 'context', 'question', 'freshness'] as const;

/** Names that the template language takes for its own, and one that asks for the snapshot. */
const takenNames: readonly string[] = [
  ...givenNames,
  'account',
  ...['if', 'unless', 'each', 'with', 'lookup', 'log', 'else', 'this'],
  ...['role', 'history', 'media', 'section', 'json', 'ifEquals', 'unlessEquals'],
  ...['constructor', 'prototype', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'],
];

const inputName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9]{0,63}$/, 'an input is named by letters and digits')
  .refine((name) => !takenNames.includes(name), 'the name has a meaning of its own in templates');

const plainValue = z.string().regex(/^[a-z][a-z0-9 -]{0,63}$/, 'a value is a plain word');

const text = z.strictObject({
  type: z.union([z.literal('string'), z.tuple([z.literal('string'), z.literal('null')])]),
  description: z.string().min(1),
});
const choice = z.strictObject({ enum: z.array(plainValue.nullable()).min(1), description: z.string().min(1) });

/** JSON Schema as dotprompt makes it of Picoschema, as far as prompts here use it. */
const inputSchema = z.strictObject({
  type: z.literal('object'),
  properties: z.record(inputName, z.union([text, choice])),
  required: z.array(z.string()).optional(),
  additionalProperties: z.literal(false),
});

/** Throws a `ZodError` for a schema with other inputs than texts and choices. */
export function inputSpecs(schema: unknown): readonly InputSpec[] {
  const { properties, required = [] } = inputSchema.parse(schema);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    description,
    required: required.includes(name),
    values: 'enum' in rest ? rest.enum.filter((value) => value !== null) : null,
  }));
}

/** Empty when the prompt can be rendered with them. No value is repeated: it may be customer text. */
export function inputFaults(specs: readonly InputSpec[], inputs: Inputs): readonly InputFault[] {
  const faults: InputFault[] = [];
  const known = new Map(specs.map((spec) => [spec.name, spec]));
  for (const [name, value] of Object.entries(inputs)) {
    const spec = known.get(name);
    if (spec === undefined) faults.push({ name, detail: 'the prompt has no such input' });
    else if (spec.values !== null && !spec.values.includes(value))
      faults.push({ name, detail: `must be one of ${spec.values.join(', ')}` });
    else if (value.length > limits.promptInputLengthMax)
      faults.push({ name, detail: `is longer than ${limits.promptInputLengthMax} characters` });
  }
  for (const { name, required } of specs) {
    if (required && !Object.hasOwn(inputs, name)) faults.push({ name, detail: 'is required by the prompt' });
  }
  return faults;
}
