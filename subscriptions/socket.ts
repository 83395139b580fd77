import type { DocumentNode, execute, GraphQLSchema, subscribe, validate } from 'graphql';
import type { IncomingMessage, Server } from 'node:http';
import type { ConnectionInitMessage, ServerOptions } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import type { Duplex } from 'node:stream';
import type { Asked, RequestContext, Web } from '../schema/context.ts';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WebSocketServer } from 'ws';
import { textOf } from '../schema/persisted.ts';
import { pause, SECOND_MS } from '../src/lib/time.ts';

/** The largest documented operation with its variables is below 4 kB. */
const FRAME_BYTES_MAX = 16 * 1024;
const INIT_WAIT_MS = 3_000;
/** One page watches one payment; a dashboard a handful of lists. */
const SUBSCRIPTIONS_PER_SOCKET_MAX = 10;
/** Sockets that one address may open in a minute: pages reconnect with backoff, so even a large office stays below. */
const OPENS_PER_MINUTE = 600;
/** How long sockets are given to close by themselves when the server stops. */
const CLOSE_WAIT_MS = 1_000;

type Enveloped = {
  readonly schema: GraphQLSchema;
  readonly parse: (text: string) => DocumentNode;
  readonly validate: typeof validate;
  readonly execute: typeof execute;
  readonly subscribe: typeof subscribe;
  readonly contextFactory: () => unknown;
};

export type SocketDeps = {
  readonly makeContext: (asked: Asked) => RequestContext;
  readonly getEnveloped: (initial: { made: RequestContext }) => Enveloped;
  /** Why an operation is not taken up, whatever transport it comes by; null when it is. */
  readonly admit: (
    sent: { readonly query: unknown; readonly variables?: unknown },
    context: RequestContext,
  ) => Promise<GraphQLError | null>;
  readonly allowedOrigins: readonly string[];
  /** Who asks, as limits count it. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** What its browser tells. */
  readonly webOf: (request: IncomingMessage) => Web;
  /** False: any number of sockets may be opened. */
  readonly limited: boolean;
};

/** GraphQL over WebSocket (graphql-transport-ws) at `/graphql`. Keys come in `connectionParams.authorization`; a payment's page needs none. */
export function serveSockets(server: Server, deps: SocketDeps): { close: () => Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false });
  const opens = new RateLimiterMemory({ points: OPENS_PER_MINUTE, duration: 60 });
  const disposable = useServer(socketOptions(deps), sockets);
  server.on('upgrade', (request, stream, head) => {
    // From here on Node no longer listens to this connection: a caller that hangs up now would otherwise end the whole process.
    stream.on('error', () => stream.destroy());
    if (request.url?.split('?')[0] !== '/graphql') return reject(stream, 404);
    if (!originAllowed(request, deps.allowedOrigins)) return reject(stream, 403);
    const open = () => sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request));
    if (!deps.limited) return open();
    opens.consume(deps.addressOf(request)).then(open, ({ msBeforeNext }: RateLimiterRes) => {
      reject(stream, 429, Math.max(1, Math.ceil(msBeforeNext / SECOND_MS)));
    });
  });
  return {
    close: async () => {
      for (const socket of sockets.clients) socket.close(1001, 'server stops');
      const disposed = disposable.dispose();
      await Promise.race([disposed, pause(CLOSE_WAIT_MS)]);
      for (const socket of sockets.clients) socket.terminate();
      await disposed;
    },
  };
}

function socketOptions(deps: SocketDeps): ServerOptions<ConnectionInitMessage['payload'], Extra> {
  return {
    connectionInitWaitTimeout: INIT_WAIT_MS,
    onSubscribe: async (socket, _id, payload) => {
      // The one that asks is among them already.
      if (Object.keys(socket.subscriptions).length > SUBSCRIPTIONS_PER_SOCKET_MAX) {
        return [new GraphQLError('Too many subscriptions on one connection', { extensions: { code: 'too_many_subscriptions' } })];
      }
      const { authorization } = socket.connectionParams ?? {};
      const made = deps.makeContext({
        authorization: typeof authorization === 'string' ? authorization : null,
        idempotencyKey: null,
        address: deps.addressOf(socket.extra.request),
        web: deps.webOf(socket.extra.request),
        origin: socket.extra.request.headers.origin ?? null,
      });
      const refused = await deps.admit(payload, made);
      if (refused) return [refused];
      const enveloped = deps.getEnveloped({ made });
      const query = textOf(payload) ?? payload.query;
      const document = query instanceof GraphQLError ? query : orRefusal(() => enveloped.parse(query));
      if (document instanceof GraphQLError) return [document];
      const args = {
        schema: enveloped.schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: await enveloped.contextFactory(),
        rootValue: { ...enveloped, closeIfLost: () => made.answer.isKeyLost && socket.extra.socket.close(...KEY_LOST) } satisfies Root,
      };
      const errors = orRefusal(() => enveloped.validate(enveloped.schema, args.document));
      if (errors instanceof GraphQLError) return [errors];
      return errors.length > 0 ? errors : args;
    },
    execute: (args) => (args.rootValue as Root).execute(args), // set in onSubscribe
    subscribe: async (args) => {
      const root = args.rootValue as Root; // set in onSubscribe
      const stream = await root.subscribe(args);
      return Symbol.asyncIterator in stream ? whenDone(stream, root.closeIfLost) : stream;
    },
  };
}

type Root = Enveloped & { readonly closeIfLost: () => unknown };

/** The code that clients of this protocol take for final: what was revoked is not tried again and again. */
const KEY_LOST = [4401, 'Invalid or missing API key'] as const;

function whenDone<T>(stream: AsyncGenerator<T, void, void>, told: () => unknown): AsyncGenerator<T, void, void> {
  return {
    next: async () => {
      const state = await stream.next();
      if (state.done) told();
      return state;
    },
    return: (value) => stream.return(value),
    throw: (fault) => stream.throw(fault),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

/** What the caller wrote wrongly, or too large, is theirs to read; thrown, it would close the connection with everything else on it. */
function orRefusal<T>(read: () => T): T | GraphQLError {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

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
