/** Questions about the syntax tree that several rules ask. */
import type { Function as FunctionNode, Node } from '@babel/types';
import type { Placed } from './source.js';

export type Written = Extract<FunctionNode, { readonly body: unknown }>;

export function isFunction(node: Node | undefined): node is Written {
  switch (node?.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ObjectMethod':
    case 'ClassMethod':
    case 'ClassPrivateMethod':
      return true;
    default:
      return false;
  }
}

/** What a function, method or variable is called; a function without a name takes that of what it is assigned to. */
export function nameOf(placed: Placed): string {
  const { node, parent } = placed;
  if ('id' in node && node.id?.type === 'Identifier') return node.id.name;
  if ('key' in node) return textOf(node.key);
  if (parent?.node.type === 'VariableDeclarator' || parent?.node.type === 'ObjectProperty') return nameOf(parent);
  return 'a function without a name';
}

/** The property a member expression asks for, when it is written out. */
export function propertyOf(node: Node): string | undefined {
  if (node.type !== 'MemberExpression' && node.type !== 'OptionalMemberExpression') return undefined;
  if (node.property.type === 'StringLiteral') return node.property.value;
  return node.property.type === 'Identifier' && !node.computed ? node.property.name : undefined;
}

/** `it` for `it(…)`, `it.each(rows)(…)` and `it.concurrent(…)`: the name that a chain of calls starts with. */
export function rootName(node: Node): string | undefined {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'CallExpression':
      return rootName(node.callee);
    case 'TaggedTemplateExpression':
      return rootName(node.tag);
    case 'MemberExpression':
    case 'OptionalMemberExpression':
      return rootName(node.object);
    default:
      return undefined;
  }
}

/** The nodes around one, nearest first. */
export function* around(placed: Placed): Generator<Placed> {
  for (let up = placed.parent; up !== undefined; up = up.parent) yield up;
}

function textOf(key: Node): string {
  if (key.type === 'Identifier') return key.name;
  if (key.type === 'StringLiteral') return key.value;
  return key.type === 'PrivateName' ? `#${key.id.name}` : 'a computed name';
}
