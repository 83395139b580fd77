import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Chain } from './chain.ts';
import type { Answer } from './esplora-routes.ts';
import { createServer } from 'node:http';
import { parseTransaction } from '../elements/transaction.ts';
import { answerBroadcast, answerGet, scripthash } from './esplora-routes.ts';

export type EsploraOptions = {
  readonly port: number;
  readonly host: string;
  /** Asked first at every request; what it answers is sent instead. For faults: a source that is down, or refuses broadcasts. */
  readonly intercept?: (method: string, path: string) => Answer | null;
  /** The chain as reads show it, where that differs: a source that lags. */
  readonly shown?: Chain;
};

/** A transaction of 400,000 weight units in hex, and some. */
const BODY_BYTES_MAX = 1_000_000;
/** Clients keep connections; closing must not wait for them longer than this. */
const KEEP_ALIVE_MS = 5_000;

/** Serves the chain as an Esplora instance does, from the root of `url`. */
export async function serveEsplora(chain: Chain, options: EsploraOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
  const scriptOf = makeScriptIndex(chain);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    respond(chain, { request, options, scriptOf })
      .then((answer) => send(response, answer))
      .catch((error: unknown) => send(response, { status: 500, body: error instanceof Error ? error.message : String(error) }));
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(options.port, options.host, () => done());
  });
  const address = server.address() as AddressInfo; // a TCP server that listens
  return {
    url: `http://${options.host}:${address.port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

type Asked = {
  readonly request: IncomingMessage;
  readonly options: EsploraOptions;
  readonly scriptOf: (scripthash: string) => Uint8Array | null;
};

async function respond(chain: Chain, { request, options, scriptOf }: Asked): Promise<Answer> {
  const method = request.method ?? 'GET';
  const path = new URL(request.url ?? '/', 'http://esplora').pathname.replace(/(.)\/$/, '$1');
  const intercepted = options.intercept?.(method, path);
  if (intercepted) return intercepted;
  if (method === 'GET' || method === 'HEAD') return answerGet(options.shown ?? chain, path, scriptOf);
  if (method !== 'POST' || path !== '/tx') return { status: 404, body: 'endpoint does not exist' };
  const body = await readBody(request);
  return body === null ? { status: 413, body: 'body too large' } : answerBroadcast(chain, body);
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = Buffer.from(part);
    size += bytes.length;
    if (size > BODY_BYTES_MAX) return null;
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const [type, bytes] =
    typeof body === 'string'
      ? ['text/plain', body]
      : body instanceof Uint8Array
        ? ['application/octet-stream', body]
        : ['application/json', JSON.stringify(body)];
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(bytes) }).end(bytes);
}

/** Script hashes are one-way: remembers the script behind each that the chain has paid. Blocks and transactions are read once. */
function makeScriptIndex(chain: Chain): (hash: string) => Uint8Array | null {
  const scripts = new Map<string, Uint8Array>();
  const learn = (txid: string) => {
    const known = chain.transaction(txid);
    for (const { script } of known ? parseTransaction(known.hex).outputs : []) scripts.set(scripthash(script), script);
  };
  for (let height = 0; height <= chain.height(); height++) for (const txid of chain.block(height)?.txids ?? []) learn(txid);
  for (const { txid } of chain.mempool()) learn(txid);
  chain.onTransaction(learn);
  return (hash) => scripts.get(hash) ?? null;
}
