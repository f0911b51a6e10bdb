import * as language from './language-rules.js';
import { at, type Proof } from './proof.js';

const path = 'src/log/a.ts';

export const languageProofs: readonly Proof[] = [
  {
    rule: language.noAny,
    bad: at(
      path,
      'let a: any;',
      'const b = c as any;',
      'const d = new Map<string, any>();',
      'function f(...rest: any[]) {}',
    ),
    good: at(path, 'let any: unknown; // any\nconst text = ": any";', 'const pattern = /: any/;'),
  },
  {
    rule: language.noNonNull,
    bad: at(path, 'const a = b!;', 'f(b!.c);', 'const d = e![0];', 'let f!: string;', 'class A { b!: string; }'),
    good: at(path, 'const a = !b;', 'if (a !== b) f();', 'const text = "b!";', '!(await f());'),
  },
  {
    rule: language.noDoubleAssertion,
    bad: at(path, 'const a = b as unknown as C;', '// Why it holds.\n\nconst a = b as object as C;'),
    good: [
      ...at(path, 'const a = b as C;', '// The driver declares text and returns bytes.\nconst a = b as unknown as C;'),
      ...at('src/log/a.test.ts', 'const a = b as unknown as C;'),
    ],
  },
  {
    rule: language.noSilencedChecker,
    bad: at(
      path,
      '// @ts-ignore because we must',
      '// @ts-nocheck',
      '// @ts-expect-error\nf();',
      '/* @ts-expect-error */ f();',
    ),
    good: at(
      path,
      '// @ts-expect-error a plain string is no offset\nf("1");',
      'const text = "// @ts-ignore";',
      '// Never @ts-ignore.',
    ),
  },
  {
    rule: language.noUnfinishedWork,
    bad: at(path, '// TODO: later', '/** Reads.\n * FIXME loses the last line */', 'f(); // HACK', '/* XXX */'),
    good: at(path, 'const word = "TODO";', '// A ticket may be on a todo list.', 'const TODO_COUNT = 1;'),
  },
  {
    rule: language.environment,
    bad: [
      ...at(path, 'const a = process.env.HOME;', "const a = process['env'];", 'const { env } = process;'),
      ...at(
        path,
        "import { env } from 'node:process';",
        'f(globalThis.process.env);',
        'f(process?.env);',
        'f(import.meta.env);',
      ),
      ...at('eval/harness.ts', 'const a = process.env.TIDEMARK_DATA;'),
    ],
    good: [
      ...at(
        path,
        '// process.env is read elsewhere.',
        'const env = process.pid;',
        'f(request.env);',
        'f(import.meta.url);',
      ),
      ...at('src/config.ts', 'const a = process.env;'),
      ...at('eval/data.ts', 'const a = process.env.TIDEMARK_DATA;'),
      ...at('src/log/a.live.test.ts', 'const a = process.env.KAFKA_URL;'),
    ],
  },
  {
    rule: language.noConsole,
    bad: [...at(path, 'console.log(1);', 'f(console.error);'), ...at('src/log/a.test.ts', 'console.table([]);')],
    good: [
      ...at('src/cli/trace.ts', 'console.log(1);'),
      ...at(path, "mount(app, '/console');", 'const text = "console.log";', 'f(this.console);'),
    ],
  },
];
