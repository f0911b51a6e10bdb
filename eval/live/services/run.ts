/**
 * `npm run services -- start|stop|status [kafka] [kafka3] [s3] [redis] [redis3] [qdrant]`: real servers on free loopback ports, by
 * default one broker, S3, one Redis and Qdrant's engine (the server itself where QDRANT_PROGRAM names its binary).
 * `start` prints the settings under which live tests find them, as a shell reads them.
 */
import { ServiceRecord } from './record.js';
import { type ServiceName, serviceNames, startServices, sweep } from './start.js';
import { stepsOn } from './steps.js';

const steps = stepsOn(process.stderr);
const [command, ...words] = process.argv.slice(2);
const names = words.filter((word): word is ServiceName => serviceNames.some((name) => name === word));
const unknown = words.find((word) => !serviceNames.some((name) => name === word));

async function start(): Promise<number> {
  await sweep(steps);
  const record = ServiceRecord.create('until_stopped');
  try {
    const wanted: readonly ServiceName[] = names.length === 0 ? ['kafka', 's3', 'redis', 'qdrant'] : names;
    const notStarted = await startServices(wanted, record, steps);
    const settings = Object.entries(record.settings);
    if (settings.length === 0) await record.stop();
    process.stdout.write(settings.map(([name, value]) => `export ${name}='${value}'\n`).join(''));
    return notStarted.length === 0 ? 0 : 1;
  } catch (error) {
    await record.stop();
    throw error;
  }
}

async function stop(): Promise<number> {
  const records = ServiceRecord.all().filter(({ isLeft, outlivesStarter }) => isLeft || outlivesStarter);
  for (const record of records) await record.stop();
  const count = records.reduce((sum, { services }) => sum + services.length, 0);
  steps.say(count === 0 ? 'services: none were running' : `services: ${count} stopped, their data removed`);
  return 0;
}

function status(): number {
  const services = ServiceRecord.all().flatMap((record) => record.services);
  const lines = services.map(
    ({ name, process, alive }) => `${name}: ${alive ? `runs, process ${process.pid}` : 'ended'}`,
  );
  process.stdout.write(`${(lines.length === 0 ? ['no services'] : lines).join('\n')}\n`);
  return services.some(({ alive }) => alive) ? 0 : 1;
}

const commands = new Map<string | undefined, () => number | Promise<number>>(Object.entries({ start, stop, status }));
const chosen = unknown === undefined ? commands.get(command) : undefined;
if (chosen === undefined || (command === 'stop' && words.length > 0)) {
  steps.say(`usage: npm run services -- start [${serviceNames.join('] [')}] | stop | status`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await chosen();
  } catch (error) {
    steps.say(`services: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
