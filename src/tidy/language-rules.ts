/** Rules about what no line of source does, whatever it is for. */
import type { Node } from '@babel/types';
import { fileRule, type Hit } from './rule.js';
import { isTest, lineOf, type SourceFile } from './source.js';
import { propertyOf } from './syntax.js';

export const noAny = fileRule('no-any', 'name the type, or take unknown and narrow it', (file) =>
  hits(file, ({ type }) => (type === 'TSAnyKeyword' ? 'any' : undefined)),
);

export const noNonNull = fileRule('no-non-null', 'handle the missing case, or state an invariant', (file) =>
  hits(file, (node) => {
    if (node.type === 'TSNonNullExpression') return 'a value is declared present with "!"';
    return 'definite' in node && node.definite === true ? 'a variable is declared assigned with "!"' : undefined;
  }),
);

export const noDoubleAssertion = fileRule(
  'no-double-assertion',
  'narrow with a check, or say in a comment above why it holds',
  (file) => {
    // A test may hand over what the types forbid, to show that it is refused.
    if (isTest(file.path)) return [];
    const explained = new Set(file.comments.map((comment) => comment.loc?.end.line));
    const isExplained = (line: number) => explained.has(line) || explained.has(line - 1);
    return hits(file, (node) => {
      const double = node.type === 'TSAsExpression' && node.expression.type === 'TSAsExpression';
      return double && !isExplained(lineOf(node)) ? 'a type is asserted twice' : undefined;
    });
  },
);

export const noSilencedChecker = fileRule(
  'no-silenced-checker',
  'repair the type, or use "@ts-expect-error" followed by the reason',
  ({ comments }) =>
    comments.flatMap((comment) => {
      const directive = /^[\s/*]*@ts-(ignore|nocheck|expect-error)\b(.*)/s.exec(comment.value);
      if (directive === null) return [];
      const [, kind = '', rest = ''] = directive;
      const reasonGiven = rest.trim().split(/\s+/).length >= 3;
      return kind === 'expect-error' && reasonGiven ? [] : [{ line: lineOf(comment), what: `@ts-${kind}` }];
    }),
);

export const noUnfinishedWork = fileRule('no-unfinished-work', 'do it, or write an issue', ({ comments }) =>
  comments.flatMap((comment) => {
    const word = /\b(?:TODO|FIXME|XXX|HACK)\b/.exec(comment.value);
    if (word === null) return [];
    const linesBefore = comment.value.slice(0, word.index).split('\n').length - 1;
    return [{ line: lineOf(comment) + linesBefore, what: word[0] }];
  }),
);

/** The evaluation is a program of its own with one reading of its own. */
const environmentReaders: readonly string[] = [
  'src/config.ts',
  'eval/data.ts',
  'eval/live/settings.ts',
  'eval/prove/settings.ts',
];

export const environment = fileRule('environment', 'read it in src/config.ts and pass the value on', (file) => {
  if (isTest(file.path) || environmentReaders.includes(file.path)) return [];
  return hits(file, (node) => (readsEnvironment(node) ? 'reads the environment' : undefined));
});

function readsEnvironment(node: Node): boolean {
  if (propertyOf(node) === 'env' && 'object' in node) return isProcess(node.object);
  if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern' && isProcess(node.init)) {
    return node.id.properties.some((one) => one.type === 'ObjectProperty' && isNamed(one.key, 'env'));
  }
  if (node.type !== 'ImportDeclaration' || !/^(?:node:)?process$/.test(node.source.value)) return false;
  return node.specifiers.some((one) => one.type === 'ImportSpecifier' && isNamed(one.imported, 'env'));
}

/** `process`, `globalThis.process` or `import.meta`, which bundlers give an `env` as well. */
function isProcess(value: unknown): boolean {
  const node = value as Node | null | undefined;
  if (node == null) return false;
  return isNamed(node, 'process') || node.type === 'MetaProperty' || propertyOf(node) === 'process';
}

/** Programs whose output is for a person at a terminal. */
const talkers = ['src/cli/', 'src/main.ts', 'eval/bench/', 'eval/faults/'];

export const noConsole = fileRule('no-console', 'log through src/observability, or return the text', (file) => {
  if (talkers.some((prefix) => file.path.startsWith(prefix))) return [];
  return hits(file, (node) => {
    if (node.type !== 'MemberExpression') return undefined;
    return isNamed(node.object, 'console') ? `console.${propertyOf(node) ?? ''}` : undefined;
  });
});

function isNamed(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}

function hits(file: SourceFile, look: (node: Node) => string | undefined): readonly Hit[] {
  return file.nodes.flatMap(({ node }) => {
    const what = look(node);
    return what === undefined ? [] : [{ line: lineOf(node), what }];
  });
}
