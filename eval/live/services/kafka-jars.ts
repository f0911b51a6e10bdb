/** Apache Kafka from its Maven artefacts. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.js';
import type { Steps } from './steps.js';
import { secondsSince } from './steps.js';
import { java, maven, needTools, runTool, Unavailable } from './tools.js';

export const kafkaVersion = '4.1.1';

/** Of the plugin that copies them, so that it does not change with Maven's own version. */
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

type Artifacts = readonly (readonly [group: string, name: string, version: string])[];

const logger = ['org.slf4j', 'slf4j-simple', '1.7.36'] as const;

/** The broker, its command-line classes, and a logger without which it would fail in silence. */
const broker: Artifacts = [
  ['org.apache.kafka', 'kafka_2.13', kafkaVersion],
  ['org.apache.kafka', 'kafka-tools', kafkaVersion],
  logger,
];

/** Kafka Streams alone, which nothing of the broker needs. */
const streams: Artifacts = [['org.apache.kafka', 'kafka-streams', kafkaVersion], logger];

function pomOf(artifacts: Artifacts): string {
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>tidemark</groupId><artifactId>services</artifactId><version>1</version><dependencies>',
    ...artifacts.map(
      ([group, name, version]) =>
        `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
    ),
    '</dependencies></project>\n',
  ].join('\n');
}

/** The folder of the jars. Rejects with `Unavailable` when Java or Maven is missing or Maven cannot fetch them. */
export function kafkaJars(steps: Steps): Promise<string> {
  return jarsOf('kafka', broker, steps);
}

/** The same, of programs that use Kafka Streams. */
export function kafkaStreamsJars(steps: Steps): Promise<string> {
  return jarsOf('kafka-streams', streams, steps);
}

async function jarsOf(title: string, artifacts: Artifacts, steps: Steps): Promise<string> {
  await needTools([java]);
  return cached(`${title}-${kafkaVersion}`, async (folder) => {
    await needTools([maven]);
    const startedMs = performance.now();
    steps.say(`kafka: fetching Kafka ${kafkaVersion} with Maven`);
    await writeFile(join(folder, 'pom.xml'), pomOf(artifacts));
    // A registry that stumbled once has mostly recovered; what was fetched is kept by Maven.
    if (!(await copied(folder, steps)).ok) {
      const again = await copied(folder, steps);
      if (!again.ok) throw new Unavailable(`Maven could not fetch Kafka ${kafkaVersion}: ${again.why}`);
    }
    const jars = (await readdir(folder)).filter((name) => name.endsWith('.jar'));
    steps.say(`kafka: ${jars.length} jars (${secondsSince(startedMs)})`);
  });
}

async function copied(folder: string, steps: Steps) {
  let downloaded = 0;
  const run = await runTool(
    'mvn',
    ['--batch-mode', copyGoal, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'],
    {
      folder,
      onLine: (line) => {
        if (!/Downloaded from .*\.jar/.test(line)) return;
        downloaded += 1;
        steps.move(`kafka: downloaded ${downloaded} jars`);
      },
    },
  );
  const why = run.lastLines.find((line) => line.includes('ERROR'))?.slice(0, 300) ?? `mvn ended with ${run.code}`;
  return { ok: run.code === 0, why };
}
