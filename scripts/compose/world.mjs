/**
 * Loads the demo world into a service over Kafka, as `tidemark demo` does into its own: events through the API, the one record that no
 * API would take straight into its topic. Once: where topics hold records already, it leaves them alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { demoQuestions, demoWorld } from '../../dist/eval/streams/demo-world/index.js';

const { TIDEMARK_URL: url = 'http://127.0.0.1:7420', LOG_URL = 'kafka://127.0.0.1:9094' } = process.env;
const { SHOWN_URL: shown = url } = process.env;
/** The keys whose hashes are in keys.json, for a service that only this machine can reach. */
const keyOf = (tenant) => `demo-only-${tenant}`;
/** As many as one request may hold. */
const BATCH_EVENTS_MAX = 1000;
const LOOK_AGAIN_MS = 200;
const topicOf = { ticket: 'support.tickets' };

const [{ tenant: someTenant }] = demoQuestions;

async function call(tenant, path, body) {
  const reply = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${keyOf(tenant)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const told = await reply.json();
  if (!reply.ok) throw new Error(`${path}: ${told.detail ?? reply.status}`);
  return told;
}

async function load() {
  const kafka = new Kafka({
    clientId: 'demo-world',
    brokers: LOG_URL.replace('kafka://', '').split(','),
    logLevel: logLevel.ERROR,
  });
  const producer = kafka.producer();
  await producer.connect();
  let [events, raw] = [0, 0];
  const waiting = new Map();
  const flush = async (tenant) => {
    const some = waiting.get(tenant) ?? [];
    waiting.delete(tenant);
    if (some.length > 0) await call(tenant, '/v1/events', some);
    events += some.length;
  };
  for (const entry of demoWorld()) {
    if ('raw' in entry) {
      // A broken record belongs between the events around it.
      for (const tenant of [...waiting.keys()]) await flush(tenant);
      const { topicKind, key, value } = entry.raw;
      const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
      await producer.send({ topic: topicOf[topicKind], messages: [{ key, value, headers }] });
      raw += 1;
      continue;
    }
    const some = waiting.get(entry.tenant) ?? [];
    waiting.set(entry.tenant, some);
    if (some.push(entry.event) === BATCH_EVENTS_MAX) await flush(entry.tenant);
  }
  for (const tenant of [...waiting.keys()]) await flush(tenant);
  await producer.disconnect();
  return { events, raw };
}

/** Resolves once every record of every topic is in the state. */
async function settled() {
  for (;;) {
    const { partitions } = await call(someTenant, '/v1/positions');
    if (partitions.every(({ lagRecords }) => lagRecords === '0')) return;
    await sleep(LOOK_AGAIN_MS);
  }
}

function tryIt({ tenant, account, question }) {
  const asked = JSON.stringify({ account, question });
  const authorization = `-H 'authorization: Bearer ${keyOf(tenant)}'`;
  return [
    `Now it is yours: ${shown} (documentation ${shown}/docs)`,
    `  curl -s ${shown}/v1/context ${authorization} -H 'content-type: application/json' -d '${asked.replaceAll("'", "'\\''")}'`,
    `  curl -s ${shown}/v1/accounts/${encodeURIComponent(account)} ${authorization}`,
    `  curl -s ${shown}/v1/positions ${authorization}`,
    `  curl -s ${shown}/v1/rejected ${authorization}`,
  ].join('\n');
}

const { partitions } = await call(someTenant, '/v1/positions');
const records = partitions.reduce((sum, { highWatermark }) => sum + Number(highWatermark), 0);
if (records > 0) {
  console.log(
    `The topics hold ${records} records already: nothing is loaded. docker compose down --volumes begins anew.`,
  );
} else {
  const { events, raw } = await load();
  await settled();
  console.log(`The demo world is loaded: ${events} events, and ${raw} record that is none.`);
}
console.log(tryIt(demoQuestions[0]));
