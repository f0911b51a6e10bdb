import { describe, expect, it } from 'vitest';
import { promptFile, promptSetOf } from '../../src/prompts/prompts.test-support.js';
import { promptCallOf } from './request.js';
import type { PromptChoice } from './setup.js';

const more = 'input:\n  schema:\n    ticket: string, which one\n';
const prompts = await promptSetOf({
  'plain@1.prompt': promptFile({ version: 1 }),
  'plain@2.prompt': promptFile({ version: 2 }),
  'triage@1.prompt': promptFile({ name: 'triage', more }),
});

function called(choice: Partial<PromptChoice>) {
  return promptCallOf({ id: 'plain', version: null, variant: null, input: {}, ...choice }, prompts);
}

describe('the prompt of a set-up', () => {
  it('is the newest unless a version is named, and told what the set-up tells it', () => {
    expect(called({})?.prompt.version).toBe('2');
    expect(called({ version: '1' })?.prompt.version).toBe('1');
    expect(called({ id: 'triage', input: { ticket: 'T-1' } })?.inputs).toEqual({ ticket: 'T-1' });
    expect(promptCallOf(null, prompts)).toBeUndefined();
  });

  it.each([
    [{ id: 'plan' }, 'there is no prompt "plan"'],
    [{ version: '3' }, 'there is no prompt "plain@3"'],
    [{ variant: 'chat' }, 'there is no prompt "plain.chat"'],
    [{ id: 'triage' }, 'the prompt "triage": input "ticket": is required by the prompt'],
    [{ input: { tone: 'warm' } }, 'the prompt "plain": input "tone": the prompt has no such input'],
  ])('is told in one line when it cannot be rendered: %j', (choice, message) => {
    expect(() => called(choice)).toThrow(expect.objectContaining({ code: 'config_invalid', message }));
  });
});
