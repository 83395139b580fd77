import type { IncomingMessage, Server } from 'node:http';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Web } from '../schema/context.ts';
import type { Log } from '../src/lib/log.ts';
import type { Visitor } from './connection.ts';
import type { OperationDeps } from './socket-operations.ts';
import { handleProtocols, makeServer } from 'graphql-ws';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WebSocketServer } from 'ws';
import { pause, SECOND_MS } from '../src/lib/time.ts';
import { Connection } from './connection.ts';
import { Heartbeat } from './heartbeat.ts';
import { serverOptions } from './socket-operations.ts';

/** The largest documented operation with its variables is below 4 kB. */
const FRAME_BYTES_MAX = 16 * 1024;
/** Sockets that one address may open in a minute: pages reconnect with backoff, so even a large office stays below. */
const OPENS_PER_MINUTE = 600;
/** How long sockets are given to close by themselves when the server stops. */
const CLOSE_WAIT_MS = 1_000;

export type SocketDeps = OperationDeps & {
  readonly allowedOrigins: readonly string[];
  /** Who asks, as limits count it. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** What its browser tells. */
  readonly webOf: (request: IncomingMessage) => Web;
  /** False: any number of sockets may be opened. */
  readonly limited: boolean;
  readonly log: Log;
};

/** GraphQL over WebSocket (graphql-transport-ws) at `/graphql`. Keys come in `connectionParams.authorization`; a payment's page needs none. */
export function serveSockets(server: Server, deps: SocketDeps): { close: () => Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false, handleProtocols });
  const opens = new RateLimiterMemory({ points: OPENS_PER_MINUTE, duration: 60 });
  const heartbeat = new Heartbeat();
  const opened = socketOpener(deps, heartbeat);
  server.on('upgrade', (request, stream, head) => {
    // From here on Node no longer listens to this connection: a caller that hangs up now would otherwise end the whole process.
    stream.on('error', destroyed);
    if (request.url?.split('?')[0] !== '/graphql') return reject(stream, 404);
    if (!originAllowed(request, deps.allowedOrigins)) return reject(stream, 403);
    const open = () => sockets.handleUpgrade(request, stream, head, (socket) => opened(socket, visitorOf(request, deps)));
    if (!deps.limited) return open();
    opens.consume(deps.addressOf(request)).then(open, ({ msBeforeNext }: RateLimiterRes) => {
      reject(stream, 429, Math.max(1, Math.ceil(msBeforeNext / SECOND_MS)));
    });
  });
  return {
    close: async () => {
      heartbeat.stop();
      for (const socket of sockets.clients) socket.close(1001, 'server stops');
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      await Promise.race([closed, pause(CLOSE_WAIT_MS)]);
      for (const socket of sockets.clients) socket.terminate();
      await closed;
    },
  };
}

/** A function of its own, as everything that a socket keeps: made in place, it would keep the whole request with it. */
function destroyed(this: Duplex): void {
  this.destroy();
}

function visitorOf(request: IncomingMessage, { addressOf, webOf }: SocketDeps): Visitor {
  return { address: addressOf(request), web: webOf(request), origin: request.headers.origin ?? null };
}

/** Hands an open socket to graphql-ws, which speaks the protocol. */
function socketOpener(deps: SocketDeps, heartbeat: Heartbeat): (socket: WebSocket, visitor: Visitor) => void {
  const protocol = makeServer(serverOptions(deps));
  const heard = function (this: WebSocket) {
    heartbeat.heard(this);
  };
  return (socket, visitor) => {
    const connection = new Connection(socket, visitor, deps.log);
    socket.on('error', ignored);
    socket.on('pong', heard);
    heartbeat.watch(socket);
    const closed = protocol.opened(connection, connection);
    socket.on('close', (code, reason) => {
      heartbeat.forget(socket);
      closed(code, String(reason)).catch((fault: unknown) => deps.log.error({ fault }, 'a closed socket was not let go cleanly'));
    });
  };
}

/** What is wrong with a frame is the sender's fault; `ws` has closed the socket for it already. */
function ignored(): void {}

/** Programs send no Origin. A page may connect from its own host or from the public addresses. */
function originAllowed(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  return allowed.includes(origin) || (URL.canParse(origin) && new URL(origin).host === host);
}

const REASONS: { readonly [status: number]: string } = { 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests' };

function reject(stream: Duplex, status: number, retryAfterSeconds?: number): void {
  const retry = retryAfterSeconds === undefined ? '' : `Retry-After: ${retryAfterSeconds}\r\n`;
  stream.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
