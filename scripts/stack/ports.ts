import net from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Ports given out by this process, which their takers may not have opened yet. */
const givenOut = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody listens on, and that this process gives out only once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && !givenOut.has(port)) {
      givenOut.add(port);
      return port;
    }
  }
}

/** Whether a server could listen on this TCP port of 127.0.0.1 now. */
export async function portIsFree(port: number): Promise<boolean> {
  // Some systems let a server take one address of a port whose other addresses are taken, so ask both ways.
  return !(await answers(port)) && (await listenOnce(port)) !== undefined;
}

/** The preferred port when it is free; else the first free one after it. */
export async function portFrom(preferred: number): Promise<number> {
  for (let port = preferred; port < Math.min(preferred + 100, 65_536); port += 1) {
    if (!givenOut.has(port) && (await portIsFree(port))) {
      givenOut.add(port);
      return port;
    }
  }
  return freePort();
}

/** Tells that the server on this port is gone, so that the port may be given out again. */
export function giveBackPort(port: number): void {
  givenOut.delete(port);
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const taken = (server.address() as net.AddressInfo).port;
      server.close(() => resolve(taken));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: LOOPBACK });
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
