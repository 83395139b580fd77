import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response, Router } from 'express';
import type { CountDeps } from './count-request.ts';
import type { HandlerDeps } from './handler.ts';
import type { Documents } from './static-handler.ts';
import type { RawHandles, RawRoute, Route, StaticRoute } from './route.ts';
import express from 'express';
import { answeringHandler } from './answering-handler.ts';
import { countRequest } from './count-request.ts';
import { routeHandler } from './handler.ts';
import { hintHandler } from './hint-handler.ts';
import { sendProblem, UNEXPECTED } from './problem.ts';
import { staticHandler } from './static-handler.ts';

/** Far above the largest documented body (2 KB of metadata and two addresses), far below what could hurt. */
export const BODY_BYTES_MAX = 64 * 1024;

const CORS_HEADERS = 'Authorization, Content-Type, Idempotency-Key';

export type RouterDeps = HandlerDeps & CountDeps & { readonly handles: RawHandles; readonly documents: Documents };

export type RouteTables = {
  readonly routes: readonly Route[];
  readonly rawRoutes: readonly RawRoute[];
  readonly staticRoutes: readonly StaticRoute[];
};

/**
 * The documented routes under one router. A row's operation is parsed once, when it is first asked for; that each fits the schema is a test's to say.
 */
export function restRouter(deps: RouterDeps, { routes, rawRoutes, staticRoutes }: RouteTables): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const raw of rawRoutes)
    router
      .route(raw.path)
      .post(countRequest(deps, raw), ...rawHandlers(deps, raw))
      .all(wrongMethod(deps, [raw.method]));
  for (const row of staticRoutes)
    router
      .route(row.path)
      .all(allowOrigins([row.method]))
      .get(countRequest(deps, row), staticHandler(deps.documents, row))
      .all(wrongMethod(deps, [row.method]));
  const text = express.text({ type: () => true, limit: BODY_BYTES_MAX });
  for (const [path, rows] of Map.groupBy(routes, (route) => route.path)) {
    const place = router.route(path);
    const crossOrigin = rows.filter((row) => row.crossOrigin).map((row) => row.method);
    if (crossOrigin.length > 0) place.all(allowOrigins(crossOrigin));
    for (const row of rows) {
      if (row.unsafeGet) place.head(wrongMethod(deps, allowedMethods(rows)));
      place[METHODS[row.method]](countRequest(deps, row), text, routeHandler(deps, row));
    }
    place.all(wrongMethod(deps, allowedMethods(rows)));
  }
  router.use('/api/v1', (_request, response) => {
    const { requestId } = deps.makeContext({ authorization: null, idempotencyKey: null, address: null });
    sendProblem(
      response,
      { status: 404, code: 'route_not_found', message: 'There is nothing at this address — see /docs for the routes' },
      requestId,
    );
  });
  return router;
}

function rawHandlers({ handles, log }: RouterDeps, route: RawRoute): readonly RequestHandler[] {
  if (route.handle !== 'samrock') return [hintHandler(handles[route.handle], route)];
  return [express.raw({ type: () => true, limit: BODY_BYTES_MAX }), answeringHandler(log, handles.samrock)];
}

const METHODS = { GET: 'get', POST: 'post', PATCH: 'patch', DELETE: 'delete' } as const;

/** CORS without credentials; the preflight answers before anything is counted or authorised (conformance B-8). */
function allowOrigins(methods: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'OPTIONS' && !methods.includes(request.method)) return next();
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', 'Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotent-Replayed');
    if (request.method !== 'OPTIONS') return next();
    response.setHeader('Access-Control-Allow-Methods', methods.join(', '));
    response.setHeader('Access-Control-Allow-Headers', CORS_HEADERS);
    response.setHeader('Access-Control-Max-Age', '86400');
    response.status(204).end();
  };
}

/** Whoever may GET may also ask for the head of the answer, unless the GET does something. */
function allowedMethods(rows: readonly Route[]): readonly string[] {
  const methods = rows.map((row) => row.method);
  return rows.some((row) => row.method === 'GET' && !row.unsafeGet) ? [...methods, 'HEAD'] : methods;
}

function wrongMethod(deps: RouterDeps, allowed: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.setHeader('Allow', allowed.join(', '));
    const { requestId } = deps.makeContext({ authorization: null, idempotencyKey: null, address: null });
    sendProblem(response, { status: 405, code: 'method_not_allowed', message: `This address takes ${allowed.join(', ')}` }, requestId);
  };
}

/**
 * What Express itself refuses: bodies too large or cut off, and addresses that do not decode. The last handler of the whole server: without
 * it Express would answer with a page that shows where our files lie.
 */
export function requestErrors(deps: Pick<RouterDeps, 'makeContext' | 'log'>): ErrorRequestHandler {
  return (error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const { requestId } = deps.makeContext({ authorization: null, idempotencyKey: null, address: null });
    const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
    if (status === 413)
      return sendProblem(
        response,
        { status: 413, code: 'body_too_large', message: `The request body is larger than ${BODY_BYTES_MAX} bytes` },
        requestId,
      );
    if (typeof status === 'number' && status >= 400 && status < 500) {
      return sendProblem(response, { status: 400, code: 'bad_request', message: 'The request could not be read' }, requestId);
    }
    deps.log.error({ error, requestId }, 'request failed');
    return sendProblem(response, UNEXPECTED, requestId);
  };
}
