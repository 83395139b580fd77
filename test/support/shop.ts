import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';

export type Shop = {
  readonly url: string;
  /** What `path` shows from now on. */
  readonly show: (path: string, html: string) => string;
  readonly close: () => Promise<void>;
};

/** A shop's own website, on another origin than AvoPay. */
export async function startShop(): Promise<Shop> {
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const page = pages.get(new URL(request.url ?? '/', 'http://shop').pathname);
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(page ?? 'not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on TCP
  return {
    url,
    show: (path, html) => {
      pages.set(path, html);
      return url + path;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
