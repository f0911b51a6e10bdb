import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { member } from '../../src/api/world.test-support.js';
import type { JsonObject, JsonValue } from '../../src/domain/canonical.js';
import { isJsonObject } from '../../src/domain/json.js';
import { account, policy, ticket } from '../../src/fixtures.test-support.js';
import { dataFolder, dataFolderMissing } from '../data.js';
import { bipiaAttacks } from './bad-input.js';
import { BadInputService } from './service.test-support.js';

const folder = dataFolder() ?? '';
const withData = folder === '' ? describe.skip : describe;
const reason = folder === '' ? ` (skipped: ${dataFolderMissing})` : '';
const attacks = folder === '' ? [] : bipiaAttacks(folder);

const harmless = 'The printer does not print.';
const texts = [harmless, ...attacks];

// Hundreds of questions in one test, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 30_000 });

let subject: BadInputService;
beforeAll(async () => {
  subject = await BadInputService.open();
  await subject.put(policy('p-1'), ...texts.map((_, index) => account(`A-${index}`)));
  await subject.put(
    ...texts.flatMap((body, index) => {
      const more = { accountId: `A-${index}`, body, subject: body, comments: [{ body }] };
      return [ticket(`T-${index}-open`, more), ticket(`T-${index}-closed`, { ...more, status: 'closed' })];
    }),
  );
});
afterAll(() => subject.close());

const answers = (index: number) => [
  subject.ok('/v1/context', { body: { account: `A-${index}`, question: `${harmless} refunds within 30 days` } }),
  subject.ok('/v1/search', { body: { account: `A-${index}`, question: texts[index] } }),
  subject.ok(`/v1/accounts/A-${index}`),
];

/** Names and types of all members, in order, without the values. */
function shapeOf(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(shapeOf).join()}]`;
  if (!isJsonObject(value)) return value === null ? 'null' : typeof value;
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}:${shapeOf(inner)}`)
    .join()}}`;
}

withData(`attacks in the text of a ticket${reason}`, () => {
  it('come out as the data they are, byte for byte, labelled as a customer’s words', async () => {
    for (const [index, attack] of texts.entries()) {
      const [context = {}] = await Promise.all(answers(index));
      const items = context.items as readonly JsonObject[];
      const found = items.find(({ ref }) => ref === `ticket/T-${index}-open`);
      expect(found, attack).toMatchObject({ trust: 'customer', value: { body: attack, subject: attack } });
      expect(member(found ?? {}, 'value', 'comments'), attack).toEqual([{ body: attack }]);
      for (const { ref, trust } of items)
        expect(trust).toBe(String(ref).startsWith('ticket/') ? 'customer' : 'business');
    }
    expect(attacks).toHaveLength(75);
  });

  it('leave every other part of a reply as it is beside harmless text', async () => {
    const [context = {}, , state = {}] = await Promise.all(answers(0));
    for (const [index, attack] of attacks.entries()) {
      const [attacked = {}, searched = {}, attackedState = {}] = await Promise.all(answers(index + 1));
      expect(shapeOf(withoutTickets(attacked)), attack).toBe(shapeOf(withoutTickets(context)));
      expect(shapeOf(attackedState), attack).toBe(shapeOf(state));
      expect(Object.keys(searched), attack).toEqual(Object.keys(context));
      expect(JSON.stringify(withoutTickets(attacked)), attack).not.toContain(JSON.stringify(attack).slice(1, -1));
    }
  });

  it('appear nowhere else in a reply: not in its headers, nor in a problem', async () => {
    for (const attack of attacks) {
      const { text, headers } = await subject.ask('/v1/context', { body: { account: attack, purpose: attack } });
      expect(`${text} ${[...headers.values()].join(' ')}`).not.toContain(attack);
    }
  });
});

/** The reply without the items a customer wrote: which of them are retrieved depends on their words. */
function withoutTickets(reply: JsonObject): JsonObject {
  const isOurs = (item: JsonValue) => isJsonObject(item) && item.trust !== 'customer';
  return { ...reply, items: (reply.items as readonly JsonValue[]).filter(isOurs), omitted: [] };
}
