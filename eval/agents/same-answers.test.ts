/** Two doors, one service: over HTTP and over MCP the same question gets the same content, in both revisions of the protocol. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject } from '../../src/domain/canonical.js';
import { modes } from '../../src/mcp/mcp.test-support.js';
import { play } from '../flow/play.test-support.js';
import { Flow, memoryLog, TwoHandClock } from '../flow/service.test-support.js';
import { seeded } from '../random.js';
import { demoWorld, type Tenant, tenants, worldEndsAt } from '../streams/demo-world/index.js';
import { McpCaller } from './doors.test-support.js';
import { drawnQuestion, plainQuestions, type Question } from './questions.js';

const DRAWN = 50;
const random = seeded(20_261_121);
const questions = [...plainQuestions(), ...Array.from({ length: DRAWN }, () => drawnQuestion(random))];

let flow: Flow;
beforeAll(async () => {
  const clock = new TwoHandClock();
  clock.setWall(worldEndsAt);
  flow = await Flow.open({ clock, log: memoryLog(clock), tenants });
  await play(flow, demoWorld());
  await flow.settle();
});
afterAll(() => flow.stop());

/** Another millisecond is another snapshot: the second of two equal ids would be the first itself. */
function tick(): void {
  flow.options.clock.setWall(flow.options.clock.wallMs() + 1);
}

interface Compared {
  readonly status: number;
  readonly http: JsonObject;
  readonly mcp: JsonObject;
}

async function compared(caller: McpCaller, { tenant, tool, path, body }: Question): Promise<Compared> {
  tick();
  const { status, body: http } = await flow.caller(tenant).ask(path, { body });
  tick();
  const { isError, value, problem } = await caller.call(tool, body);
  expect(isError).toBe(status !== 200);
  return { status, http, mcp: isError ? problem : value };
}

describe.each(modes)('a client in mode %s', (mode) => {
  let callers: Readonly<Record<Tenant, McpCaller>>;
  beforeAll(async () => {
    const [northquay, pinbell] = [
      await McpCaller.open(flow, 'northquay', mode),
      await McpCaller.open(flow, 'pinbell', mode),
    ];
    callers = { northquay, pinbell };
  });

  it(`is given what HTTP gives, to each of ${questions.length} questions`, async () => {
    const contents = new Set<unknown>();
    let refused = 0;
    for (const question of questions) {
      const { status, http, mcp } = await compared(callers[question.tenant], question);
      if (status === 200) {
        expect([mcp.content, mcp.items], JSON.stringify(question)).toEqual([http.content, http.items]);
        expect(mcp.id).not.toBe(http.id);
        contents.add(mcp.content);
      } else {
        refused++;
        expect([mcp.code, mcp.detail, mcp.advice]).toEqual([http.code, http.detail, http.advice]);
      }
    }
    // They are different questions, and not all of them are refused.
    expect(contents.size).toBeGreaterThan(questions.length / 2);
    expect(refused).toBeGreaterThan(0);
  });

  it('is given the bytes of a released snapshot, and the state of an account, as HTTP gives them', async () => {
    for (const { tenant, path, body } of plainQuestions()) {
      const { id } = await flow.caller(tenant).ok(path, { body });
      for (const [uri, address] of [
        [`snapshot://${id}`, `/v1/snapshots/${id}`],
        [`account://${body.account}`, `/v1/accounts/${body.account}`],
      ] as const) {
        const { text } = await flow.caller(tenant).ask(address);
        expect(await callers[tenant].read(uri)).toEqual({ text, code: null });
      }
    }
  });

  it('is given the messages of every prompt as HTTP gives them', async () => {
    const { prompts } = await callers.northquay.offered();
    expect(prompts.length).toBeGreaterThan(3);
    for (const { tenant, body } of plainQuestions().slice(0, 3)) {
      for (const { name, inputs } of prompts) {
        const [id = '', variant] = name.split('-');
        const input = Object.fromEntries(inputs.map((one) => [one, 'T-1010']));
        const prompt = { id, ...(variant === undefined ? {} : { variant }), input };
        const reply = await flow.caller(tenant).ok('/v1/context', { body: { ...body, prompt } });
        const messages = member(reply, 'prompt', 'messages') as readonly { readonly content: string }[];
        const got = await callers[tenant].prompt(name, { ...(body as Record<string, string>), ...input });
        expect(got).toEqual({ text: JSON.stringify(messages.map(({ content }) => content)), code: null });
      }
    }
  });
});
