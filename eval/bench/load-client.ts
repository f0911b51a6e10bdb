/**
 * A load from another process, so that the server's loop is not the client's: a number of connections, each asking again as soon
 * as it has its answer. Arguments: url, body, connections, milliseconds. Prints answers per second; anything but 200 is an error.
 */
import { Agent, request } from 'node:http';

const [url = '', body = '', connections = '16', forMs = '1000'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
const method = body === '' ? 'GET' : 'POST';

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers: body === '' ? {} : headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`));
      response.resume().on('end', () => resolve());
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const endsAtMs = performance.now() + Number(forMs);
let answers = 0;
async function connection(): Promise<void> {
  while (performance.now() < endsAtMs) {
    await ask();
    answers++;
  }
}

const startedAtMs = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, connection));
agent.destroy();
console.log(String((answers * 1_000) / (performance.now() - startedAtMs)));
