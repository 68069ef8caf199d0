import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to PostgreSQL on which the answer to a COMMIT can be lost. */
export interface CommitLosingProxy {
  port: number;
  /** Lets the next `count` commits through and cuts the line before their answer arrives. */
  loseCommits: (count: number) => void;
  /** The same of the next statement that was prepared under this name, which is a transaction of its own. */
  loseStatement: (name: string) => void;
  /** How many answers were lost so far. */
  lost: () => number;
  close: () => Promise<void>;
}

/** How a COMMIT looks on the wire: message type Q (simple query), length, text, NUL. */
const COMMIT = Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 11]), Buffer.from('COMMIT\0')]);

/** Starts a proxy on a free loopback port in front of a server on another. */
export async function startCommitLosingProxy(targetPort: number): Promise<CommitLosingProxy> {
  const sockets = new Set<Socket>();
  let toLose = 0;
  let needle = COMMIT;
  let lost = 0;
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let losing = false;
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.on('data', (data) => {
      if (toLose > 0 && data.includes(needle)) {
        toLose -= 1;
        losing = true;
      }
      target.write(data);
    });
    target.on('data', (data) => {
      if (!losing) {
        client.write(data);
        return;
      }
      // The server has answered, so it has committed; nobody will hear of it.
      lost += 1;
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    loseCommits(count) {
      toLose = count;
      needle = COMMIT;
    },
    loseStatement(name) {
      toLose = 1;
      needle = Buffer.from(`${name}\0`);
    },
    lost: () => lost,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
