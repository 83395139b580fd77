import { once } from 'node:events';
import { request } from 'undici';
import { WebSocket } from 'ws';

export type SocketLoad = {
  /** `{PAYMENT}` is the socket's own payment. */
  readonly url: string;
  readonly count: number;
  /** Sent by each once it is open, with the same mark. Null: nothing is sent. */
  readonly subscribe: string | null;
  readonly payments: readonly string[];
};
export type Firing = {
  readonly requests: readonly { readonly url: string; readonly headers: { readonly [name: string]: string }; readonly body: string }[];
  /** What stands in the awaited frame. */
  readonly mark: string;
};
export type Fired = { readonly ms: number; readonly lost: number };

/** Sockets opened at a time: no server here is meant to be tried by a flood of handshakes. */
const OPENING_MAX = 100;
/** Requests that are under way at a time: payers do not all pay in one moment, and a server refuses a crowd at one door. */
const FIRING_MAX = 100;
/** What has not come by then is lost. */
const LOST_AFTER_MS = 30_000;

let sockets: WebSocket[] = [];
let onFrame: (socket: WebSocket, frame: string) => void = () => {};

/** Opens sockets that all have their first frame when this resolves. */
export async function openSockets({ url, count, subscribe, payments }: SocketLoad): Promise<void> {
  await together(count, OPENING_MAX, async (place) => {
    const payment = payments[place % payments.length] ?? '';
    sockets.push(await openSocket(url.replace('{PAYMENT}', payment), subscribe?.replace('{PAYMENT}', payment) ?? null));
  });
}

/** Does `work` for each place from 0, so many at a time. */
async function together(count: number, atOnce: number, work: (place: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function openSocket(url: string, subscribe: string | null): Promise<WebSocket> {
  const socket = new WebSocket(url, subscribe === null ? [] : ['graphql-transport-ws'], { perMessageDeflate: false });
  await once(socket, 'open');
  socket.on('message', (data: Buffer) => onFrame(socket, data.toString()));
  if (subscribe === null) return socket;
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  socket.send(subscribe);
  await once(socket, 'message'); // as it stands now
  return socket;
}

/** Makes the change and waits until every socket was told of it: ms from the first request to the last socket's frame. */
export async function fire({ requests, mark }: Firing): Promise<Fired> {
  const waiting = new Set(sockets);
  const startedMs = performance.now();
  let lastMs = startedMs;
  const all = new Promise<void>((resolve) => {
    onFrame = (socket, frame) => {
      if (!frame.includes(mark) || !waiting.delete(socket)) return;
      lastMs = performance.now();
      if (waiting.size === 0) resolve();
    };
  });
  await together(requests.length, FIRING_MAX, async (place) => {
    const { url, headers, body } = requests[place] as Firing['requests'][number]; // there are as many
    const answer = await request(url, { method: 'POST', headers, body });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${url} ${answer.statusCode}: ${text}`);
  });
  const patience = AbortSignal.timeout(LOST_AFTER_MS);
  await Promise.race([all, once(patience, 'abort')]);
  return { ms: lastMs - startedMs, lost: waiting.size };
}

export async function closeSockets(): Promise<void> {
  for (const socket of sockets) socket.terminate();
  await Promise.all(sockets.map((socket) => (socket.readyState === WebSocket.CLOSED ? null : once(socket, 'close'))));
  sockets = [];
}
