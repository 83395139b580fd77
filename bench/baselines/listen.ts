import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { answerTasks, endWithParent } from '../answer-tasks.ts';

/** Listens on a free port and says which one; answers for its memory as AvoPay does. */
export async function serve(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  announce((server.address() as AddressInfo).port); // listening on TCP
}

export function announce(port: number): void {
  endWithParent();
  answerTasks({
    port: () => port,
    memory: () => {
      globalThis.gc?.();
      return process.memoryUsage.rss() / 1024;
    },
  });
}
