import type { Request, RequestHandler, Response } from 'express';
import type { Asked, RequestContext, Web } from '../schema/context.ts';
import type { Verdict } from '../src/limits/limiter.ts';
import type { Route } from './route.ts';
import { spend } from '../schema/context.ts';
import { problemOf, sendProblem } from './problem.ts';

export type CountDeps = {
  readonly makeContext: (asked: Asked) => RequestContext;
  /** Who asks, as limits count it. */
  readonly addressOf: (request: Request) => string;
  /** What its browser tells. */
  readonly webOf: (request: Request) => Web;
};

/** The first step of every route: spends a use of the row's limit, and answers 429 before the body or the key is judged (conformance B-10). */
export function countRequest(deps: CountDeps, route: Pick<Route, 'limit'>): RequestHandler {
  return async (request, response, next) => {
    const context = deps.makeContext({
      authorization: request.headers.authorization ?? null,
      idempotencyKey: request.get('Idempotency-Key') ?? null,
      address: deps.addressOf(request),
      web: deps.webOf(request),
      origin: request.headers.origin ?? null,
    });
    response.setHeader('X-Request-Id', context.requestId);
    response.setHeader('Cache-Control', 'no-store');
    const verdict = await spend(context, route.limit);
    if (verdict) tellLimit(response, verdict);
    if (verdict?.refusal) return sendProblem(response, problemOf(verdict.refusal), context.requestId);
    // Counted: the operation's own field must not count it once more.
    response.locals['context'] = { ...context, address: null } satisfies RequestContext;
    next();
  };
}

/** The context that `countRequest` has made for this request. */
export function countedContext(response: Response): RequestContext {
  return response.locals['context']; // Express types its locals as any; written above, before every handler
}

/** draft-ietf-httpapi-ratelimit-headers-10: the policy `q` per `w` seconds, and `r` uses left, the next one coming back in `t` seconds. */
function tellLimit(response: Response, { name, limit, windowSeconds, decision }: Verdict): void {
  response.setHeader('RateLimit-Policy', `"${name}";q=${limit};w=${windowSeconds}`);
  if (decision) response.setHeader('RateLimit', `"${name}";r=${decision.remaining};t=${decision.resetSeconds}`);
}
