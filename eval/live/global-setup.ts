/** Before live tests: starts the services that nobody has given an address of. After them, however they went: ends those. */

import { qdrantEngine, shimLacks } from './services/qdrant-shim.js';
import { ServiceRecord } from './services/record.js';
import { type ServiceName, startServices, sweep } from './services/start.js';
import { type Steps, stepsOn } from './services/steps.js';
import { giveSettings, isGiven, qdrantUrl } from './settings.js';

const settingOf = {
  kafka: 'KAFKA_URL',
  s3: 'S3_URL',
  redis: 'REDIS_URL',
  qdrant: 'QDRANT_URL',
} as const satisfies Partial<Record<ServiceName, string>>;
const missingOf = {
  kafka: 'KAFKA_MISSING',
  s3: 'S3_MISSING',
  redis: 'REDIS_MISSING',
  qdrant: 'QDRANT_MISSING',
} as const;

export async function setup(): Promise<() => Promise<void>> {
  const steps = stepsOn(process.stderr);
  await sweep(steps);
  const record = ServiceRecord.create('with_this_process');
  try {
    const wanted = (['kafka', 's3', 'redis', 'qdrant'] as const).filter((name) => !isGiven(settingOf[name]));
    const notStarted = await startServices(wanted, record, steps);
    giveSettings(record.settings);
    for (const { name, why } of notStarted) {
      steps.say(`live tests not run: those that need ${name}: ${why}`);
      // In a title the reason stands in parentheses of its own.
      if (name !== 'kafka3' && name !== 'redis3') giveSettings({ [missingOf[name]]: why.replace(/[()]/g, '') });
    }
    await tellOfShim(steps);
    return () => record.stop();
  } catch (error) {
    await record.stop();
    throw error;
  }
}

/** Whoever gives a URL need not know what answers there: the shim says so itself. */
async function tellOfShim(steps: Steps): Promise<void> {
  const url = qdrantUrl();
  if (url === undefined) return;
  const lacks = await shimLacks(url);
  if (lacks === undefined) return;
  giveSettings({ QDRANT_SHIM: qdrantEngine });
  const reasons = Object.entries(lacks).map(([name, why]) => `${name} (${why})`);
  steps.say(`live tests not run: those that need a Qdrant server itself, for ${reasons.join('; ')}`);
}
