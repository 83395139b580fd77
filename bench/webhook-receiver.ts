import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Answers 200 to every webhook and remembers when it came (ms since the epoch, with fractions). */
export async function startReceiver() {
  let cameAt: number[] = [];
  let told: () => void = () => {};
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      cameAt.push(performance.timeOrigin + performance.now());
      response.end('ok');
      told();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    receiverPort: () => port,
    forget: () => {
      cameAt = [];
    },
    /** The times of the first `count`, once so many have come. */
    received: async ({ count }: { count: number }): Promise<readonly number[]> => {
      while (cameAt.length < count) await new Promise<void>((resolve) => (told = resolve));
      return cameAt;
    },
  };
}
