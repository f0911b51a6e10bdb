import { describe, expect, it } from 'vitest';
import { MemoryState } from '../../connectors/memory/state.js';
import { systemClock } from '../domain/clock.js';
import { parseRecord, type TopicRules } from '../domain/parse.js';
import { newLog, tenant, ticket, topics } from '../fixtures.test-support.js';
import { type SourceTopic, topicAbout } from '../log/topics.js';
import { identityOf } from '../pipeline.js';
import { Intake } from './intake.js';

/** An intake whose tickets go to a topic with these rules. */
function intakeOn(rules: Pick<TopicRules, 'tenant' | 'key' | 'format'>) {
  const log = newLog(systemClock);
  const sources = topics.sources.map((one): SourceTopic => (one.about === 'ticket' ? { ...one, ...rules } : one));
  const mapped = { ...topics, sources };
  const intake = new Intake({ log, state: new MemoryState(), topics: mapped, identity: identityOf(log, mapped) });
  return { log, intake, topic: topicAbout(mapped, 'ticket') };
}

describe('an event over HTTP', () => {
  it.each<Pick<TopicRules, 'tenant' | 'key' | 'format'>>([
    { tenant: null },
    { tenant },
    { tenant, key: 'tenant/id' },
    { tenant, key: 'none' },
    { tenant: null, format: 'json' },
  ])('is read back from a topic with the rules %j', async (rules) => {
    const { log, intake, topic } = intakeOn(rules);
    await intake.append(tenant, [ticket('T 1/é')]);
    const [reading] = await log.read(topic.name, 0, [0n]);
    if (reading?.kind !== 'found') throw new Error('it was appended');
    expect(parseRecord(reading.record, topic)).toMatchObject({ event: { key: { tenant, id: 'T 1/é' } } });
  });

  it('is refused before it is appended when its topic is of another tenant', async () => {
    const { log, intake } = intakeOn({ tenant: 'other' });
    await expect(intake.append(tenant, [ticket('T-1')])).rejects.toMatchObject({
      facts: { errors: [expect.stringContaining('tenant_mismatch')] },
    });
    expect([...(await log.ends()).values()].every((end) => end === 0n)).toBe(true);
  });
});
