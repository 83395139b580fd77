import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a server of the sandbox is reached. */
export type Listening = { readonly port: number; readonly url: string; close(): Promise<void> };

/** Listens on `port` of `host`, or on any free port when that one is taken (`port` 0: any). Closing ends open connections too. */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<Listening> {
  const taken = await onPort(port, (free) => tryListen(server, host, free));
  return { port: taken, url: `http://${host}:${taken}`, close: () => closeServer(server) };
}

/** Tries `port`, and any free one when it is taken. */
export async function onPort<T>(port: number, start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    if (port === 0 || !isAddressInUse(error)) throw error;
    return start(0);
  }
}

function tryListen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port); // a listening TCP server always has one
    });
  });
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
