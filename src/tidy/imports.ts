/** Every way one file of the repository names another, or a package. */
import { posix } from 'node:path';
import type { Node } from '@babel/types';
import { lineOf, type SourceFile } from './source.js';

export interface Import {
  readonly line: number;
  /** A file of the repository by its path, or a package by its name. */
  readonly target:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'package'; readonly name: string };
  /** Nothing of it is left at run time. */
  readonly erased: boolean;
}

export function importsOf(file: SourceFile): readonly Import[] {
  return file.nodes.flatMap(({ node }) => {
    const named = specifierOf(node);
    if (named === undefined) return [];
    return [{ line: lineOf(node), target: targetOf(file.path, named.specifier), erased: named.erased }];
  });
}

interface Named {
  readonly specifier: string;
  readonly erased: boolean;
}

function specifierOf(node: Node): Named | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier: node.source.value, erased: node.importKind === 'type' };
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration': {
      if (node.source == null) return undefined;
      return { specifier: node.source.value, erased: node.exportKind === 'type' };
    }
    case 'CallExpression': {
      const [first] = node.arguments;
      return node.callee.type === 'Import' ? literal(first, false) : undefined;
    }
    case 'TSImportType':
      return literal(node.argument, true);
    case 'TSExternalModuleReference':
      return literal(node.expression, false);
    default:
      return undefined;
  }
}

function literal(node: Node | undefined, erased: boolean): Named | undefined {
  return node?.type === 'StringLiteral' ? { specifier: node.value, erased } : undefined;
}

function targetOf(importer: string, specifier: string): Import['target'] {
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(importer), specifier).replace(/\.js$/, '.ts');
    return { kind: 'file', path };
  }
  if (specifier.startsWith('node:')) return { kind: 'package', name: 'node:' };
  const parts = specifier.split('/');
  return { kind: 'package', name: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}
