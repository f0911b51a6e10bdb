/** Rules about which file may import what. */
import { type Import, importsOf } from './imports.js';
import { importFault, roomOf } from './rooms.js';
import { type Finding, fileRule, type Rule } from './rule.js';
import { isContract, isTest, type SourceFile } from './source.js';

export const direction = fileRule(
  'import-direction',
  'move the shared part down, or receive it as an argument',
  (file) =>
    fileImportsOf(file).flatMap(({ line, path }) => {
      const fault = importFault(file.path, path);
      return fault === undefined ? [] : [{ line, what: `imports ${path}: ${fault}` }];
    }),
);

interface Edge extends Finding {
  readonly from: string;
  readonly to: string;
}

export const cycles: Rule = {
  name: 'room-cycle',
  advice: 'decide which of the rooms is the lower one and turn the other import round',
  find: (files) => {
    const edges = files.filter((file) => !isTest(file.path)).flatMap(edgesOf);
    return edges.filter(({ from, to }) => reaches(edges, to, from));
  },
};

/** Packages a user's installation contains; development dependencies are not among them. */
export function shippedPackages(installed: ReadonlySet<string>): Rule {
  return {
    name: 'shipped-packages',
    advice: 'declare it under dependencies, or do without',
    find: (files) =>
      shipped(files).flatMap((file) =>
        importsOf(file).flatMap(({ line, target, erased }): readonly Finding[] => {
          if (target.kind === 'file' || erased || target.name === 'node:' || installed.has(target.name)) return [];
          return [{ path: file.path, line, what: `imports ${target.name}, which users do not have` }];
        }),
      ),
  };
}

/** What a user can run: `src` and connectors, and whatever `main.ts` reaches of the evaluation. */
function shipped(files: readonly SourceFile[]): readonly SourceFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set(files.map(({ path }) => path).filter(isProduct));
  for (const path of reached) {
    const file = byPath.get(path);
    if (file === undefined) continue;
    for (const next of runTimeImportsOf(file)) reached.add(next);
  }
  return files.filter(({ path }) => reached.has(path));
}

function isProduct(path: string): boolean {
  return !path.startsWith('eval/') && !path.startsWith('src/tidy/') && !isTest(path) && !isContract(path);
}

function runTimeImportsOf(file: SourceFile): readonly string[] {
  return importsOf(file).flatMap(({ target, erased }) => (target.kind === 'file' && !erased ? [target.path] : []));
}

function edgesOf(file: SourceFile): readonly Edge[] {
  const from = roomOf(file.path);
  return fileImportsOf(file)
    .map(({ line, path }) => ({
      path: file.path,
      line,
      from,
      to: roomOf(path),
      what: `${from} imports ${roomOf(path)}, which reaches it again`,
    }))
    .filter(({ to }) => to !== from);
}

function reaches(edges: readonly Edge[], start: string, goal: string): boolean {
  const reached = new Set([start]);
  for (const room of reached) {
    for (const edge of edges) if (edge.from === room) reached.add(edge.to);
  }
  return reached.has(goal);
}

function fileImportsOf(file: SourceFile): readonly { readonly line: number; readonly path: string }[] {
  const isFile = (found: Import) =>
    found.target.kind === 'file' ? [{ line: found.line, path: found.target.path }] : [];
  return importsOf(file).flatMap(isFile);
}
