/** Rules about how much one file, function, class or call may hold. The figures are those of CONTRIBUTING.md. */
import type { Node } from '@babel/types';
import { fileRule, type Rule } from './rule.js';
import { isContract, isTest, lineOf, linesOf, type Placed, type SourceFile } from './source.js';
import { around, isFunction, nameOf, rootName, type Written } from './syntax.js';

const fileLinesMax = 400;
/** Nine files of ten are no longer than this; the aim for the middle one is 80. */
const fileLinesP90 = 250;
const functionLinesMax = 70;
const classFieldsMax = 8;
const parametersMax = 4;
const testBodyLinesMax = 24;

export const fileLines = fileRule('file-lines', 'split it: one idea per file', ({ lineCount }) =>
  lineCount <= fileLinesMax ? [] : [{ line: fileLinesMax + 1, what: `has ${lineCount} lines, limit ${fileLinesMax}` }],
);

export const fileSpread: Rule = {
  name: 'file-spread',
  advice: 'split the longest files, these first',
  find: (files) => {
    const product = files.filter((file) => !isTest(file.path));
    const { p90 } = spreadOf(product);
    if (p90 <= fileLinesP90) return [];
    const what = (lines: number) => `has ${lines} lines, and the 90th percentile is ${p90}, limit ${fileLinesP90}`;
    return product
      .filter(({ lineCount }) => lineCount > fileLinesP90)
      .map(({ path, lineCount }) => ({ path, line: 1, what: what(lineCount) }));
  },
};

export interface Spread {
  readonly files: number;
  readonly median: number;
  readonly p90: number;
  readonly longest: number;
}

/** Lines per file, tests left out; percentiles by nearest rank. */
export function spreadOf(files: readonly SourceFile[]): Spread {
  const sorted = files
    .filter((file) => !isTest(file.path))
    .map(({ lineCount }) => lineCount)
    .sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { files: sorted.length, median: at(0.5), p90: at(0.9), longest: at(1) };
}

export const functionLines = fileRule('function-lines', 'give each of its parts a name', (file) => {
  const grouping = groupingFunctions(file);
  return file.nodes.flatMap((placed) => {
    const lines = linesOf(placed.node);
    if (!isFunction(placed.node) || grouping.has(placed.node) || lines <= functionLinesMax) return [];
    return [{ line: lineOf(placed.node), what: `${nameOf(placed)} has ${lines} lines, limit ${functionLinesMax}` }];
  });
});

/** Functions that only hold tests are as long as their tests are many. */
function groupingFunctions(file: SourceFile): ReadonlySet<Node> {
  const groups = new Set<Node>();
  if (!isTest(file.path) && !isContract(file.path)) return groups;
  for (const placed of file.nodes.filter(({ node }) => isTestCall(node))) {
    for (const { node } of around(placed)) groups.add(node);
  }
  return groups;
}

export const testBodyLines = fileRule('test-body-lines', 'move its preparation into a named function', (file) =>
  file.nodes.flatMap(({ node, parent }) => {
    const isBody = isFunction(node) && parent !== undefined && isTestCall(parent.node);
    const lines = isBody ? bodyLinesOf(node) : 0;
    if (lines <= testBodyLinesMax) return [];
    return [{ line: lineOf(node), what: `a test of ${lines} lines, limit ${testBodyLinesMax}` }];
  }),
);

/** Lines between the braces; of a function without braces, those of its expression. */
function bodyLinesOf({ body }: Written): number {
  return body.type === 'BlockStatement' ? linesOf(body) - 2 : linesOf(body);
}

function isTestCall(node: Node): node is Extract<Node, { type: 'CallExpression' }> {
  return node.type === 'CallExpression' && ['it', 'test'].includes(rootName(node.callee) ?? '');
}

export const classFields = fileRule('class-fields', 'find the second class inside it', (file) =>
  file.nodes.flatMap((placed) => {
    if (placed.node.type !== 'ClassBody' || placed.parent === undefined) return [];
    const fields = placed.node.body.reduce((sum, member) => sum + fieldsOf(member), 0);
    if (fields <= classFieldsMax) return [];
    const what = `class ${nameOf(placed.parent)} has ${fields} fields, limit ${classFieldsMax}`;
    return [{ line: lineOf(placed.parent.node), what }];
  }),
);

/** Fields of an instance; the parameters of a constructor that become fields are counted too. */
function fieldsOf(member: Node): number {
  switch (member.type) {
    case 'ClassProperty':
    case 'ClassPrivateProperty':
    case 'ClassAccessorProperty':
      return member.static ? 0 : 1;
    case 'ClassMethod':
      return member.params.filter(({ type }) => type === 'TSParameterProperty').length;
    default:
      return 0;
  }
}

export const parameters = fileRule('parameters', 'pass one object with named fields', (file) =>
  file.nodes.flatMap((placed) => {
    const count = parametersOf(placed.node).filter((one) => !(one.type === 'Identifier' && one.name === 'this')).length;
    if (count <= parametersMax) return [];
    return [
      { line: lineOf(placed.node), what: `${describe(placed)} takes ${count} parameters, limit ${parametersMax}` },
    ];
  }),
);

function parametersOf(node: Node): readonly Node[] {
  if (isFunction(node)) return node.params;
  switch (node.type) {
    case 'TSDeclareFunction':
    case 'TSDeclareMethod':
      return node.params;
    case 'TSFunctionType':
    case 'TSConstructorType':
    case 'TSMethodSignature':
    case 'TSCallSignatureDeclaration':
      return node.parameters;
    default:
      return [];
  }
}

function describe(placed: Placed): string {
  return placed.node.type === 'TSFunctionType' ? 'a function type' : nameOf(placed);
}
