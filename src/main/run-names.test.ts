import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { fileName, shellText } from './run-names.js';

it('gives two set-ups two folders, and keeps a name that may be one', () => {
  const names = ['a/b', 'a?b', 'a-b', 'm/x', 'm:x', '..', '...'].map(fileName);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[^./\\:?][^/\\:?]*$/);
  expect(['lexical', 'MiniLM v6@2'].map(fileName)).toEqual(['lexical', 'MiniLM v6@2']);
});

it('tells words that a shell reads as they are', () => {
  const words = ['plain', 'int run', "it's", '$HOME', '', 'a;b', '*'];
  const read = execFileSync('sh', ['-c', `printf '%s\\n' ${shellText(words)}`], { encoding: 'utf8' });
  expect(read.split('\n').slice(0, -1)).toEqual(words);
});
