import { describe, expect, it } from 'vitest';
import { isAskingWord } from './asking-words.js';
import { tokenize } from './tokenizer.js';

function askingIn(text: string): string[] {
  return tokenize(text).filter(isAskingWord);
}

describe('words of asking', () => {
  it('are known as the tokenizer leaves them', () => {
    expect(askingIn('Please help, it always goes and sometimes happens.')).toEqual(
      tokenize('please help always goes sometimes happens'),
    );
  });

  it('are none of those that a business writes its policies about', () => {
    const business =
      'account card payment transfer refund fee limit charge cancel order delivery return change open close';
    expect(askingIn(business)).toEqual([]);
  });
});
