import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

export type SlowDoor = { readonly port: number; readonly close: () => Promise<void> };

/** A way to `port` on which every new connection first waits `holdMs`: the handshakes, which a browser's own slow network leaves out. */
export async function openSlowDoor(port: () => number, holdMs: number): Promise<SlowDoor> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    client.pause();
    open.add(client);
    client.on('close', () => open.delete(client)).on('error', () => client.destroy());
    setTimeout(() => {
      const inner = connect(port(), '127.0.0.1');
      inner.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('close', () => inner.destroy());
      client.pipe(inner).pipe(client);
    }, holdMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
