import { at, lines, type Proof } from './proof.js';
import * as sizes from './size-rules.js';

function functionOf(bodyLines: number, name = 'run'): string {
  return `function ${name}() {\n${lines(bodyLines)}\n}`;
}

function classOf(...members: readonly string[]): string {
  return `class Loop {\n${members.join('\n')}\n}`;
}

const eightFields = Array.from({ length: 8 }, (_, index) => `readonly field${index} = ${index};`);
const testOf = (bodyLines: number) => `it('holds', () => {\n${lines(bodyLines)}\n});`;
const tenFiles = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`src/log/file${index}.ts`, lines(10)]));

export const sizeProofs: readonly Proof[] = [
  { rule: sizes.fileLines, bad: at('src/log/a.ts', lines(401)), good: at('src/log/a.ts', `${lines(400)}\n`) },
  {
    rule: sizes.fileSpread,
    bad: [{ ...tenFiles, 'src/log/file8.ts': lines(251), 'src/log/file9.ts': lines(300) }],
    good: [
      { ...tenFiles, 'src/log/file9.ts': lines(399) },
      { ...tenFiles, 'src/log/a.test.ts': lines(390), 'src/log/b.test.ts': lines(390) },
    ],
  },
  {
    rule: sizes.functionLines,
    bad: [
      ...at('src/log/a.ts', functionOf(69), `const run = async () => {\n${lines(70)}\n};`),
      ...at('src/log/a.ts', classOf(`run() {\n${lines(70)}\n}`), `const o = { run() {\n${lines(70)}\n} };`),
      ...at('src/log/a.test.ts', functionOf(69)),
    ],
    good: [
      ...at('src/log/a.ts', functionOf(68), `${functionOf(40)}\n${functionOf(40, 'stop')}`),
      ...at('src/log/a.test.ts', `describe('a', () => {\n${lines(30, testOf(3))}\n});`),
      ...at('src/log/contract.ts', `export function logContract() {\n${lines(30, testOf(3))}\n}`),
    ],
  },
  {
    rule: sizes.testBodyLines,
    bad: [
      ...at('src/log/a.test.ts', testOf(25), `it.each([1])('holds for %i', async (n) => {\n${lines(25)}\n});`),
      ...at('src/log/contract.ts', `const logContract = () => {\n${testOf(25)}\n};`),
    ],
    good: at('src/log/a.test.ts', testOf(24), `describe('a', () => {\n${testOf(20)}\n${testOf(20)}\n});`),
  },
  {
    rule: sizes.classFields,
    bad: [
      ...at('src/log/a.ts', classOf(...eightFields, '#ninth = 9;')),
      ...at('src/log/a.ts', classOf(...eightFields, 'constructor(private readonly ninth: number) {}')),
    ],
    good: at(
      'src/log/a.ts',
      classOf(...eightFields, 'static readonly limit = 1;', 'run() {}', 'get size() { return 1; }'),
    ),
  },
  {
    rule: sizes.parameters,
    bad: at(
      'src/log/a.ts',
      'function f(a: 1, b: 2, c: 3, d: 4, e: 5) {}',
      'interface Port { read(a: 1, b: 2, c: 3, d: 4, e: 5): void }',
      'type Read = (a: 1, b: 2, c: 3, d: 4, e: 5) => void;',
      'class Loop { constructor(a: 1, b: 2, c: 3, d = 4, ...rest: 5[]) {} }',
    ),
    good: at(
      'src/log/a.ts',
      'function f(this: 0, a: 1, b: 2, c: 3, d: 4) {}',
      'function g({ a, b, c, d, e }: T) {}',
      'f(1, 2, 3, 4, 5);',
    ),
  },
];
