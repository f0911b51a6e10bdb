import { describe, expect, it } from 'vitest';
import type { GenerationEngines, HowToOpen } from '../../generations/generations.js';
import { openedMethod } from '../../generations/service.test-support.js';
import { account, jsonOf, memoryComposition, ndjson, runCli } from '../cli.test-support.js';
import type { Composition } from '../composition.js';

/** Each command opens the service anew over the same log, as it does where no server runs. */
function composition(opening: (how?: HowToOpen) => void = () => undefined): Composition {
  const plain = memoryComposition();
  return {
    ...plain,
    openEngines: async (...given) => {
      const opened = await plain.openEngines(...given);
      const open: GenerationEngines['open'] = async (text, _, how) => {
        opening(how);
        return openedMethod(text);
      };
      const generations = { configured: 'lexical', open };
      return { ...opened, engines: { ...opened.engines, generations } };
    },
  };
}

async function shadowed(on = composition()): Promise<Composition> {
  await runCli(['load', '-'], { composition: on, input: ndjson(account) });
  return on;
}

interface Told {
  readonly live: string;
  readonly generations: readonly { readonly id: string; readonly role: string }[];
}

async function shadow(on: Composition, ...args: readonly string[]) {
  const ran = await runCli(['shadow', ...args, '--json'], { composition: on });
  return { ...ran, told: (ran.code === 0 ? jsonOf(ran) : {}) as unknown as Told };
}

/** A generation takes a moment to have everything. */
async function promoted(on: Composition) {
  for (;;) {
    const ran = await shadow(on, 'promote');
    if (ran.code === 0 || !ran.err.includes('does not have everything')) return ran;
  }
}

describe('tidemark shadow', () => {
  it('starts one, promotes it, goes back and drops it, each told by the next command', async () => {
    const on = await shadowed();
    const { told } = await shadow(on, 'start', 'hashing', '--reason', 'to see');
    const [first, other] = told.generations.map(({ id }) => id);
    expect((await promoted(on)).told.live).toBe(other);
    expect((await shadow(on, 'status')).told.live).toBe(other);
    expect((await shadow(on, 'rollback')).told.live).toBe(first);
    expect((await shadow(on, 'drop', `${other}`)).told.generations.map(({ id }) => id)).toEqual([first]);
  });

  it('hands on how a model is to be read, as far as it is said', async () => {
    const asked: unknown[] = [];
    const on = await shadowed(composition((how) => asked.push(how?.model)));
    await shadow(on, 'start', 'hashing', '--dtype', 'fp32', '--pooling', 'cls', '--question-prefix', 'query: ');
    expect(asked[0]).toEqual({ dtype: 'fp32', pooling: 'cls', questionPrefix: 'query: ' });
    const wrong = await shadow(on, 'start', 'hashing', '--pooling', 'max');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('mean, cls, none')]);
  });

  it('shows people which is live and what is compared', async () => {
    const on = await shadowed();
    await shadow(on, 'start', 'hashing');
    const { out } = await runCli(['shadow', 'status'], { composition: on });
    expect(out).toMatch(/^[0-9a-f]{12} live {2}lexical$/m);
    expect(out).toMatch(/^[0-9a-f]{12} shadow {2}hashing$/m);
    expect(out).toMatch(/snapshots compared 0 would have been others/);
  });

  it('says what is wrong and what to do: no shadow, a method that there is not, what is live', async () => {
    const on = await shadowed();
    const drop = await shadow(on, 'drop');
    expect([drop.code, drop.err]).toEqual([1, expect.stringContaining('there is no shadow')]);
    const start = await shadow(on, 'start', 'nothing');
    expect([start.code, start.err]).toEqual([1, expect.stringContaining('Name one that there is')]);
    const { told } = await shadow(on, 'status');
    const live = await shadow(on, 'drop', told.live);
    expect([live.code, live.err]).toEqual([1, expect.stringContaining('is live')]);
  });
});
