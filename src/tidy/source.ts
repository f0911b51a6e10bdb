/** A source file as the rules see it: parsed, with every node in reading order and its comments. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@babel/parser';
import type { Comment, Node } from '@babel/types';

/** A node and the way up from it. */
export interface Placed {
  readonly node: Node;
  readonly parent: Placed | undefined;
}

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly lineCount: number;
  readonly nodes: readonly Placed[];
  readonly comments: readonly Comment[];
}

/** Parsed rather than matched by patterns: what a string or a comment says is not code. */
export function readSource(path: string, text: string): SourceFile {
  const file = parseNamed(path, text);
  const nodes: Placed[] = [];
  collect(file.program, undefined, nodes);
  return { path, lineCount: text.trimEnd().split('\n').length, nodes, comments: file.comments ?? [] };
}

/** All TypeScript of the given folders, in order of path. Generated files are not written by hand, so no rule reads them. */
export function readSources(root: string, folders: readonly string[]): readonly SourceFile[] {
  return folders
    .flatMap((folder) => filesBelow(root, folder))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.generated.ts'))
    .sort()
    .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));
}

/** A test, or what only tests are written with. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.endsWith('.test-support.ts');
}

/** A suite that several implementations run: it holds tests, but is imported like other code. */
export function isContract(path: string): boolean {
  return /(?:^|[/.])contract\.ts$/.test(path);
}

export function lineOf(node: Node | Comment): number {
  return node.loc?.start.line ?? 1;
}

/** Lines from the first to the last character of a node. */
export function linesOf(node: Node): number {
  return node.loc == null ? 0 : node.loc.end.line - node.loc.start.line + 1;
}

function parseNamed(path: string, text: string) {
  try {
    return parse(text, { sourceType: 'module', plugins: ['typescript', 'explicitResourceManagement'] });
  } catch (cause) {
    throw new Error(`${path} cannot be parsed`, { cause });
  }
}

const notChildren = new Set(['loc', 'extra', 'leadingComments', 'innerComments', 'trailingComments']);

function collect(node: Node, parent: Placed | undefined, into: Placed[]): void {
  const placed = { node, parent };
  into.push(placed);
  for (const [name, value] of Object.entries(node)) {
    if (notChildren.has(name)) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) collect(child, placed, into);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(root, path) : [path];
  });
}
