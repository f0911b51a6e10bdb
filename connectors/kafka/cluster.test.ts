import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Cluster, type ClusterTopic, withNewerLeaders } from './cluster.js';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

async function listening(onSocket: (socket: Socket) => void): Promise<string> {
  const made = createServer(onSocket);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const address = made.address();
  return typeof address === 'object' ? `127.0.0.1:${address?.port}` : '';
}

function connect(broker: string): Promise<Cluster> {
  return Cluster.connect({ brokers: [broker], clientId: 'c', groupId: 'g' });
}

describe('a cluster that cannot be had', () => {
  it('is unreachable when nobody listens', async () => {
    const broker = await listening(() => undefined);
    server?.close();
    await expect(connect(broker)).rejects.toMatchObject({ code: 'unreachable', facts: { reason: 'ECONNREFUSED' } });
  });

  it('is unreachable when the connection is closed without an answer', async () => {
    const broker = await listening((socket) => socket.destroy());
    await expect(connect(broker)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('is unreachable within ten seconds when nobody answers', async () => {
    const broker = await listening(() => undefined);
    const beganMs = performance.now();
    await expect(connect(broker)).rejects.toMatchObject({ code: 'unreachable' });
    expect(performance.now() - beganMs).toBeLessThan(10_000);
  }, 15_000);
});

function ledAt(leaderEpochs: readonly (number | null)[]): ClusterTopic {
  const leaders = leaderEpochs.map((leaderEpoch) => {
    return leaderEpoch === null ? null : { node: leaderEpoch, address: { host: 'h', port: leaderEpoch }, leaderEpoch };
  });
  return { name: 't', incarnationId: 'i', partitions: leaders.length, leaders };
}

describe('what a broker says of leaders', () => {
  it('takes the place of what was said before, but for leaders of an older epoch', () => {
    const said = ledAt([4, 5, 6, null, 7]);
    const known = ledAt([5, 5, 5, 5]);
    expect(withNewerLeaders(said, known)).toEqual(ledAt([5, 5, 6, null, 7]));
  });
});
