/** The anatomy of a tool. Each file in `tools` has the same parts in the same order. */
import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { faultsOf, invalid, type Problem } from '../api/problems.js';
import { limits } from '../limits.js';
import type { Asking, Refused, Reply } from './asking.js';
import { depthOf } from './depth.js';
import { provenanceOf } from './provenance.js';
import type { Link, Outcome } from './results.js';
import { type Shown, shownInput, shownOutput } from './schema.js';

export interface ToolParts<Input extends z.ZodType> {
  /** Letters and underscores: some hosts take nothing else. */
  readonly name: string;
  readonly title: string;
  /** For a model: what it gives, and when to use it rather than another. */
  readonly description: string;
  readonly input: Input;
  readonly output: z.ZodType;
  readonly annotations: Required<
    Pick<ToolAnnotations, 'readOnlyHint' | 'destructiveHint' | 'idempotentHint' | 'openWorldHint'>
  >;
  ask(call: z.output<Input>, asking: Asking): Promise<Answered>;
}

export interface Answered {
  readonly reply: Reply;
  /** The snapshot that the answer is about, where it is none itself. */
  readonly snapshot?: string;
  readonly links?: readonly Link[];
}

export interface Tool extends Omit<ToolParts<z.ZodType>, 'input' | 'output' | 'ask'> {
  readonly input: Shown;
  readonly output: Shown;
  call(given: unknown, asking: Asking): Promise<Outcome>;
}

export function tool<Input extends z.ZodType>(parts: ToolParts<Input>): Tool {
  const { name, title, description, input, output, annotations, ask } = parts;
  const call = async (given: unknown, asking: Asking): Promise<Outcome> => {
    const { reply, snapshot = null, links = [] } = await answered(given ?? {}, asking);
    if (reply.kind === 'told') {
      return {
        kind: 'told',
        reply,
        provenance: await provenanceOf(reply.facts ?? reply.value, asking, snapshot),
        links,
      };
    }
    const { problem } = reply;
    return { kind: 'refused', problem, provenance: await provenanceOf(problem, asking, snapshot) };
  };
  const answered = async (given: unknown, asking: Asking): Promise<Answered> => {
    if (depthOf(given, limits.jsonDepthMax) > limits.jsonDepthMax) return { reply: refused(tooDeep()) };
    const read = input.safeParse(given);
    return read.success ? ask(read.data, asking) : { reply: refused(invalid(faultsOf(read.error, 'body'))) };
  };
  return { name, title, description, annotations, input: shownInput(input), output: shownOutput(output), call };
}

/** As the API would have told it. */
function refused({ code, message, advice, retriable, errors = [] }: Problem): Refused {
  const faults = errors.map((fault) => ({ ...fault }));
  return { kind: 'refused', problem: { code, detail: message, advice, retriable, errors: faults } };
}

function tooDeep(): Problem {
  const detail = `nests deeper than ${limits.jsonDepthMax} levels`;
  return invalid([{ in: 'body', pointer: '', detail }]);
}
