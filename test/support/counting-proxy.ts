import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';

export type Passed = { readonly method: string; readonly path: string; readonly body: string };

/** Stands between the product and one far side: passes requests on, keeps what passed, and opens no sockets. `target` is set later. */
export async function countingProxy() {
  const passed: Passed[] = [];
  let target = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { method = 'GET', url = '/' } = request;
      passed.push({ method, path: url, body });
      const type = request.headers['content-type'];
      fetch(`${target}${url}`, { method, ...(body ? { body } : {}), ...(type ? { headers: { 'content-type': type } } : {}) })
        .then(async (reply) => response.writeHead(reply.status, { 'content-type': 'application/json' }).end(await reply.text()))
        .catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    passed,
    leadTo(url: string) {
      target = url;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
