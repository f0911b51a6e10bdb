/** The demo world as a stream; its traps and its tour as questions with what is true at their moments. */
import type { Question } from '../harness/types.js';
import { demoQuestions, demoWorld, traps, worldEndsAt } from './demo-world/index.js';
import type { StreamSource } from './source.js';

export function demoSource(): StreamSource {
  return {
    name: 'world demo',
    async *entries() {
      yield* demoWorld();
    },
    questions: async () => [...trapQuestions(), ...tourQuestions()],
  };
}

/** What needs an operator's redrive is no question of the stream. */
function trapQuestions(): readonly Question[] {
  return traps.flatMap(({ name, expectations }) =>
    expectations
      .filter(({ when }) => when !== 'redriven')
      .map((expected, index): Question => {
        const { tenant, account, question: text, evaluatedAt, mustContain, mustNotMention } = expected;
        const policies = mustContain.filter((ref) => ref.startsWith('policy/'));
        return {
          id: `${name.replaceAll(' ', '-')}-${index + 1}`,
          at: { kind: 'instant', ms: evaluatedAt },
          tenant,
          account,
          mode: 'context',
          text,
          history: [],
          count: 10,
          expect: {
            ...(policies.length === 0 ? {} : { relevant: new Map(policies.map((ref) => [ref, 1])) }),
            contains: [],
            absent: mustNotMention,
          },
        };
      }),
  );
}

function tourQuestions(): readonly Question[] {
  return demoQuestions.map(({ tenant, account, question: text, refs }, index): Question => {
    const relevant = new Map(refs.filter((ref) => ref.startsWith('policy/')).map((ref) => [ref, 1]));
    const at = { kind: 'instant', ms: worldEndsAt } as const;
    const asked = { tenant, account, mode: 'context', text, history: [], count: 10 } as const;
    return { id: `tour-${index + 1}`, at, ...asked, expect: { relevant, contains: [], absent: [] } };
  });
}
