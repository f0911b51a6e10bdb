/**
 * One prompt file: front matter and template, read by dotprompt and held to what is safe here. A template is rendered with
 * placeholders only. What they stand for is put in after the messages are made, so neither the template language nor dotprompt's own
 * markers ever see a value.
 */
import { Dotprompt } from 'dotprompt';
import { z } from 'zod';
import { limits } from '../limits.js';
import { givenNames, type InputSpec, inputSpecs } from './inputs.js';

export type Role = 'system' | 'user' | 'assistant';

export interface Message {
  readonly role: Role;
  readonly content: string;
}

/** Renders with a text for each name that has one; a name without one counts as false, and stands for nothing. */
export type Rendering = (texts: ReadonlyMap<string, string>) => Promise<readonly Message[]>;

export interface Template {
  readonly name: string;
  readonly variant: string | null;
  readonly version: number;
  readonly description: string;
  readonly inputs: readonly InputSpec[];
  /** It has no way to do without a question. */
  readonly needsQuestion: boolean;
  /** JSON Schema of what the model is to answer with; null: text. */
  readonly output: object | null;
  readonly render: Rendering;
}

/** Told to whoever edits prompts; a sentence without its full stop. */
export class TemplateFault extends Error {}

const plainName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'a name is lower case letters, digits and _');

const frontMatter = z.strictObject({
  name: plainName,
  variant: plainName.optional(),
  version: z.int().min(1).max(999_999),
  description: z.string().min(1),
  input: z.strictObject({ schema: z.record(z.string(), z.unknown()) }).optional(),
  output: z.strictObject({ format: z.literal('json'), schema: z.record(z.string(), z.unknown()) }).optional(),
});

/** All that a template may say: who speaks, what stands here, and what is left out when something is missing. */
const tag =
  /\{\{~?(?:!--[\s\S]*?--|role "(?:system|user|model)"|#(?:if|unless) (?<asked>[a-zA-Z0-9]+)|else|\/(?:if|unless)|(?<shown>[a-zA-Z][a-zA-Z0-9]*))~?\}\}/g;

// Control characters that no template has: validated below.
const OPEN = '\u0002';
const CLOSE = '\u0003';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are the placeholders.
const placeholder = /\u0002([a-zA-Z0-9]+)\u0003/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what may not be in a template.
const control = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/** Throws `TemplateFault`. */
export async function readTemplate(source: string): Promise<Template> {
  const dotprompt = new Dotprompt();
  const parsed = dotprompt.parse(source);
  const head = frontMatter.safeParse(parsed.raw ?? {});
  if (!head.success) throw new TemplateFault(`its front matter cannot be used: ${firstIssue(head.error)}`);
  const { name, variant = null, version, description } = head.data;
  const { input, output } = await dotprompt.renderMetadata(parsed);
  const specs = inputsIn(input?.schema);
  if (specs.length > limits.promptInputsMax)
    throw new TemplateFault(`it has more than ${limits.promptInputsMax} inputs`);
  const tags = tagsOf(parsed.template, specs);
  const compiled = await dotprompt.compile({ template: parsed.template });
  const messagesWith = async (input: Readonly<Record<string, string>>): Promise<readonly Message[]> => {
    const { messages } = await compiled({ input });
    return messages.map(({ role, content }) => ({
      role: role === 'model' ? 'assistant' : z.enum(['system', 'user']).parse(role),
      content: content.map(textOf).join('').trim(),
    }));
  };
  // A text is there or is not, and a prompt has a handful: there are few shapes, and each is asked for again and again.
  const shapes = new Map<string, Promise<readonly Message[]>>();
  const render: Rendering = async (texts) => {
    const names = [...texts.keys()].sort();
    const shape = shapes.get(names.join(' ')) ?? messagesWith(placeholdersFor(names));
    shapes.set(names.join(' '), shape);
    return (await shape).map(({ role, content }) => ({ role, content: filled(content, texts) }));
  };
  const needsQuestion = tags.shown.has('question') && !tags.asked.has('question');
  const template = {
    name,
    variant,
    version,
    description,
    inputs: specs,
    needsQuestion,
    output: output?.schema ?? null,
  };
  await checkShape(render, specs);
  return { ...template, render };
}

function placeholdersFor(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, `${OPEN}${name}${CLOSE}`]));
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
}

function inputsIn(schema: unknown): readonly InputSpec[] {
  if (schema === undefined) return [];
  try {
    return inputSpecs(schema);
  } catch (error) {
    throw new TemplateFault(`its inputs cannot be used: ${error instanceof z.ZodError ? firstIssue(error) : ''}`);
  }
}

interface Tags {
  readonly asked: ReadonlySet<string>;
  readonly shown: ReadonlySet<string>;
}

function tagsOf(template: string, specs: readonly InputSpec[]): Tags {
  if (control.test(template)) throw new TemplateFault('its template has control characters');
  const rest = template.replaceAll(tag, '');
  if (template.includes('{{{') || rest.includes('{{') || rest.includes('}}')) {
    throw new TemplateFault('its template says more than role, if, unless and names');
  }
  if (rest.includes('<<<')) throw new TemplateFault("its template has a marker of dotprompt's own");
  const found = [...template.matchAll(tag)].map(({ groups }) => groups ?? {});
  const [asked, shown] = [new Set<string>(), new Set<string>()];
  for (const groups of found) {
    if (groups.asked !== undefined) asked.add(groups.asked);
    if (groups.shown !== undefined) shown.add(groups.shown);
  }
  const known = new Set<string>([...givenNames, ...specs.map(({ name }) => name)]);
  const unknown = [...asked, ...shown].find((name) => !known.has(name));
  if (unknown !== undefined) throw new TemplateFault(`its template names ${unknown}, which is no input`);
  return { asked, shown };
}

/** Put in by a function: a text may hold `$&` and the like. */
function filled(text: string, texts: ReadonlyMap<string, string>): string {
  return text.replaceAll(placeholder, (_, name: string) => texts.get(name) ?? '');
}

function textOf(part: object): string {
  if ('text' in part && typeof part.text === 'string') return part.text;
  throw new TemplateFault('a message of it is made of more than text');
}

/** The rules about data stand among the instructions, and data does not. Shown once with all there can be, and once with the least. */
async function checkShape(render: Rendering, specs: readonly InputSpec[]): Promise<void> {
  const given = ['rules', 'context', 'freshness'];
  const least = specs.filter(({ required }) => required).map(({ name }) => name);
  const all = ['question', ...specs.map(({ name }) => name)];
  const free = ['context', 'question', ...specs.filter(({ values }) => values === null).map(({ name }) => name)];
  for (const names of [least, all]) {
    const messages = await render(new Map([...given, ...names].map((name) => [name, `[[${name}]]`])));
    const said = (role: Role, name: string) =>
      messages.filter((message) => message.role === role).map(({ content }) => content.split(`[[${name}]]`).length - 1);
    const times = (role: Role, name: string) => said(role, name).reduce((sum, one) => sum + one, 0);
    if (messages[0]?.role !== 'system' || times('system', 'rules') !== 1) {
      throw new TemplateFault('its first message must be of the system and hold {{rules}}, once');
    }
    if (times('user', 'context') !== 1) throw new TemplateFault('a message of the user must hold {{context}}, once');
    const misplaced = free.find((name) => times('system', name) + times('assistant', name) > 0);
    if (misplaced !== undefined) throw new TemplateFault(`{{${misplaced}}} is data: it stands in messages of the user`);
  }
}
