import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaJars } from '../../eval/live/services/kafka-jars.js';
import { silent } from '../../eval/live/services/steps.js';
import { runTool } from '../../eval/live/services/tools.js';
import { kafkaMissing, kafkaServers, kafkaUrl } from '../../eval/live/settings.js';
import { LiveKafka, reached, values } from './follow.test-support.js';

const COUNT = 2_000;

describe.skipIf(kafkaUrl() === undefined)(`what a Java producer has packed (${kafkaMissing()})`, () => {
  let live: LiveKafka;
  beforeAll(async () => {
    live = await LiveKafka.open(kafkaServers());
  });
  afterAll(() => live.close());

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('is read with the codec %s', async (codec) => {
    const point = await live.makeTopic();
    const settings = [`bootstrap.servers=${kafkaServers().join()}`, `compression.type=${codec}`, 'linger.ms=50'];
    const args = ['--topic', point.topic, '--num-records', `${COUNT}`, '--throughput', '-1', '--payload-monotonic'];
    const tool = ['-cp', `${await kafkaJars(silent)}/*`, 'org.apache.kafka.tools.ProducerPerformance'];
    const { code, lastLines } = await runTool('java', [...tool, ...args, '--producer-props', ...settings]);
    expect(code, lastLines.join('\n')).toBe(0);

    const seen = await live.read([point], reached(BigInt(COUNT)));
    expect(values(seen)).toEqual(Array.from({ length: COUNT }, (_, i) => String(i)));
  });
});
