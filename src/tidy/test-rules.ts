/** Rules about tests: they wait for conditions and not for time, and none is left out in silence. */
import type { Node } from '@babel/types';
import { fileRule } from './rule.js';
import { isContract, isTest, lineOf, type Placed, type SourceFile } from './source.js';
import { around, isFunction, propertyOf, rootName } from './syntax.js';

export const noSleep = fileRule('no-sleep', 'wait with vi.waitFor, drive a clock, or await the event', (file) =>
  inTests(file, (placed) => {
    const { node } = placed;
    if (node.type === 'ImportDeclaration' && /^(?:node:)?timers\/promises$/.test(node.source.value)) {
      return 'imports a timer to wait on';
    }
    if (node.type !== 'CallExpression') return undefined;
    if (node.callee.type === 'Identifier' && node.callee.name === 'sleep') return 'sleeps';
    if (node.callee.type === 'Identifier' && node.callee.name === 'setTimeout') {
      return resolvesPromise(placed, node.arguments[0]) ? 'waits for time to pass' : undefined;
    }
    if (rootName(node.callee) === 'Atomics' && propertyOf(node.callee) === 'wait') return 'blocks on Atomics.wait';
    const promisified = /^promisify$/.test(propertyOf(node.callee) ?? rootName(node.callee) ?? '');
    return promisified && node.arguments.some((one) => isNamed(one, 'setTimeout')) ? 'makes a sleep' : undefined;
  }),
);

/** True for `new Promise((resolve) => setTimeout(resolve, …))` in its several spellings; a timer that rejects is a deadline. */
function resolvesPromise(timer: Placed, callback: Node | undefined): boolean {
  for (const { node } of around(timer)) {
    if (node.type !== 'NewExpression' || rootName(node.callee) !== 'Promise') continue;
    const executor = node.arguments[0];
    const resolve = isFunction(executor) ? executor.params[0] : undefined;
    return resolve?.type === 'Identifier' && callback !== undefined && calls(callback, resolve.name);
  }
  return false;
}

function calls(callback: Node, name: string): boolean {
  if (isNamed(callback, name)) return true;
  if (!isFunction(callback)) return false;
  const { body } = callback;
  const statements = body.type === 'BlockStatement' ? body.body : [body];
  return statements.some((statement) => {
    const call = statement.type === 'ExpressionStatement' ? statement.expression : statement;
    return call.type === 'CallExpression' && isNamed(call.callee, name);
  });
}

const suites = ['it', 'test', 'describe', 'suite'];
const leftOut = ['skip', 'only', 'todo', 'fails'];

export const noSilentSkip = fileRule(
  'no-silent-skip',
  'delete it, repair it, say in its title what it needs, or call context.skip with the reason',
  (file) => {
    const aliases = aliasesOf(file);
    return inTests(
      file,
      (placed) =>
        faultOfModifier(placed) ?? faultOfCall(placed) ?? faultOfTitle(placed, aliases) ?? faultOfReturn(placed),
    );
  },
);

function isSuite(node: Node): boolean {
  return suites.includes(rootName(node) ?? '');
}

/** Names such as `withBroker` in `const withBroker = absent ? describe.skip : describe`. */
function aliasesOf(file: SourceFile): ReadonlySet<string> {
  const declared = file.nodes.flatMap(({ node }) => {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier' || node.init == null) return [];
    const choices =
      node.init.type === 'ConditionalExpression' ? [node.init.consequent, node.init.alternate] : [node.init];
    return choices.some(isSuite) ? [node.id.name] : [];
  });
  return new Set(declared);
}

/** `it.only`, called or not. A choice between `describe.skip` and `describe` is judged by the titles given to its name. */
function faultOfModifier({ node, parent }: Placed): string | undefined {
  const modifier = propertyOf(node);
  if (modifier === undefined || !leftOut.includes(modifier) || !isSuite(node)) return undefined;
  const isChoice = modifier === 'skip' && parent?.node.type === 'ConditionalExpression';
  return isChoice && parent.parent?.node.type === 'VariableDeclarator' ? undefined : `.${modifier}`;
}

function faultOfCall(placed: Placed): string | undefined {
  const { node } = placed;
  if (node.type !== 'CallExpression') return undefined;
  const { callee } = node;
  const skips = isNamed(callee, 'skip') || (propertyOf(callee) === 'skip' && isContext(rootName(callee)));
  if (skips) return reasonGiven(node.arguments) ? undefined : 'skips without a reason';
  if (!isSuite(callee)) return undefined;
  if (node.arguments.some(isLeavingOut)) return 'is left out by an option';
  return isUnderCondition(placed) ? 'exists under a condition only' : undefined;
}

/** What may be skipped says why in its title, because the report of a run shows nothing else. */
function faultOfTitle({ node }: Placed, aliases: ReadonlySet<string>): string | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const { callee } = node;
  const conditional = callee.type === 'CallExpression' && /^(?:skipIf|runIf)$/.test(propertyOf(callee.callee) ?? '');
  const mayBeSkipped = (conditional && isSuite(callee)) || (callee.type === 'Identifier' && aliases.has(callee.name));
  return mayBeSkipped && !titleGivesReason(node.arguments[0])
    ? 'may be skipped, and its title does not say why'
    : undefined;
}

function isContext(name: string | undefined): boolean {
  return name !== undefined && ['context', 'ctx', 't', 'task'].includes(name);
}

function isLeavingOut(argument: Node): boolean {
  if (argument.type !== 'ObjectExpression') return false;
  return argument.properties.some(
    (one) => one.type === 'ObjectProperty' && leftOut.some((name) => isNamed(one.key, name)),
  );
}

function isUnderCondition(placed: Placed): boolean {
  for (const { node } of around(placed)) {
    if (isFunction(node)) return false;
    if (node.type === 'IfStatement' || node.type === 'LogicalExpression') return true;
  }
  return false;
}

/** `if (absent) return;` in a test: it passes and has checked nothing. */
function faultOfReturn(placed: Placed): string | undefined {
  if (placed.node.type !== 'ReturnStatement' || placed.node.argument != null) return undefined;
  for (const { node, parent } of around(placed)) {
    if (!isFunction(node)) continue;
    const isTestBody = parent?.node.type === 'CallExpression' && /^(?:it|test)$/.test(rootName(parent.node) ?? '');
    return isTestBody ? 'passes without a check' : undefined;
  }
  return undefined;
}

/** The reason is the last argument: `skip('needs a broker')` or `skip(absent, dataFolderMissing)`. */
function reasonGiven(args: readonly Node[]): boolean {
  const last = args.at(-1);
  if (last?.type === 'StringLiteral' || last?.type === 'TemplateLiteral') return true;
  return args.length === 2 || (last?.type === 'Identifier' && /reason|why|missing/i.test(last.name));
}

/** A title that is computed is taken to hold the reason; one that is written out can be read. */
function titleGivesReason(title: Node | undefined): boolean {
  return title?.type !== 'StringLiteral' || /\b(?:needs|because|where|only on|without)\b/.test(title.value);
}

function isNamed(node: Node, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}

function inTests(file: SourceFile, look: (placed: Placed) => string | undefined) {
  if (!isTest(file.path) && !isContract(file.path)) return [];
  return file.nodes.flatMap((placed) => {
    const what = look(placed);
    return what === undefined ? [] : [{ line: lineOf(placed.node), what }];
  });
}
