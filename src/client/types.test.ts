import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { operations } from './api.generated.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const document: { readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string }>>>> } =
  JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8'));

describe("the client's types", () => {
  it('are those of the committed openapi.json (update: npm run openapi)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-types-'));
    try {
      const made = join(folder, 'api.generated.ts');
      execFileSync(process.execPath, [join(root, 'scripts/client-types.mjs'), made]);
      const committed = join(root, 'src/client/api.generated.ts');
      expect(readFileSync(committed, 'utf8')).toBe(readFileSync(made, 'utf8'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('know every operation by its method and address', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, { method: method.toUpperCase(), path }]),
    );
    expect(operations).toEqual(Object.fromEntries(described));
  });
});

describe('the client', () => {
  it('imports no package and nothing outside its folder', () => {
    const folder = join(root, 'src/client');
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.includes('.test'));
    const imports = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/ from '(.+)';$/gm)].map(([, specifier]) => specifier),
    );
    expect(imports.length).toBeGreaterThan(10);
    expect(imports.filter((specifier) => !/^\.\/[a-z.-]+\.js$/.test(specifier ?? ''))).toEqual([]);
  });
});
