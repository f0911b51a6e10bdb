/** Asks over HTTP again and again until the answer is there. */
import { Agent, get } from 'node:http';

/** As many as a server keeps open by itself, and more than are ever asked at once by a machine that keeps up. */
const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Resolves with the first answer of status 200 that holds `text`. */
export async function answered(url: string, text: string): Promise<void> {
  while (!(await bodyOf(url))?.includes(text));
}

function bodyOf(url: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined));
      response.on('error', reject);
    });
    // A server may close a connection that has rested while the next request is on its way: that one was not heard.
    request.on('error', (error) => (request.reusedSocket ? resolve(undefined) : reject(error)));
  });
}
