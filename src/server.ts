import type { Express, RequestHandler, Router } from 'express';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RawHandles } from '../rest-adapter/route.ts';
import type { GraphqlServer } from './graphql-server.ts';
import type { Log } from './lib/log.ts';
import type { Clock } from './lib/time.ts';
import type { OpenRequests } from './open-requests.ts';
import type { WebDoor } from './web-facts.ts';
import type { OpenApi } from '../rest-adapter/openapi/document.ts';
import express from 'express';
import { createServer } from 'node:http';
import { BODY_BYTES_MAX, requestErrors, restRouter } from '../rest-adapter/router.ts';
import { DESCRIPTIONS } from '../rest-adapter/openapi/descriptions.ts';
import { openApiDocument } from '../rest-adapter/openapi/document.ts';
import { RAW_ROUTES, ROUTES, STATIC_ROUTES } from '../rest-adapter/routes.ts';
import { serveSockets } from '../subscriptions/socket.ts';
import { fewATurn } from './lib/few-a-turn.ts';
import { pause, SECOND_MS } from './lib/time.ts';
import { healthRoutes } from './metrics-server.ts';
import { watchRequests } from './open-requests.ts';
import { clientAddress } from './limits/client-address.ts';
import { productVersion } from './web-files.ts';

export type ServerDeps = {
  readonly graphql: GraphqlServer;
  readonly log: Log;
  readonly trustedProxies: number;
  /** False for load tests: nothing is counted, not even the sockets that one address opens. */
  readonly limited: boolean;
  readonly allowedOrigins: readonly string[];
  readonly web: WebDoor;
  readonly apiUrl: string;
  readonly termsUrl?: string | null;
  readonly mountPages: (app: Express, openApi: OpenApi) => void;
  /** Control routes of the sandbox, and its clock; null outside it. */
  readonly sandbox: { readonly control: Router; readonly now: Clock } | null;
  readonly handles: RawHandles;
  readonly isReady: () => Promise<boolean>;
  /** Sees every request first. */
  readonly count: RequestHandler;
  /** Null: this port has no /metrics. */
  readonly metrics: RequestHandler | null;
  /** How long it goes on serving after it has said that it stops. */
  readonly drainSeconds: number;
};

export type Server = { readonly port: number; readonly close: () => Promise<void> };

/** A request is begun in a third of a millisecond: more that have come at once wait for the next turn of the event loop. */
const REQUESTS_A_TURN = 16;
/** A request that has not been sent whole by then is a fault or an attack (slow bodies). */
const REQUEST_TIMEOUT_MS = 20_000;
/** Longer than the usual proxy keeps an idle connection (60 s): the side that closes first must not be ours, or a request is cut that was just sent. */
const KEEP_ALIVE_MS = 75_000;
/** How long open requests may take to finish when the server stops: as long as one may take to be sent, and longer than any provider is waited for. */
const FINISH_MS = 20_000;

/** Everything that speaks HTTP: REST, GraphQL, sockets, pages, health. */
export async function startServer(deps: ServerDeps, at: { readonly port: number; readonly bind: string }): Promise<Server> {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', deps.trustedProxies);
  app.set('query parser', 'simple');
  const requests = watchRequests();
  app.use(requests.watch, deps.count);
  app.use(healthRoutes(async () => !requests.isEnding() && deps.isReady()));
  const begin = fewATurn(REQUESTS_A_TURN);
  app.use((_request, _response, next) => begin(next));
  if (deps.metrics) app.get('/metrics', deps.metrics);
  if (deps.sandbox) app.use(dated(deps.sandbox.now)).use('/sandbox', deps.sandbox.control);
  const addressOf = addressReader(deps.trustedProxies);
  mountGraphql(app, deps, addressOf);
  const tables = { routes: ROUTES, rawRoutes: RAW_ROUTES, staticRoutes: STATIC_ROUTES };
  const routes = Object.values(tables).flat();
  const { apiUrl, termsUrl = null, web } = deps;
  const openApi = openApiDocument({
    routes,
    descriptions: DESCRIPTIONS,
    apiUrl,
    termsUrl,
    cookieName: web.cookieName,
    version: productVersion(),
  });
  const { makeContext, execute } = deps.graphql;
  const { cookieOf, ofRequest: webOf } = deps.web;
  const { log, handles } = deps;
  app.use(restRouter({ makeContext, execute, addressOf, webOf, cookieOf, log, handles, documents: { openApi } }, tables));
  deps.mountPages(app, openApi); // last: programs ask far more often than people, and each address is looked for in this order
  app.use(requestErrors({ makeContext, log: deps.log }));
  return listen(app, { ...deps, requests }, at);
}

/** The sandbox's clock can be moved: whoever counts down by the date of its answers counts by that clock. */
function dated(now: Clock): RequestHandler {
  return (_request, response, next) => {
    response.setHeader('Date', now().toUTCString());
    next();
  };
}

type AddressReader = (request: IncomingMessage) => string;

/** The client's address as limits count it, behind as many proxies as are trusted. */
export function addressReader(trustedProxies: number): AddressReader {
  return ({ socket, headers }) => {
    const forwardedFor = headers['x-forwarded-for'];
    const hops = { remote: socket.remoteAddress, forwardedFor: Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor };
    return clientAddress(hops, trustedProxies);
  };
}

/** Only JSON bodies: a form of another site could otherwise send an operation without asking. */
function mountGraphql(app: Express, { graphql, web }: ServerDeps, addressOf: AddressReader): void {
  const text = express.text({ type: ['application/json', 'application/graphql-response+json'], limit: BODY_BYTES_MAX });
  app.post('/graphql', (request, response, next) => {
    if (request.is('json')) return next();
    response.status(415).json({ errors: [{ message: 'Send operations as Content-Type: application/json' }] });
  });
  app.use('/graphql', text, (request, response) =>
    graphql.answer(request, response, { address: addressOf(request), web: web.ofRequest(request), answer: { idempotentReplayed: false } }),
  );
}

async function listen(
  app: Express,
  deps: ServerDeps & { readonly requests: OpenRequests },
  at: { port: number; bind: string },
): Promise<Server> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS }, app);
  const sockets = serveSockets(server, {
    makeContext: deps.graphql.makeContext,
    admit: deps.graphql.admit,
    getEnveloped: (initial) => deps.graphql.yoga.getEnveloped(initial),
    mask: deps.graphql.mask,
    log: deps.log,
    allowedOrigins: deps.allowedOrigins,
    addressOf: addressReader(deps.trustedProxies),
    webOf: deps.web.ofSocket,
    limited: deps.limited,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.bind, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP: an AddressInfo
    close: async () => {
      deps.requests.end();
      if (deps.drainSeconds > 0) await pause(deps.drainSeconds * SECOND_MS);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await sockets.close();
      const quiet = new AbortController();
      await Promise.race([deps.requests.quiet(), pause(FINISH_MS, quiet.signal).catch(() => {})]);
      quiet.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}
