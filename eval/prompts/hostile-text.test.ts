/**
 * Text that attacks whoever reads it, in tickets and in policies, through the whole service: the messages keep their structure byte
 * for byte around it, every label is right, and a replay renders them again. The attacks of BIPIA and the strings of BLNS are read
 * from the data folder; a set of our own always runs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiWorld } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { account, policy, ticket } from '../../src/fixtures.test-support.js';
import { openPrompts } from '../../src/prompts/folder.js';
import type { Prompt } from '../../src/prompts/prompt.js';
import { hostileTexts, type Structure, structureOf } from '../../src/prompts/prompts.test-support.js';
import { dataFolder, dataFolderMissing } from '../data.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const reason = folder === '' ? ` (skipped: ${dataFolderMissing})` : '';
const jsonIn = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'));

const promptSet = await openPrompts();
const newest = promptSet.list().map((listed) => listed.newest);
const aboutQuestions = newest.filter(({ needsQuestion }) => needsQuestion);
const others = newest.filter(({ needsQuestion }) => !needsQuestion);

/** A full replay folds every policy of the tenant again, and there is one for each text. */
const REPLAYS_MAX = 110;

/** Harmless text in the places of the others: what their messages are held against. */
const plainText = 'plain text';

interface Answered {
  readonly id: string;
  readonly structure: Structure;
  readonly items: readonly { readonly ref: string; readonly trust: string; readonly value: JsonObject }[];
}

class Desk {
  private constructor(
    readonly api: ApiWorld,
    readonly texts: readonly string[],
  ) {}

  /** One account for each text, with a ticket and a policy that say nothing else. */
  static async open(hostile: readonly string[]): Promise<Desk> {
    const texts = [plainText, ...hostile];
    const api = await ApiWorld.open({ promptSet });
    const events = texts.map((text, n) => eventsAbout(text, n));
    for (let at = 0; at < events.length; at += 100) await api.world.put(...events.slice(at, at + 100).flat());
    return new Desk(api, texts);
  }

  /** A question shows the ticket alone; without one, the policy is shown as well. */
  async ask(n: number, prompt: Prompt): Promise<Answered> {
    const text = this.texts[n] ?? '';
    const { name: id, variant, inputs, needsQuestion } = prompt;
    const input = Object.fromEntries(inputs.map(({ name, values }) => [name, values?.[0] ?? text]));
    const chosen = { id, ...(variant === null ? {} : { variant }), input };
    const question = needsQuestion ? { question: text === '' ? '?' : text } : {};
    const body = await this.api.ok('/v1/context', { body: { account: `A-${n}`, ...question, prompt: chosen } });
    const { messages } = body.prompt as unknown as { messages: Parameters<typeof structureOf>[0] };
    return { id: String(body.id), structure: structureOf(messages), items: body.items as unknown as Answered['items'] };
  }
}

function eventsAbout(text: string, n: number): JsonObject[] {
  const appliesTo = { plans: [`plan-${n}`] };
  return [
    account(`A-${n}`, { plan: `plan-${n}` }),
    ticket(`T-${n}`, {
      accountId: `A-${n}`,
      subject: text,
      body: text,
      comments: [{ body: text }],
      [`x${text}`]: text,
    }),
    policy(`P-${n}`, { policyId: `p-${n}`, title: text || '-', body: text, appliesTo }),
  ];
}

/** Undefined when the messages are those of harmless text, with this text where it belongs. */
function faultOf(answered: Answered, plain: Answered, text: string): string | undefined {
  const { structure, items } = answered;
  if (structure.text !== plain.structure.text) return 'the structure';
  const openings = (of: Answered) => JSON.stringify(of.structure.blocks.map(({ opening }) => opening));
  if (openings(answered) !== openings(plain)) return 'the labels';
  const values = structure.blocks.slice(0, items.length).map(({ value }) => value);
  const shown = items.map(({ ref, value }) => ({ ref, value }));
  if (JSON.stringify(values) !== JSON.stringify(shown)) return 'what the items say';
  const beside = structure.blocks.slice(items.length).map(({ value }) => value);
  return beside.every((value) => value === text || value === '?') ? undefined : 'what stands beside them';
}

const trustOf = ({ structure, items }: Answered) =>
  items.map(({ ref }, at) => [ref.split('/', 1)[0], /trust="([a-z]+)"/.exec(structure.blocks[at]?.opening ?? '')?.[1]]);

function keepsItsStructure(texts: () => readonly string[]): void {
  let desk: Desk;
  beforeAll(async () => {
    desk = await Desk.open(texts());
  }, 60_000);
  afterAll(() => desk.api.stop());

  const prompts = newest.map((prompt) => [[prompt.name, prompt.variant ?? []].flat().join(' '), prompt] as const);

  it.each(prompts)('around each, and the labels are right: %s', async (_, prompt) => {
    const plain = await desk.ask(0, prompt);
    const policies = prompt.needsQuestion ? [] : [['policy', 'business']];
    expect(trustOf(plain)).toEqual([['account', 'business'], ['ticket', 'customer'], ...policies]);
    const faults: string[] = [];
    for (const [n, text] of desk.texts.entries()) {
      const fault = faultOf(await desk.ask(n, prompt), plain, text);
      if (fault !== undefined) faults.push(`${fault} of ${JSON.stringify(text)}`);
    }
    expect(faults).toEqual([]);
  });

  it('when it is rendered again from the record', async () => {
    const verdicts = new Map<string, number>();
    const some = [...desk.texts.keys()].filter((n) => n % Math.ceil(desk.texts.length / REPLAYS_MAX) === 0);
    for (const n of some) {
      const prompt = (n % 2 === 0 ? aboutQuestions : others)[n % 3 === 0 ? 0 : 1];
      if (prompt === undefined) throw new Error('there are prompts of both sorts');
      const { id } = await desk.ask(n, prompt);
      const depth = n % 10 === 0 ? 'full' : 'content';
      const { verdict } = await desk.api.ok(`/v1/snapshots/${id}/replay`, { body: { depth } });
      verdicts.set(String(verdict), (verdicts.get(String(verdict)) ?? 0) + 1);
    }
    expect([...verdicts]).toEqual([['MATCH', some.length]]);
  });
}

describe('the structure of messages stays', () => {
  describe('with text of our own', () => keepsItsStructure(() => hostileTexts));

  withData(`with the attacks of BIPIA${reason}`, () => {
    const attacks = () => Object.values<string[]>(jsonIn('bipia/text_attack_train.json')).flat();
    it('of which there are 75', () => expect(attacks()).toHaveLength(75));
    keepsItsStructure(attacks);
  });

  withData(`with the strings of BLNS${reason}`, () => {
    const strings = (): string[] => jsonIn('blns/blns.json');
    it('of which there are 515', () => expect(strings()).toHaveLength(515));
    keepsItsStructure(strings);
  });
});
