/** Questions for a service that holds the demo world: those of its traps and of its tour, and as many more as are wanted. */
import type { JsonObject } from '../../src/domain/canonical.js';
import { kindNames } from '../../src/domain/kinds/index.js';
import type { Random } from '../random.js';
import { demoQuestions, type Tenant, tenants, traps } from '../streams/demo-world/index.js';

export interface Question {
  readonly tenant: Tenant;
  readonly tool: 'get_context' | 'search_context';
  readonly path: '/v1/context' | '/v1/search';
  readonly body: JsonObject;
}

const asked = [...traps.flatMap(({ expectations }) => expectations), ...demoQuestions];
const texts = [...new Set(asked.map(({ question }) => question))];
const accounts = [...new Set(asked.map(({ account }) => account)), 'A-nobody'];

/** Each once, as a copilot asks it. */
export function plainQuestions(): readonly Question[] {
  const bodies = asked.map(({ tenant, account, question }) => ({ tenant, body: { account, question } }));
  const unique = new Map(bodies.map((one) => [JSON.stringify(one), one]));
  return [...unique.values()].map((one) => ({ ...one, tool: 'get_context', path: '/v1/context' }));
}

export function drawnQuestion(random: Random): Question {
  const tenant = random.pick(tenants);
  const tokenBudget = random.chance(0.5) ? { tokenBudget: random.pick([1, 200, 1_000, 20_000]) } : {};
  if (random.chance(0.3)) {
    const about = random.chance(0.5) ? { account: random.pick(accounts) } : {};
    const body = { question: random.pick(texts), limit: random.between(1, 20), ...about, ...tokenBudget };
    return { tenant, tool: 'search_context', path: '/v1/search', body };
  }
  const question = random.chance(0.7) ? { question: random.pick(texts) } : {};
  const kinds = random.chance(0.3) ? { kinds: kindNames.filter((_, n) => n === 0 || random.chance(0.5)) } : {};
  const consistency = random.chance(0.2) ? { consistency: { level: random.pick(['any', 'latest']) } } : {};
  const body = { account: random.pick(accounts), ...question, ...kinds, ...tokenBudget, ...consistency };
  return { tenant, tool: 'get_context', path: '/v1/context', body };
}
