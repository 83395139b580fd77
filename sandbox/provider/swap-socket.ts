import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { WebSocketServer } from 'ws';
import { MINUTE_MS, SECOND_MS, monotonicMs } from '../../src/lib/time.ts';
import { fieldsOf } from './request-fields.ts';
import { isNews, statusView } from './swap.ts';

/** Limits and intervals of the API's socket. */
export const SUBSCRIBE_IDS_MAX = 100;
const PING_EVERY_MS = 15 * SECOND_MS;
const IDLE_CHECK_MS = MINUTE_MS;
const IDLE_MAX_MS = 10 * MINUTE_MS;
/** A subscription of 100 ids is 3 kB; the API's own messages are smaller still. */
const MESSAGE_BYTES_MAX = 64 * 1024;

type Client = { readonly socket: WebSocket; readonly ids: Set<string>; activeMs: number };

/** The socket at `/v2/ws`: subscriptions to `swap.update`, which die with their connection. Nothing is replayed. */
export function serveSwapSocket(server: Server, deps: ProviderDeps): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  const clients = new Set<Client>();
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (request.url?.split('?')[0] !== '/v2/ws') return void stream.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
    if (deps.faults.current().provider === 'http_500')
      return void stream.end('HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\n\r\n');
    sockets.handleUpgrade(request, stream, head, (socket) => join(clients, deps, socket));
  });
  const stopUpdates = deps.book.onSwap((swap, before) => {
    if (!isNews(swap, before)) return;
    const frames = [updateFrame(deps, [swap]), ...(isMixed(deps) ? [updateFrame(deps, [swap]), updateFrame(deps, [before ?? swap])] : [])];
    for (const client of clients) if (client.ids.has(swap.id)) for (const frame of frames) send(client, frame);
  });
  deps.faults.onChange(() => {
    for (const client of clients) applyFault(deps, client);
  });
  const pings = setInterval(() => {
    for (const { socket } of clients) if (!socket.isPaused) socket.ping();
  }, PING_EVERY_MS);
  const idle = setInterval(() => closeIdle(clients), IDLE_CHECK_MS);
  return {
    close() {
      stopUpdates();
      clearInterval(pings);
      clearInterval(idle);
      for (const { socket } of clients) socket.terminate();
      sockets.close();
    },
  };
}

function join(clients: Set<Client>, deps: ProviderDeps, socket: WebSocket): void {
  const client: Client = { socket, ids: new Set(), activeMs: monotonicMs() };
  clients.add(client);
  socket.on('close', () => clients.delete(client));
  socket.on('error', () => socket.terminate());
  socket.on('pong', () => {
    client.activeMs = monotonicMs();
  });
  socket.on('message', (message) => {
    client.activeMs = monotonicMs();
    for (const frame of answersTo(client, deps, String(message))) send(client, frame);
  });
  applyFault(deps, client);
}

/** Half-open: nothing is read and nothing is said, and the client is not told. What was not said then is never said. */
function applyFault({ faults }: ProviderDeps, { socket }: Client): void {
  const { provider } = faults.current();
  if (provider === 'ws_drop' || provider === 'connection_refused') return void socket.terminate();
  const isSilent = provider === 'ws_silent' || provider === 'hang';
  if (isSilent && !socket.isPaused) socket.pause();
  if (!isSilent && socket.isPaused) socket.resume();
}

function isMixed({ faults }: ProviderDeps): boolean {
  return faults.current().provider === 'ws_mixed';
}

function answersTo(client: Client, deps: ProviderDeps, text: string): readonly object[] {
  const message = parseMessage(text);
  if (message?.op === 'ping') return [{ event: 'pong' }];
  if (message?.channel !== 'swap.update') return [{ error: 'could not parse request' }];
  if (message.op === 'unsubscribe') {
    for (const id of message.args) client.ids.delete(id);
    return [{ event: 'unsubscribe', channel: 'swap.update', args: [...client.ids], timestamp: timestamp(deps) }];
  }
  if (message.args.length > SUBSCRIBE_IDS_MAX) {
    return [{ event: 'error', error: `too many swap ids in swap.update subscribe request: max ${SUBSCRIBE_IDS_MAX}` }];
  }
  for (const id of message.args) client.ids.add(id);
  const known = message.args.flatMap((id) => deps.book.byId(id) ?? []);
  const subscribed = { event: 'subscribe', channel: 'swap.update', args: message.args, timestamp: timestamp(deps) };
  return known.length === 0 ? [subscribed] : [subscribed, updateFrame(deps, known)];
}

type Message = { readonly op: 'ping' | 'subscribe' | 'unsubscribe'; readonly channel: unknown; readonly args: readonly string[] };

function parseMessage(text: string): Message | null {
  try {
    const fields = fieldsOf(JSON.parse(text));
    const { op, channel, args } = { op: fields['op'], channel: fields['channel'], args: fields['args'] ?? [] };
    if (op !== 'ping' && op !== 'subscribe' && op !== 'unsubscribe') return null;
    if (!Array.isArray(args) || !args.every((id) => typeof id === 'string')) return null;
    return { op, channel, args };
  } catch {
    return null; // not JSON
  }
}

function updateFrame(deps: ProviderDeps, swaps: readonly Swap[]): object {
  const args = swaps.map((swap) => ({ id: swap.id, ...statusView(swap, (txid) => deps.chain.transaction(txid)?.hex ?? null) }));
  return { event: 'update', channel: 'swap.update', args, timestamp: timestamp(deps) };
}

function timestamp(deps: ProviderDeps): string {
  return String(deps.now().getTime());
}

function send(client: Client, frame: object): void {
  if (client.socket.readyState === client.socket.OPEN && !client.socket.isPaused) client.socket.send(JSON.stringify(frame));
}

/** Protocol pongs count as life here: on loopback a connection is half-open only where the fault `ws_silent` makes it so. */
function closeIdle(clients: ReadonlySet<Client>): void {
  for (const { socket, activeMs } of clients) if (monotonicMs() - activeMs > IDLE_MAX_MS) socket.close();
}
