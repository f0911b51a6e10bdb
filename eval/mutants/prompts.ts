/** Mutants of what a model is shown (P5, P16): fences, values in templates, versions. */
import type { Mutant } from './mutant.js';

export const promptMutants: readonly Mutant[] = [
  {
    name: 'constant-fence-marker',
    promise: 'P16',
    wrong: 'data is fenced with a marker that everybody knows beforehand',
    edits: [
      {
        file: 'src/prompts/fence.ts',
        find: 'if (!blocks.some(({ json }) => json.includes(hex))) return marker;',
        replacement: "return marker.replaceAll(/[0-9a-f]{32}/g, '0'.repeat(32));",
      },
    ],
    caughtBy: [
      { file: 'src/prompts/fence.test.ts', title: 'follows from the prompt and the text, and from nothing else' },
    ],
  },
  {
    name: 'fence-marker-in-its-text',
    promise: 'P16',
    wrong: 'a marker is taken although the text that it fences holds it',
    edits: [
      {
        file: 'src/prompts/fence.ts',
        find: 'if (!blocks.some(({ json }) => json.includes(hex))) return marker;',
        replacement: 'return marker;',
      },
    ],
    caughtBy: [
      { file: 'src/prompts/fence.test.ts', title: 'is never in the text that it fences, also when it would have been' },
    ],
  },
  {
    name: 'values-in-templates',
    promise: 'P16',
    wrong: 'values go through dotprompt, which takes markers in them for roles and images',
    edits: [
      {
        file: 'src/prompts/template.ts',
        find: "shapes.get(names.join(' ')) ?? messagesWith(placeholdersFor(names))",
        replacement: 'messagesWith(Object.fromEntries(texts))',
      },
    ],
    caughtBy: [{ file: 'src/prompts/prompt.test.ts', title: 'has its structure around' }],
  },
  {
    name: 'trust-as-one',
    promise: 'P16',
    wrong: 'what a customer wrote is labelled as a record of the company',
    edits: [
      {
        file: 'src/snapshot/prompted.ts',
        find: 'return { trust: kinds[entity.key.kind].trust, json };',
        replacement: "return { trust: kinds[entity.key.kind].trust && 'business', json };",
      },
    ],
    caughtBy: [
      { file: 'src/api/routes/prompts.test.ts', title: 'is answered with messages, and the stamp names the version' },
    ],
  },
  {
    name: 'prompt-by-its-number',
    promise: 'P5',
    wrong: 'a replay takes the prompt of the same version, whatever its bytes are by now',
    edits: [
      {
        file: 'src/replay/prompted.ts',
        find: 'if (prompt.hash !== hash)',
        replacement: 'if (prompt.hash === undefined)',
      },
    ],
    caughtBy: [{ file: 'src/api/routes/prompts.test.ts', title: 'when its version has other bytes' }],
  },
];
